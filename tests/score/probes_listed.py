"""Places of the Standard that identify by themselves: attributes, at any depth."""

from tests.score.draft import Plant, Probe, Sought, at

_TEXT = (
    "AccessionNumber",
    "AdditionalPatientHistory",
    "AdmissionID",
    "Allergies",
    "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID",
    "CommentsOnThePerformedProcedureStep",
    "ContentCreatorName",
    "ContentDescription",
    "CountryOfResidence",
    "CurrentPatientLocation",
    "DerivationDescription",
    "DocumentTitle",
    "FillerOrderNumberImagingServiceRequest",
    "ImageComments",
    "InstitutionAddress",
    "InstitutionName",
    "InstitutionalDepartmentName",
    "IssuerOfPatientID",
    "MedicalAlerts",
    "MilitaryRank",
    "NameOfPhysiciansReadingStudy",
    "Occupation",
    "OperatorsName",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientAddress",
    "PatientBirthName",
    "PatientComments",
    "PatientInstitutionResidence",
    "PatientMotherBirthName",
    "PatientReligiousPreference",
    "PatientTelephoneNumbers",
    "PerformedProcedureStepDescription",
    "PerformingPhysicianName",
    "PhysiciansOfRecord",
    "ProtocolName",
    "ReasonForStudy",
    "ReferringPhysicianAddress",
    "ReferringPhysicianName",
    "RequestedProcedureDescription",
    "RequestingPhysician",
    "RequestingService",
    "ResponsibleOrganization",
    "ResponsiblePerson",
    "RetrieveURL",
    "SegmentLabel",
    "SeriesDescription",
    "StudyComments",
    "StudyDescription",
    "TextComments",
    "TextString",
    "VisitComments",
)
_CODES = (
    "IssuerOfAccessionNumberSequence",
    "OperatorIdentificationSequence",
    "OtherPatientIDsSequence",
    "PatientInsurancePlanCodeSequence",
    "ReferringPhysicianIdentificationSequence",
)
_UIDS = (
    "ConcatenationUID",
    "CreatorVersionUID",
    "DimensionOrganizationUID",
    "FiducialUID",
    "InstanceCreatorUID",
    "IrradiationEventUID",
    "ObservationUID",
    "PaletteColorLookupTableUID",
    "StorageMediaFileSetUID",
    "SynchronizationFrameOfReferenceUID",
    "TrackingUID",
    "TransactionUID",
)
_DAYS = ("AdmittingDate", "LastMenstrualDate", "PatientBirthDate", "ScheduledProcedureStepStartDate")
_EQUIPMENT = "ContributingEquipmentSequence"
_NESTED: dict[str, Plant] = {
    "a name in an item": at(_EQUIPMENT, "OperatorsName"),
    "a name three items deep": at(_EQUIPMENT, _EQUIPMENT, _EQUIPMENT, "PatientName"),
    "a text five items deep": at(*[_EQUIPMENT] * 5, "ContributionDescription"),
    "an id in a request": at("RequestAttributesSequence", "RequestedProcedureID"),
    "a text in a request": at("RequestAttributesSequence", "ReasonForTheRequestedProcedure"),
    "an original attribute": at(
        "OriginalAttributesSequence", "ModifiedAttributesSequence", "OtherPatientIDs"
    ),
    "who changed attributes": at("OriginalAttributesSequence", "SourceOfPreviousValues"),
    "a physician's code": at("ReferringPhysicianIdentificationSequence", "PersonIdentificationCodeSequence"),
    "a physician's address": at("ReferringPhysicianIdentificationSequence", "PersonAddress"),
    "an unlisted sequence": at("SourceImageSequence", "PurposeOfReferenceCodeSequence", "PatientID"),
}


def _of(prefix: str, keywords: tuple[str, ...], sought: Sought) -> list[Probe]:
    return [Probe(f"{prefix} {keyword}", at(keyword), sought) for keyword in keywords]


PROBES = [
    *_of("text", _TEXT, "stranger"),
    *_of("code", _CODES, "stranger"),
    *_of("UID", _UIDS, "uid"),
    *_of("date", _DAYS, "day"),
    *(Probe(f"nested {name}", plant) for name, plant in _NESTED.items()),
]
