"""The phantom looks like a head and a neck in numbers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from shared.local.sample.phantom import head_and_neck, pixel_positions

HEIGHTS = 3 * np.arange(40, dtype=np.float64)


@pytest.fixture(scope="module")
def hu() -> NDArray[np.int16]:
    """A phantom of 40 slices of 128 x 128."""
    return head_and_neck(HEIGHTS, 128, np.random.default_rng(3))


def at(hu: NDArray[np.int16], place: tuple[float, float, float]) -> float:
    """The median radiodensity around a place (x, y, z) in mm."""
    x, y, z = place
    pixels = pixel_positions(128)
    row, column = int(np.abs(pixels - y).argmin()), int(np.abs(pixels - x).argmin())
    return float(np.median(hu[int(np.abs(HEIGHTS - z).argmin()), row - 1 : row + 2, column - 1 : column + 2]))


@pytest.mark.parametrize("number", [5, 20, 27, 38])
def test_every_height_has_air_fat_soft_tissue_and_bone(hu: NDArray[np.int16], number: int) -> None:
    """Air surrounds the patient, and fat, soft tissue and bone each fill a plausible part of the body."""
    pixels = hu[number]
    body = pixels > -200
    fat, soft, bone = (
        np.count_nonzero((pixels >= low) & (pixels < high)) / np.count_nonzero(body)
        for low, high in ((-150, -50), (0, 110), (250, 3000))
    )

    assert 0.4 < np.count_nonzero(pixels < -900) / pixels.size < 0.9
    assert 0.01 < fat < 0.5
    assert 0.2 < soft < 0.85
    assert 0.05 < bone < 0.35


def test_left_and_right_have_about_the_same_mass(hu: NDArray[np.int16]) -> None:
    """The body is as symmetric as a person's: the halves differ by less than five per cent in every slice."""
    mass = np.where(hu > -200, hu.astype(np.float64) + 1000, 0)
    right, left = mass[:, :, :64].sum(axis=(1, 2)), mass[:, :, 64:].sum(axis=(1, 2))

    assert np.all(np.abs(left - right) / (left + right) < 0.05)


def test_the_outline_changes_from_neck_to_head(hu: NDArray[np.int16]) -> None:
    """The neck is much smaller than the head."""
    areas = np.count_nonzero(hu > -200, axis=(1, 2))

    assert areas[4] * 1.5 < areas[30]


@pytest.mark.parametrize(
    ("place", "low", "high"),
    [
        ((0, -21, 3), -1050, -950),  # trachea
        ((0, 36, 6), 0, 80),  # spinal cord
        ((0, 18, 6), 250, 1100),  # vertebral body
        ((0, -45, 42), 30, 90),  # tongue
        ((32, -54, 69), -1050, -950),  # maxillary sinus
        ((-32, -54, 69), -1050, -950),
        ((32, -72, 87), 0, 30),  # vitreous body
        ((32, -55, 93), -130, 60),  # fat of the orbit, or the muscle above
        ((40, 45, 112), 15, 60),  # brain
        ((8, -12, 114), -5, 25),  # lateral ventricle
    ],
)
def test_anatomy_lies_where_it_belongs(
    hu: NDArray[np.int16], place: tuple[float, float, float], low: float, high: float
) -> None:
    """Named places have the radiodensity of what lies there."""
    assert low <= at(hu, place) <= high


def test_radiodensities_fit_the_stored_type(hu: NDArray[np.int16]) -> None:
    """The shape is (slices, rows, columns) and no value leaves the range of a CT scanner."""
    assert hu.shape == (40, 128, 128)
    assert hu.dtype == np.int16
    assert hu.min() >= -1024
    assert hu.max() <= 3071


def test_another_patient_differs() -> None:
    """Another random state gives another build and other noise; the same gives the same."""
    heights = HEIGHTS[20:22]
    first, again, other = (head_and_neck(heights, 64, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
