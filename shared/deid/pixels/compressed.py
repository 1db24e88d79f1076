"""Blank one compressed frame: decode, paint, encode without loss, and prove it by decoding again."""

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.deid.pixels import jpeg, jpeg2000, rle
from shared.deid.pixels.codec import FrameCodec, Samples, Target
from shared.deid.pixels.codestream import Codestream, Damaged, uncleanable
from shared.deid.pixels.comments import strip_comments
from shared.deid.pixels.facts import Layout
from shared.deid.pixels.geometry import Rectangle

if TYPE_CHECKING:
    from numpy.typing import NDArray

_YBR = frozenset({"YBR_FULL", "YBR_FULL_422"})
#: baseline and extended JPEG, whose colours are written anew: IODs have no lossless form of YBR_FULL by pixel
_LOSSY = frozenset({0xC0, 0xC1})
_BAND_ROWS = 64
_RGB = frozenset({"RGB", "YBR_ICT", "YBR_RCT"})


class Blanked(NamedTuple):
    """A blanked frame and the Photometric Interpretation in which it is encoded."""

    frame: bytes
    photometric: str


class FrameCleaner(Protocol):
    """Blanks frames of one image; keeps none of them."""

    def blank(self, frame: bytes, rectangles: tuple[Rectangle, ...], *, clear: bool) -> Blanked:
        """Blank rectangles; `clear` clears the bits that belong to no sample, too."""
        ...

    def decode(self, frame: bytes) -> "NDArray[Any]":
        """The samples of a frame, in the colours that the header tells or as RGB."""
        ...


class RleFrames:
    """Frames in RLE Lossless."""

    def __init__(self, layout: Layout, black: tuple[int, ...]) -> None:
        """Take the layout and what is black in it."""
        self._layout = layout
        self._black = black

    def blank(self, frame: bytes, rectangles: tuple[Rectangle, ...], *, clear: bool) -> Blanked:
        """Blank rectangles; `clear` clears the bits that belong to no sample, too."""
        layout = self._layout
        array = rle.decode(frame, layout)
        cells = tuple(_cell(value, layout) for value in self._black)
        _paint(array, rectangles, cells)
        if clear:
            array &= array.dtype.type(layout.stored_mask)
        encoded = rle.encode(array)
        _prove(array, rle.decode(encoded, layout))
        return Blanked(encoded, layout.photometric)

    def decode(self, frame: bytes) -> "NDArray[Any]":
        """The samples of a frame, as they are stored."""
        return rle.decode(frame, self._layout)


class JpegFrames:
    """Frames in one of the JPEGs; every frame is asked what it is before a decoder sees it."""

    def __init__(self, layout: Layout, black: tuple[int, ...], target: Target, codec: FrameCodec) -> None:
        """Take the layout, what is black in it, and the codec."""
        self._layout = layout
        self._black = black
        self._target = target
        self._codec = codec

    def blank(self, frame: bytes, rectangles: tuple[Rectangle, ...], *, clear: bool) -> Blanked:
        """Blank rectangles; `clear` clears the bits that belong to no sample, too."""
        head = self._head(frame)
        array = self._decoded(frame, head)
        photometric = self._photometric(head)
        transformed = head.transformed
        if head.process in _LOSSY and head.components == 3:
            if photometric in _YBR:
                _make_rgb(array, head.precision)
            photometric, transformed = "YBR_RCT", True
        _paint(array, rectangles, self._cells(head, photometric))
        if clear and head.precision > self._layout.high_bit + 1:
            array &= array.dtype.type(self._layout.stored_mask)
        samples = Samples(array, head.precision, transformed)
        family = self._target.written_by or self._target.family
        encoded = strip_comments(self._codec.encode(family, samples))
        _prove(array, self._codec.decode(family, encoded))
        return Blanked(encoded, photometric)

    def decode(self, frame: bytes) -> "NDArray[Any]":
        """The samples of a frame, in the colours that the header tells or as RGB."""
        head = self._head(frame)
        array = self._decoded(frame, head)
        if self._layout.photometric == "RGB" and head.components == 3 and self._photometric(head) in _YBR:
            _make_rgb(array, head.precision)
        return array

    def _head(self, frame: bytes) -> Codestream:
        read_head = jpeg.head if self._target.processes else jpeg2000.head
        try:
            head = read_head(frame)
        except Damaged as error:
            raise uncleanable("a damaged frame") from error
        _check(head, self._layout, self._target)
        return head

    def _decoded(self, frame: bytes, head: Codestream) -> "NDArray[Any]":
        array = self._codec.decode(self._target.family, frame)
        shape = (head.rows, head.columns, head.components)
        if array.shape != (shape if head.components > 1 else shape[:2]):
            raise uncleanable("a decoder that contradicts the frame")
        if array.dtype.kind != ("i" if head.signed else "u") or array.dtype.itemsize * 8 < head.precision:
            raise uncleanable("a decoder that contradicts the frame")
        return array

    def _photometric(self, head: Codestream) -> str:
        """The Photometric Interpretation of the frame once it is encoded anew."""
        declared = self._layout.photometric
        if head.components == 1:
            return declared
        if head.process:
            return _meaning_of_components(declared, head)
        if head.transformed != (declared in {"YBR_ICT", "YBR_RCT"}) and declared != "RGB":
            raise uncleanable("colours that frame and header tell differently")
        return "YBR_RCT" if declared == "YBR_ICT" else declared

    def _cells(self, head: Codestream, photometric: str) -> tuple[int, ...]:
        """Black in the frame's own precision."""
        if head.components == 3:
            half = 1 << head.precision - 1
            return (0, 0, 0) if photometric in _RGB else (0, half, half)
        value = self._black[0]
        highest = (1 << head.precision) - 1
        return (value if head.signed else min(value, highest) & highest,)


