"""Overlays in the unused bits of Pixel Data, as they were until 2004 (PS3.3 C.9.2, PS3.5 section 8.1.2).

An overlay plane with its own Overlay Data (60xx,3000) is an element of the header, and no matter of this
module.
"""

from collections.abc import Iterator
from typing import Literal

from shared.deid.pixels.facts import ImageFacts, layout_of

_GROUPS = range(0x6000, 0x6020, 2)
_OVERLAY_BITS_ALLOCATED = 0x0100
_OVERLAY_BIT_POSITION = 0x0102
_OVERLAY_DATA = 0x3000


def overlay_groups(image: ImageFacts) -> tuple[int, ...]:
    """The groups of overlays that have no data of their own but bits of Pixel Data."""
    return tuple(group for group in _GROUPS if _lies_in_pixels(image, group << 16))


def _lies_in_pixels(image: ImageFacts, base: int) -> bool:
    return (image.number(base | _OVERLAY_BITS_ALLOCATED) or 0) > 1 and base | _OVERLAY_DATA not in image


def overlays_in_pixels(image: ImageFacts) -> Literal["none", "unused bits", "samples"]:
    """Tell where such overlays lie; those among the bits of the samples cannot be told from the picture."""
    groups = overlay_groups(image)
    if not groups:
        return "none"
    stored = layout_of(image).stored_mask
    unused = all(_is_unused(position, stored) for position in _positions(image, groups))
    return "unused bits" if unused else "samples"


def _positions(image: ImageFacts, groups: tuple[int, ...]) -> Iterator[int | None]:
    return (image.number(group << 16 | _OVERLAY_BIT_POSITION) for group in groups)


def _is_unused(position: int | None, stored: int) -> bool:
    return position is not None and position >= 0 and not stored >> position & 1
