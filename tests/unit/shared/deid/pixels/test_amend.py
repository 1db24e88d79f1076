"""Attributes that cleaned pixels need, put into a header that is made already."""

import io

import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset

from shared.deid.header import encode
from shared.deid.pixels.amend import amended, shared_out
from shared.deid.pixels.cleaned import Change
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from tests.encoded import encoded_sequence

ENCODINGS = {"implicit": IMPLICIT_LITTLE, "explicit": EXPLICIT_LITTLE, "big endian": EXPLICIT_BIG}
PHOTOMETRIC = Change(0x00280004, "CS", "RGB")
BURNED_IN = Change(0x00280301, "CS", "NO")
NO_SMALLEST = Change(0x00280106, "US", None)
NUMBER = Change(0x00280006, "US", 1)
encodings = pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=list(ENCODINGS))


def header(encoding: Encoding) -> bytes:
    """A made header with an overlay, and a sequence in which the same attributes stand."""
    inner = encode.element(0x00280004, "CS", b"MONOCHROME2", encoding)
    return b"".join(
        [
            encode.element(0x00080060, "CS", b"US", encoding),
            encoded_sequence(0x00081115, encode.item(inner, encoding), encoding, undefined=True),
            encode.element(0x00280004, "CS", b"YBR_FULL_422", encoding),
            encode.element(0x00280106, "US", b"\0\0", encoding),
            encode.element(0x60000010, "US", b"\0\0", encoding),
            encode.element(0x60020010, "US", b"\0\0", encoding),
        ]
    )


def after(encoding: Encoding, *changes: Change, groups: tuple[int, ...] = ()) -> Dataset:
    """The header as pydicom reads it with these changes."""
    content = amended(header(encoding), encoding, changes, groups)
    return read_dataset(io.BytesIO(content), not encoding.explicit, encoding.little)


@encodings
def test_attributes_are_replaced_added_and_taken_out(encoding: Encoding) -> None:
    """Each in its place by rising tag; what stands in items stays."""
    data_set = after(encoding, PHOTOMETRIC, NUMBER, NO_SMALLEST, BURNED_IN)

    assert [int(tag) for tag in data_set.keys()] == [  # noqa: SIM118
        *(0x00080060, 0x00081115, 0x00280004, 0x00280006, 0x00280301, 0x60000010, 0x60020010)
    ]
    assert data_set.PhotometricInterpretation == "RGB"
    assert data_set.PlanarConfiguration == 1
    assert data_set.BurnedInAnnotation == "NO"
    assert data_set.ReferencedSeriesSequence[0].PhotometricInterpretation == "MONOCHROME2"


@encodings
def test_groups_of_overlays_go_whole(encoding: Encoding) -> None:
    """Only those whose bits are gone."""
    data_set = after(encoding, groups=(0x6000,))

    assert 0x60000010 not in data_set
    assert 0x60020010 in data_set
    assert data_set.PhotometricInterpretation == "YBR_FULL_422"


@encodings
def test_without_changes_nothing_changes(encoding: Encoding) -> None:
    """The same bytes, sequences of undefined length included."""
    assert amended(header(encoding), encoding, (), ()) == header(encoding)


@pytest.mark.parametrize(
    ("firsts", "expected"),
    [
        ([0x00080005], [[PHOTOMETRIC, BURNED_IN]]),
        ([0x00080005, 0x00280005], [[PHOTOMETRIC], [BURNED_IN]]),
        ([0x00080005, 0x00280004], [[], [PHOTOMETRIC, BURNED_IN]]),
        ([0x00080005, 0x00180000, 0x00400000], [[], [PHOTOMETRIC, BURNED_IN], []]),
        ([0x00300000], [[PHOTOMETRIC, BURNED_IN]]),
    ],
)
def test_each_block_gets_what_belongs_into_it(firsts: list[int], expected: list[list[Change]]) -> None:
    """The first block reaches from the start and the last one to the end; each change has one block."""
    assert list(shared_out((PHOTOMETRIC, BURNED_IN), firsts)) == expected
