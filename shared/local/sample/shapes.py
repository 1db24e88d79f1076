"""Solid shapes in patient coordinates, and the volume that they are painted into.

Coordinates are millimetres in the patient's own axes: x towards the left hand, y towards the back, z towards
the head (PS3.3 C.7.6.2.1.1). A later shape covers an earlier one.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float32]
Mask = NDArray[np.bool_]
Point = tuple[float, float, float]
Extent = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


class Shape(Protocol):
    """What a volume can paint: a solid with one radiodensity."""

    @property
    def hu(self) -> float:
        """The radiodensity in Hounsfield units."""

    @property
    def paired(self) -> bool:
        """Whether the mirror image on the other side of the body is painted too."""

    @property
    def extent(self) -> Extent:
        """The box around the solid: (x, y, z) ranges in mm."""

    def covers(self, x: Grid, y: Grid, z: Grid) -> Mask:
        """Tell which points lie inside; x, y and z are arrays that broadcast to (slices, rows, columns)."""


class Blob(NamedTuple):
    """An ellipsoid around `center` with the semi-axes `axes`, both (x, y, z) in mm."""

    center: Point
    axes: Point
    hu: float
    paired: bool = False

    @property
    def extent(self) -> Extent:
        """The box around the ellipsoid."""
        x, y, z = ((c - a, c + a) for c, a in zip(self.center, self.axes, strict=True))
        return x, y, z

    def covers(self, x: Grid, y: Grid, z: Grid) -> Mask:
        """Tell which points lie inside."""
        (cx, cy, cz), (ax, ay, az) = self.center, self.axes
        inside: Mask = ((x - cx) / ax) ** 2 + ((y - cy) / ay) ** 2 + ((z - cz) / az) ** 2 <= 1
        return inside


class Rod(NamedTuple):
    """All points within `radius` of the line from `start` to `end`, in mm: a nerve, a muscle, a bony bar."""

    start: Point
    end: Point
    radius: float
    hu: float
    paired: bool = False

    @property
    def extent(self) -> Extent:
        """The box around the rod."""
        x, y, z = (
            (min(s, e) - self.radius, max(s, e) + self.radius)
            for s, e in zip(self.start, self.end, strict=True)
        )
        return x, y, z

    def covers(self, x: Grid, y: Grid, z: Grid) -> Mask:
        """Tell which points lie inside."""
        (sx, sy, sz), (ex, ey, ez) = self.start, self.end
        dx, dy, dz = ex - sx, ey - sy, ez - sz
        along = ((x - sx) * dx + (y - sy) * dy + (z - sz) * dz) / (dx * dx + dy * dy + dz * dz)
        t = np.clip(along, 0, 1)
        squared = (x - sx - t * dx) ** 2 + (y - sy - t * dy) ** 2 + (z - sz - t * dz) ** 2
        inside: Mask = squared <= self.radius**2
        return inside


class Column(NamedTuple):
    """An ellipse that wanders and changes with height: rows (z, centre x and y, semi-axes x and y)."""

    rows: tuple[tuple[float, float, float, float, float], ...]
    hu: float
    paired: bool = False

    @property
    def extent(self) -> Extent:
        """The box around the column."""
        x = min(r[1] - r[3] for r in self.rows), max(r[1] + r[3] for r in self.rows)
        y = min(r[2] - r[4] for r in self.rows), max(r[2] + r[4] for r in self.rows)
        return x, y, (self.rows[0][0], self.rows[-1][0])

    def covers(self, x: Grid, y: Grid, z: Grid) -> Mask:
        """Tell which points lie inside."""
        heights, *rest = np.array(self.rows, dtype=np.float32).T
        cx, cy, ax, ay = (np.interp(z, heights, values).astype(np.float32) for values in rest)
        inside: Mask = ((x - cx) / ax) ** 2 + ((y - cy) / ay) ** 2 <= 1
        return inside


class Arch(NamedTuple):
    """A horseshoe that opens to the back: the front part (y < `open_y`) of an elliptical ring, in mm."""

    center: tuple[float, float]
    outer: tuple[float, float]
    thickness: float
    z: tuple[float, float]
    open_y: float
    hu: float
    paired: bool = False

    @property
    def extent(self) -> Extent:
        """The box around the arch."""
        (cx, cy), (ax, ay) = self.center, self.outer
        return (cx - ax, cx + ax), (cy - ay, self.open_y), self.z

    def covers(self, x: Grid, y: Grid, z: Grid) -> Mask:
        """Tell which points lie inside; the extent has already cut off the open side."""
        (cx, cy), (ax, ay) = self.center, self.outer
        bx, by = ax - self.thickness, ay - self.thickness
        outside = ((x - cx) / bx) ** 2 + ((y - cy) / by) ** 2 > 1
        within = ((x - cx) / ax) ** 2 + ((y - cy) / ay) ** 2 <= 1
        return outside & within & np.isfinite(z)


class Volume:
    """Radiodensities on a grid, in Hounsfield units, shape (slices, rows, columns), made of air at first.

    Args:
        x: the columns' positions in mm, ascending.
        y: the rows' positions in mm, ascending.
        z: the slices' positions in mm, ascending.
    """

    def __init__(self, x: Grid, y: Grid, z: Grid) -> None:
        self.x, self.y, self.z = x[None, None, :], y[None, :, None], z[:, None, None]
        self.hu = np.full((z.size, y.size, x.size), -1000, dtype=np.float32)

    def paint_all(self, shapes: Iterable[Shape]) -> None:
        """Paint shapes one over the other, in the order given."""
        for shape in shapes:
            self._paint(shape, side=1)
            if shape.paired:
                self._paint(shape, side=-1)

    def _paint(self, shape: Shape, side: int) -> None:
        """Paint one shape, or its mirror image for `side` -1; only the box around it is looked at."""
        x_range, y_range, z_range = shape.extent
        mirrored = sorted(side * edge for edge in x_range)
        columns = _between(self.x.ravel(), mirrored[0], mirrored[1])
        rows, slices = _between(self.y.ravel(), *y_range), _between(self.z.ravel(), *z_range)
        x, y, z = self.x[:, :, columns] * np.float32(side), self.y[:, rows], self.z[slices]
        self.hu[slices, rows, columns][shape.covers(x, y, z)] = shape.hu


def _between(axis: Grid, low: float, high: float) -> slice:
    """The index range of an ascending axis that lies in [low, high]."""
    return slice(int(np.searchsorted(axis, low)), int(np.searchsorted(axis, high, side="right")))
