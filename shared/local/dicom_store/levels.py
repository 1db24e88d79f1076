"""The levels of the Query transaction and their attributes (PS3.18 section 10.6, PS3.3 C.7.1 to C.7.3)."""

from typing import NamedTuple

from shared.dicom.dictionary import tag_for_keyword

RETRIEVE_URL = "00081190"
MODALITIES_IN_STUDY = "00080061"
SOP_CLASSES_IN_STUDY = "00080062"
NUMBER_OF_STUDY_RELATED_SERIES = "00201206"
NUMBER_OF_STUDY_RELATED_INSTANCES = "00201208"
NUMBER_OF_SERIES_RELATED_INSTANCES = "00201209"
INSTANCE_AVAILABILITY = "00080056"
AVAILABLE_TRANSFER_SYNTAX_UID = "00083002"
#: what is counted or made up for the answer, not found in a file
DERIVED = {
    "study": (MODALITIES_IN_STUDY, NUMBER_OF_STUDY_RELATED_SERIES, NUMBER_OF_STUDY_RELATED_INSTANCES),
    "series": (NUMBER_OF_SERIES_RELATED_INSTANCES,),
    "instance": (AVAILABLE_TRANSFER_SYNTAX_UID,),
}


def _tags(keywords: str) -> frozenset[str]:
    return frozenset(f"{tag_for_keyword(keyword) or 0:08X}" for keyword in keywords.split())


_STUDY_DEFAULTS = _tags(
    "SpecificCharacterSet StudyDate StudyTime AccessionNumber ReferringPhysicianName TimezoneOffsetFromUTC"
    " PatientName PatientID PatientBirthDate PatientSex StudyInstanceUID StudyID StudyDescription"
)
_STUDY_OTHERS = _tags(
    "IssuerOfPatientID PatientBirthTime OtherPatientIDs OtherPatientNames EthnicGroup PatientComments"
    " PatientAge PatientSize PatientWeight Occupation AdditionalPatientHistory PhysiciansOfRecord"
    " NameOfPhysiciansReadingStudy AdmittingDiagnosesDescription PatientIdentityRemoved"
    " DeidentificationMethod InstitutionName StudyComments"
)
_SERIES_DEFAULTS = _tags(
    "SpecificCharacterSet Modality TimezoneOffsetFromUTC SeriesDescription SeriesInstanceUID SeriesNumber"
    " PerformedProcedureStepStartDate PerformedProcedureStepStartTime"
)
_SERIES_OTHERS = _tags(
    "Laterality SeriesDate SeriesTime PerformingPhysicianName ProtocolName OperatorsName BodyPartExamined"
    " PatientPosition PerformedProcedureStepID PerformedProcedureStepDescription Manufacturer StationName"
    " InstitutionalDepartmentName ManufacturerModelName DeviceSerialNumber SoftwareVersions"
    " FrameOfReferenceUID PositionReferenceIndicator SmallestPixelValueInSeries LargestPixelValueInSeries"
)
_INSTANCE_DEFAULTS = _tags(
    "SpecificCharacterSet SOPClassUID SOPInstanceUID TimezoneOffsetFromUTC InstanceNumber Rows Columns"
    " BitsAllocated NumberOfFrames"
)


class Level(NamedTuple):
    """One level: what an answer holds unless asked for more, and all that belongs to it and the levels above.

    `attributes` is None where every attribute belongs to it.
    """

    name: str
    defaults: frozenset[str]
    attributes: frozenset[str] | None

    def has(self, tag: str) -> bool:
        """Whether an attribute can be matched and returned at this level."""
        return self.attributes is None or tag in self.attributes


_STUDY_ALL = _STUDY_DEFAULTS | _STUDY_OTHERS
STUDY = Level("study", _STUDY_DEFAULTS, _STUDY_ALL | set(DERIVED["study"]))
SERIES = Level(
    "series",
    _STUDY_DEFAULTS | _SERIES_DEFAULTS,
    _STUDY_ALL | _SERIES_DEFAULTS | _SERIES_OTHERS | set(DERIVED["series"]),
)
INSTANCE = Level("instance", _STUDY_DEFAULTS | _SERIES_DEFAULTS | _INSTANCE_DEFAULTS, None)
