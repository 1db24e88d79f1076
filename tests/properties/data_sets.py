"""Data sets that Hypothesis makes of the attributes of PS3.6; no value in one stands twice."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import (
    ComprehensiveSRStorage,
    CTImageStorage,
    EnhancedMRImageStorage,
    MRImageStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SegmentationStorage,
)

from shared.dicom.dictionary import _entries
from tests.images import ct_image
from tests.tables import basic_codes

SOP_CLASSES = (
    CTImageStorage,
    MRImageStorage,
    EnhancedMRImageStorage,
    ComprehensiveSRStorage,
    RTPlanStorage,
    RTStructureSetStorage,
    SegmentationStorage,
)
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_TEXTS = {"AE": 16, "CS": 16, "LO": 64, "LT": 64, "PN": 64, "SH": 16, "ST": 64, "UC": 64, "UT": 64}
_NUMBERS = {"SL", "SS", "SV", "UL", "US", "UV", "AT"}
_BYTES = {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}
#: they decide about the whole instance, and belong to the image that carries the rest
_CARRIERS = {*(int(element.tag) for element in ct_image()), 0x00080005, 0x00420011}
#: all that can stand in a data set
DEFINED = {
    tag: entry.vr
    for tag, entry in _entries().items()
    if tag >> 16 >= 8 and tag >> 16 != 0x7FE0 and tag >> 16 != 0x0028 and tag not in _CARRIERS and entry.vr
}
_LISTED = sorted(DEFINED.keys() & basic_codes().keys())
_UNLISTED = sorted(DEFINED.keys() - basic_codes().keys())
_SEQUENCES = sorted(tag for tag, vr in DEFINED.items() if vr == "SQ")
tags = st.sampled_from(_LISTED) | st.sampled_from(_UNLISTED) | st.sampled_from(_SEQUENCES)


def word(number: int) -> str:
    """Eight letters that are no word, another for each number."""
    letters = ""
    for _ in range(6):
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
    return f"ZQ{letters}"


def value_of(vr: str, number: int) -> Any:
    """A value of a VR, another for each number where the VR has room for that."""
    if vr in _TEXTS:
        return f"{word(number)}^{word(number)[::-1]}" if vr == "PN" else word(number)
    if vr in _BYTES:
        return word(number).encode()
    if vr in _NUMBERS:
        return number % 30_000
    day = f"{1950 + number % 60}{1 + number % 12:02}{1 + number % 28:02}"
    return {
        "AS": f"{number % 120:03}Y",
        "DA": day,
        "DS": str(number),
        "DT": f"{day}101530.5",
        "FD": float(number),
        "FL": float(number),
        "IS": str(number),
        "TM": "101530",
        "UI": f"1.3.6.1.4.1.99999.7.{number}",
        "UR": f"https://{word(number)}.example",
    }[vr]


@st.composite
def data_sets(draw: st.DrawFn, depth: int = 3) -> Dataset:
    """Attributes at several depths, listed in Table E.1-1 or not, with values of their VR."""
    return _data_set(draw, count(1), depth)


def _data_set(draw: st.DrawFn, numbers: Iterator[int], depth: int) -> Dataset:
    content = Dataset()
    for tag in draw(st.lists(tags, max_size=10 if depth == 3 else 5, unique=True)):
        vr = DEFINED[tag]
        if vr != "SQ":
            content.add(DataElement(tag, vr, value_of(vr, next(numbers))))
        elif depth:
            items = range(draw(st.integers(0, 2)))
            content.add(DataElement(tag, vr, [_data_set(draw, numbers, depth - 1) for _ in items]))
    return content
