"""What an RT Structure Set outlines, and on which images (PS3.3 sections C.8.8.5, C.8.8.6, C.8.8.8)."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from shared.dicom.dataset import DataSet
from shared.dicom.metadata.attributes import stated

#: type 1: every RT Structure Set has it, other objects do not
STRUCTURE_SET_LABEL = 0x30060002
_STRUCTURE_SET_ROI_SEQUENCE = 0x30060020
_ROI_NUMBER = 0x30060022
_ROI_CONTOUR_SEQUENCE = 0x30060039
_CONTOUR_SEQUENCE = 0x30060040
_REFERENCED_ROI_NUMBER = 0x30060084
_RT_ROI_OBSERVATIONS_SEQUENCE = 0x30060080
_RT_ROI_INTERPRETED_TYPE = 0x300600A4

_REFERENCED_FRAME_OF_REFERENCE_SEQUENCE = 0x30060010
_RT_REFERENCED_STUDY_SEQUENCE = 0x30060012
_RT_REFERENCED_SERIES_SEQUENCE = 0x30060014
_CONTOUR_IMAGE_SEQUENCE = 0x30060016
_FRAME_OF_REFERENCE_UID = 0x00200052
_SERIES_INSTANCE_UID = 0x0020000E
_REFERENCED_SOP_INSTANCE_UID = 0x00081155


class Roi(msgspec.Struct, frozen=True, kw_only=True):
    """One region of interest.

    Attributes:
        roi_number: the number that identifies it within the structure set
        roi_name: what people call it
        roi_description: what it is, in words
        roi_generation_algorithm: how it was drawn: AUTOMATIC, SEMIAUTOMATIC or MANUAL
        rt_roi_interpreted_type: what it stands for: ORGAN, EXTERNAL, PTV, ...
        referenced_frame_of_reference_uid: the coordinate system that it lies in
        contour_count: how many contours it has
    """

    roi_number: int | None = None
    roi_name: str | None = None
    roi_description: str | None = None
    roi_generation_algorithm: str | None = None
    rt_roi_interpreted_type: str | None = None
    referenced_frame_of_reference_uid: str | None = None
    contour_count: int


class ReferencedSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A series that contours were drawn on.

    Attributes:
        frame_of_reference_uid: the coordinate system of its images
        study_instance_uid: its study
        series_instance_uid: the series' UID
        image_count: how many of its images are listed
    """

    frame_of_reference_uid: str | None
    study_instance_uid: str | None
    series_instance_uid: str | None
    image_count: int


class StructureSet(msgspec.Struct, frozen=True, kw_only=True):
    """One RT Structure Set instance.

    Attributes:
        structure_set_label: what people call it
        structure_set_name: a longer name
        structure_set_date: when it was made, YYYYMMDD
        structure_set_time: when it was made, HHMMSS.FFFFFF
        approval_status: whether people approved it: APPROVED, UNAPPROVED or REJECTED
        rois: the regions of interest, in the order of the file
        contours_without_roi: contours whose ROI number no region has
        frame_of_reference_uids: the coordinate systems that it refers to
        referenced_series: the series that it refers to
    """

    structure_set_label: str | None = None
    structure_set_name: str | None = None
    structure_set_date: str | None = None
    structure_set_time: str | None = None
    approval_status: str | None = None
    rois: tuple[Roi, ...]
    contours_without_roi: int
    frame_of_reference_uids: tuple[str, ...]
    referenced_series: tuple[ReferencedSeries, ...]


def structure_set_of(top: DataSet) -> StructureSet:
    """Read the structure set of a data set."""
    contours = _contour_counts(top)
    rois = tuple(_rois(top, contours))
    numbers = {roi.roi_number for roi in rois}
    frames = (
        item.text(_FRAME_OF_REFERENCE_UID) for item in top.items(_REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)
    )
    return StructureSet(
        **stated(StructureSet, top),
        rois=rois,
        contours_without_roi=sum(count for number, count in contours.items() if number not in numbers),
        frame_of_reference_uids=tuple(dict.fromkeys(filter(None, frames))),
        referenced_series=tuple(_referenced_series(top)),
    )


def _contour_counts(top: DataSet) -> Counter[int | None]:
    counts: Counter[int | None] = Counter()
    for item in top.items(_ROI_CONTOUR_SEQUENCE):
        contours = item.element(_CONTOUR_SEQUENCE)
        counts[item.number(_REFERENCED_ROI_NUMBER)] += len(contours.items or ()) if contours else 0
    return counts


def _rois(top: DataSet, contours: Counter[int | None]) -> Iterator[Roi]:
    types = {
        item.number(_REFERENCED_ROI_NUMBER): item.text(_RT_ROI_INTERPRETED_TYPE) or None
        for item in top.items(_RT_ROI_OBSERVATIONS_SEQUENCE)
    }
    for item in top.items(_STRUCTURE_SET_ROI_SEQUENCE):
        number = item.number(_ROI_NUMBER)
        computed = {
            "rt_roi_interpreted_type": types.get(number),
            "contour_count": contours[number],
        }
        yield Roi(**{**stated(Roi, item), **computed})


def _referenced_series(top: DataSet) -> Iterator[ReferencedSeries]:
    """The study's UID stands in Referenced SOP Instance UID (PS3.3 C.8.8.5.4)."""
    for frame in top.items(_REFERENCED_FRAME_OF_REFERENCE_SEQUENCE):
        for study in frame.items(_RT_REFERENCED_STUDY_SEQUENCE):
            for series in study.items(_RT_REFERENCED_SERIES_SEQUENCE):
                yield ReferencedSeries(
                    frame_of_reference_uid=frame.text(_FRAME_OF_REFERENCE_UID) or None,
                    study_instance_uid=study.text(_REFERENCED_SOP_INSTANCE_UID) or None,
                    series_instance_uid=series.text(_SERIES_INSTANCE_UID) or None,
                    image_count=sum(1 for _ in series.items(_CONTOUR_IMAGE_SEQUENCE)),
                )
