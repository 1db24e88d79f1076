"""The regions of an ultrasound image: what is picture, and not the screen around it (PS3.3 C.8.5.5)."""

from shared.deid.pixels.facts import ImageFacts
from shared.deid.pixels.geometry import Rectangle

_SEQUENCE_OF_ULTRASOUND_REGIONS = 0x00186011
#: Region Location Min x0, Min y0, Max x1 and Max y1
_LOCATION = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)


def ultrasound_regions(image: ImageFacts, columns: int, rows: int) -> tuple[Rectangle, ...] | None:
    """The regions inside the image; None if one is incomplete, turned inside out or outside of it.

    A region's last row and column, y1 and x1, belong to it (PS3.3 C.8.5.5.1.1).
    """
    regions = []
    for item in image.items(_SEQUENCE_OF_ULTRASOUND_REGIONS):
        x0, y0, x1, y1 = (item.number(tag) for tag in _LOCATION)
        if x0 is None or y0 is None or x1 is None or y1 is None:
            return None
        region = Rectangle(x0, y0, x1 - x0 + 1, y1 - y0 + 1).cut(columns, rows)
        if region is None or x0 < 0 or y0 < 0:
            return None
        regions.append(region)
    return tuple(regions)
