"""The sample values that a blanked pixel gets: black, as far as the header tells what shows black.

* Pixel Padding Value (0028,0120), where there is one: it says "no picture here" (PS3.3 C.7.5.1.1.2);
* MONOCHROME1: the largest value; MONOCHROME2: the smallest, but in CT no less than air, -1000 HU, so that a
  rectangle does not become the darkest thing in the image by far and upset what scales by the extremes;
* PALETTE COLOR: the first entry of the palette, which is black in nearly all palettes, and one colour in all;
* RGB: 0 in each; YBR: no luminance and no chrominance (PS3.3 C.7.6.3.1.2);
* Float and Double Float Pixel Data: 0.
"""

from shared.deid.pixels.facts import ImageFacts, Layout
from shared.errors import PixelsUncleanable

_MODALITY = 0x00080060
_PIXEL_PADDING_VALUE = 0x00280120
_RESCALE_INTERCEPT = 0x00281052
_RESCALE_SLOPE = 0x00281053
_FIRST_PALETTE_DESCRIPTOR = 0x00281101
_AIR = -1000
#: RGB, and what decodes to it
_RGB = frozenset({"RGB", "YBR_ICT", "YBR_RCT"})
_YBR_FULL = frozenset({"YBR_FULL", "YBR_FULL_422"})


def black_samples(layout: Layout, image: ImageFacts) -> tuple[int, ...]:
    """The stored value of each sample of a black pixel; negative only where samples are signed.

    Raises:
        PixelsUncleanable: nobody can say what is black in this Photometric Interpretation.
    """
    photometric = layout.photometric
    half = 1 << layout.bits_stored - 1
    if layout.samples == 3 and photometric in _RGB:
        return (0, 0, 0)
    if layout.samples == 3 and photometric in _YBR_FULL:
        return (0, half, half)
    if layout.samples == 1 and photometric in {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"}:
        return (_black_of_one(layout, image),)
    raise PixelsUncleanable(reason="no usable PhotometricInterpretation")


def _black_of_one(layout: Layout, image: ImageFacts) -> int:
    low, high = _range(layout)
    if layout.photometric == "PALETTE COLOR":
        return _within(_palette_start(image), low, high, low)
    padding = image.number(_PIXEL_PADDING_VALUE)
    if padding is not None and low <= padding <= high:
        return padding
    if layout.photometric == "MONOCHROME1":
        return high
    return _within(_air(image), low, high, low) if layout.signed else low


def _range(layout: Layout) -> tuple[int, int]:
    if layout.signed:
        half = 1 << layout.bits_stored - 1
        return -half, half - 1
    return 0, (1 << layout.bits_stored) - 1


def _palette_start(image: ImageFacts) -> int | None:
    """The second value of a Palette Color Lookup Table Descriptor: the first index that it maps."""
    values = image.text(_FIRST_PALETTE_DESCRIPTOR).split("\\")
    return int(values[1]) if len(values) == 3 and values[1].isdecimal() else None


def _air(image: ImageFacts) -> int | None:
    """What is stored for air in CT (PS3.3 C.11.1.1.2: HU = stored * slope + intercept)."""
    if image.text(_MODALITY) != "CT":
        return None
    try:
        intercept = float(image.text(_RESCALE_INTERCEPT) or 0)
        slope = float(image.text(_RESCALE_SLOPE) or 1)
        return round((_AIR - intercept) / slope)
    except (ArithmeticError, ValueError):
        return None


def _within(value: int | None, low: int, high: int, otherwise: int) -> int:
    return value if value is not None and low <= value <= high else otherwise


def cell(value: int, layout: Layout, byte_order: str) -> bytes:
    """A sample as it lies in its pixel cell: at its bits, the sign carried on to the bits above them."""
    shift = layout.high_bit + 1 - layout.bits_stored
    width = layout.bits_allocated
    bits = (value << shift) & (1 << width) - 1
    return bits.to_bytes(width // 8, "little" if byte_order == "<" else "big")
