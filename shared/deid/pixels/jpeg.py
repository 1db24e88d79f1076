"""The marker segments of JPEG and JPEG-LS (ISO/IEC 10918-1 Annex B, 14495-1 Annex C), nothing decoded."""

import re
from collections.abc import Iterator
from struct import unpack_from
from typing import NamedTuple

from shared.deid.pixels.codestream import MOST_PARTS, Codestream, Damaged

START = b"\xff\xd8"
_END = 0xD9
_SCAN = 0xDA
_COMMENT = 0xFE
_JFIF, _COLOUR_TRANSFORM, _ADOBE = 0xE0, 0xE8, 0xEE
_APPLICATIONS = range(0xE0, 0xF0)
#: start of frame: processes 0 to 15 without the three codes that mean something else, and JPEG-LS
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
#: tables, restart intervals, scans, line counts: what a decoder needs and what holds no text
_STRUCTURE = _FRAMES | {0xC4, 0xCC, _SCAN, 0xDB, 0xDC, 0xDD, 0xF8}
# Within a scan FF is followed by a zero or a restart marker; in JPEG-LS by a byte under 80. With FF alone in
# front the search is twenty times as fast as with one or more.
_MARKER_IN_SCAN = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")


class Segment(NamedTuple):
    """A marker segment: `frame[start:value]` is its marker and length, `frame[value:end]` its content.

    A scan's entropy-coded data lies between its end and the next segment's start.
    """

    marker: int
    start: int
    value: int
    end: int


def segments(frame: bytes) -> Iterator[Segment]:
    """Yield the segments between the start and the end of an image; the last one is the end itself.

    Raises:
        Damaged: the bytes are no such sequence, or it does not end.
    """
    if frame[:2] != START:
        raise Damaged
    position = 2
    for _ in range(MOST_PARTS):
        segment = _segment(frame, position)
        yield segment
        if segment.marker == _END:
            return
        position = segment.end
        if segment.marker == _SCAN:
            position = _after_scan(frame, position)
    raise Damaged


def _segment(frame: bytes, position: int) -> Segment:
    start = position
    while frame[position : position + 2] == b"\xff\xff":
        position += 1
    if position + 2 > len(frame) or frame[position] != 0xFF:
        raise Damaged
    marker = frame[position + 1]
    if marker == _END:
        return Segment(marker, start, position + 2, position + 2)
    length = int.from_bytes(frame[position + 2 : position + 4], "big")
    end = position + 2 + length
    if marker < 0xC0 or length < 2 or end > len(frame):
        raise Damaged
    return Segment(marker, start, position + 4, end)


def _after_scan(frame: bytes, position: int) -> int:
    found = _MARKER_IN_SCAN.search(frame, position)
    if found is None:
        raise Damaged
    return found.start()


def comments(frame: bytes) -> Iterator[bytes]:
    """Yield what may hold text: comments, application data, unknown segments, what follows the end.

    Raises:
        Damaged: the bytes are no JPEG.
    """
    end = 0
    for segment in segments(frame):
        end = segment.end
        if segment.marker not in _STRUCTURE and segment.end > segment.value:
            yield frame[segment.value : segment.end]
    if frame[end:].strip(b"\0"):
        yield frame[end:]


def strip(frame: bytes) -> bytes:
    """Take out comments and application data, but what decoders need to get the colours right.

    Raises:
        Damaged: the bytes are no JPEG, or have segments that nobody knows.
    """
    kept = bytearray(START)
    position = 2
    for segment in segments(frame):
        # The entropy-coded data of the scan before.
        kept += frame[position : segment.start]
        position = segment.end
        if segment.marker in _APPLICATIONS:
            kept += _colour_data(segment.marker, frame[segment.value : segment.end])
        elif segment.marker in _STRUCTURE or segment.marker == _END:
            kept += frame[segment.start : segment.end]
        elif segment.marker != _COMMENT:
            raise Damaged
    return bytes(kept)


def _colour_data(marker: int, content: bytes) -> bytes:
    """The part of application data that says what the components mean; JFIF loses its thumbnail."""
    kept = b""
    if marker == _JFIF and content[:5] == b"JFIF\0":
        kept = content[:12] + b"\0\0"
    elif marker == _ADOBE and content[:5] == b"Adobe":
        kept = content[:12]
    elif marker == _COLOUR_TRANSFORM and content[:4] == b"mrfx":
        kept = content[:5]
    return bytes([0xFF, marker]) + (len(kept) + 2).to_bytes(2, "big") + kept if kept else b""


def head(frame: bytes) -> Codestream:
    """Read what a frame says of itself; the whole of it is walked, so that a missing end is noticed.

    Raises:
        Damaged: the bytes are no JPEG of one image.
    """
    codestream, adobe, jfif, transformed = None, -1, False, False
    for segment in segments(frame):
        content = frame[segment.value : segment.end]
        if segment.marker in _FRAMES:
            if codestream is not None or len(content) < 6:
                raise Damaged
            codestream = _start_of_frame(segment.marker, content)
        jfif |= segment.marker == _JFIF and content[:5] == b"JFIF\0"
        transformed |= (
            segment.marker == _COLOUR_TRANSFORM and content[:4] == b"mrfx" and content[4:5] != b"\0"
        )
        if segment.marker == _ADOBE and content[:5] == b"Adobe" and len(content) >= 12:
            adobe = content[11]
    if codestream is None:
        raise Damaged
    return codestream._replace(colour=_colour(adobe, jfif=jfif), transformed=transformed)


def _start_of_frame(marker: int, content: bytes) -> Codestream:
    precision, rows, columns, components = unpack_from(">BHHB", content)
    return Codestream(marker, rows, columns, components, precision)


def _colour(adobe: int, *, jfif: bool) -> str:
    """JFIF's colour images are YCbCr, Adobe's segment says so or not; a frame may contradict itself."""
    said = {"ybr"} if jfif else set()
    if adobe >= 0:
        said.add("ybr" if adobe else "rgb")
    return " or ".join(sorted(said))
