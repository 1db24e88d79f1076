"""Contours in pixel coordinates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.local.autosegmentation.contours import (
    MAXIMUM_POINTS,
    TOLERANCE,
    area,
    contains,
    outlines,
    simplified,
)

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]])


def disc_image(radius: float, *, size: int = 64) -> np.ndarray:
    """A disc that is as bright as it is near its centre; the radius is where it falls to 0."""
    rows, columns = np.mgrid[:size, :size]
    return radius - np.hypot(rows - size / 2, columns - size / 2)


def ring_of(count: int, radius: float) -> np.ndarray:
    """A circle of `count` points."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])


@pytest.mark.parametrize("radius", [5.0, 12.5, 30.0])
def test_a_disc_has_its_area(radius: float) -> None:
    """The outline of a disc has the disc's area, up to the tolerance of its rim."""
    rings = outlines(disc_image(radius), 0.0)

    assert len(rings) == 1
    assert area(rings[0]) == pytest.approx(np.pi * radius**2, abs=2 * np.pi * radius * TOLERANCE)


def test_a_region_at_the_edge_is_closed_there() -> None:
    """A region that the image cuts off ends at the centres of its outermost pixels."""
    rings = outlines(np.ones((5, 9)), 0.5)

    assert len(rings) == 1
    assert sorted(map(tuple, rings[0])) == [(0, 0), (0, 4), (8, 0), (8, 4)]


def test_holes_and_what_lies_in_them_are_filled() -> None:
    """A hole, and an island in it, belong to the region around them."""
    image = disc_image(28.0)
    image[24:40, 24:40] = -5
    image[29:35, 29:35] = 5
    rings = outlines(image, 0.0)

    assert [area(ring) for ring in rings] == pytest.approx([np.pi * 28**2], rel=0.03)


def test_regions_apart_have_a_contour_each() -> None:
    """The largest region stands first; noise is left out."""
    image = np.zeros((40, 40))
    image[2:8, 2:8] = image[12:32, 12:32] = 1
    image[36, 36] = 1
    rings = outlines(image, 0.5)

    assert len(rings) == 2
    assert area(rings[0]) > area(rings[1])


@pytest.mark.parametrize("image", [np.zeros((8, 8)), np.ones((1, 8)), np.ones((8, 1))])
def test_nothing_to_outline_gives_nothing(image: np.ndarray) -> None:
    """An image that is dark everywhere, or a mere line, has no contour."""
    assert outlines(image, 0.5) == []


def test_the_area_of_a_rectangle() -> None:
    """The area does not depend on where the ring starts or which way it turns."""
    areas = [area(SQUARE), area(SQUARE[::-1]), area(np.roll(SQUARE, 1, axis=0) + 100)]

    assert areas == [12.0, 12.0, 12.0]


@pytest.mark.parametrize(
    ("point", "inside"), [((1, 1), True), ((5, 1), False), ((-1, 1), False), ((2, 9), False)]
)
def test_points_inside_and_outside(point: tuple[int, int], *, inside: bool) -> None:
    """A point is inside if a ray from it leaves the ring an odd number of times."""
    assert contains(SQUARE, np.array(point)) is inside


def test_points_on_a_line_are_left_out() -> None:
    """Of a finely drawn rectangle its corners remain."""
    steps = np.linspace(0, 1, 20, endpoint=False)[:, None]
    fine = np.vstack([SQUARE[i] + steps * (SQUARE[(i + 1) % 4] - SQUARE[i]) for i in range(4)])

    assert simplified(fine).tolist() == SQUARE.tolist()


@given(count=st.integers(min_value=8, max_value=400), radius=st.floats(min_value=5, max_value=200))
def test_a_simplified_ring_stays_near(count: int, radius: float) -> None:
    """The points that remain are points of the ring, and the area changes by no more than the tolerance."""
    ring = ring_of(count, radius)
    kept = simplified(ring)

    assert {tuple(point) for point in kept} <= {tuple(point) for point in ring}
    assert area(kept) == pytest.approx(area(ring), abs=2 * np.pi * radius * TOLERANCE)


def test_a_ring_that_touches_itself_is_simplified() -> None:
    """A ring that passes one point twice is simplified like any other."""
    ring = np.array([[0, 0], [9, 0], [9, 9], [5, 5], [5, 8], [2, 8], [2, 5], [5, 5], [0, 9]], dtype=float)

    assert area(simplified(ring)) == pytest.approx(area(ring), abs=9)


def test_a_contour_fits_its_element() -> None:
    """However ragged a region, its contour has no more points than a DS element can hold."""
    ragged = ring_of(20_000, 1000.0)
    ragged[::2] *= 1.01

    assert 4 <= len(simplified(ragged)) <= MAXIMUM_POINTS
