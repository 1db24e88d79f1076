"""Segmentations, reports and presentation states lead back like structure sets."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    Comprehensive3DSRStorage,
    CTImageStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    SegmentationStorage,
)

from shared.deid.reidentify import Returning
from shared.dicom.source import MemorySource
from shared.errors import ResultForeign, ResultUnreadable
from tests.images import item, part10, read
from tests.unit.shared.deid.results import (
    FRAME,
    INSTANCES,
    SERIES,
    STUDY,
    led_back,
    released_series,
)

RELEASED = released_series()


def reference(image: Dataset) -> Dataset:
    """An item that references an image."""
    return item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=image.SOPInstanceUID)


def result(images: Sequence[Dataset], sop_class_uid: str, modality: str, **values: Any) -> Dataset:
    """A result of any kind, under the released identity."""
    first = images[0]
    return item(
        SOPClassUID=sop_class_uid,
        SOPInstanceUID="2.25.424242",
        StudyDate=first.StudyDate,
        ContentDate=first.StudyDate,
        Modality=modality,
        PatientName=first.PatientName,
        PatientID=first.PatientID,
        StudyInstanceUID=first.StudyInstanceUID,
        SeriesInstanceUID="2.25.434343",
        **values,
    )


def segmentation(images: Sequence[Dataset]) -> Dataset:
    """A segmentation with a frame for each image and pixels of its own."""
    frames = [
        item(DerivationImageSequence=[item(SourceImageSequence=[reference(image)])]) for image in images
    ]
    series = item(
        SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedInstanceSequence=list(map(reference, images))
    )
    return result(
        images,
        SegmentationStorage,
        "SEG",
        ReferencedSeriesSequence=[series],
        FrameOfReferenceUID=images[0].FrameOfReferenceUID,
        SegmentSequence=[item(SegmentNumber=1, SegmentLabel="Larynx")],
        PerFrameFunctionalGroupsSequence=frames,
        Rows=4,
        Columns=4,
        SamplesPerPixel=1,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        PhotometricInterpretation="MONOCHROME2",
        NumberOfFrames=str(len(images)),
        PixelData=bytes(range(16)) * len(images),
    )


def report(images: Sequence[Dataset]) -> Dataset:
    """A report that measures on an image, beside a segmentation of its own."""
    evidence = item(
        StudyInstanceUID=images[0].StudyInstanceUID,
        ReferencedSeriesSequence=[
            item(
                SeriesInstanceUID=images[0].SeriesInstanceUID,
                ReferencedSOPSequence=list(map(reference, images)),
            ),
            item(
                SeriesInstanceUID="2.25.5",
                ReferencedSOPSequence=[
                    item(ReferencedSOPClassUID=SegmentationStorage, ReferencedSOPInstanceUID="2.25.6")
                ],
            ),
        ],
    )
    content = item(
        RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[reference(images[1])]
    )
    return result(
        images,
        Comprehensive3DSRStorage,
        "SR",
        CurrentRequestedProcedureEvidenceSequence=[evidence],
        ContentSequence=[content],
    )


def presentation(images: Sequence[Dataset]) -> Dataset:
    """A presentation state of some images."""
    series = item(
        SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedImageSequence=[reference(images[0])]
    )
    return result(images, GrayscaleSoftcopyPresentationStateStorage, "PR", ReferencedSeriesSequence=[series])


MAKERS = {"seg": segmentation, "sr": report, "pr": presentation}
kinds = pytest.mark.parametrize("kind", MAKERS)


def uids(data_set: Dataset) -> set[str]:
    """Every UID at every depth."""
    return {str(each.value) for each in data_set.iterall() if each.VR == "UI"}


@kinds
def test_references_and_identity_are_the_original_ones(kind: str) -> None:
    """Series, images and study lead back, and the patient is the patient again."""
    returning = Returning(MemorySource(part10(MAKERS[kind](RELEASED.images))), RELEASED.crosswalk)
    back = read(b"".join(returning.content()))

    assert returning.kind == kind
    assert {SERIES, STUDY} <= uids(back)
    assert set(INSTANCES) & uids(back)
    assert not uids(back) & RELEASED.crosswalk.uids.keys()
    assert str(back.PatientName) == "Quarrington^Zebulon"
    assert back.StudyDate == back.ContentDate == "20200315"


def test_the_pixels_of_a_segmentation_stay() -> None:
    """They are the destination's own."""
    back = read(led_back(part10(segmentation(RELEASED.images)), RELEASED.crosswalk))

    assert back.PixelData == bytes(range(16)) * 3
    assert back.FrameOfReferenceUID == FRAME
    assert [
        each.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for each in back.PerFrameFunctionalGroupsSequence
    ] == list(INSTANCES)


def test_a_report_may_name_other_results() -> None:
    """What the destination made besides keeps its UIDs."""
    back = read(led_back(part10(report(RELEASED.images)), RELEASED.crosswalk))

    assert {"2.25.5", "2.25.6"} <= uids(back)


@kinds
def test_an_image_that_was_not_sent_is_foreign(kind: str) -> None:
    """Another patient's image among the references holds the result."""
    images = list(RELEASED.images)
    stranger = item(
        SOPInstanceUID="2.25.777",
        **{
            keyword: images[0].get(keyword)
            for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "StudyDate", "PatientName", "PatientID")
        },
        FrameOfReferenceUID=FRAME,
    )
    content = part10(MAKERS[kind]([stranger, *images]))

    with pytest.raises(ResultForeign):
        Returning(MemorySource(content), RELEASED.crosswalk)


@kinds
def test_a_result_without_references_is_foreign(kind: str) -> None:
    """Nobody can say whose it is."""
    made = MAKERS[kind](RELEASED.images)
    for keyword in ("ReferencedSeriesSequence", "CurrentRequestedProcedureEvidenceSequence"):
        if keyword in made:
            delattr(made, keyword)

    with pytest.raises(ResultForeign):
        Returning(MemorySource(part10(made)), RELEASED.crosswalk)


@pytest.mark.parametrize(
    ("sop_class_uid", "modality"),
    [(CTImageStorage, "CT"), (SegmentationStorage, "SR"), ("1.2.840.10008.5.1.4.1.1.104.1", "DOC")],
)
def test_other_kinds_are_unreadable(sop_class_uid: str, modality: str) -> None:
    """An image or a document is no result that can be led back."""
    made = segmentation(RELEASED.images)
    made.SOPClassUID, made.Modality = sop_class_uid, modality

    with pytest.raises(ResultUnreadable):
        Returning(MemorySource(part10(made)), RELEASED.crosswalk)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(MAKERS)), st.sampled_from(["basic", "draw"]), st.integers(0, 2))
def test_what_refers_to_a_released_image_points_at_its_original(kind: str, profile: str, first: int) -> None:
    """reidentify(refer(deidentify(x))) points at x."""
    released = released_series(profile)
    images = [*released.images[first:], *released.images[:first]]
    back = read(led_back(part10(MAKERS[kind](images)), released.crosswalk))

    originals = {STUDY, SERIES, FRAME, *INSTANCES}
    referenced = {uid for uid in uids(back) if uid.startswith("1.3.6.1.4.1.99999")}
    assert referenced <= originals
    assert INSTANCES[first] in referenced or kind == "sr"
