"""Which transfer syntaxes an instance can be sent in, and the one conversion (PS3.18 section 8.7.3).

What is stored is sent as it is. Native instances in implicit VR or deflated little endian can be sent in
explicit VR little endian, too, for that is what a client gets that names no transfer syntax.
"""

from collections.abc import Iterator
from pathlib import Path
from struct import pack

from shared.deid.header.encode import element, element_begins, item, sequence
from shared.dicom.dataset import DataSet
from shared.dicom.read import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    TRANSFER_SYNTAX_UID,
    Header,
)
from shared.dicom.scan import EXPLICIT_LITTLE, LONG_VRS, UNDEFINED_LENGTH, Element
from shared.local.dicom_store.ambiguous_vr import definite_vr
from shared.local.dicom_store.json_model import is_signed
from shared.local.dicom_store.reading import opened, stream
from shared.local.dicom_store.source import file_chunks

_PIXEL_DATA = 0x7FE00010
_LONGEST_SHORT_VALUE = 0xFFFE
_CONVERTED = frozenset({IMPLICIT_VR_LITTLE_ENDIAN, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN})


def sent_syntax(stored: str, wanted: str) -> str | None:
    """The transfer syntax to send, None if it cannot be: `wanted` may be `*`, or empty for the default."""
    if wanted in {"*", stored}:
        return stored
    if wanted in {"", EXPLICIT_VR_LITTLE_ENDIAN}:
        return EXPLICIT_VR_LITTLE_ENDIAN if stored in {*_CONVERTED, EXPLICIT_VR_LITTLE_ENDIAN} else None
    return None


def file_in(path: Path, stored: str, sent: str) -> Iterator[bytes]:
    """Yield the file of an instance in a transfer syntax that `sent_syntax` told."""
    return file_chunks(path) if stored == sent else _explicit(path)


def _explicit(path: Path) -> Iterator[bytes]:
    """Convert the header, which is held in memory, and copy the pixels, which are not."""
    with opened(path) as (header, data_set):
        signed = is_signed(data_set)
        yield _meta(header)
        yield from _elements(data_set, signed=signed)
        pixels = header.pixel_data
        if pixels is not None:
            # Pixel Data of implicit VR is OW (PS3.5 Annex A.1).
            is_other_word = pixels.tag == _PIXEL_DATA and not header.encoding.explicit
            vr = "OW" if is_other_word else pixels.vr
            yield element_begins(pixels.tag, vr, pixels.end - pixels.value, EXPLICIT_LITTLE)
            yield from stream(header.source, pixels.value, pixels.end)
        trailing = DataSet(header.trailer, header.trailing, header.encoding)
        yield from _elements(trailing, signed=signed)


def _meta(header: Header) -> bytes:
    """The preamble and the File Meta Information with the other transfer syntax (PS3.10 section 7.1)."""
    syntax = element(TRANSFER_SYNTAX_UID, "UI", EXPLICIT_VR_LITTLE_ENDIAN.encode(), EXPLICIT_LITTLE)
    content = b"".join(
        syntax if each.tag == TRANSFER_SYNTAX_UID else header.buffer[each.start : each.end]
        for each in header.meta
        if each.tag & 0xFFFF
    )
    length = element(0x00020000, "UL", pack("<I", len(content)), EXPLICIT_LITTLE)
    return header.buffer[:128] + b"DICM" + length + content


def _elements(data_set: DataSet, *, signed: bool) -> Iterator[bytes]:
    """Write elements with their Value Representations; group lengths, which would be wrong, are left out."""
    for each in data_set.elements:
        if not each.tag & 0xFFFF:
            continue
        if data_set.encoding.explicit:
            yield data_set.buffer[each.start : each.end]
        elif each.vr == "SQ":
            items = data_set.items_of(each)
            content = b"".join(
                item(b"".join(_elements(inner, signed=signed)), EXPLICIT_LITTLE) for inner in items
            )
            yield sequence(each.tag, content, EXPLICIT_LITTLE)
        else:
            yield _element(each, data_set.buffer[each.value : each.end], signed=signed)


def _element(each: Element, raw: bytes, *, signed: bool) -> bytes:
    if each.undefined:
        return element_begins(each.tag, "UN", UNDEFINED_LENGTH, EXPLICIT_LITTLE) + raw
    vr = definite_vr(each, signed=signed)
    if len(raw) > _LONGEST_SHORT_VALUE and vr not in LONG_VRS:
        # A value that explicit VR has no room for has the Value Representation UN (PS3.5 section 6.2.2).
        vr = "UN"
    return element_begins(each.tag, vr, len(raw), EXPLICIT_LITTLE) + raw
