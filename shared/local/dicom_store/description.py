"""What the store knows of an instance without opening its file: read once, through a small window."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from shared.dicom.charset import SPECIFIC_CHARACTER_SET
from shared.dicom.dataset import DataSet
from shared.dicom.read import find_data_set
from shared.dicom.scan import Element, Encoding, Limits
from shared.dicom.stream import ItemBegins, ItemEnds, Value, Walk
from shared.errors import AttributeMissing, UidInvalid
from shared.local.dicom_store.ambiguous_vr import definite_vr
from shared.local.dicom_store.json_model import BINARY_VRS, JsonDataSet, is_signed, json_values, tag_text
from shared.local.dicom_store.names import Uids, is_uid
from shared.local.dicom_store.source import FileSource

SOP_CLASS_UID = "00080016"
SOP_INSTANCE_UID = "00080018"
MODALITY = "00080060"
STUDY_INSTANCE_UID = "0020000D"
SERIES_INSTANCE_UID = "0020000E"
#: a longer value is found in the file alone, not by a search
_LARGEST_INDEXED = 1024
_LIMITS = Limits(header_bytes=512 << 20, element_count=50_000_000)


class Description(NamedTuple):
    """An instance; `attributes` are those of its own level whose values are short, no sequences."""

    uids: Uids
    sop_class: str
    transfer_syntax: str
    modality: str
    attributes: JsonDataSet


def describe(path: Path) -> Description:
    """Read the whole structure of a file, in constant memory.

    Raises:
        AirlockError: it is no DICOM file, is cut off or broken, or has no valid UIDs.
    """
    with FileSource(path) as source:
        start = find_data_set(source, _LIMITS)
        values = _short_values(Walk(start, _LIMITS))
        attributes = _attributes(values, start.encoding)
        uids = Uids(
            _uid(attributes, STUDY_INSTANCE_UID),
            _uid(attributes, SERIES_INSTANCE_UID),
            _uid(attributes, SOP_INSTANCE_UID),
        )
        return Description(
            uids,
            _uid(attributes, SOP_CLASS_UID),
            start.transfer_syntax_uid,
            text(attributes, MODALITY),
            attributes,
        )


def text(attributes: JsonDataSet, tag: str) -> str:
    """The first value of an attribute as text; empty if there is none."""
    values = attributes.get(tag, {}).get("Value")
    return str(values[0]) if values and values[0] is not None else ""


def _short_values(walk: Walk) -> list[Value]:
    values, depth = list[Value](), 0
    for step in walk:
        if isinstance(step, ItemBegins):
            depth += 1
        elif isinstance(step, ItemEnds):
            depth -= 1
        elif isinstance(step, Value) and not depth and len(step.raw) <= _LARGEST_INDEXED:
            values.append(step)
    return values


def _attributes(values: list[Value], encoding: Encoding) -> JsonDataSet:
    """Decode values as a data set that holds nothing else."""
    elements, buffer = list[Element](), bytearray()
    for each in values:
        if each.tag & 0xFFFF and each.vr not in BINARY_VRS:
            start = len(buffer)
            buffer += each.raw
            elements.append(Element(each.tag, each.vr, start, start, len(buffer)))
    data_set = DataSet(bytes(buffer), elements, encoding)
    signed = is_signed(data_set)
    return {tag_text(each.tag): _indexed(data_set, each, signed=signed) for each in elements}


def _indexed(data_set: DataSet, element: Element, *, signed: bool) -> dict[str, object]:
    if not data_set.encoding.explicit:
        element = msgspec.structs.replace(element, vr=definite_vr(element, signed=signed))
    values = json_values(element.vr, data_set.values_of(element))
    if values and element.tag == SPECIFIC_CHARACTER_SET:
        # The model is always in UTF-8 (PS3.18 section F.1).
        values = ["ISO_IR 192"]
    return {"vr": element.vr, "Value": values} if values else {"vr": element.vr}


def _uid(attributes: JsonDataSet, tag: str) -> str:
    uid = text(attributes, tag)
    if not uid:
        raise AttributeMissing(attribute=tag)
    if not is_uid(uid):
        raise UidInvalid(attribute=tag)
    return uid
