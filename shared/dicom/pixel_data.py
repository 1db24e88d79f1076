"""Where Pixel Data lies: one native value, or encapsulated fragments (PS3.5 section 8, Annex A.4)."""

from collections.abc import Iterator
from typing import NamedTuple

from shared.dicom.scan import (
    ITEM,
    SEQUENCE_DELIMITATION,
    UNDEFINED_LENGTH,
    Encoding,
    EndOfWindow,
    Limits,
    Scanner,
)
from shared.dicom.source import ByteSource
from shared.errors import LimitExceeded, Malformed, Truncated


class PixelData(NamedTuple):
    """Where Pixel Data lies in the source: its element's header, its value and the end of its value.

    `fragments` are the offsets and lengths of the encapsulated items (PS3.5 Annex A.4), the Basic Offset
    Table first; None for native Pixel Data.
    """

    tag: int
    vr: str
    start: int
    value: int
    end: int
    fragments: tuple[tuple[int, int], ...] | None


def locate_pixel_data(source: ByteSource, start: int, encoding: Encoding, limits: Limits) -> PixelData:
    """Find where the Pixel Data element at `start` lies and ends.

    Raises:
        Truncated: the source ends before Pixel Data does.
        Malformed: encapsulated Pixel Data is broken.
        LimitExceeded: it has more fragments than elements allowed.
    """
    head = source.read(start, 12)
    tag, vr, length, offset = _header_at(head, start, encoding, limits)
    value = start + offset
    if length == UNDEFINED_LENGTH:
        fragments = tuple(walk_fragments(source, value, limits))
        end = sum(fragments[-1]) if fragments else value
        return PixelData(tag, vr, start, value, end + 8, fragments)
    if value + length > source.size:
        raise Truncated(part="Pixel Data", missing_bytes=value + length - source.size)
    return PixelData(tag, vr, start, value, value + length, None)


def _header_at(head: bytes, start: int, encoding: Encoding, limits: Limits) -> tuple[int, str, int, int]:
    try:
        return Scanner(head, encoding, limits, base=start).element_header(0, encoding)
    except EndOfWindow as error:
        raise Truncated(part="Pixel Data") from error


def walk_fragments(source: ByteSource, position: int, limits: Limits) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each item of encapsulated Pixel Data (PS3.5 Annex A.4).

    Raises:
        Truncated: the file ends before the sequence delimiter.
        Malformed: something else than an item stands there, or an item has no length.
        LimitExceeded: there are more fragments than elements allowed.
    """
    for _ in range(limits.element_count):
        head = source.read(position, 8)
        if len(head) < 8:
            raise Truncated(part="encapsulated Pixel Data")
        tag = int.from_bytes(head[0:2], "little") << 16 | int.from_bytes(head[2:4], "little")
        length = int.from_bytes(head[4:8], "little")
        if tag == SEQUENCE_DELIMITATION:
            return
        if tag != ITEM or length == UNDEFINED_LENGTH:
            raise Malformed(reason="fragment expected", offset=position)
        if position + 8 + length > source.size:
            raise Truncated(part="encapsulated Pixel Data")
        yield position + 8, length
        position += 8 + length
    raise LimitExceeded(limit="element_count", allowed=limits.element_count)
