"""Where the pixels of a slice lie in the patient (PS3.3 section C.7.6.2)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from shared.errors import AttributeMissing

Points = NDArray[np.float64]
#: the reason in errors and in the status of a task
MISSING = "geometry is missing"
_NEEDED = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "FrameOfReferenceUID")


@dataclass(frozen=True, kw_only=True)
class SlicePlane:
    """The plane of one slice; all in millimetres, in the patient's coordinate system.

    Attributes:
        origin: the centre of the first pixel, shape (3,).
        along_row: the step from one column to the next, shape (3,).
        along_column: the step from one row to the next, shape (3,).
    """

    origin: Points
    along_row: Points
    along_column: Points

    @classmethod
    def of(cls, header: Dataset) -> "SlicePlane":
        """Read the Image Plane Module.

        Raises:
            AttributeMissing: an attribute of it is missing or incomplete.
        """
        for keyword in _NEEDED:
            if not header.get(keyword):
                raise AttributeMissing(attribute=keyword, reason=MISSING)
        try:
            orientation = np.array(header.ImageOrientationPatient, dtype=np.float64).reshape(2, 3)
            origin = np.array(header.ImagePositionPatient, dtype=np.float64).reshape(3)
            rows_apart, columns_apart = map(float, header.PixelSpacing)
        except (TypeError, ValueError) as exc:
            raise AttributeMissing(reason=MISSING) from exc
        along_row, along_column = orientation[0] * columns_apart, orientation[1] * rows_apart
        if not np.cross(along_row, along_column).any():
            raise AttributeMissing(reason=MISSING)
        return cls(origin=origin, along_row=along_row, along_column=along_column)

    def to_patient(self, columns_and_rows: Points) -> Points:
        """Map pixel coordinates, shape (n, 2), to millimetres, shape (n, 3) (equation C.7.6.2.1-1)."""
        steps = np.stack([self.along_row, self.along_column])
        return self.origin + columns_and_rows @ steps

    def height(self) -> float:
        """The position along the normal of the plane, to order slices by."""
        normal = np.cross(self.along_row, self.along_column)
        return float(self.origin @ normal / np.linalg.norm(normal))
