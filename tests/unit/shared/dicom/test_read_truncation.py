"""Files that were cut off."""

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

from shared.errors import Truncated
from tests.unit.shared.dicom.instances import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_BASELINE,
    Tag,
    bare,
    encapsulated_image,
    header_of,
    image,
    outcome,
    written,
)


def with_undefined_lengths() -> Dataset:
    """An image whose sequence and its item have undefined lengths."""
    data_set = image()
    data_set["AnatomicRegionSequence"].is_undefined_length = True
    data_set.AnatomicRegionSequence[0].is_undefined_length_sequence_item = True
    return data_set


WHOLE: dict[str, Callable[[], bytes]] = {
    "implicit": lambda: written(image(), IMPLICIT),
    "explicit": lambda: written(image(), EXPLICIT),
    "deflated": lambda: written(image(), DEFLATED),
    "big endian": lambda: written(image(), BIG_ENDIAN),
    "encapsulated": lambda: written(encapsulated_image(), JPEG_BASELINE),
    "without meta information": lambda: bare(image(), implicit=True),
    "undefined lengths": lambda: written(with_undefined_lengths()),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_an_image_that_is_cut_off_anywhere_is_refused(kind: str) -> None:
    """An image that lacks its last bytes is refused, wherever it was cut off."""
    content = WHOLE[kind]()
    outcomes = {length: outcome(content[:length], force=True) for length in range(len(content))}

    assert outcome(content, force=True) == "ok"
    assert [length for length, code in outcomes.items() if code == "ok"] == []
    assert set(outcomes.values()) <= {
        "attribute_missing",
        "malformed",
        "not_dicom",
        "transfer_syntax_unknown",
        "truncated",
    }


@pytest.mark.parametrize("transfer_syntax_uid", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
def test_a_cut_within_an_element_is_truncation(transfer_syntax_uid: str) -> None:
    """Where a data set ends inside an element, it is called truncated and nothing else."""
    content = written(image(), transfer_syntax_uid)
    header = header_of(content)
    ends = {element.end for element in header.elements} | {header.elements[0].start}
    inside = set(range(header.elements[0].start, len(content))) - ends

    codes = {outcome(content[:length]) for length in inside}
    assert codes == {"truncated"}


@pytest.mark.parametrize("padding", [Tag(0xFFFCFFFC, "OB", bytes(12)).encode(), bytes(1), bytes(500)])
def test_padding_behind_pixel_data_may_be_cut_off(padding: bytes) -> None:
    """A cut in trailing padding loses nothing: zeros may end anywhere, an element only before itself."""
    content = written(image())
    accepted = [length for length in range(len(padding) + 1) if outcome(content + padding[:length]) == "ok"]

    whole = [0, len(padding)] if padding.startswith(b"\xfc") else list(range(len(padding) + 1))
    assert accepted == whole


def test_missing_bytes_of_pixel_data_are_counted() -> None:
    """A truncated image says how many bytes are missing."""
    with pytest.raises(Truncated) as raised:
        header_of(written(image())[:-10])

    assert raised.value.details == {"part": "Pixel Data", "missing_bytes": 10}
