"""Rectangles of pixels: what a rule blanks, cut to the image and without overlap."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Self

#: where a stretch of columns begins, and where it ends, which does not belong to it
Stretch = tuple[int, int]


class Rectangle(NamedTuple):
    """A rectangle in pixels; (0, 0) is the upper left pixel, x counts columns and y rows."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column that does not belong to it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row that does not belong to it."""
        return self.y + self.height

    def cut(self, columns: int, rows: int) -> Self | None:
        """The part inside an image of this size, None if there is none."""
        x, y = max(self.x, 0), max(self.y, 0)
        width, height = min(self.right, columns) - x, min(self.bottom, rows) - y
        return self._replace(x=x, y=y, width=width, height=height) if width > 0 < height else None


class Areas(NamedTuple):
    """What is to be blanked: in every frame, and besides in single frames, counted from 0."""

    everywhere: tuple[Rectangle, ...] = ()
    frames: Mapping[int, tuple[Rectangle, ...]] = {}

    def of(self, frame: int) -> tuple[Rectangle, ...]:
        """The rectangles of one frame."""
        return self.everywhere + self.frames.get(frame, ())

    def __bool__(self) -> bool:
        return bool(self.everywhere or any(self.frames.values()))


def without_overlap(rectangles: Iterable[Rectangle], columns: int, rows: int) -> tuple[Rectangle, ...]:
    """The same area inside an image of this size, by rising rows and columns."""
    return _by_bands(rectangles, columns, rows, lambda stretches: stretches)


def outside(rectangles: Iterable[Rectangle], columns: int, rows: int) -> tuple[Rectangle, ...]:
    """Everything of an image that lies in none of the rectangles."""
    return _by_bands(rectangles, columns, rows, lambda stretches: _gaps(stretches, columns))


def _by_bands(
    rectangles: Iterable[Rectangle],
    columns: int,
    rows: int,
    choose: Callable[[list[Stretch]], Sequence[Stretch]],
) -> tuple[Rectangle, ...]:
    """Between two edges all rows look the same: choose the stretches of columns of each such band."""
    inside = [cut for each in rectangles if (cut := each.cut(columns, rows))]
    edges = sorted({0, rows, *(each.y for each in inside), *(each.bottom for each in inside)})
    found: list[Rectangle] = []
    for top, bottom in pairwise(edges):
        covering = sorted((each.x, each.right) for each in inside if each.y <= top < each.bottom)
        chosen = choose(list(_joined(covering)))
        found.extend(Rectangle(left, top, right - left, bottom - top) for left, right in chosen)
    return tuple(found)


def _joined(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    """Join those that touch or overlap; they come by rising start."""
    start = end = -1
    for left, right in stretches:
        if left > end:
            if end > 0:
                yield start, end
            start = left
        end = max(end, right)
    if end > 0:
        yield start, end


def _gaps(stretches: Sequence[Stretch], columns: int) -> list[Stretch]:
    ends = [0, *(right for _, right in stretches)]
    starts = [*(left for left, _ in stretches), columns]
    return [(left, right) for left, right in zip(ends, starts, strict=True) if left < right]
