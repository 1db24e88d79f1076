"""What others make of a series of scans: structures, segmentations, reports, presentations and documents."""

from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.uid import (
    EncapsulatedPDFStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    RTStructureSetStorage,
    SegmentationStorage,
)

from shared.deid.pixels.geometry import Rectangle
from tests.images import item
from tests.score.author import Author
from tests.score.scans import Made
from tests.score.wording import ROI_NAMES, SENTENCES

#: names the class of a study; retired, and still what RT Structure Sets have (PS3.3 C.8.8.5)
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """An item that holds a code."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def reference(image: Dataset) -> Dataset:
    """An item that references an image."""
    return item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)


def structure_set(author: Author, images: Sequence[Dataset]) -> Made:
    """Structures on every slice of a series."""
    frame = images[0].FrameOfReferenceUID
    names = [author.says(each) for each in author.rng.sample(ROI_NAMES, 3)]
    made = author.object_of(
        RTStructureSetStorage,
        Modality="RTSTRUCT",
        SeriesInstanceUID=author.uids.new(),
        FrameOfReferenceUID=frame,
        SeriesDescription=author.describes(),
        StructureSetLabel="PLAN",
        StructureSetName=author.describes(),
        StructureSetDescription=author.says(*SENTENCES, limit=1024),
        StructureSetDate=author.day(2),
        StructureSetTime="120000",
        ApprovalStatus="APPROVED",
        ReviewDate=author.day(3),
        ReviewTime="130000",
        ReviewerName=author.study.physician,
        ReferencedFrameOfReferenceSequence=[_frame_of(images)],
        StructureSetROISequence=[
            item(
                ROINumber=str(number),
                ReferencedFrameOfReferenceUID=frame,
                ROIName=name,
                ROIDescription=author.describes(),
                ROIGenerationAlgorithm="MANUAL",
            )
            for number, name in enumerate(names)
        ],
        ROIContourSequence=[_contours(number, images) for number in range(len(names))],
        RTROIObservationsSequence=[
            item(
                ObservationNumber=str(number),
                ReferencedROINumber=str(number),
                RTROIInterpretedType="ORGAN",
                ROIInterpreter=author.study.operator,
            )
            for number in range(len(names))
        ],
    )
    return Made(made)


def _frame_of(images: Sequence[Dataset]) -> Dataset:
    first = images[0]
    series = item(
        SeriesInstanceUID=first.SeriesInstanceUID, ContourImageSequence=list(map(reference, images))
    )
    study = item(
        ReferencedSOPClassUID=_STUDY_CLASS,
        ReferencedSOPInstanceUID=first.StudyInstanceUID,
        RTReferencedSeriesSequence=[series],
    )
    return item(FrameOfReferenceUID=first.FrameOfReferenceUID, RTReferencedStudySequence=[study])


def _contours(number: int, images: Sequence[Dataset]) -> Dataset:
    return item(
        ReferencedROINumber=str(number),
        ROIDisplayColor=["255", "0", "0"],
        ContourSequence=[
            item(
                ContourImageSequence=[reference(image)],
                ContourGeometricType="POINT",
                NumberOfContourPoints="1",
                ContourData=["0", "1.5", "2"],
            )
            for image in images
        ],
    )


def segmentation(author: Author, images: Sequence[Dataset]) -> Made:
    """A segment with a frame for each slice."""
    made = author.object_of(
        SegmentationStorage,
        Modality="SEG",
        SeriesInstanceUID=author.uids.new(),
        FrameOfReferenceUID=images[0].FrameOfReferenceUID,
        SeriesDescription=author.describes(),
        ImageType=["DERIVED", "PRIMARY"],
        ContentLabel="SEGMENT",
        ContentCreatorName=author.study.physician,
        InstanceNumber="1",
        SegmentationType="BINARY",
        SegmentSequence=[
            item(
                SegmentNumber=1,
                SegmentLabel="Liver",
                SegmentAlgorithmType="MANUAL",
                SegmentedPropertyTypeCodeSequence=[code("10200004", "SCT", "Liver")],
            )
        ],
        ReferencedSeriesSequence=[
            item(
                SeriesInstanceUID=images[0].SeriesInstanceUID,
                ReferencedInstanceSequence=list(map(reference, images)),
            )
        ],
        PerFrameFunctionalGroupsSequence=[
            item(DerivationImageSequence=[item(SourceImageSequence=[reference(image)])]) for image in images
        ],
        NumberOfFrames=str(len(images)),
        Rows=4,
        Columns=8,
        SamplesPerPixel=1,
        PhotometricInterpretation="MONOCHROME2",
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        PixelRepresentation=0,
        PixelData=bytes(range(4 * len(images))),
    )
    made["PixelData"].VR = "OB"
    return Made(made, retained=[Rectangle(0, 0, 8, 4)])


def presentation(author: Author, images: Sequence[Dataset]) -> Made:
    """A presentation of the first slice, with a text on it."""
    text = item(
        UnformattedTextValue=author.says(*SENTENCES),
        AnchorPoint=[1.0, 2.0],
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPointVisibility="Y",
    )
    made = author.object_of(
        GrayscaleSoftcopyPresentationStateStorage,
        Modality="PR",
        SeriesInstanceUID=author.uids.new(),
        SeriesDescription=author.describes(),
        InstanceNumber="1",
        ContentLabel="MARKED",
        ContentDescription=author.describes(),
        ContentCreatorName=author.study.physician,
        PresentationCreationDate=author.day(1),
        PresentationCreationTime="140000",
        ReferencedSeriesSequence=[
            item(
                SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedImageSequence=[reference(images[0])]
            )
        ],
        GraphicAnnotationSequence=[item(GraphicLayer="LAYER1", TextObjectSequence=[text])],
        GraphicLayerSequence=[item(GraphicLayer="LAYER1", GraphicLayerOrder="1")],
    )
    return Made(made)


def document(author: Author, images: Sequence[Dataset]) -> Made:
    """A letter about the patient as PDF."""
    letter = f"%PDF-1.4\n1 0 obj <</Author ({author.study.physician})>> endobj\n%%EOF\n"
    made = author.object_of(
        EncapsulatedPDFStorage,
        Modality="DOC",
        SeriesInstanceUID=author.uids.new(),
        SeriesDescription=author.describes(),
        InstanceNumber="1",
        ConversionType="WSD",
        BurnedInAnnotation="YES",
        AcquisitionDateTime=f"{author.day()}101530",
        DocumentTitle=author.says("{name} Follow-up"),
        SourceInstanceSequence=list(map(reference, images)),
        ConceptNameCodeSequence=[code("18748-4", "LN", "Diagnostic imaging report")],
        MIMETypeOfEncapsulatedDocument="application/pdf",
        EncapsulatedDocument=letter.encode().ljust(len(letter) + len(letter) % 2, b"\0"),
    )
    return Made(made)
