"""Where the slices of a series lie."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dicom.metadata.image import Gap, Geometry
from shared.dicom.metadata.stack import spacing_of
from tests.unit.shared.dicom.metadata_series import AXIAL, CORONAL, SAGITTAL, ct, described, mr


def geometry_of(*heights: float, **changes: Any) -> Geometry:
    """The geometry of a series of axial slices at these heights in mm."""
    slices = (mr(number, height, **changes) for number, height in enumerate(heights))
    geometry = described(*slices).geometry
    assert geometry is not None
    return geometry


def tilted(degrees: float) -> list[float]:
    """Direction cosines of axial slices that are turned about the patient's left-right axis."""
    return [1, 0, 0, 0, round(math.cos(math.radians(degrees)), 6), round(math.sin(math.radians(degrees)), 6)]


def test_a_regular_stack() -> None:
    """Of evenly spaced slices positions, spacing and extent are known, and nothing is missing."""
    geometry = geometry_of(5, 0, 2.5, 7.5)

    assert geometry.slice_positions == (0.0, 2.5, 5.0, 7.5)
    assert (geometry.slice_count, geometry.slice_spacing, geometry.uniform) == (4, 2.5, True)
    assert (geometry.gaps, geometry.missing_count, geometry.duplicate_count) == ((), 0, 0)
    assert geometry.extent == (32.0, 32.0, 10.0)
    assert (geometry.rows, geometry.columns, geometry.pixel_spacing) == (64, 64, (0.5, 0.5))
    assert geometry.frame_of_reference_uid == "2.25.30"


def test_rows_and_columns_have_their_own_extent() -> None:
    """Pixel Spacing states the distance of rows first; the extent along rows comes first."""
    geometry = geometry_of(0, 1, Rows=32, PixelData=bytes(64 * 32 * 2), PixelSpacing=[2, 0.5])

    assert geometry.extent == (32.0, 64.0, 2.0)


def test_a_missing_slice_is_a_gap() -> None:
    """Where one slice is missing there is a gap, and the spacing is that of the others."""
    geometry = geometry_of(0, 2, 4, 8, 10)

    assert geometry.gaps == (Gap(after=4.0, before=8.0, missing=1),)
    assert (geometry.slice_spacing, geometry.missing_count, geometry.uniform) == (2.0, 1, False)
    assert (geometry.slice_spacing_minimum, geometry.slice_spacing_maximum) == (2.0, 4.0)


def test_gaps_are_counted_beyond_those_that_are_listed() -> None:
    """At most 32 gaps are listed; all missing slices are counted."""
    pairs = [height for start in range(0, 400, 10) for height in (start, start + 1, start + 2, start + 3)]
    found = spacing_of(pairs)

    assert len(found["gaps"]) == 32
    assert found["missing_count"] == 39 * 6


def test_slices_in_one_place_are_duplicates() -> None:
    """Slices of several phases lie in the same places: they are counted, and no place counts twice."""
    geometry = geometry_of(0, 2, 4, 0, 2, 4.005)

    assert (geometry.slice_count, geometry.duplicate_count) == (6, 3)
    assert geometry.slice_positions == (0.0, 2.0, 4.0)
    assert geometry.uniform is True


@pytest.mark.parametrize(("last", "uniform"), [(4.009, True), (4.011, False), (3.989, False)])
def test_uniform_means_within_a_hundredth_of_a_millimetre(last: float, uniform: bool) -> None:  # noqa: FBT001
    """Spacing is uniform if every distance is within 0.01 mm of the median."""
    assert geometry_of(-4, -2, 0, 2, last).uniform is uniform


def test_irregular_spacing_is_no_gap() -> None:
    """Distances of less than one and a half spacings are irregular, but nothing is missing."""
    geometry = geometry_of(0, 2, 4, 6.5)

    assert (geometry.uniform, geometry.gaps) == (False, ())


def test_one_slice_has_no_spacing() -> None:
    """A single slice is as thick as it says."""
    geometry = geometry_of(7, SliceThickness="3")

    assert (geometry.slice_spacing, geometry.uniform) == (None, None)
    assert geometry.extent == (32.0, 32.0, 3.0)


@pytest.mark.parametrize(
    ("cosines", "orientation", "obliquity"),
    [
        (AXIAL, "axial", 0.0),
        (CORONAL, "coronal", 0.0),
        (SAGITTAL, "sagittal", 0.0),
        (tilted(4), "axial", 4.0),
        (tilted(6), "oblique", 6.0),
        (tilted(45), "oblique", 45.0),
        (tilted(86), "coronal", 4.0),
    ],
)
def test_orientations_have_names(cosines: list[float], orientation: str, obliquity: float) -> None:
    """Within five degrees of a main plane slices bear its name."""
    geometry = geometry_of(0, ImageOrientationPatient=list(cosines))

    assert geometry.orientation == orientation
    assert geometry.obliquity == pytest.approx(obliquity, abs=1e-3)


