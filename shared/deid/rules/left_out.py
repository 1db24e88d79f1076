"""Attributes that PS3.15 Table E.1-1 leaves out although their values can lead to the patient, and why.

They are removed like those of code X; free text may stay where the Clean Descriptors Option cleans it, and
what names the machine where the Retain Device Identity Option keeps it.
"""

from collections.abc import Mapping
from functools import cache

from shared.deid.rules.table import Row
from shared.dicom.dictionary import tag_for_keyword

_FREE_TEXT = "free text"
_MACHINE = "the machine"
_OPTIONS = {_FREE_TEXT: {"clean_descriptors": "C"}, _MACHINE: {"retain_device_identity": "K"}}

LEFT_OUT: Mapping[str, str] = {
    "AlgorithmParameters": _FREE_TEXT,
    "ApprovalStatusFurtherDescription": _FREE_TEXT,
    "AssertionComments": _FREE_TEXT,
    "AssessmentSummaryDescription": _FREE_TEXT,
    "AssigningAgencyOrDepartmentCodeSequence": "who gave an id",
    "AssigningFacilitySequence": "who gave an id",
    "AssigningJurisdictionCodeSequence": "who gave an id",
    "AuthorIdentificationSequence": "a person",
    "BoardingPassID": "a person",
    "BreedRegistrationNumber": "an animal's own number",
    "CalculatedDoseReferenceDescription": _FREE_TEXT,
    "CalculationComment": _FREE_TEXT,
    "CodingSchemeName": "an institution",
    "CodingSchemeResponsibleOrganization": "an institution",
    "CodingSchemeURL": "an address in the hospital's network",
    "CommentsOnPatientPerformanceOfVisualField": _FREE_TEXT,
    "CommentsOnTheScheduledProcedureStep": _FREE_TEXT,
    "CompletionFlagDescription": _FREE_TEXT,
    "ContactDisplayName": "a person",
    "ContactURI": "a person's address",
    "ContentDescription": _FREE_TEXT,
    "DeviceID": _MACHINE,
    "DocumentAuthorIdentifierCodeSequenceTrial": "a person",
    "DocumentTitle": _FREE_TEXT,
    "DocumentingObserverIdentifierCodeSequenceTrial": "a person",
    "DocumentingOrganizationIdentifierCodeSequenceTrial": "an institution",
    "DoseComment": _FREE_TEXT,
    "EncapsulatedDocumentLength": "the length of a document that goes",
    "EncryptedAttributesSequence": "an earlier identity, under somebody else's key",
    "FiducialDescription": _FREE_TEXT,
    "FileAccessURI": "an address in the hospital's network",
    "FilenameInContainer": "a name that people give to files",
    "FillerOrderNumberImagingServiceRequestRetired": "an order number under its retired tag",
    "FillerOrderNumberProcedure": "an order number under its retired tag",
    "FolderAccessURI": "an address in the hospital's network",
    "FrameOfInterestDescription": _FREE_TEXT,
    "FrameOfReferenceTransformationComment": _FREE_TEXT,
    "GraphicGroupDescription": _FREE_TEXT,
    "GraphicGroupLabel": _FREE_TEXT,
    "GraphicLayerDescription": _FREE_TEXT,
    "HL7InstanceIdentifier": "an id of the document elsewhere",
    "HangingProtocolCreator": "a person",
    "HangingProtocolUserGroupName": "a group of people",
    "HangingProtocolUserIdentificationCodeSequence": "a group of people",
    "IdentificationDescriptionTrial": _FREE_TEXT,
    "InstructionPerformanceComment": _FREE_TEXT,
    "InterventionDescription": _FREE_TEXT,
    "InventoryInstanceDescription": _FREE_TEXT,
    "InventoryPurpose": _FREE_TEXT,
    "IssuerOfAccessionNumberSequence": "who gave an id",
    "IssuerOfPatientIDQualifiersSequence": "who gave an id",
    "ItineraryID": "a person",
    "LocalNamespaceEntityID": "who gave an id",
    "MeasuredDoseDescription": _FREE_TEXT,
    "NTPSourceAddress": "an address in the hospital's network",
    "ObservationDescription": _FREE_TEXT,
    "OrderFillerIdentifierSequence": "who gave an id",
    "OrderPlacerIdentifierSequence": "who gave an id",
    "OtherStudyNumbers": "numbers of studies",
    "OverrideReason": _FREE_TEXT,
    "OwnerID": "a person",
    "PartialViewDescription": _FREE_TEXT,
    "PatientBirthDateInAlternativeCalendar": "the date of birth",
    "PatientDeathDateInAlternativeCalendar": "the date of death",
    "PatientSetupLabel": _FREE_TEXT,
    "PixelDataProviderURL": "an address in the hospital's network",
    "PlacerOrderNumberImagingServiceRequestRetired": "an order number under its retired tag",
    "PlacerOrderNumberProcedure": "an order number under its retired tag",
    "PrintQueueID": "an address in the hospital's network",
    "PrinterName": "an address in the hospital's network",
    "PrivateDataElementCharacteristicsSequence": "private attributes, most of which go",
    "PriorRecordKey": "an id of the record elsewhere",
    "ProcedureStepProgressDescription": _FREE_TEXT,
    "RTImageDescription": _FREE_TEXT,
    "RTImageLabel": _FREE_TEXT,
    "RTImageName": _FREE_TEXT,
    "RadiationMachineName": _MACHINE,
    "ReasonForCancellation": _FREE_TEXT,
    "RecordKey": "an id of the record elsewhere",
    "RelativeURIReferenceWithinEncapsulatedDocument": "a name that people give to files",
    "ReportStatusCommentTrial": _FREE_TEXT,
    "RequestedProcedureDescriptionTrial": _FREE_TEXT,
    "RequestingPhysicianIdentificationSequence": "a person",
    "RetrieveURI": "an address in the hospital's network, with UIDs",
    "RetrieveURL": "an address in the hospital's network, with UIDs",
    "SOPAuthorizationComment": _FREE_TEXT,
    "SegmentDescription": _FREE_TEXT,
    "SegmentLabel": _FREE_TEXT,
    "SelectorUCValue": _FREE_TEXT,
    "SetupImageComment": _FREE_TEXT,
    "SetupReferenceDescription": _FREE_TEXT,
    "SpecimenDescriptionTrial": _FREE_TEXT,
    "StorageURL": "an address in the hospital's network",
    "StoredInstanceBaseURI": "an address in the hospital's network",
    "SubstanceAdministrationNotes": _FREE_TEXT,
    "SurfaceComments": _FREE_TEXT,
    "SystemStatusComment": _FREE_TEXT,
    "TestResultComment": _FREE_TEXT,
    "TextValue": "free text of a content item",
    "TrackSetDescription": _FREE_TEXT,
    "TrackSetLabel": _FREE_TEXT,
    "TransactionStatusComment": _FREE_TEXT,
    "TreatmentStatusComment": _FREE_TEXT,
    "TreatmentTerminationDescription": _FREE_TEXT,
    "UniformResourceLocatorTrial": "an address in the hospital's network",
    "UniversalEntityID": "who gave an id",
}


def left_out_row(tag: int) -> Row | None:
    """The row that an attribute would have, if it is one of them."""
    return _rows().get(tag)


@cache
def _rows() -> Mapping[int, Row]:
    return {
        tag: Row("X", _OPTIONS.get(reason, {}))
        for keyword, reason in LEFT_OUT.items()
        if (tag := tag_for_keyword(keyword))
    }
