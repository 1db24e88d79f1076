"""The markers and boxes of JPEG 2000 and HTJ2K (ISO/IEC 15444-1 Annexes A and I), nothing decoded."""

from collections.abc import Iterator
from struct import unpack_from
from typing import NamedTuple

from shared.deid.pixels.codestream import MOST_PARTS, Codestream, Damaged

START = b"\xff\x4f\xff\x51"
BOX_START = b"\0\0\0\x0cjP  "
_SIZE, _CODING, _COMMENT = 0x51, 0x52, 0x64
_TILE_PART, _DATA, _END = 0x90, 0x93, 0xD9
_END_MARKER = b"\xff\xd9"
# CAP, SIZ, COD, COC, TLM, PLM, PLT, CPF, QCD, QCC, RGN, POC, PPM, PPT, CRG: what a decoder needs.
_STRUCTURE = frozenset(
    {0x50, _SIZE, _CODING, 0x53, 0x55, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x63}
)
# Without colours, which may be a profile that describes itself, and the resolution, which is a box of boxes.
_STRUCTURE_BOXES = frozenset({b"jP  ", b"ftyp", b"ihdr", b"bpcc", b"cmap", b"cdef", b"pclr"})
_CODESTREAM_BOX, _HEADER_BOX = b"jp2c", b"jp2h"
#: what makes other samples of those in the codestream: palettes, and components in another order
_MEANING_BOXES = frozenset({b"pclr", b"cmap", b"cdef"})


class Segment(NamedTuple):
    """A marker segment: `stream[start:value]` is its marker and length; `in_tile` tells where it stands."""

    marker: int
    start: int
    value: int
    end: int
    in_tile: bool


class Box(NamedTuple):
    """A box of the JP2 file format."""

    kind: bytes
    content: bytes


def segments(stream: bytes) -> Iterator[Segment]:
    """Yield the marker segments of the main header and of the headers of all tile-parts, then the end itself.

    Raises:
        Damaged: the bytes are no JPEG 2000 codestream, or it does not end.
    """
    for number, segment in enumerate(_segments(stream)):
        if number == MOST_PARTS:
            raise Damaged
        yield segment


def _segments(stream: bytes) -> Iterator[Segment]:
    if stream[:4] != START:
        raise Damaged
    position = 2
    while stream[position + 1 : position + 2] != bytes([_TILE_PART]):
        yield (segment := _segment(stream, position, in_tile=False))
        position = segment.end
    while stream[position : position + 2] != _END_MARKER:
        stop = _end_of_tile_part(stream, position)
        yield from _tile_header(stream, _segment(stream, position, in_tile=True).end, stop)
        position = stop
    yield Segment(_END, position, position + 2, position + 2, in_tile=False)


def _segment(stream: bytes, position: int, *, in_tile: bool) -> Segment:
    head = stream[position : position + 4]
    length = int.from_bytes(head[2:], "big")
    if len(head) < 4 or head[0] != 0xFF or length < 2 or position + 2 + length > len(stream):
        raise Damaged
    return Segment(head[1], position, position + 4, position + 2 + length, in_tile)


def _end_of_tile_part(stream: bytes, position: int) -> int:
    """By its length, Psot; the last one may have none and then goes to the end of the codestream."""
    if len(stream) < position + 12 or stream[position : position + 2] != bytes([0xFF, _TILE_PART]):
        raise Damaged
    length = int.from_bytes(stream[position + 6 : position + 10], "big")
    stop = position + length if length else stream.rfind(_END_MARKER)
    if not position + 12 < stop < len(stream):
        raise Damaged
    return stop


def _tile_header(stream: bytes, position: int, stop: int) -> Iterator[Segment]:
    while stream[position + 1 : position + 2] != bytes([_DATA]):
        yield (segment := _segment(stream, position, in_tile=True))
        position = segment.end
        if position > stop:
            raise Damaged


