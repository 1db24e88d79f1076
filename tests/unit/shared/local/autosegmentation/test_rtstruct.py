"""The RT Structure Set that the double makes (PS3.3 section A.19)."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from shared.identifiers import is_uid
from shared.local.autosegmentation.contours import area
from shared.local.autosegmentation.package import read_package
from shared.local.autosegmentation.rtstruct import _decimals, structure_set
from shared.local.autosegmentation.segmentation import segment
from tests.contracts.destination import BODY_RADIUS_MM, ct_series, encoded, package_of

#: Type 1 attributes: present with a value (PS3.5 section 7.4.1)
TYPE_1 = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "FrameOfReferenceUID",
    "StructureSetLabel",
    "StructureSetROISequence",
    "ROIContourSequence",
    "RTROIObservationsSequence",
    "ApprovalStatus",
]
#: Type 2 attributes: present (PS3.5 section 7.4.3)
TYPE_2 = [
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
    "SeriesNumber",
    "OperatorsName",
    "Manufacturer",
    "PositionReferenceIndicator",
    "StructureSetDate",
    "StructureSetTime",
]


def made_of(tmp_path: Path, datasets: list[Dataset], sha256: str = "ab" * 32) -> bytes:
    """The structure set of a series, as a file."""
    path = tmp_path / "package.zip"
    path.write_bytes(package_of(datasets))
    series = read_package(path)
    return encoded(structure_set(series, segment(series), sha256=sha256))


def read(content: bytes) -> Dataset:
    """The file as a dataset."""
    return pydicom.dcmread(io.BytesIO(content))


@pytest.fixture
def rtstruct(tmp_path: Path) -> Dataset:
    """The structure set of three slices."""
    return read(made_of(tmp_path, ct_series(3)))


def test_required_attributes_are_there(rtstruct: Dataset) -> None:
    """What every RT Structure Set must have is there, at the top and in the items of its sequences."""
    for keyword in TYPE_1:
        assert rtstruct[keyword].value, keyword
    for keyword in TYPE_2:
        assert keyword in rtstruct
    for roi in rtstruct.StructureSetROISequence:
        assert (bool(roi.ROIName), roi.ROIGenerationAlgorithm) == (True, "AUTOMATIC")
        assert roi.ReferencedFrameOfReferenceUID == rtstruct.FrameOfReferenceUID
    for observation in rtstruct.RTROIObservationsSequence:
        assert observation.ObservationNumber
        assert "ROIInterpreter" in observation


def test_it_is_a_file_of_its_kind(rtstruct: Dataset) -> None:
    """The file says what it is, in its meta information and in its dataset, and its UIDs are UIDs."""
    meta = rtstruct.file_meta

    assert (rtstruct.SOPClassUID, rtstruct.Modality) == (RTStructureSetStorage, "RTSTRUCT")
    assert (meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID) == (
        RTStructureSetStorage,
        ExplicitVRLittleEndian,
    )
    assert meta.MediaStorageSOPInstanceUID == rtstruct.SOPInstanceUID
    assert is_uid(rtstruct.SOPInstanceUID)
    assert is_uid(rtstruct.SeriesInstanceUID)


def test_it_belongs_to_the_study_that_was_sent(rtstruct: Dataset) -> None:
    """Patient and study are taken over as received; the series is a new one."""
    sent = ct_series(1)[0]
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate", "FrameOfReferenceUID"):
        assert rtstruct[keyword] == sent[keyword]

    assert rtstruct.SeriesInstanceUID != sent.SeriesInstanceUID
    assert (rtstruct.PatientIdentityRemoved, rtstruct.StructureSetDate) == ("YES", sent.StudyDate)


def test_it_references_exactly_the_series(rtstruct: Dataset) -> None:
    """Frame of reference, study (by its Study Instance UID), series and every instance are named."""
    sent = ct_series(3)
    frame = rtstruct.ReferencedFrameOfReferenceSequence[0]
    study = frame.RTReferencedStudySequence[0]
    series = study.RTReferencedSeriesSequence[0]
    referenced = [
        (item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID) for item in series.ContourImageSequence
    ]

    assert frame.FrameOfReferenceUID == sent[0].FrameOfReferenceUID
    assert study.ReferencedSOPInstanceUID == sent[0].StudyInstanceUID
    assert series.SeriesInstanceUID == sent[0].SeriesInstanceUID
    assert referenced == [(one.SOPClassUID, one.SOPInstanceUID) for one in sent]


def test_contours_lie_on_their_slices(rtstruct: Dataset) -> None:
    """Every contour is closed and planar, names the instance it lies on, and has the disc's area."""
    positions = {one.SOPInstanceUID: one.ImagePositionPatient[2] for one in ct_series(3)}
    external = rtstruct.ROIContourSequence[0]
    for contour in external.ContourSequence:
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        instance = contour.ContourImageSequence[0].ReferencedSOPInstanceUID

        assert contour.ContourGeometricType == "CLOSED_PLANAR"
        assert contour.NumberOfContourPoints == len(points)
        assert set(points[:, 2]) == {positions[instance]}
        assert area(points[:, :2]) == pytest.approx(np.pi * BODY_RADIUS_MM**2, rel=0.08)


