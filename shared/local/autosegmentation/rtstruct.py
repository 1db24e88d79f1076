"""The result as an RT Structure Set (PS3.3 section A.19)."""

import uuid
from collections.abc import Iterable, Sequence

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
)

from shared.local.autosegmentation.geometry import Points
from shared.local.autosegmentation.package import ReceivedInstance, ReceivedSeries
from shared.local.autosegmentation.segmentation import Contour, Structure

#: Detached Study Management (PS3.6 Table A-1): retired, and still the class that names a study here
_DETACHED_STUDY_MANAGEMENT = UID("1.2.840.10008.3.1.2.3.1")
#: what is taken over from the series as received, where it is there
_COPIED = (
    "SpecificCharacterSet",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
)
#: Type 2 (PS3.5 section 7.4.3): there, even if nothing is known
_PRESENT = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PositionReferenceIndicator",
    "OperatorsName",
)


def structure_set(series: ReceivedSeries, structures: Sequence[Structure], *, sha256: str) -> Dataset:
    """Make the RT Structure Set of a package: the same package gives the same bytes.

    Args:
        series: the series as received; identity, study and dates are taken from it.
        structures: what was drawn.
        sha256: the checksum of the package, from which the new UIDs are derived.
    """
    dataset = Dataset()
    header = series.instances[0].header
    _take_over(dataset, header)
    _describe(dataset, header, sha256)
    dataset.StructureSetLabel = "AUTOSEGMENTED"
    dataset.StructureSetName = series.template.name[:64]
    dataset.StructureSetDate = header.get("StudyDate", "")
    dataset.StructureSetTime = header.get("StudyTime", "")
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(series)]
    numbered = list(enumerate(structures, start=1))
    frame = str(header.FrameOfReferenceUID)
    dataset.StructureSetROISequence = [_roi(number, one, frame) for number, one in numbered]
    dataset.ROIContourSequence = [_roi_contour(number, one) for number, one in numbered]
    dataset.RTROIObservationsSequence = [_observation(number, one) for number, one in numbered]
    return dataset


def derived_uid(sha256: str, purpose: str) -> UID:
    """A UID of one's own under 2.25 (PS3.5 section B.2), the same for the same package and purpose."""
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'{sha256}/{purpose}').int}")


def _take_over(dataset: Dataset, header: Dataset) -> None:
    for keyword in _COPIED:
        if header.get(keyword):
            dataset[keyword] = header[keyword]
    for keyword in _PRESENT:
        if keyword not in dataset:
            setattr(dataset, keyword, "")


def _describe(dataset: Dataset, header: Dataset, sha256: str) -> None:
    """The RT Series, General Equipment and SOP Common Modules."""
    dataset.Modality = "RTSTRUCT"
    dataset.SeriesInstanceUID = derived_uid(sha256, "series")
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = "Autosegmentation"
    dataset.Manufacturer = "Airlock"
    dataset.ManufacturerModelName = "Double of an autosegmentation service"
    dataset.SoftwareVersions = "1"
    dataset.InstanceNumber = 1
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = derived_uid(sha256, "instance")
    dataset.InstanceCreationDate = header.get("StudyDate", "")
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID


def _frame_of_reference(series: ReceivedSeries) -> Dataset:
    header = series.instances[0].header
    item, study, referenced = Dataset(), Dataset(), Dataset()
    item.FrameOfReferenceUID = header.FrameOfReferenceUID
    # The RT Referenced Study Sequence names the study by its Study Instance UID (PS3.3 section C.8.8.5).
    study.ReferencedSOPClassUID = _DETACHED_STUDY_MANAGEMENT
    study.ReferencedSOPInstanceUID = header.StudyInstanceUID
    referenced.SeriesInstanceUID = header.SeriesInstanceUID
    referenced.ContourImageSequence = _references(series.instances)
    study.RTReferencedSeriesSequence = [referenced]
    item.RTReferencedStudySequence = [study]
    return item


def _references(instances: Iterable[ReceivedInstance]) -> DicomSequence:
    return DicomSequence([_reference(instance) for instance in instances])


def _reference(instance: ReceivedInstance) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = instance.sop_class_uid
    item.ReferencedSOPInstanceUID = instance.sop_instance_uid
    return item


def _roi(number: int, structure: Structure, frame_of_reference: str) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame_of_reference
    item.ROIName = structure.name
    item.ROIGenerationAlgorithm = "AUTOMATIC"
    return item


def _roi_contour(number: int, structure: Structure) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(structure.color)
    item.ReferencedROINumber = number
    if structure.contours:
        item.ContourSequence = [_contour(index, one) for index, one in enumerate(structure.contours, start=1)]
    return item


def _contour(number: int, contour: Contour) -> Dataset:
    item = Dataset()
    item.ContourImageSequence = _references([contour.instance])
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(contour.points)
    item.ContourNumber = number
    item.ContourData = _decimals(contour.points)
    return item


def _decimals(points: Points) -> list[str]:
    """Millimetres with at most three decimals; adding zero turns -0.0 into 0.0."""
    return [f"{value:.3f}".rstrip("0").rstrip(".") for value in np.round(points, 3).ravel() + 0.0]


def _observation(number: int, structure: Structure) -> Dataset:
    item = Dataset()
    item.ObservationNumber = number
    item.ReferencedROINumber = number
    item.RTROIInterpretedType = structure.interpreted_type
    item.ROIInterpreter = ""
    return item
