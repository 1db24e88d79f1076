"""What the double draws: the outline of the body, and in CT the bones, by thresholds."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from shared.errors import ImageInconsistent
from shared.local.autosegmentation.contours import Points, outlines
from shared.local.autosegmentation.geometry import MISSING, SlicePlane
from shared.local.autosegmentation.package import ReceivedInstance, ReceivedSeries

#: Hounsfield units that part the body from air, and bone from soft tissue
BODY_HU = -300.0
BONE_HU = 250.0
#: the share of the brightest value of the series that parts the body from the background in MR and PT
BODY_SHARE = 0.1

#: what pydicom raises for pixel data that it cannot decode
_UNDECODABLE = (AttributeError, KeyError, NotImplementedError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Contour:
    """A closed planar contour on one instance; `points` in millimetres, shape (n, 3)."""

    instance: ReceivedInstance
    points: Points


@dataclass(frozen=True, kw_only=True)
class Structure:
    """A structure that was drawn.

    Attributes:
        interpreted_type: RT ROI Interpreted Type (PS3.3 section C.8.8.8).
        color: red, green and blue, 0 to 255.
    """

    name: str
    interpreted_type: str
    color: tuple[int, int, int]
    contours: list[Contour] = field(default_factory=list)


def segment(series: ReceivedSeries) -> list[Structure]:
    """Draw the structures of a series, slice by slice in the order of their positions.

    Raises:
        ImageInconsistent: pixel data cannot be decoded, or there are several frames of reference.
        AttributeMissing: a slice has no geometry. `reason` says which of these in words.
    """
    if len({one.header.get("FrameOfReferenceUID") for one in series.instances}) != 1:
        raise ImageInconsistent(reason="more than one frame of reference")
    planes = {one.sop_instance_uid: SlicePlane.of(one.header) for one in series.instances}
    structures = _structures(series)
    for instance, pixels in _slices(series):
        plane = planes[instance.sop_instance_uid]
        for structure, threshold in structures:
            structure.contours.extend(
                Contour(instance=instance, points=plane.to_patient(ring))
                for ring in outlines(pixels, threshold)
            )
    for structure, _ in structures:
        structure.contours.sort(key=lambda contour: planes[contour.instance.sop_instance_uid].height())
    return [structure for structure, _ in structures]


def _structures(series: ReceivedSeries) -> list[tuple[Structure, float]]:
    external = Structure(name="External", interpreted_type="EXTERNAL", color=(0, 255, 0))
    if series.modality == "CT":
        bones = Structure(name="Bones", interpreted_type="ORGAN", color=(255, 255, 200))
        return [(external, BODY_HU), (bones, BONE_HU)]
    brightest = max(float(pixels.max()) for _, pixels in _slices(series))
    return [(external, BODY_SHARE * brightest if brightest > 0 else np.inf)]


def _slices(series: ReceivedSeries) -> Iterator[tuple[ReceivedInstance, NDArray[np.float64]]]:
    for instance, dataset in series.datasets():
        yield instance, _values(dataset)


def _values(dataset: Dataset) -> NDArray[np.float64]:
    """The rescaled values of one slice (PS3.3 section C.11.1.1.2), shape (rows, columns)."""
    try:
        pixels = dataset.pixel_array.astype(np.float64)
    except _UNDECODABLE as exc:
        raise ImageInconsistent(reason="pixel data cannot be decoded") from exc
    if pixels.ndim != 2:
        raise ImageInconsistent(reason=MISSING)
    slope, intercept = dataset.get("RescaleSlope"), dataset.get("RescaleIntercept")
    return pixels * float(1 if slope is None else slope) + float(0 if intercept is None else intercept)