def test_numbers_fit_together(rtstruct: Dataset) -> None:
    """Structures, contours and observations go by the same numbers."""
    numbers = [item.ROINumber for item in rtstruct.StructureSetROISequence]

    assert numbers == [1, 2]
    assert [item.ReferencedROINumber for item in rtstruct.ROIContourSequence] == numbers
    assert [item.ReferencedROINumber for item in rtstruct.RTROIObservationsSequence] == numbers


def test_coordinates_are_short_decimal_strings(tmp_path: Path) -> None:
    """A coordinate has at most three decimals, no exponent, and no sign before zero (PS3.5 section 6.2)."""
    datasets = ct_series(1)
    datasets[0].ImagePositionPatient = ["-44.99999", "-1e-5", "0"]
    rtstruct = read(made_of(tmp_path, datasets))
    texts = [
        str(value.original_string)
        for roi in rtstruct.ROIContourSequence
        for value in roi.ContourSequence[0].ContourData
    ]

    assert all(len(text) <= 16 and "e" not in text and text != "-0" for text in texts)
    assert max(len(text.partition(".")[2]) for text in texts) == 3


def test_zero_has_no_sign() -> None:
    """What rounds to zero from below is zero."""
    assert _decimals(np.array([[-0.0004, -0.0, -1.2504]])) == ["0", "0", "-1.25"]


def test_the_same_package_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing depends on the moment; another package has other UIDs."""
    first = made_of(tmp_path, ct_series(2))
    other = read(made_of(tmp_path, ct_series(2), sha256="cd" * 32))

    assert made_of(tmp_path, ct_series(2)) == first
    assert {other.SOPInstanceUID, other.SeriesInstanceUID}.isdisjoint(
        {read(first).SOPInstanceUID, read(first).SeriesInstanceUID}
    )


def test_a_structure_without_contours_is_still_listed(tmp_path: Path) -> None:
    """A series of air alone has structures without contours, and no empty sequence."""
    datasets = ct_series(1)
    datasets[0].PixelData = bytes(len(datasets[0].PixelData))
    rtstruct = read(made_of(tmp_path, datasets))

    assert [item.ROIName for item in rtstruct.StructureSetROISequence] == ["External", "Bones"]
    assert not any("ContourSequence" in item for item in rtstruct.ROIContourSequence)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
@pytest.mark.parametrize("keyword", ["", "StudyDate", "PatientName", "SpecificCharacterSet"])
def test_a_foreign_judge_finds_no_error(tmp_path: Path, keyword: str) -> None:
    """`dciodvfy` finds nothing wrong, also if an attribute of the series is empty."""
    datasets = ct_series(2)
    for dataset in datasets:
        if keyword:
            setattr(dataset, keyword, "")
    path = tmp_path / "rtstruct.dcm"
    path.write_bytes(made_of(tmp_path, datasets))
    judged = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)

    assert [line for line in judged.stderr.splitlines() if line.startswith("Error")] == []
