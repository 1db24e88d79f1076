"""Closed contours around what is brighter than a threshold, in pixel coordinates."""

from typing import TYPE_CHECKING, cast

import numpy as np
from contourpy import FillType, contour_generator
from numpy.typing import NDArray

if TYPE_CHECKING:
    from contourpy._contourpy import FillReturn_OuterOffset as OuterOffset

Points = NDArray[np.float64]

#: how far a simplified contour may lie beside the exact one, in pixels
TOLERANCE = 0.5
#: what is smaller is noise, in square pixels
MINIMUM_AREA = 12.0
#: three numbers of at most 16 characters each must fit the 65,534 bytes of one DS element (PS3.5 7.1.2)
MAXIMUM_POINTS = 1280


def outlines(pixels: NDArray[np.floating], threshold: float) -> list[Points]:
    """Outline every region at or above `threshold`, holes filled; each of shape (n, 2): column, row."""
    if pixels.max() < threshold or min(pixels.shape) < 2:
        return []
    generator = contour_generator(z=pixels, fill_type=FillType.OuterOffset)
    regions, offsets = cast("OuterOffset", generator.filled(threshold, np.inf))
    # The first ring of a region is its outer one; the others are its holes. The last point repeats the first.
    rings = [
        np.asarray(points[: ends[1] - 1], dtype=np.float64)
        for points, ends in zip(regions, offsets, strict=True)
    ]
    large = sorted((ring for ring in rings if area(ring) >= MINIMUM_AREA), key=area, reverse=True)
    kept: list[Points] = []
    for ring in large:
        if not any(contains(outer, ring[0]) for outer in kept):
            kept.append(ring)
    return [ring for ring in map(simplified, kept) if len(ring) >= 4]


def area(ring: Points) -> float:
    """The area inside a closed ring, shape (n, 2), in the square of its unit."""
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def contains(ring: Points, point: Points) -> bool:
    """Whether a point, shape (2,), lies inside a closed ring, shape (n, 2), by counting crossings."""
    x, y = ring[:, 0], ring[:, 1]
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    spans = (y > point[1]) != (next_y > point[1])
    slope = (next_x - x)[spans] / (next_y - y)[spans]
    crossings = point[0] < x[spans] + slope * (point[1] - y[spans])
    return bool(np.count_nonzero(crossings) % 2)


def simplified(ring: Points) -> Points:
    """Leave out points within `TOLERANCE` of the rest (Douglas-Peucker); more, while there are too many."""
    tolerance = TOLERANCE
    kept = _douglas_peucker(ring, tolerance)
    while len(kept) > MAXIMUM_POINTS:
        tolerance *= 2
        kept = _douglas_peucker(ring, tolerance)
    return kept


def _douglas_peucker(ring: Points, tolerance: float) -> Points:
    """Split the ring at its first point and the one farthest from it, and simplify both halves."""
    half = int(np.argmax(np.linalg.norm(ring - ring[0], axis=1)))
    closed = np.vstack([ring, ring[:1]])
    keep = np.zeros(len(closed), dtype=bool)
    keep[[0, half]] = True
    spans = [(0, half), (half, len(ring))]
    while spans:
        start, end = spans.pop()
        if end - start < 2:
            continue
        distances = _distances(closed[start + 1 : end], closed[start], closed[end])
        farthest = start + 1 + int(np.argmax(distances))
        if distances.max() > tolerance:
            keep[farthest] = True
            spans += [(start, farthest), (farthest, end)]
    return ring[keep[:-1]]


def _distances(points: Points, start: Points, end: Points) -> Points:
    """The distance of each point, shape (n, 2), from the line through `start` and `end`."""
    direction, offset = end - start, points - start
    across = direction[0] * offset[:, 1] - direction[1] * offset[:, 0]
    return np.asarray(np.abs(across) / np.hypot(*direction))
