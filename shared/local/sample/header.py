"""The parts of a header that speak of the patient, the study and the place."""

from uuid import NAMESPACE_OID, uuid5

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from shared.local.sample.patients import Patient

PRIVATE_CREATOR = "QUIRINIA HEADER 1.1"


class Uids:
    """Makes UIDs under 2.25 (PS3.5 B.2) from a seed and a label, and remembers them."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made: dict[str, str] = {}

    def make(self, label: str) -> str:
        """The UID of this label, always the same for the same seed."""
        return self._made.setdefault(
            label, f"2.25.{uuid5(NAMESPACE_OID, f'airlock sample {self._seed} {label}').int}"
        )

    @property
    def made(self) -> tuple[str, ...]:
        """All UIDs so far, in the order of making."""
        return tuple(self._made.values())


def series_header(patient: Patient, uids: Uids, study: str, series: str) -> Dataset:
    """Make what all images of one series share: Patient, Study, Series and Equipment (PS3.3 A.3.3).

    Args:
        patient: whose study it is.
        uids: where the UIDs come from.
        study: the label of the study's UID.
        series: the label of the series' UID.
    """
    header = Dataset()
    header.SpecificCharacterSet = list(patient.character_set)
    _add_patient(header, patient)
    _add_visit(header, patient)
    _add_study(header, patient, uids.make(study))
    _add_equipment(header, patient)
    _add_references(header, patient, uids, study)
    _add_private(header, patient)
    header.SeriesInstanceUID = uids.make(series)
    header.FrameOfReferenceUID = uids.make(f"{study} frame of reference")
    header.PositionReferenceIndicator = ""
    return header


def _add_patient(header: Dataset, patient: Patient) -> None:
    """The Patient Module (PS3.3 C.7.1.1)."""
    header.PatientName = patient.name
    header.OtherPatientNames = patient.former_name
    header.PatientMotherBirthName = patient.mother_birth_name
    header.PatientID = patient.patient_id
    header.PatientBirthDate = patient.birth_date
    header.PatientSex = patient.sex
    header.PatientAddress = patient.address
    header.PatientTelephoneNumbers = patient.phone
    header.PatientComments = f"{patient.name}, {patient.address}, {patient.phone}"
    header.OtherPatientIDsSequence = _item(PatientID=patient.former_id, TypeOfPatientID="TEXT")
    header.PatientIdentityRemoved = "NO"


def _add_visit(header: Dataset, patient: Patient) -> None:
    """The Patient Study and Visit Modules (PS3.3 C.7.2.2 and C.3.2 onwards)."""
    header.PatientAge = f"{int(patient.study_date[:4]) - int(patient.birth_date[:4]):03d}Y"
    header.PatientWeight = "71.5"
    header.PatientSize = "1.68"
    header.AdmissionID = patient.admission_id
    header.AdditionalPatientHistory = f"Referred by {patient.physician}, {patient.institution}"


def _add_study(header: Dataset, patient: Patient, study_instance_uid: str) -> None:
    """The General Study Module (PS3.3 C.7.2.1) and the request (PS3.3 C.7.3.1)."""
    header.StudyInstanceUID = study_instance_uid
    header.StudyID = patient.accession_number
    header.AccessionNumber = patient.accession_number
    header.StudyDescription = f"Head and neck {patient.patient_id}"
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(header, keyword, patient.study_date)
    for keyword in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(header, keyword, "101532.25")
    header.ReferringPhysicianName = patient.physician
    header.PhysiciansOfRecord = patient.physician
    header.PerformingPhysicianName = patient.physician
    header.RequestingPhysician = patient.physician
    header.OperatorsName = patient.operator
    header.RequestAttributesSequence = _item(
        RequestedProcedureID=patient.accession_number,
        RequestedProcedureDescription=f"Planning, {patient.name}",
        ScheduledProcedureStepID=patient.admission_id,
    )


def _add_equipment(header: Dataset, patient: Patient) -> None:
    """The General Equipment Module (PS3.3 C.7.5.1) and a device that worked on the images before."""
    place = {
        "InstitutionName": patient.institution,
        "InstitutionAddress": patient.institution_address,
        "StationName": patient.station,
        "DeviceSerialNumber": patient.serial_number,
        "Manufacturer": "Airlock sample",
    }
    for keyword, value in place.items():
        setattr(header, keyword, value)
    header.ManufacturerModelName = "Phantom 1"
    header.SoftwareVersions = "1.0"
    header.ContributingEquipmentSequence = _item(
        **place,
        OperatorsName=patient.operator,
        PurposeOfReferenceCodeSequence=_code("109103", "Modifying Equipment"),
    )


def _add_references(header: Dataset, patient: Patient, uids: Uids, study: str) -> None:
    """Sequences within sequences: the physician's telephone, values before a correction, an earlier study."""
    header.ReferringPhysicianIdentificationSequence = _item(
        PersonIdentificationCodeSequence=_code(patient.admission_id, patient.physician),
        PersonAddress=patient.address,
        PersonTelephoneNumbers=patient.phone,
        InstitutionName=patient.institution,
    )
    before = _item(PatientName=patient.former_name, PatientID=patient.former_id)
    header.OriginalAttributesSequence = _item(
        SourceOfPreviousValues=patient.institution,
        AttributeModificationDateTime=f"{patient.study_date}110000",
        ModifyingSystem=patient.station,
        ReasonForTheAttributeModification="CORRECT",
        ModifiedAttributesSequence=before,
    )
    header.ReferencedStudySequence = _item(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",
        ReferencedSOPInstanceUID=uids.make(f"{study} earlier"),
    )


def _add_private(header: Dataset, patient: Patient) -> None:
    """Private elements: texts, bytes that hold a text, and a sequence (PS3.5 section 7.8)."""
    block = header.private_block(0x0029, PRIVATE_CREATOR, create=True)
    block.add_new(0x01, "PN", patient.name)
    block.add_new(0x02, "LO", patient.patient_id)
    block.add_new(0x03, "DA", patient.birth_date)
    dump = patient.encoded(f"<name>{patient.name}</name><born>{patient.birth_date}</born>")
    block.add_new(0x10, "OB", dump + b"\0" * (len(dump) % 2))
    block.add_new(0x20, "SQ", _item(PatientName=patient.name, PatientID=patient.patient_id))


def _item(**values: object) -> Sequence:
    """A sequence of one item with these attributes."""
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return Sequence([item])


def _code(value: str, meaning: str) -> Sequence:
    """A code sequence of one item (PS3.3 section 8); local codes, except for the numbers of PS3.16."""
    scheme = "DCM" if value.isdigit() else "99AIRLOCK"
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
