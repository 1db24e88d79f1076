"""Broken results: whatever a destination sends, a result or a coded error comes out."""

import warnings
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import (
    ExplicitVRLittleEndian,
)

from shared.deid import reidentify
from shared.deid.reidentify import Returning
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.scan import SHORT_VRS, Element, Limits
from shared.dicom.source import MemorySource
from shared.errors import AirlockError, ResultUnreadable
from tests.images import header_of, part10, read
from tests.unit.shared.deid.results import (
    led_back,
    released_series,
    structure_set,
)

RELEASED = released_series()
VALID = part10(structure_set(RELEASED.images))


def survives(content: bytes) -> None:
    """Bring content back, or refuse it with a coded error."""
    try:
        back = led_back(content, RELEASED.crosswalk)
    except AirlockError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert str(read(back).PatientName) == "Quarrington^Zebulon"


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes_give_a_result_or_a_coded_error(changes: list[tuple[int, int]]) -> None:
    """Whatever a destination sends, no other exception comes out."""
    content = bytearray(VALID)
    for position, value in changes:
        content[position] = value

    survives(bytes(content))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(VALID)), st.integers(0, len(VALID)), st.binary(max_size=40))
def test_cut_and_inserted_bytes_give_a_result_or_a_coded_error(start: int, end: int, put: bytes) -> None:
    """A part may be missing or something else stand in its place."""
    survives(VALID[:start] + put + VALID[end:])


EXPLICIT = part10(structure_set(RELEASED.images), ExplicitVRLittleEndian)
HEADER = header_of(EXPLICIT)
ELEMENTS = [element for _, element in DataSet.of(HEADER).walk()]
SHORT = st.sampled_from(sorted(SHORT_VRS)).map(str.encode)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_elements_of_another_kind_give_a_result_or_a_coded_error(data: st.DataObject) -> None:
    """An element of another VR or value, at any depth, is no reason to fall over."""
    content = bytearray(EXPLICIT)
    for element in data.draw(st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=3)):
        length = element.end - element.value
        if element.vr in SHORT_VRS and data.draw(st.booleans()):
            content[element.start + 4 : element.start + 6] = data.draw(SHORT)
        elif element.items is None:
            content[element.value : element.end] = data.draw(st.binary(min_size=length, max_size=length))
        else:
            content[element.start : element.start + 4] = data.draw(st.binary(min_size=4, max_size=4))

    survives(bytes(content))


@pytest.mark.parametrize("element", HEADER.elements, ids=lambda element: keyword_of(element.tag))
def test_a_missing_element_gives_a_result_or_a_coded_error(element: Element) -> None:
    """Whichever of the top level it is."""
    survives(EXPLICIT[: element.start] + EXPLICIT[element.end :])


def test_endless_items_are_refused_before_anybody_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items without a word in them are counted as elements are."""
    monkeypatch.setattr(reidentify, "_LIMITS", Limits(element_count=10_000))
    begins = pack("<HH2sHI", 0x40FF, 0xA730, b"SQ", 0, 0xFFFFFFFF)
    ends = pack("<HHI", 0xFFFE, 0xE0DD, 0)
    content = VALID + begins + pack("<HHI", 0xFFFE, 0xE000, 0) * 10_001 + ends

    with pytest.raises(ResultUnreadable) as caught:
        Returning(MemorySource(content), RELEASED.crosswalk)

    assert caught.value.details == {"reason": "limit_exceeded"}
