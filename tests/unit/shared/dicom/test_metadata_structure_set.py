"""What is said of RT Structure Sets."""

from shared.dicom.metadata.structure_set import ReferencedSeries, Roi, StructureSet
from tests.unit.shared.dicom.metadata_series import described, item, rtstruct


def test_a_structure_set_is_described() -> None:
    """Regions with their contours, and what was contoured, are described."""
    metadata = described(rtstruct(StructureSetName="Plan one", ApprovalStatus="APPROVED"))

    assert metadata.series.modality == "RTSTRUCT"
    assert metadata.structure_sets == (
        StructureSet(
            structure_set_label="Plan 1",
            structure_set_name="Plan one",
            approval_status="APPROVED",
            rois=(
                Roi(roi_number=1, roi_name="Cord", roi_generation_algorithm="AUTOMATIC", contour_count=0),
                Roi(
                    roi_number=7,
                    roi_name="PTV 60",
                    roi_generation_algorithm="MANUAL",
                    rt_roi_interpreted_type="PTV",
                    contour_count=3,
                ),
            ),
            contours_without_roi=0,
            frame_of_reference_uids=("2.25.30",),
            referenced_series=(
                ReferencedSeries(
                    frame_of_reference_uid="2.25.30",
                    study_instance_uid="2.25.10",
                    series_instance_uid="2.25.20",
                    image_count=2,
                ),
            ),
        ),
    )


def test_contours_of_no_region_are_counted() -> None:
    """Contours whose number no region has are counted apart."""
    (found,) = described(
        rtstruct(ROIContourSequence=[item(ReferencedROINumber=9, ContourSequence=[item(), item()]), item()])
    ).structure_sets

    assert [roi.contour_count for roi in found.rois] == [0, 0]
    assert found.contours_without_roi == 2


def test_an_empty_structure_set_is_described() -> None:
    """A structure set without regions, contours and references is still one."""
    emptied = dict.fromkeys(
        (
            "StructureSetROISequence",
            "ROIContourSequence",
            "RTROIObservationsSequence",
            "ReferencedFrameOfReferenceSequence",
        )
    )
    (found,) = described(rtstruct(**emptied)).structure_sets

    assert (found.structure_set_label, found.rois, found.referenced_series) == ("Plan 1", (), ())


def test_every_instance_is_a_structure_set() -> None:
    """Several structure sets of a series are described one after the other."""
    found = described(rtstruct(), rtstruct(StructureSetLabel="Plan 2")).structure_sets

    assert [each.structure_set_label for each in found] == ["Plan 1", "Plan 2"]
