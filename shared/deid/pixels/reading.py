"""Frames as arrays and as grey pictures, for those who look for text in them."""

from typing import TYPE_CHECKING, Any

from shared.deid.pixels import facts
from shared.deid.pixels.clean import Job, frame_cleaner
from shared.deid.pixels.codestream import uncleanable
from shared.deid.pixels.facts import Layout, layout_of
from shared.deid.pixels.frames import Encapsulated
from shared.deid.pixels.native import check_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: strokes of letters are thinner by far than so many pixels
_SURROUNDINGS = 25
#: how bright text is at least: of one pixel in two thousand nobody can read a word
_BRIGHTEST = 99.95
#: the part of that brightness which is black, and the one which is white
_FROM, _TO = 0.15, 0.5


class FrameReader:
    """Reads single frames of an image, however they are encoded."""

    def __init__(self, job: Job) -> None:
        """Take the image; its areas do not matter.

        Raises:
            PixelsUncleanable: its frames cannot be read.
        """
        self.layout = layout_of(job.image)
        self.layout.check_frame()
        self._job = job
        if job.pixel_data.fragments is None:
            check_length(self.layout, job.pixel_data)
        else:
            extended = facts.EXTENDED_OFFSET_TABLE in job.image
            self._frames = Encapsulated(job.source, job.pixel_data, self.layout.frames, extended=extended)
            self._cleaner, _ = frame_cleaner(job, self.layout)

    def samples(self, frame: int) -> "NDArray[Any]":
        """The samples of a frame as they are stored: rows, columns and, of several samples, samples."""
        if self._job.pixel_data.fragments is None:
            return _native(self._job, self.layout, frame)
        return self._cleaner.decode(self._frames.read(frame))

    def pictures(self, frame: int) -> "Iterator[NDArray[Any]]":
        """Yield a frame as grey pictures of 8 bits: as it is, and what is brighter than its surroundings.

        The first has the whole range, in which text on a plain ground stands out. The second has strokes and
        edges alone, in which text over an organ does, too.
        """
        import numpy as np

        grey = _grey(self.samples(frame), self.layout).astype(np.float32)
        if grey.min() < grey.max():
            yield _windowed(grey, float(grey.min()), float(grey.max()))
            detail = grey - _mean_around(_mean_around(grey, 0), 1)
            brightest = float(np.percentile(detail, _BRIGHTEST))
            yield _windowed(detail, brightest * _FROM, max(brightest * _TO, 1e-6))


def _native(job: Job, layout: Layout, frame: int) -> "NDArray[Any]":
    import numpy as np

    if layout.bits_allocated == 1:
        return _bits(job, layout, frame)
    size = layout.frame_bits // 8
    raw = job.source.read(job.pixel_data.value + frame * size, size)
    kind = "u" if job.pixel_data.tag == facts.PIXEL_DATA else "f"
    cells = np.frombuffer(raw, f"{job.encoding.byte_order}{kind}{layout.bits_allocated // 8}")
    if not job.encoding.little and layout.bits_allocated == 8 and job.pixel_data.vr == "OW":
        raise uncleanable("bytes in words of big endian")
    if layout.subsampled:
        return cells.reshape(layout.rows, layout.columns // 2, 4)[..., :2].reshape(layout.rows, -1)
    if layout.samples == 1:
        return cells.reshape(layout.rows, layout.columns)
    if layout.planar:
        return np.moveaxis(cells.reshape(layout.samples, layout.rows, layout.columns), 0, -1)
    return cells.reshape(layout.rows, layout.columns, layout.samples)


def _bits(job: Job, layout: Layout, frame: int) -> "NDArray[Any]":
    import numpy as np

    start = frame * layout.frame_bits
    first, last = start // 8, -(-(start + layout.frame_bits) // 8)
    raw = np.frombuffer(job.source.read(job.pixel_data.value + first, last - first), np.uint8)
    bits = np.unpackbits(raw, bitorder="little")[start % 8 :][: layout.frame_bits]
    return bits.reshape(layout.rows, layout.columns)


def _grey(samples: "NDArray[Any]", layout: Layout) -> "NDArray[Any]":
    """One value a pixel: the sample itself, luminance, or the brightest of three colours."""
    if samples.ndim == 3:
        return samples[..., 0] if layout.photometric.startswith("YBR_F") else samples.max(axis=-1)
    if samples.dtype.kind != "u" or layout.bits_stored == 1:
        return samples
    shift = layout.high_bit + 1 - layout.bits_stored
    stored = (samples >> shift).astype("i8") & (1 << layout.bits_stored) - 1
    half = 1 << layout.bits_stored - 1
    return (stored ^ half) - half if layout.signed else stored


def _mean_around(grey: "NDArray[Any]", axis: int) -> "NDArray[Any]":
    """The mean of the surroundings of each pixel along one axis."""
    import numpy as np

    before = _SURROUNDINGS // 2
    margins = [(before + 1, before) if each == axis else (0, 0) for each in (0, 1)]
    sums = np.cumsum(np.pad(grey, margins, mode="edge"), axis=axis, dtype=np.float64)
    size = grey.shape[axis]
    ends = np.take(sums, range(_SURROUNDINGS, _SURROUNDINGS + size), axis)
    return np.asarray((ends - np.take(sums, range(size), axis)) / _SURROUNDINGS)


def _windowed(grey: "NDArray[Any]", low: float, high: float) -> "NDArray[Any]":
    import numpy as np

    return (np.clip((grey - low) / (high - low), 0, 1) * 255).astype(np.uint8)
