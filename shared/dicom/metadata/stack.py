"""Slices of one orientation: where they lie along their normal, and what is missing (PS3.3 C.7.6.2)."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

import msgspec

from shared.dicom.metadata.collect import Collector, Variation
from shared.dicom.metadata.frames import Frame
from shared.dicom.metadata.image import Gap, Geometry
from shared.dicom.metadata.plane import Plane, dot, orientation_of

#: mm
_SAME_POSITION = 0.01
#: in slice spacings
_GAP = 1.5
_MOST_GAPS = 32
_DIGITS = 4


class Stack:
    """Slices of one orientation, or images without any; eight bytes are kept of each slice."""

    def __init__(self, plane: Plane | None) -> None:
        """Start with the orientation of `plane`; None for images without a position."""
        self.plane = plane
        self.count = 0
        self._heights = array("d")
        self._collector = Collector(Geometry)

    def takes(self, plane: Plane | None) -> bool:
        """Tell whether a slice belongs here."""
        if plane is None or self.plane is None:
            return plane is self.plane
        return self.plane.parallel_to(plane)

    def add(self, frame: Frame, plane: Plane | None) -> float:
        """Count a slice; return its position along the normal in mm, zero if it has none."""
        self.count += 1
        self._collector.add_nearest(frame.levels)
        if plane is None or self.plane is None:
            return 0.0
        self._heights.append(dot(plane.position, self.plane.normal))
        return self._heights[-1]

    def variations(self) -> dict[str, Variation]:
        """What varies within the stack, by field."""
        return self._collector.variations()

    def geometry(self, other_count: int) -> Geometry:
        """Describe the stack; `other_count` images of the series are no part of it."""
        computed: dict[str, Any] = {"slice_count": self.count, "other_count": other_count}
        if self.plane is not None:
            orientation, angle = orientation_of(self.plane.normal)
            computed["orientation"] = orientation
            computed["obliquity"] = round(angle, _DIGITS)
            computed["normal"] = tuple(round(part, 6) + 0.0 for part in self.plane.normal)
            computed.update(spacing_of(self._heights))
        geometry = self._collector.build(Geometry, **computed)
        return msgspec.structs.replace(geometry, extent=_extent(geometry))


def spacing_of(heights: Sequence[float]) -> dict[str, Any]:
    """The computed fields of `Geometry` on positions and gaps; `heights` are in mm, in any order."""
    positions = tuple(_distinct(sorted(heights)))
    steps = [after - before for before, after in pairwise(positions)]
    found: dict[str, Any] = {
        "slice_positions": tuple(round(position, _DIGITS) + 0.0 for position in positions),
        "duplicate_count": len(heights) - len(positions),
    }
    if not steps:
        return found
    spacing = median(steps)
    gaps = tuple(_gaps(positions, spacing))
    return {
        **found,
        "slice_spacing": round(spacing, _DIGITS),
        "slice_spacing_minimum": round(min(steps), _DIGITS),
        "slice_spacing_maximum": round(max(steps), _DIGITS),
        "uniform": all(abs(step - spacing) <= _SAME_POSITION for step in steps),
        "gaps": gaps[:_MOST_GAPS],
        "missing_count": sum(gap.missing for gap in gaps),
    }


def _distinct(ascending: list[float]) -> Iterator[float]:
    last = float("-inf")
    for position in ascending:
        if position - last > _SAME_POSITION:
            last = position
            yield position


def _gaps(positions: tuple[float, ...], spacing: float) -> Iterator[Gap]:
    for before, after in pairwise(positions):
        if after - before > _GAP * spacing:
            missing = round((after - before) / spacing) - 1
            yield Gap(after=round(before, _DIGITS), before=round(after, _DIGITS), missing=missing)


def _extent(geometry: Geometry) -> tuple[float | None, float | None, float | None] | None:
    """Along rows, along columns and along the normal; None where it cannot be told."""
    extent = (*_in_plane(geometry), _along_normal(geometry))
    return None if extent == (None, None, None) else extent


def _in_plane(geometry: Geometry) -> tuple[float | None, float | None]:
    spacing = geometry.pixel_spacing
    if spacing is None or len(spacing) != 2:
        return None, None
    width = None if geometry.columns is None else round(geometry.columns * spacing[1], _DIGITS)
    return width, None if geometry.rows is None else round(geometry.rows * spacing[0], _DIGITS)


def _along_normal(geometry: Geometry) -> float | None:
    """Half a slice stands out at either end: as thick as slices are apart, or as they are said to be."""
    positions = geometry.slice_positions
    thickness = geometry.slice_spacing or geometry.slice_thickness
    if not positions or thickness is None:
        return None
    return round(positions[-1] - positions[0] + thickness, _DIGITS)