def boxes(content: bytes, *, in_header: bool = False) -> Iterator[Box]:
    """Yield the boxes of a JP2 file, those of its header box among them (Annex I.4).

    Raises:
        Damaged: the bytes are no boxes, or a header box stands in another.
    """
    position = 0
    # A fragment of odd length has a zero behind it.
    end = len(content.rstrip(b"\0"))
    for _ in range(MOST_PARTS):
        if position >= end:
            return
        if len(content) < position + 8:
            raise Damaged
        length, kind = unpack_from(">I4s", content, position)
        start = position + 8
        if length == 1:
            length, start = int.from_bytes(content[start : start + 8], "big"), start + 8
        position = position + length if length else len(content)
        if not start <= position <= len(content):
            raise Damaged
        if kind == _HEADER_BOX:
            if in_header:
                raise Damaged
            yield from boxes(content[start:position], in_header=True)
        else:
            yield Box(kind, content[start:position])
    raise Damaged


def comments(frame: bytes) -> Iterator[bytes]:
    """Yield what may hold text: comments, XML, UUID and other boxes, what follows the end.

    Raises:
        Damaged: the bytes are neither codestream nor boxes.
    """
    if not frame.startswith(BOX_START):
        yield from _comments(frame)
        return
    for box in boxes(frame):
        if box.kind == _CODESTREAM_BOX:
            yield from _comments(box.content)
        elif box.kind not in _STRUCTURE_BOXES:
            yield box.content


def _comments(stream: bytes) -> Iterator[bytes]:
    end = 0
    for segment in segments(stream):
        end = segment.end
        if segment.marker not in _STRUCTURE and segment.end > segment.value:
            yield stream[segment.value : segment.end]
    if stream[end:].strip(b"\0"):
        yield stream[end:]


def strip(frame: bytes) -> bytes:
    """The bare codestream, as PS3.5 Annex A.4.4 wants it, without comments.

    Those of the main header are taken out; those of a tile-part, whose length is told elsewhere, become
    zeros.

    Raises:
        Damaged: the bytes are no JPEG 2000, or its boxes change the meaning of the samples.
    """
    stream = _codestream(frame)
    kept = bytearray()
    position = 0
    for segment in segments(stream):
        kept += stream[position : segment.start]
        position = segment.end
        if segment.marker != _COMMENT:
            kept += stream[segment.start : segment.end]
        elif segment.in_tile:
            kept += stream[segment.start : segment.value] + bytes(segment.end - segment.value)
    return bytes(kept)


def _codestream(frame: bytes) -> bytes:
    if not frame.startswith(BOX_START):
        return frame
    found = {box.kind: box.content for box in boxes(frame)}
    if _MEANING_BOXES & found.keys() or _CODESTREAM_BOX not in found:
        raise Damaged
    return found[_CODESTREAM_BOX]


def head(frame: bytes) -> Codestream:
    """Read what a frame says of itself.

    Raises:
        Damaged: the bytes are no JPEG 2000 whose samples are all alike.
    """
    stream = _codestream(frame)
    found = {each.marker: stream[each.value : each.end] for each in segments(stream) if not each.in_tile}
    size, coding = found.get(_SIZE, b""), found.get(_CODING, b"")
    if len(size) < 39 or len(coding) < 10:
        raise Damaged
    width, height, left, top = unpack_from(">4I", size, 2)
    components = int.from_bytes(size[34:36], "big")
    sampling = {size[36 + 3 * index : 39 + 3 * index] for index in range(components)}
    if len(sampling) != 1 or (kind := sampling.pop())[1:] != b"\1\1":
        raise Damaged
    return Codestream(
        process=0,
        rows=height - top,
        columns=width - left,
        components=components,
        precision=(kind[0] & 0x7F) + 1,
        signed=bool(kind[0] & 0x80),
        transformed=coding[4] != 0,
        reversible=coding[9] == 1,
    )
