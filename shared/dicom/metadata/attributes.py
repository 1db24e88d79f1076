"""Fields that are named after keywords, and the values of their attributes.

A struct declares what it wants to know by the names and types of its fields; nothing else lists attributes.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import msgspec

from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import tag_for_keyword, vr_of
from shared.dicom.scan import IMPLICIT_LITTLE, Element

Scalar = str | int | float
Value = Scalar | tuple[Scalar, ...]

_CODE_MEANING = 0x00080104
_PIXEL_REPRESENTATION = 0x00280103

#: PS3.6: US or SS, which files without Value Representations leave to Pixel Representation (PS3.5 Annex A.1)
_AMBIGUOUS = frozenset({0x00280106, 0x00280107, 0x00280120, 0x00280121})
_IRREGULAR = {"ctdi_vol": "CTDIvol", "d_bdt": "dBdt", "other_patient_ids": "OtherPatientIDs"}
_ACRONYMS = {
    word: word.upper() for word in ("id", "kvp", "lut", "mr", "roi", "rt", "sar", "sop", "suv", "uid", "utc")
}
#: beyond it JSON readers and floating point lose digits
_GREATEST_WHOLE = 1 << 53
#: enhanced images state the same quantity, in the same unit, under another keyword
_ENHANCED = {
    "x_ray_tube_current": "XRayTubeCurrentInmA",
    "exposure_time": "ExposureTimeInms",
    "exposure": "ExposureInmAs",
    "echo_time": "EffectiveEchoTime",
}


class Field(NamedTuple):
    """A field of a struct, and where its value comes from: the attribute `tag`, or else `enhanced_tag`."""

    name: str
    tag: int
    enhanced_tag: int | None
    convert: Callable[[tuple[str, ...]], Value | None]


@cache
def fields_of(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """The fields of `struct` that are named after a keyword; the others are computed."""
    return tuple(
        Field(field.name, tag, _enhanced_tag(field.name), _CONVERSIONS[field.type])
        for field in msgspec.structs.fields(struct)
        if (tag := tag_for_keyword(keyword_of_field(field.name))) is not None
    )


def keyword_of_field(name: str) -> str:
    """The keyword that a field is named after: `x_ray_tube_current` gives `XRayTubeCurrent`."""
    return _IRREGULAR.get(name) or "".join(_ACRONYMS.get(word, word.capitalize()) for word in name.split("_"))


def _enhanced_tag(name: str) -> int | None:
    return tag_for_keyword(_ENHANCED[name]) if name in _ENHANCED else None


def value_of(field: Field, data_set: DataSet, element: Element) -> Value | None:
    """The value of one element of `data_set`; None if it is empty or is not of the field's type."""
    values = _texts(data_set, element)
    return field.convert(values) if any(values) else None


def stated(struct: type[msgspec.Struct], level: DataSet) -> dict[str, Any]:
    """The fields of `struct` that one level states."""
    found = ((field, level.element(field.tag)) for field in fields_of(struct))
    values = ((field.name, value_of(field, level, element)) for field, element in found if element)
    return {name: value for name, value in values if value is not None}


def decides(data_set: DataSet, element: Element) -> tuple[object, ...]:
    """All that decides about a value besides its bytes."""
    is_signed = _is_signed(data_set) if element.tag in _AMBIGUOUS else None
    return element.tag, element.vr, data_set.encoding, data_set.character_sets, is_signed


def _is_signed(data_set: DataSet) -> bool:
    return data_set.number(_PIXEL_REPRESENTATION) == 1


def _texts(data_set: DataSet, element: Element) -> tuple[str, ...]:
    if element.vr == "SQ":
        return tuple(meaning for item in data_set.items_of(element) if (meaning := item.text(_CODE_MEANING)))
    if element.vr == "UN" and not element.items:
        return _implicit(data_set, element)
    values = data_set.values_of(element)
    if element.tag in _AMBIGUOUS and not data_set.encoding.explicit:
        return _signed(values) if _is_signed(data_set) else values
    return values


def _implicit(data_set: DataSet, element: Element) -> tuple[str, ...]:
    """UN of a tag that the Standard defines is encoded in implicit VR little endian (PS3.5 section 6.2.2)."""
    known = msgspec.structs.replace(element, vr=vr_of(element.tag))
    if known.vr in {"SQ", "UN"}:
        return ()
    return DataSet(data_set.buffer, (known,), IMPLICIT_LITTLE, data_set.character_sets).values_of(known)


def _signed(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str((int(value) ^ 0x8000) - 0x8000) for value in values)


def decimal(text: str) -> float | None:
    """A Decimal String, None if it is none (PS3.5 section 6.2)."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def decimals(values: tuple[str, ...] | None) -> tuple[float, ...] | None:
    """Decimal Strings, None if one of them is none."""
    numbers = tuple(number for value in values or () if (number := decimal(value)) is not None)
    return numbers if numbers and len(numbers) == len(values or ()) else None


def _whole(text: str) -> int | None:
    number = decimal(text)
    exact = number is not None and number.is_integer() and abs(number) <= _GREATEST_WHOLE
    return int(number) if number is not None and exact else None


def _wholes(values: tuple[str, ...]) -> tuple[int, ...] | None:
    numbers = tuple(number for value in values if (number := _whole(value)) is not None)
    return numbers if len(numbers) == len(values) else None


_CONVERSIONS: dict[Any, Callable[[tuple[str, ...]], Value | None]] = {
    str | None: "\\".join,
    int | None: lambda values: _whole(values[0]),
    float | None: lambda values: decimal(values[0]),
    tuple[str, ...] | None: lambda values: values,
    tuple[int, ...] | None: _wholes,
    tuple[float, ...] | None: decimals,
}
