"""What is black."""

from typing import Any

import pytest

from shared.deid.pixels.blackness import black_samples, cell
from shared.deid.pixels.facts import Layout
from shared.errors import PixelsUncleanable
from tests.pixels import Facts

PADDING, MODALITY, INTERCEPT, SLOPE, PALETTE = 0x00280120, 0x00080060, 0x00281052, 0x00281053, 0x00281101


def layout(
    photometric: str, *, samples: int = 1, stored: int = 12, signed: bool = False, high: int = 0
) -> Layout:
    """An image of 16 bits a cell."""
    return Layout(4, 4, 1, samples, 16, stored, high or stored - 1, signed, photometric, planar=False)


@pytest.mark.parametrize(
    ("pixels", "facts", "expected"),
    [
        (layout("MONOCHROME2"), {}, (0,)),
        (layout("MONOCHROME1"), {}, (4095,)),
        (layout("MONOCHROME2", signed=True), {}, (-2048,)),
        (layout("MONOCHROME1", signed=True), {}, (2047,)),
        (layout("MONOCHROME2"), {PADDING: 7}, (7,)),
        (layout("MONOCHROME2", signed=True), {PADDING: -2000}, (-2000,)),
        (layout("MONOCHROME2"), {PADDING: 4096}, (0,)),
        (layout("MONOCHROME2", signed=True, stored=16), {MODALITY: "CT"}, (-1000,)),
        (layout("MONOCHROME2", signed=True, stored=16), {MODALITY: "CT", INTERCEPT: "-1024.0"}, (24,)),
        (layout("MONOCHROME2", signed=True, stored=16), {MODALITY: "CT", SLOPE: "0.5"}, (-2000,)),
        (layout("MONOCHROME2", signed=True, stored=16), {MODALITY: "CT", SLOPE: "0"}, (-32768,)),
        (layout("MONOCHROME2", signed=True, stored=16), {MODALITY: "CT", SLOPE: "x"}, (-32768,)),
        (layout("MONOCHROME2", signed=True, stored=16), {MODALITY: "MR"}, (-32768,)),
        (layout("PALETTE COLOR"), {PALETTE: "256\\5\\16"}, (5,)),
        (layout("PALETTE COLOR"), {}, (0,)),
        (layout("RGB", samples=3), {}, (0, 0, 0)),
        (layout("YBR_RCT", samples=3), {}, (0, 0, 0)),
        (layout("YBR_FULL", samples=3), {}, (0, 2048, 2048)),
        (layout("YBR_FULL_422", samples=3, stored=8), {}, (0, 128, 128)),
    ],
)
def test_black_by_photometric_interpretation(
    pixels: Layout, facts: dict[int, Any], expected: tuple[int, ...]
) -> None:
    """Padding first, then what shows black; in CT no less than air."""
    assert black_samples(pixels, Facts(facts)) == expected


@pytest.mark.parametrize("photometric", ["HSV", "YBR_PARTIAL_420", "XYB", ""])
def test_unknown_colours_cannot_be_blanked(photometric: str) -> None:
    """Nobody can say what is black in them."""
    with pytest.raises(PixelsUncleanable, match="PhotometricInterpretation"):
        black_samples(layout(photometric, samples=3), Facts({}))


@pytest.mark.parametrize(
    ("value", "pixels", "order", "expected"),
    [
        (0x123, layout("MONOCHROME2"), "<", b"\x23\x01"),
        (0x123, layout("MONOCHROME2"), ">", b"\x01\x23"),
        (0x123, layout("MONOCHROME2", high=15), "<", b"\x30\x12"),
        (-2, layout("MONOCHROME2", signed=True), "<", b"\xfe\xff"),
    ],
)
def test_a_value_lies_in_its_cell(value: int, pixels: Layout, order: str, expected: bytes) -> None:
    """At its high bit, in the byte order of the data set, its sign carried on."""
    assert cell(value, pixels, order) == expected
