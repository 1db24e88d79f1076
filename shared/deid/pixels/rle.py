"""RLE Lossless, PS3.5 Annex G: a frame as byte planes, each compressed by itself."""

from itertools import pairwise
from struct import pack, unpack_from
from typing import TYPE_CHECKING, Any

from shared.deid.pixels.facts import Layout
from shared.errors import PixelsUncleanable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_HEADER_BYTES = 64
_MOST_SEGMENTS = 15
#: the longest run, and the shortest that is worth a run of its own
_LONGEST, _WORTHWHILE = 128, 3
_WIDTHS = frozenset({8, 16, 32})


def decode(frame: bytes, layout: Layout) -> "NDArray[Any]":
    """Decode a frame to rows, columns and, of several samples, samples.

    Raises:
        PixelsUncleanable: the frame is not exactly what Annex G says.
    """
    import numpy as np

    planes = [_unpacked(segment, layout) for segment in _segments(frame, layout)]
    # The most significant byte comes first (section G.2).
    cells = np.stack([np.frombuffer(plane, np.uint8) for plane in planes], axis=-1)
    width = layout.bits_allocated // 8
    samples = cells.reshape(layout.rows, layout.columns, layout.samples, width).view(f">u{width}")
    native = samples[..., 0].astype(f"u{width}")
    return native[..., 0] if layout.samples == 1 else native


def _segments(frame: bytes, layout: Layout) -> "Iterator[bytes]":
    """Split a frame at the offsets of its header (section G.5)."""
    expected = layout.samples * layout.bits_allocated // 8
    if layout.bits_allocated not in _WIDTHS or not 0 < expected <= _MOST_SEGMENTS:
        raise PixelsUncleanable(reason="pixels that RLE cannot hold")
    if len(frame) < _HEADER_BYTES:
        raise PixelsUncleanable(reason="a damaged RLE frame")
    count, *offsets = unpack_from("<16I", frame)
    bounds = [*offsets[:expected], len(frame)]
    if count != expected or bounds[0] != _HEADER_BYTES or any(a > b for a, b in pairwise(bounds)):
        raise PixelsUncleanable(reason="a damaged RLE frame")
    for start, end in pairwise(bounds):
        yield frame[start:end]


def _unpacked(segment: bytes, layout: Layout) -> bytes:
    """Decode one segment (section G.3.2); what follows its last pixel is padding."""
    size = layout.rows * layout.columns
    plane = bytearray()
    position, end = 0, len(segment)
    while len(plane) < size and position < end:
        code = segment[position]
        if code < _LONGEST:
            plane += segment[position + 1 : position + 2 + code]
            position += code + 2
        elif code > _LONGEST:
            plane += segment[position + 1 : position + 2] * (257 - code)
            position += 2
        else:
            position += 1
    if len(plane) != size:
        raise PixelsUncleanable(reason="a damaged RLE frame")
    return bytes(plane)


def encode(samples: "NDArray[Any]") -> bytes:
    """Encode a frame of rows, columns and, of several samples, samples."""
    import numpy as np

    width = samples.dtype.itemsize
    cells = np.ascontiguousarray(samples, samples.dtype.newbyteorder(">")).view(np.uint8)
    planes = cells.reshape(*samples.shape[:2], -1)
    segments = [_packed(planes[..., index]) for index in range(planes.shape[-1])]
    if len(segments) > _MOST_SEGMENTS or width not in {1, 2, 4}:
        raise PixelsUncleanable(reason="pixels that RLE cannot hold")
    offsets = [_HEADER_BYTES]
    for segment in segments[:-1]:
        offsets.append(offsets[-1] + len(segment))
    offsets += [0] * (_MOST_SEGMENTS - len(offsets))
    return pack("<16I", len(segments), *offsets) + b"".join(segments)


def _packed(plane: "NDArray[Any]") -> bytes:
    """Encode one plane (section G.3.1); no run goes on from one row to the next, and the length is even."""
    columns = plane.shape[1]
    content = plane.tobytes()
    packed = bytearray()
    literal = 0
    for start, end in _runs(plane):
        if end - start < _WORTHWHILE and start % columns:
            continue
        at_row = start % columns == 0
        if at_row or end - start >= _WORTHWHILE:
            packed += _literals(content[literal:start])
            literal = start
        if end - start >= _WORTHWHILE:
            packed += _replicas(content[start : start + 1], end - start)
            literal = end
    packed += _literals(content[literal:])
    return bytes(packed) + b"\0" * (len(packed) % 2)


def _runs(plane: "NDArray[Any]") -> "Iterable[tuple[int, int]]":
    """Where equal bytes begin and end; every row begins a run."""
    import numpy as np

    begins = np.ones(plane.shape, bool)
    begins[:, 1:] = plane[:, 1:] != plane[:, :-1]
    starts = np.flatnonzero(begins).tolist()
    return pairwise([*starts, plane.size])


def _literals(content: bytes) -> bytes:
    parts = (content[start : start + _LONGEST] for start in range(0, len(content), _LONGEST))
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


def _replicas(value: bytes, count: int) -> bytes:
    """Runs of one byte; what is left over after the longest ones may be a run of one, which is a literal."""
    whole, rest = divmod(count, _LONGEST)
    packed = (bytes([257 - _LONGEST]) + value) * whole
    if rest == 1:
        return packed + b"\0" + value
    return packed + (bytes([257 - rest]) + value if rest else b"")
