"""Where the pixels of a slice lie in the patient."""

import numpy as np
import pytest

from shared.errors import AttributeMissing
from shared.local.autosegmentation.geometry import SlicePlane
from tests.contracts.destination import ct_slice


def test_rows_and_columns_have_their_own_spacing() -> None:
    """The first value of Pixel Spacing parts the rows, the second the columns (PS3.3 section 10.7.1.3)."""
    plane = SlicePlane.of(ct_slice(1, position=7.0))
    points = plane.to_patient(np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]))

    assert points.tolist() == [[-60.0, -50.0, 7.0], [-45.0, -50.0, 7.0], [-60.0, -30.0, 7.0]]


def test_an_oblique_plane_is_followed() -> None:
    """The orientation of rows and columns turns the contours; the height is measured along the normal."""
    header = ct_slice(1, position=0.0)
    header.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    header.ImagePositionPatient = [5.0, 1.0, 2.0]
    plane = SlicePlane.of(header)

    assert plane.to_patient(np.array([[2.0, 3.0]])).tolist() == [[5.0, 4.0, -4.0]]
    assert plane.height() == -5.0


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ImagePositionPatient", None),
        ("ImageOrientationPatient", None),
        ("PixelSpacing", None),
        ("FrameOfReferenceUID", None),
        ("ImagePositionPatient", [1, 2]),
        ("ImageOrientationPatient", [1, 0, 0]),
        ("ImageOrientationPatient", [1, 0, 0, 1, 0, 0]),
        ("PixelSpacing", [1, 1, 1]),
        ("PixelSpacing", [0, 0]),
        ("PixelSpacing", 1),
    ],
)
def test_incomplete_geometry_is_refused(keyword: str, value: object) -> None:
    """A plane without its place, its directions or its distances is no plane."""
    header = ct_slice(1, position=0.0)
    setattr(header, keyword, value)

    with pytest.raises(AttributeMissing) as caught:
        SlicePlane.of(header)

    assert caught.value.details["reason"] == "geometry is missing"
