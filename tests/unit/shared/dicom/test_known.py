"""Headers that are read by comparison with earlier ones: the same as those that are scanned."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from shared.dicom import read
from shared.dicom.known import KnownLevels, Level
from shared.dicom.read import Header, read_header
from shared.dicom.scan import Element, Item
from shared.dicom.source import MemorySource
from shared.dicom.validate import validate
from shared.errors import AirlockError
from tests.instances import ct_image


@pytest.fixture(autouse=True)
def knows_nothing() -> Iterator[None]:
    """Forget what other tests have read."""
    forget()
    yield
    forget()


def forget() -> None:
    """Know no header."""
    read._KNOWN_META, read._KNOWN_DATA_SETS = KnownLevels(), KnownLevels()


def outcome(content: bytes) -> Any:
    """The header of a file and its identity, or the error that says what is wrong."""
    try:
        header = read_header(MemorySource(content))
        return header._replace(source=None), validate(header, frame_bytes_limit=1 << 20)
    except AirlockError as error:
        return error.code, error.details


def icon() -> Dataset:
    """An item with encapsulated pixels, whose fragments have lengths of their own."""
    item = Dataset()
    item.add_new(0x7FE00010, "OB", b"\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0\4\0\0\0abcd")
    item["PixelData"].is_undefined_length = True
    return item


IMAGE = ct_image(ReferencedImageSequence=Sequence([Dataset(), Dataset()]), StudyTime="101112")
IMAGES = [IMAGE, ct_image(IconImageSequence=Sequence([icon()]))]


@given(st.sampled_from(IMAGES), st.data())
def test_a_known_header_hides_no_difference(image: bytes, data: st.DataObject) -> None:
    """Whatever byte differs from an earlier file, and wherever it ends: all comes out as if it came first."""
    end = image.index(b"\xe0\x7f\x10\x00OW") + 12
    place = data.draw(st.integers(128, end - 1))
    content = bytearray(image)
    content[place] = data.draw(st.integers(0, 255))
    other = bytes(content[: data.draw(st.sampled_from([len(content), place, place + 1, place + 12]))])
    forget()
    cold = outcome(other)
    forget()
    outcome(image)

    assert outcome(other) == cold


def test_the_same_places_are_not_scanned_again() -> None:
    """Another value of the same length makes no new level; another length does."""
    first = read_header(MemorySource(IMAGE))
    same = read_header(MemorySource(IMAGE.replace(b"101112", b"121314")))
    other = read_header(MemorySource(ct_image(StudyTime="1011")))

    assert (same.elements is first.elements, same.meta is first.meta) == (True, True)
    assert other.elements is not first.elements
    assert same.buffer != first.buffer


def test_as_many_are_known_as_a_series_has() -> None:
    """The one that was not seen for longest is forgotten first."""

    def seen(length: int) -> Header:
        return read_header(MemorySource(ct_image(StudyDescription="x" * 2 * length)))

    first = seen(1)
    for length in range(2, 17):
        seen(length)
    again = seen(1)
    seen(17)

    assert again.elements is first.elements
    assert seen(1).elements is first.elements
    assert seen(17).elements is seen(17).elements


def test_what_a_level_says_of_all_depths() -> None:
    """Leaves, dates, the lowest tag and repetitions are found in items, too."""
    time = Element(0x00080030, "TM", 30, 38, 40)
    twice = (time, time)
    sequence = Element(0x00081140, "SQ", 10, 22, 50, (Item(22, 50, twice, undefined=False),))
    name = Element(0x00100010, "PN", 50, 58, 60)
    level = Level((sequence, name))

    assert level.by_tag == {0x00081140: sequence, 0x00100010: name}
    assert level.leaves == (time, time, name)
    assert level.temporal == twice
    assert level.lowest_tag == 0x00080030
    assert (level.repeats, Level((name,)).repeats) == (True, False)
    assert Level().lowest_tag == 0xFFFFFFFF
