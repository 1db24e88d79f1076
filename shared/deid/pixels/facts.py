"""What is known about an image: attributes of its header, and the layout of its pixels (PS3.3 C.7.6.3)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from shared.errors import PixelsUncleanable

BURNED_IN_ANNOTATION = 0x00280301
PHOTOMETRIC_INTERPRETATION = 0x00280004
PLANAR_CONFIGURATION = 0x00280006
SMALLEST_IMAGE_PIXEL_VALUE = 0x00280106
LARGEST_IMAGE_PIXEL_VALUE = 0x00280107
EXTENDED_OFFSET_TABLE = 0x7FE00001
EXTENDED_OFFSET_TABLE_LENGTHS = 0x7FE00002
PIXEL_DATA = 0x7FE00010

_SAMPLES_PER_PIXEL = 0x00280002
_NUMBER_OF_FRAMES = 0x00280008
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101
_HIGH_BIT = 0x00280102
_PIXEL_REPRESENTATION = 0x00280103
_WIDTHS = frozenset({1, 8, 16, 32, 64})
#: a frame is in memory some three times while it is blanked; mammograms, the largest by far, have 30 MB
_LARGEST_FRAME_BYTES = 128 << 20


class ImageFacts(Protocol):
    """The attributes of an image by tag; `shared.dicom.dataset.DataSet` is one."""

    def __contains__(self, tag: int, /) -> bool:
        """Tell whether there is such an attribute, also if it is empty."""
        ...

    def text(self, tag: int, /) -> str:
        """All values joined by backslashes; empty if there is none."""
        ...

    def number(self, tag: int, /) -> int | None:
        """The first value as a whole number, None if there is none."""
        ...

    def items(self, tag: int, /) -> Iterable["ImageFacts"]:
        """The items of a sequence."""
        ...


class Layout(NamedTuple):
    """The shape of Pixel Data; `planar` tells that one plane of each sample follows the other."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str
    planar: bool

    @property
    def subsampled(self) -> bool:
        """Whether native pixels come in pairs: Y, Y, CB, CR (PS3.3 C.7.6.3.1.2, YBR_FULL_422)."""
        return self.photometric.endswith("_422")

    @property
    def frame_bits(self) -> int:
        """The bits of one native frame."""
        samples = 2 if self.subsampled else self.samples
        return self.rows * self.columns * samples * self.bits_allocated

    @property
    def native_bytes(self) -> int:
        """The bytes of all native frames, without padding."""
        return -(-self.frame_bits * self.frames // 8)

    def check_frame(self) -> None:
        """Refuse to have a frame in memory that nobody has made for a patient.

        Raises:
            PixelsUncleanable: it is too large.
        """
        if self.frame_bits > 8 * _LARGEST_FRAME_BYTES:
            raise PixelsUncleanable(reason="a frame that is too large to decode")

    @property
    def has_spare_bits(self) -> bool:
        """Whether pixel cells of one or two bytes have bits of which no sample is made, not even its sign."""
        is_usual = self.bits_allocated in {8, 16} and not (self.signed or self.subsampled)
        return is_usual and self.stored_mask != (1 << self.bits_allocated) - 1

    @property
    def stored_mask(self) -> int:
        """The bits of a pixel cell that belong to the sample; the others may hold overlays."""
        return (1 << self.high_bit + 1) - (1 << self.high_bit + 1 - self.bits_stored)


def layout_of(image: ImageFacts) -> Layout:
    """Read the layout; Bits Stored and High Bit may be missing beside Float Pixel Data (PS3.3 C.7.6.24).

    Raises:
        PixelsUncleanable: an attribute that is needed is missing or makes no sense.
    """
    allocated = _positive(image, _BITS_ALLOCATED, "BitsAllocated")
    stored = image.number(_BITS_STORED)
    stored = allocated if stored is None else stored
    high = image.number(_HIGH_BIT)
    layout = Layout(
        rows=_positive(image, _ROWS, "Rows"),
        columns=_positive(image, _COLUMNS, "Columns"),
        frames=_positive(image, _NUMBER_OF_FRAMES, "NumberOfFrames", missing=1),
        samples=_positive(image, _SAMPLES_PER_PIXEL, "SamplesPerPixel"),
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high is None else high,
        signed=image.number(_PIXEL_REPRESENTATION) == 1,
        photometric=image.text(PHOTOMETRIC_INTERPRETATION),
        planar=image.number(PLANAR_CONFIGURATION) == 1,
    )
    _check(layout)
    return layout


def _positive(image: ImageFacts, tag: int, keyword: str, missing: int = 0) -> int:
    number = image.number(tag)
    if number is None and not image.text(tag):
        number = missing
    if not number or number < 0:
        raise PixelsUncleanable(reason=f"no usable {keyword}")
    return number


def _check(layout: Layout) -> None:
    if layout.bits_allocated not in _WIDTHS:
        raise PixelsUncleanable(reason="no usable BitsAllocated")
    if not 0 < layout.bits_stored <= layout.high_bit + 1 <= layout.bits_allocated:
        raise PixelsUncleanable(reason="no usable BitsStored")


class Attributes:
    """An image as the conditions of rules see it: values by a path of tags."""

    def __init__(self, image: ImageFacts) -> None:
        """Take the image's facts."""
        self._image = image

    def values(self, path: tuple[int, ...]) -> tuple[str, ...] | None:
        """The values in every item of the sequences in the path; None if the attribute is missing."""
        found = list(_values(self._image, path))
        return tuple(value for values in found for value in values) if found else None


def _values(image: ImageFacts, path: tuple[int, ...]) -> Iterator[list[str]]:
    tag, *rest = path
    if rest:
        for item in image.items(tag):
            yield from _values(item, tuple(rest))
    elif tag in image:
        text = image.text(tag)
        yield text.split("\\") if text else []
