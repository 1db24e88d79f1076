"""A structured report about a series of scans, with content of every Value Type (PS3.3 section C.17.3)."""

from collections.abc import Sequence
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from tests.images import item
from tests.score.author import Author
from tests.score.results import code, reference
from tests.score.scans import Made
from tests.score.wording import SENTENCES

_CONCEPTS = {
    "126000": "Imaging Measurement Report",
    "121071": "Finding",
    "121106": "Comment",
    "121008": "Person Observer Name",
    "111526": "DateTime Started",
    "121125": "DateTime of Measurement",
    "121112": "Source of Measurement",
    "121122": "Start Time",
    "112040": "Tracking Unique Identifier",
    "121055": "Path",
    "121029": "Subject Name",
    "111060": "Study Date",
    "121233": "Source of Intent",
    "112002": "Series Instance UID",
}


def content(value_type: str, concept: str, *, relationship: str = "CONTAINS", **values: Any) -> Dataset:
    """A content item whose concept is one of DCM."""
    return item(
        RelationshipType=relationship,
        ValueType=value_type,
        ConceptNameCodeSequence=[code(concept, "DCM", _CONCEPTS[concept])],
        **values,
    )


def report(author: Author, images: Sequence[Dataset]) -> Made:
    """A report that measures on the images of a series."""
    study = author.study
    verifier = item(
        VerifyingObserverName=study.physician,
        VerifyingOrganization=study.hospital,
        VerificationDateTime=f"{author.day(2)}090000",
        VerifyingObserverIdentificationCodeSequence=[],
    )
    made = author.object_of(
        ComprehensiveSRStorage,
        Modality="SR",
        SeriesInstanceUID=author.uids.new(),
        SeriesDescription=author.describes(),
        InstanceNumber="1",
        ContentTime="101600",
        CompletionFlag="COMPLETE",
        VerificationFlag="VERIFIED",
        VerifyingObserverSequence=[verifier],
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=[code("126000", "DCM", _CONCEPTS["126000"])],
        CurrentRequestedProcedureEvidenceSequence=[_evidence(images)],
        ReferencedRequestSequence=[_request(author)],
        ContentSequence=[*_told(author), *_measured(author, images), *_pointed(author, images)],
    )
    return Made(made)


def _evidence(images: Sequence[Dataset]) -> Dataset:
    series = item(
        SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedSOPSequence=list(map(reference, images))
    )
    return item(StudyInstanceUID=images[0].StudyInstanceUID, ReferencedSeriesSequence=[series])


def _request(author: Author) -> Dataset:
    study = author.study
    return item(
        StudyInstanceUID=study.uid,
        AccessionNumber=study.accession,
        PlacerOrderNumberImagingServiceRequest=f"PO{study.study_id}",
        FillerOrderNumberImagingServiceRequest=f"FO{study.study_id}",
        RequestedProcedureID=f"RP{study.study_id}",
        RequestedProcedureDescription=author.describes(),
        RequestedProcedureCodeSequence=[],
    )


def _told(author: Author) -> list[Dataset]:
    """Who says what, when: names, dates and texts."""
    study = author.study
    return [
        content("PNAME", "121008", relationship="HAS OBS CONTEXT", PersonName=study.physician),
        content("PNAME", "121029", relationship="HAS OBS CONTEXT", PersonName=study.patient.name),
        *(content("TEXT", "121106", TextValue=author.says(each)) for each in SENTENCES[:6]),
        content("DATE", "111060", Date=author.day()),
        content("TIME", "121122", Time="101530"),
        content("DATETIME", "111526", DateTime=f"{author.day(1)}101530.5"),
    ]


def _measured(author: Author, images: Sequence[Dataset]) -> list[Dataset]:
    """A group with a number, a code of the Standard and one of the hospital."""
    millimetre = code("mm", "UCUM", "millimeter")
    number = item(NumericValue="12.5", MeasurementUnitsCodeSequence=[millimetre])
    source = content(
        "IMAGE", "121112", relationship="INFERRED FROM", ReferencedSOPSequence=[reference(images[1])]
    )
    length = content(
        "NUM",
        "121071",
        MeasuredValueSequence=[number],
        ContentSequence=[source],
        ObservationDateTime=f"{author.day(1)}101530",
    )
    finding = content("CODE", "121071", ConceptCodeSequence=[code("4147007", "SCT", "Mass")])
    local = content("CODE", "121071", ConceptCodeSequence=[_local_code(author)])
    group = content("CONTAINER", "121071", ContinuityOfContent="SEPARATE")
    group.ContentSequence = [length, finding, local]
    return [group]


def _local_code(author: Author) -> Dataset:
    return code("F7", "99LOCAL", author.says("Mass {name}", "Nodule {physician}", limit=64))


def _pointed(author: Author, images: Sequence[Dataset]) -> list[Dataset]:
    """Coordinates and identifiers of objects."""
    tracking = author.uids.new()
    on_image = content(
        "IMAGE", "121112", relationship="SELECTED FROM", ReferencedSOPSequence=[reference(images[0])]
    )
    return [
        content("UIDREF", "112040", UID=tracking),
        content(
            "SCOORD",
            "121055",
            GraphicType="POINT",
            GraphicData=[1.0, 2.0],
            FiducialUID=author.uids.new(),
            ContentSequence=[on_image],
        ),
        content(
            "SCOORD3D",
            "121055",
            GraphicType="POINT",
            GraphicData=[1.0, 2.0, 3.0],
            ReferencedFrameOfReferenceUID=images[0].FrameOfReferenceUID,
        ),
        content(
            "TCOORD",
            "121055",
            TemporalRangeType="POINT",
            ReferencedDateTime=[f"{author.day()}101531"],
        ),
        content("COMPOSITE", "121112", ReferencedSOPSequence=[reference(images[2])]),
        content("UIDREF", "112002", UID=images[0].SeriesInstanceUID),
    ]