def _meaning_of_components(declared: str, head: Codestream) -> str:
    """What three components of a JPEG are, where its own word and the header's must not differ.

    A lossy JPEG that says it is YCbCr is that, whatever the header says: every decoder takes it so.
    """
    if head.transformed or declared not in _YBR | {"RGB"}:
        raise uncleanable("colours that frame and header tell differently")
    if head.colour == "ybr" and head.process in _LOSSY:
        return "YBR_FULL"
    if head.colour and head.colour != ("rgb" if declared == "RGB" else "ybr"):
        raise uncleanable("colours that frame and header tell differently")
    return declared if declared == "RGB" else "YBR_FULL"


def _make_rgb(array: "NDArray[Any]", precision: int) -> None:
    """Turn luminance and chrominance into red, green and blue, some rows at a time."""
    for start in range(0, len(array), _BAND_ROWS):
        array[start : start + _BAND_ROWS] = _rgb(array[start : start + _BAND_ROWS], precision)


def _rgb(array: "NDArray[Any]", precision: int) -> "NDArray[Any]":
    """The red, green and blue of luminance and chrominance (PS3.3 C.7.6.3.1.2)."""
    import numpy as np

    luminance, blue, red = np.moveaxis(array.astype(np.float32), -1, 0)
    half, highest = 1 << precision - 1, (1 << precision) - 1
    blue, red = blue - half, red - half
    green = luminance - blue * (0.114 * 1.772 / 0.587) - red * (0.299 * 1.402 / 0.587)
    colours = np.stack([luminance + red * 1.402, green, luminance + blue * 1.772], axis=-1)
    return np.asarray(np.floor(colours + 0.5).clip(0, highest))


def _check(head: Codestream, layout: Layout, target: Target) -> None:
    if target.processes and head.process not in target.processes:
        raise uncleanable("a JPEG process that is not the transfer syntax's")
    if (head.rows, head.columns, head.components) != (layout.rows, layout.columns, layout.samples):
        raise uncleanable("a frame of another size than the header's")
    if head.components not in {1, 3} or (layout.signed and head.precision < layout.bits_stored):
        raise uncleanable("samples that frame and header tell differently")
    if head.precision > layout.bits_allocated or layout.high_bit + 1 != layout.bits_stored:
        raise uncleanable("samples that frame and header tell differently")
    if not target.processes and head.signed != layout.signed:
        raise uncleanable("a sign that frame and header tell differently")


def _cell(value: int, layout: Layout) -> int:
    shift = layout.high_bit + 1 - layout.bits_stored
    return (value << shift) & (1 << layout.bits_allocated) - 1


def _paint(array: "NDArray[Any]", rectangles: tuple[Rectangle, ...], cells: tuple[int, ...]) -> None:
    rows, columns = array.shape[:2]
    for each in rectangles:
        if cut := each.cut(columns, rows):
            array[cut.y : cut.bottom, cut.x : cut.right] = cells if array.ndim == 3 else cells[0]


def _prove(wanted: "NDArray[Any]", actual: "NDArray[Any]") -> None:
    import numpy as np

    if not np.array_equal(wanted, actual):
        raise uncleanable("an encoder that is not lossless")
