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
_TEXTS = {"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"}
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
#: attributes of these with an odd tag get two values
_MULTIPLE = frozenset({"AE", "CS", "DA", "LO", "PN", "SH", "UI"})
_TAGS: dict[tuple[str, bool], list[int]] = {}
for _tag, _vr in sorted(DEFINED.items()):
    _TAGS.setdefault((_vr, _tag in basic_codes()), []).append(_tag)
#: rare kinds, such as names that the table does not list, as often as common ones
tags = st.sampled_from(sorted(_TAGS)).flatmap(lambda kind: st.sampled_from(_TAGS[kind]))
sequence_tags = st.sampled_from([tag for tag, vr in DEFINED.items() if vr == "SQ"])


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
    for tag in draw(st.lists(tags | sequence_tags, max_size=10 if depth == 3 else 5, unique=True)):
        vr = DEFINED[tag]
        if vr != "SQ":
            values = [value_of(vr, next(numbers)) for _ in range(1 + tag % 2 * (vr in _MULTIPLE))]
            content.add(DataElement(tag, vr, values if len(values) > 1 else values[0]))
        elif depth:
            items = range(draw(st.integers(0, 2)))
            content.add(DataElement(tag, vr, [_data_set(draw, numbers, depth - 1) for _ in items]))
    return content