def test_positions_are_taken_along_the_normal() -> None:
    """Slices of a tilted stack are as far apart as their planes are, not as their corners are."""
    turned = tilted(30)
    step = [0, -2 * turned[5], 2 * turned[4]]
    slices = (
        mr(number, ImageOrientationPatient=turned, ImagePositionPatient=[5, *(number * x for x in step[1:])])
        for number in range(4)
    )
    geometry = described(*slices).geometry

    assert geometry is not None
    assert geometry.slice_spacing == pytest.approx(2.0, abs=1e-3)
    assert geometry.uniform is True


def test_a_localizer_does_not_blur_the_geometry() -> None:
    """The geometry is that of the commonest orientation; images of others are counted."""
    localizer = ct(9, 0, ImageOrientationPatient=list(CORONAL), PixelSpacing=[1, 1], SliceThickness="60")
    metadata = described(localizer, *(ct(number, number * 2.5) for number in range(3)))

    assert metadata.geometry is not None
    assert (metadata.geometry.slice_count, metadata.geometry.other_count) == (3, 1)
    assert metadata.geometry.orientation == "axial"
    assert (metadata.geometry.pixel_spacing, metadata.geometry.slice_thickness) == ((0.5, 0.5), 2.5)
    assert "pixel_spacing" not in metadata.varying


def test_orientations_that_differ_by_rounding_are_one() -> None:
    """Direction cosines that differ in the fifth digit mean the same orientation."""
    geometry = described(mr(1, 0), mr(2, 2, ImageOrientationPatient=[1, 0, 0.00002, 0, 1, 0])).geometry

    assert geometry is not None
    assert geometry.slice_count == 2


def test_of_very_many_orientations_the_rest_is_counted() -> None:
    """A rotating projection has no stack; its images are counted all the same."""
    slices = (mr(number, ImageOrientationPatient=tilted(10.0 * number)) for number in range(12))
    geometry = described(*slices).geometry

    assert geometry is not None
    assert (geometry.slice_count, geometry.other_count) == (1, 11)


@pytest.mark.parametrize(
    "changes",
    [
        {"ImagePositionPatient": None},
        {"ImageOrientationPatient": None},
        {"ImagePositionPatient": ["1", "2"]},
        {"ImageOrientationPatient": ["1", "0", "0", "1", "0", "0"]},
        {"ImageOrientationPatient": ["0", "0", "0", "0", "0", "0"]},
    ],
)
def test_images_without_a_place_have_no_positions(changes: dict[str, Any]) -> None:
    """Where position or orientation is missing or degenerate, no position is made up."""
    geometry = geometry_of(0, 1, **changes)

    assert (geometry.slice_count, geometry.slice_positions, geometry.orientation) == (2, (), None)
    assert geometry.extent == (32.0, 32.0, None)


def test_what_is_stated_of_spacing_is_kept_apart() -> None:
    """Spacing Between Slices is what the file says, the slice spacing is what positions say."""
    geometry = geometry_of(0, 2, SpacingBetweenSlices="5")

    assert (geometry.spacing_between_slices, geometry.slice_spacing) == (5.0, 2.0)


STEPS = st.floats(min_value=0.1, max_value=20)


@given(step=STEPS, count=st.integers(3, 40), start=st.floats(-1000, 1000), data=st.data())
def test_a_regular_stack_in_any_order(step: float, count: int, start: float, data: st.DataObject) -> None:
    """A regular stack in any order and anywhere is uniform, its spacing is found and nothing is missing."""
    heights = data.draw(st.permutations([start + step * number for number in range(count)]))
    found = spacing_of(heights)

    assert found["slice_spacing"] == pytest.approx(step, abs=1e-4)
    assert (found["uniform"], found["missing_count"], found["duplicate_count"]) == (True, 0, 0)


@given(step=STEPS, count=st.integers(8, 40), data=st.data())
def test_removed_slices_are_missed(step: float, count: int, data: st.DataObject) -> None:
    """As many slices are missing as were removed from within, if most neighbours are left."""
    removed = data.draw(st.sets(st.sampled_from(range(1, count - 1)), max_size=count // 8))
    found = spacing_of([step * number for number in range(count) if number not in removed])

    assert found["missing_count"] == len(removed)
