"""Ultrasound regions."""

import pytest

from shared.deid.pixels.geometry import Rectangle
from shared.deid.pixels.ultrasound import ultrasound_regions
from tests.pixels import Facts

REGIONS = 0x00186011


def item(x0: int, y0: int, x1: int, y1: int) -> dict[int, int]:
    """A region by its corners, which belong to it."""
    return dict(zip((0x00186018, 0x0018601A, 0x0018601C, 0x0018601E), (x0, y0, x1, y1), strict=True))


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], ()),
        ([item(10, 5, 10, 5)], (Rectangle(10, 5, 1, 1),)),
        ([item(10, 5, 89, 44), item(0, 45, 99, 49)], (Rectangle(10, 5, 80, 40), Rectangle(0, 45, 100, 5))),
        ([item(90, 40, 200, 300)], (Rectangle(90, 40, 10, 10),)),
        ([item(100, 0, 120, 20)], None),
        ([item(50, 5, 10, 44)], None),
        ([item(-3, 5, 10, 44)], None),
        ([item(10, 5, 89, 44), {0x00186018: 3}], None),
    ],
)
def test_regions_are_read(items: list[dict[int, int]], expected: tuple[Rectangle, ...] | None) -> None:
    """Corners belong to a region; what lies beyond the image is cut; nonsense makes all of them unusable."""
    assert ultrasound_regions(Facts({REGIONS: items}), 100, 50) == expected
