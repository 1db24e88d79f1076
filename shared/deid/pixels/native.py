"""Blank native Pixel Data while it streams by: nothing is decoded, memory does not grow (PS3.5 section 8).

A frame is seen as a row of units, bytes or, where a pixel is one bit, bits; a rectangle is a number of runs
of units, one for each of its rows and planes.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from shared.deid.pixels.blackness import cell
from shared.deid.pixels.facts import Layout
from shared.deid.pixels.geometry import Areas, Rectangle, without_overlap
from shared.dicom.pixel_data import PixelData
from shared.dicom.scan import Encoding
from shared.dicom.source import ByteSource
from shared.errors import PixelsUncleanable

#: how much is in memory at a time, as long as a row is not longer
WINDOW = 1 << 20


class Run(NamedTuple):
    """Units of a frame to blank: where they begin and end, and which plane's value they get."""

    start: int
    end: int
    plane: int


class Brush:
    """Knows where the pixels of a layout lie and what black is there."""

    def __init__(self, layout: Layout, samples: tuple[int, ...], encoding: Encoding, vr: str) -> None:
        """Take the layout and the value of each sample; `vr` is Pixel Data's.

        Raises:
            PixelsUncleanable: the pixels lie in a way of which one cannot be certain.
        """
        self.layout = layout
        self.is_bits = layout.bits_allocated == 1
        # In big endian, words change their bytes also where pixels are smaller (PS3.5 section 7.3).
        self.swaps = not encoding.little and vr == "OW" and layout.bits_allocated < 16
        _check(layout, encoding)
        self._samples = samples
        self._byte_order = encoding.byte_order

    @property
    def frame_units(self) -> int:
        """How many units a frame has."""
        return self.layout.frame_bits if self.is_bits else self.layout.frame_bits // 8

    @cached_property
    def patterns(self) -> tuple[bytes, ...]:
        """For each plane what is written over and over into a run; for bits a byte of them."""
        if self.is_bits:
            return (b"\xff" if self._samples[0] & 1 else b"\0",)
        cells = [cell(value, self.layout, self._byte_order) for value in self._samples]
        if self.layout.subsampled:
            luminance, *chrominances = cells
            return (b"".join([luminance, luminance, *chrominances]),)
        return tuple(cells) if self.layout.planar else (b"".join(cells),)

    def runs(self, rectangles: tuple[Rectangle, ...]) -> list[Run]:
        """The runs of one frame, by rising start."""
        columns, rows = self.layout.columns, self.layout.rows
        disjoint = without_overlap(map(self._on_pairs, rectangles), columns, rows)
        planes = range(len(self.patterns))
        return sorted(run for each in disjoint for plane in planes for run in self._runs_of(each, plane))

    def _on_pairs(self, rectangle: Rectangle) -> Rectangle:
        """Two pixels that share their chrominance are blanked together."""
        if not self.layout.subsampled:
            return rectangle
        left = rectangle.x // 2 * 2
        return rectangle._replace(x=left, width=-(-rectangle.right // 2) * 2 - left)

    def _runs_of(self, rectangle: Rectangle, plane: int) -> Iterator[Run]:
        layout = self.layout
        stride = self.frame_units // layout.rows // len(self.patterns)
        unit = stride // layout.columns
        origin = plane * stride * layout.rows
        for row in range(rectangle.y, rectangle.bottom):
            start = origin + row * stride
            yield Run(start + rectangle.x * unit, start + rectangle.right * unit, plane)

    def paint(self, chunk: bytearray, run: Run, shift: int) -> None:
        """Blank the part of a run that lies in a chunk, `shift` units before which its frame began."""
        size = len(chunk) * 8 if self.is_bits else len(chunk)
        start, end = max(run.start - shift, 0), min(run.end - shift, size)
        if self.is_bits:
            _set_bits(chunk, start, end, self.patterns[0][0])
            return
        pattern = self.patterns[run.plane]
        skipped = (start + shift - run.start) % len(pattern)
        repeated = pattern * ((end - start) // len(pattern) + 2)
        chunk[start:end] = repeated[skipped : skipped + end - start]


def _check(layout: Layout, encoding: Encoding) -> None:
    if layout.subsampled and (layout.columns % 2 or layout.planar or layout.bits_allocated != 8):
        raise PixelsUncleanable(reason="chrominance that is not shared by pairs of bytes")
    if layout.bits_allocated == 1 and layout.samples > 1:
        raise PixelsUncleanable(reason="several samples of one bit")
    if not encoding.little and layout.bits_allocated > 16:
        raise PixelsUncleanable(reason="long samples in big endian")


def _set_bits(chunk: bytearray, start: int, end: int, fill: int) -> None:
    """Set bits to those of `fill`, 0 or 255; the first pixel is a byte's lowest bit (PS3.5 8.1.1)."""
    for position in range(start // 8, -(-end // 8)):
        low, high = max(start - position * 8, 0), min(end - position * 8, 8)
        mask = (1 << high) - (1 << low)
        chunk[position] = chunk[position] & ~mask | fill & mask


def check_length(layout: Layout, pixel_data: PixelData) -> None:
    """Native pixels are as long as their layout says, but for a byte of padding (PS3.5 section 8.1.1).

    Raises:
        PixelsUncleanable: they are not.
    """
    expected = layout.native_bytes
    if pixel_data.end - pixel_data.value not in {expected, expected + expected % 2}:
        raise PixelsUncleanable(reason="Pixel Data of another length than the header's")


def stored_bits(layout: Layout, encoding: Encoding) -> bytes:
    """The mask of one pixel cell that clears the bits of which no sample is made.

    Raises:
        PixelsUncleanable: the pixel cells are no bytes or words.
    """
    if layout.bits_allocated not in {8, 16} or layout.subsampled:
        raise PixelsUncleanable(reason="unused bits in pixel cells of neither 8 nor 16 bits")
    order: Literal["little", "big"] = "little" if encoding.little else "big"
    return layout.stored_mask.to_bytes(layout.bits_allocated // 8, order)


def blanked(
    source: ByteSource, pixel_data: PixelData, brush: Brush, areas: Areas, mask: bytes | None = None
) -> Iterator[bytes]:
    """Yield native Pixel Data in chunks: rectangles blanked, padding cleared, `mask` laid on every cell.

    It is as long as its layout says, or one byte longer for padding.
    """
    painter = _Painter(brush, areas)
    start, length = pixel_data.value, pixel_data.end - pixel_data.value
    content = brush.layout.native_bytes
    for position in range(0, length, WINDOW):
        chunk = bytearray(source.read(start + position, min(WINDOW, length - position)))
        if brush.swaps:
            _swap(chunk)
        painter.paint(chunk, position)
        if position + len(chunk) > content:
            chunk[content - position :] = bytes(position + len(chunk) - content)
        if brush.swaps:
            _swap(chunk)
        yield _masked(chunk, mask) if mask else bytes(chunk)


class _Painter:
    """Blanks the runs of all frames that meet a chunk."""

    def __init__(self, brush: Brush, areas: Areas) -> None:
        self._brush = brush
        self._areas = areas
        self._everywhere = brush.runs(areas.everywhere)

    def _runs(self, frame: int) -> list[Run]:
        if frame in self._areas.frames:
            return self._brush.runs(self._areas.of(frame))
        return self._everywhere

    def paint(self, chunk: bytearray, position: int) -> None:
        """Paint the chunk whose first byte is at this position of Pixel Data."""
        scale = 8 if self._brush.is_bits else 1
        begin, end, units = position * scale, (position + len(chunk)) * scale, self._brush.frame_units
        for frame in range(begin // units, min(-(-end // units), self._brush.layout.frames)):
            shift = begin - frame * units
            runs = self._runs(frame)
            first = bisect_left(runs, shift, key=lambda run: run.end)
            for run in runs[first:]:
                if run.start - shift >= end - begin:
                    break
                self._brush.paint(chunk, run, shift)


def _swap(chunk: bytearray) -> None:
    chunk[0::2], chunk[1::2] = chunk[1::2], chunk[0::2]


def _masked(chunk: bytearray, mask: bytes) -> bytes:
    """Lay a mask on every cell at once, as one long number."""
    masked = int.from_bytes(chunk, "little") & _repeated(mask, -(-len(chunk) // len(mask)))
    return masked.to_bytes(len(chunk), "little")


@lru_cache(maxsize=2)
def _repeated(mask: bytes, count: int) -> int:
    return int.from_bytes(mask * count, "little")
