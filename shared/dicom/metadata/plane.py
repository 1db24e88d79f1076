"""Where one slice lies in the patient, and how it is turned (PS3.3 C.7.6.2)."""

import math
from typing import Literal, NamedTuple

from shared.dicom.metadata.attributes import decimals
from shared.dicom.metadata.frames import Frame

Vector = tuple[float, float, float]
Orientation = Literal["axial", "sagittal", "coronal", "oblique"]

_IMAGE_POSITION = 0x00200032
_IMAGE_ORIENTATION = 0x00200037
#: direction cosines are written with four digits or more
_SAME_DIRECTION = 1e-3
#: some more than 1 for rounding
_GREATEST_COSINE = 1.01
#: mm; a kilometre
_FARTHEST = 1e6
#: degrees
_STRAIGHT = 5.0
_BY_AXIS: tuple[Orientation, ...] = ("sagittal", "coronal", "axial")


class Plane(NamedTuple):
    """Where one slice lies in the patient's coordinate system.

    Attributes:
        cosines: the direction cosines of a row and of a column, shape (6,).
        position: the centre of the first pixel, shape (3,); mm.
        normal: the unit normal, shape (3,).
    """

    cosines: tuple[float, ...]
    position: Vector
    normal: Vector

    @classmethod
    def of(cls, frame: Frame) -> "Plane | None":
        """The Image Plane Module of a frame, None if it is missing, incomplete or degenerate."""
        cosines = decimals(frame.values(_IMAGE_ORIENTATION)) or ()
        position = decimals(frame.values(_IMAGE_POSITION)) or ()
        if not _within(cosines, 6, _GREATEST_COSINE) or not _within(position, 3, _FARTHEST):
            return None
        normal = _unit_normal(cosines)
        return cls(cosines, (position[0], position[1], position[2]), normal) if normal else None

    def parallel_to(self, other: "Plane") -> bool:
        """Tell whether two slices have the same orientation."""
        pairs = zip(self.cosines, other.cosines, strict=True)
        return all(abs(one - another) < _SAME_DIRECTION for one, another in pairs)


def dot(one: Vector, other: Vector) -> float:
    """The scalar product."""
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def orientation_of(normal: Vector) -> tuple[Orientation, float]:
    """Name the orientation of slices with this unit normal, and its angle to the nearest axis in degrees."""
    axis = max(range(3), key=lambda index: abs(normal[index]))
    beside = math.hypot(*(normal[index] for index in range(3) if index != axis))
    angle = math.degrees(math.atan2(beside, abs(normal[axis])))
    return (_BY_AXIS[axis] if angle <= _STRAIGHT else "oblique"), angle


def _within(numbers: tuple[float, ...], count: int, limit: float) -> bool:
    return len(numbers) == count and all(abs(number) <= limit for number in numbers)


def _unit_normal(cosines: tuple[float, ...]) -> Vector | None:
    """The normalised cross product of a row and a column."""
    (a, b, c), (d, e, f) = cosines[:3], cosines[3:]
    cross = (b * f - c * e, c * d - a * f, a * e - b * d)
    length = math.hypot(*cross)
    return (cross[0] / length, cross[1] / length, cross[2] / length) if length > _SAME_DIRECTION else None
