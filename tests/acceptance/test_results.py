"""What comes back: under the identity of its patient, about the original series."""

from io import BytesIO

import pytest
from pydicom import Dataset, dcmread

from shared.local.sample.patients import GENSOU, NEBYLITSK, QUIRINSFELD
from tests.acceptance.flow import Flow
from tests.acceptance.samples import ct, mr


def results(flow: Flow) -> dict[str, Dataset]:
    """The delivered results by Patient ID."""
    delivered = (dcmread(BytesIO(content)) for content in flow.objects("clinical", "results/").values())
    return {str(result.PatientID): result for result in delivered}


ORIGINALS = {
    QUIRINSFELD.patient_id: (QUIRINSFELD, ct("ct", 4)),
    GENSOU.patient_id: (GENSOU, mr("mr", 2)),
    NEBYLITSK.patient_id: (NEBYLITSK, ct("disks", 2, patient=NEBYLITSK)),
}


def test_every_patient_gets_a_result(done: Flow) -> None:
    """One RT Structure Set lies beside each series that was exported."""
    assert results(done).keys() == ORIGINALS.keys()


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_result_carries_the_identity_of_its_patient(done: Flow, patient_id: str) -> None:
    """Name, birth date, accession number, study date and description are the original ones, in any script."""
    result, (patient, images) = results(done)[patient_id], ORIGINALS[patient_id]

    assert identity(result) == identity(images[0])
    assert identity(result)[:3] == (patient.name, patient.birth_date, patient.accession_number)
    assert "PatientIdentityRemoved" not in result


def identity(dataset: Dataset) -> tuple[str, ...]:
    """What a person recognises a patient and a study by."""
    keywords = (
        "PatientName",
        "PatientBirthDate",
        "AccessionNumber",
        "PatientSex",
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
        "StudyID",
        "StudyDescription",
        "ReferringPhysicianName",
    )
    return tuple(str(dataset[keyword].value) for keyword in keywords)


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_result_references_the_original_series(done: Flow, patient_id: str) -> None:
    """Study, series, frame of reference and all instances are referenced by their original UIDs."""
    result, (_, images) = results(done)[patient_id], ORIGINALS[patient_id]
    (frame,) = result.ReferencedFrameOfReferenceSequence
    (study,) = frame.RTReferencedStudySequence
    (series,) = study.RTReferencedSeriesSequence

    assert frame.FrameOfReferenceUID == images[0].FrameOfReferenceUID
    assert study.ReferencedSOPInstanceUID == images[0].StudyInstanceUID
    assert series.SeriesInstanceUID == images[0].SeriesInstanceUID
    assert {item.ReferencedSOPInstanceUID for item in series.ContourImageSequence} == sop_uids(images)


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_contours_reference_the_original_instances(done: Flow, patient_id: str) -> None:
    """Every contour lies on an original instance, and there are contours."""
    result, (_, images) = results(done)[patient_id], ORIGINALS[patient_id]
    referenced = {
        contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        for roi in result.ROIContourSequence
        for contour in roi.get("ContourSequence", ())
    }

    assert referenced == sop_uids(images)


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_result_keeps_its_own_uids(done: Flow, patient_id: str) -> None:
    """SOP and Series Instance UID of the result are new ones, none of the original series'."""
    result, (_, images) = results(done)[patient_id], ORIGINALS[patient_id]
    originals = {images[0].SeriesInstanceUID, images[0].StudyInstanceUID, *sop_uids(images)}

    assert originals.isdisjoint({result.SOPInstanceUID, result.SeriesInstanceUID})


def sop_uids(images: list[Dataset]) -> set[str]:
    """The SOP Instance UIDs of images."""
    return {image.SOPInstanceUID for image in images}
