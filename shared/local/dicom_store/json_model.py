"""A data set in the DICOM JSON Model (PS3.18 Annex F)."""

import math
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from shared.dicom.dataset import DataSet
from shared.dicom.scan import Element
from shared.local.dicom_store.ambiguous_vr import definite_vr
from shared.local.dicom_store.byte_order import little_endian

#: an attribute by its tag in hexadecimal digits, or a list of them: one object of the model
JsonDataSet = dict[str, dict[str, Any]]
#: a value of more bytes than that is told by a link (PS3.18 section F.2.6)
LARGEST_INLINE = 1024
BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_INTEGERS = frozenset({"IS", "SL", "SS", "SV", "UL", "US", "UV"})
_REALS = frozenset({"DS", "FD", "FL"})
_GROUPS = ("Alphabetic", "Ideographic", "Phonetic")

_PIXEL_REPRESENTATION = 0x00280103

#: makes the link to an attribute from the path to it, such as `30060039/0/30060040`
Linker = Callable[[str], str]


def tag_text(tag: int) -> str:
    """A tag as eight hexadecimal digits."""
    return f"{tag:08X}"


def json_of(
    data_set: DataSet, link: Linker, path: str = "", *, signed: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the attributes of a data set, group lengths left out; `signed` is what encloses it."""
    signed = is_signed(data_set, enclosing=signed)
    for element in data_set.elements:
        if element.tag & 0xFFFF:
            tag = tag_text(element.tag)
            yield tag, _attribute(data_set, element, link, path + tag, signed=signed)


def is_signed(data_set: DataSet, *, enclosing: bool = False) -> bool:
    """Whether Pixel Representation says that pixels have a sign."""
    representation = data_set.number(_PIXEL_REPRESENTATION)
    return enclosing if representation is None else representation == 1


def _attribute(
    data_set: DataSet, element: Element, link: Linker, path: str, *, signed: bool
) -> dict[str, Any]:
    if element.vr == "SQ" or element.items is not None:
        items = [
            dict(json_of(item, link, f"{path}/{number}/", signed=signed))
            for number, item in enumerate(data_set.items_of(element))
        ]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    if not data_set.encoding.explicit:
        element = msgspec.structs.replace(element, vr=definite_vr(element, signed=signed))
    if element.vr in BINARY_VRS:
        return _binary(data_set, element, link, path)
    values = json_values(element.vr, data_set.values_of(element))
    return {"vr": element.vr, "Value": values} if values else {"vr": element.vr}


def _binary(data_set: DataSet, element: Element, link: Linker, path: str) -> dict[str, Any]:
    length = element.end - element.value
    if not length:
        return {"vr": element.vr}
    if length > LARGEST_INLINE or element.undefined:
        return {"vr": element.vr, "BulkDataURI": link(path)}
    content = data_set.buffer[element.value : element.end]
    if not data_set.encoding.little:
        content = little_endian(content, element.vr)
    return {"vr": element.vr, "InlineBinary": b64encode(content).decode()}


def json_values(vr: str, values: tuple[str, ...]) -> list[Any]:
    """The values of an attribute; an empty one among others is null (PS3.18 section F.2.5)."""
    if not any(values):
        return []
    return [_value(vr, value) if value else None for value in values]


def _value(vr: str, value: str) -> Any:
    if vr == "PN":
        return {name: part for name, part in zip(_GROUPS, value.split("="), strict=False) if part}
    if vr in _INTEGERS or vr in _REALS:
        return _number(vr, value)
    return value


def _number(vr: str, value: str) -> int | float | str:
    """A number, or the text where JSON has no such number or the text is none (PS3.18 section F.2.3)."""
    try:
        if vr in _INTEGERS:
            return int(value)
        number = float(value)
    except ValueError:
        return value
    if math.isnan(number):
        return "NaN"
    return number if math.isfinite(number) else f"{'-' if number < 0 else ''}inf"
