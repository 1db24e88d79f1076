"""Rectangles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.pixels.geometry import Areas, Rectangle, outside, without_overlap

COLUMNS, ROWS = 9, 7
rectangles = st.lists(
    st.builds(Rectangle, st.integers(-3, 11), st.integers(-3, 9), st.integers(1, 12), st.integers(1, 12)),
    max_size=5,
)


def covered(areas: tuple[Rectangle, ...]) -> np.ndarray:
    """How often each pixel is covered; what lies beyond the image does not count."""
    counts = np.zeros((ROWS, COLUMNS), int)
    for each in areas:
        counts[max(each.y, 0) : max(each.bottom, 0), max(each.x, 0) : max(each.right, 0)] += 1
    return counts


@given(rectangles)
def test_overlaps_go_and_the_area_stays(areas: list[Rectangle]) -> None:
    """Each pixel that was covered is covered once."""
    disjoint = without_overlap(areas, COLUMNS, ROWS)

    assert (covered(disjoint) == (covered(tuple(areas)) > 0)).all()
    assert all(each.cut(COLUMNS, ROWS) == each for each in disjoint)


@given(rectangles)
def test_outside_is_all_the_rest(areas: list[Rectangle]) -> None:
    """Each pixel is either covered or outside, once."""
    rest = outside(areas, COLUMNS, ROWS)

    assert (covered(rest) == (covered(tuple(areas)) == 0)).all()


@pytest.mark.parametrize(
    ("rectangle", "expected"),
    [
        (Rectangle(-2, -1, 4, 3), Rectangle(0, 0, 2, 2)),
        (Rectangle(7, 5, 9, 9), Rectangle(7, 5, 2, 2)),
        (Rectangle(9, 0, 1, 1), None),
        (Rectangle(0, -5, 3, 5), None),
    ],
)
def test_a_rectangle_is_cut_to_the_image(rectangle: Rectangle, expected: Rectangle | None) -> None:
    """What lies beyond the image goes; None is left of one that lies outside."""
    assert rectangle.cut(COLUMNS, ROWS) == expected


def test_areas_are_those_of_all_frames_and_of_one() -> None:
    """A frame has the rectangles of all frames and its own."""
    one, other = Rectangle(0, 0, 1, 1), Rectangle(1, 1, 1, 1)
    areas = Areas((one,), {2: (other,)})

    assert areas.of(0) == (one,)
    assert areas.of(2) == (one, other)


@pytest.mark.parametrize(
    ("areas", "expected"),
    [(Areas(), False), (Areas(frames={3: ()}), False), (Areas(frames={3: (Rectangle(0, 0, 1, 1),)}), True)],
)
def test_areas_without_a_rectangle_are_nothing(areas: Areas, *, expected: bool) -> None:
    """They are true only if there is something to blank."""
    assert bool(areas) == expected
