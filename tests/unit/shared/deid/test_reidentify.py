"""The way back: references, identity, and what is refused."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from shared.errors import ResultForeign, ResultUnreadable
from tests.images import MAIN_PROFILES, item, part10, read
from tests.unit.shared.deid.results import (
    DETACHED_STUDY_MANAGEMENT,
    FRAME,
    INSTANCES,
    SERIES,
    STUDY,
    Released,
    led_back,
    released_series,
    structure_set,
)

RELEASED = released_series()
VALID = part10(structure_set(RELEASED.images))


def delivered(
    result: Dataset, released: Released = RELEASED, syntax: str = ImplicitVRLittleEndian
) -> FileDataset:
    """Bring a result back."""
    return read(led_back(part10(result, syntax), released.crosswalk))


def uids(data_set: Dataset) -> Iterator[str]:
    """Every UID at every depth that is no class."""
    for element in data_set.iterall():
        if element.VR == "UI" and not element.keyword.endswith("ClassUID"):
            yield str(element.value)


@pytest.mark.parametrize("profile", MAIN_PROFILES)
@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_references_lead_back_at_every_depth(profile: str, syntax: str) -> None:
    """Study, series, images and frame of reference are the original ones."""
    released = released_series(profile)
    result = delivered(structure_set(released.images), released, syntax)

    frame = result.ReferencedFrameOfReferenceSequence[0]
    study = frame.RTReferencedStudySequence[0]
    series = study.RTReferencedSeriesSequence[0]
    contours = result.ROIContourSequence[0].ContourSequence
    assert result.StudyInstanceUID == STUDY
    assert (result.FrameOfReferenceUID, frame.FrameOfReferenceUID) == (FRAME, FRAME)
    assert result.StructureSetROISequence[0].ReferencedFrameOfReferenceUID == FRAME
    assert series.SeriesInstanceUID == SERIES
    assert tuple(each.ReferencedSOPInstanceUID for each in series.ContourImageSequence) == INSTANCES
    assert tuple(each.ContourImageSequence[0].ReferencedSOPInstanceUID for each in contours) == INSTANCES


def test_the_study_in_the_place_of_an_instance_leads_back() -> None:
    """RT Referenced Study Sequence has a Study UID in Referenced SOP Instance UID (PS3.3 C.8.8.5)."""
    study = (
        delivered(structure_set(RELEASED.images))
        .ReferencedFrameOfReferenceSequence[0]
        .RTReferencedStudySequence[0]
    )

    assert study.ReferencedSOPInstanceUID == STUDY
    assert study.ReferencedSOPClassUID == DETACHED_STUDY_MANAGEMENT


def test_no_released_uid_is_left() -> None:
    """Not one of the UIDs that went out remains in what comes back."""
    assert set(uids(delivered(structure_set(RELEASED.images)))) & RELEASED.crosswalk.uids.keys() == set()


def test_its_own_uids_stay() -> None:
    """The result is a new object in a new series, also in its file meta information."""
    result = delivered(structure_set(RELEASED.images))

    assert result.SOPInstanceUID == result.file_meta.MediaStorageSOPInstanceUID == "2.25.424242"
    assert result.SeriesInstanceUID == "2.25.434343"


def test_a_result_under_the_uids_of_an_image_does_not_take_its_place() -> None:
    """A destination that reuses released UIDs as its own must not overwrite the original."""
    image = RELEASED.images[0]
    result = delivered(
        structure_set(
            RELEASED.images, SOPInstanceUID=image.SOPInstanceUID, SeriesInstanceUID=image.SeriesInstanceUID
        )
    )

    assert result.SOPInstanceUID == image.SOPInstanceUID
    assert result.SeriesInstanceUID == image.SeriesInstanceUID


def test_a_study_of_the_destinations_own_becomes_the_patients() -> None:
    """Under the patient's identity there is only the patient's study."""
    assert delivered(structure_set(RELEASED.images, StudyInstanceUID="2.25.99")).StudyInstanceUID == STUDY


@pytest.mark.parametrize(
    ("character_set", "name", "description"),
    [
        (None, "Quarrington^Zebulon", "Neck"),
        ("ISO_IR 100", "Müller^Jörg", "Hals, ß"),
        ("ISO_IR 192", "Łukasz^Żeromski", "szyja"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "頸部"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "목"),
        ("GB18030", "Wang^XiaoDong=王^小东", "颈部"),
        ("ISO_IR 126", "Διονυσιος", "λαιμός"),
    ],
)
def test_the_identity_is_the_original_one(character_set: Any, name: str, description: str) -> None:
    """In whatever script, and readable; what the original did not have is empty."""
    released = released_series(
        SpecificCharacterSet=character_set,
        PatientName=name,
        StudyDescription=description,
        AccessionNumber="A-1",
    )
    result = delivered(structure_set(released.images), released)

    assert str(result.PatientName) == name
    assert result.StudyDescription == description
    assert result.PatientID == "MRN-4711-0815"
    assert result.PatientBirthDate == "19510204"
    assert result.PatientSex == "O"
    assert result.AccessionNumber == "A-1"
    assert result.StudyDate == "20200315"
    assert result.StudyTime == "101530.25"
    assert result.ReferringPhysicianName == ""
    assert result.StudyID == ""


def test_text_of_the_destination_survives_another_character_set() -> None:
    """Names of structures in Latin-1 are still readable beside a name that needs UTF-8."""
    released = released_series(SpecificCharacterSet="ISO_IR 192", PatientName="Łukasz^Żeromski")
    result = structure_set(released.images, SpecificCharacterSet="ISO_IR 100")
    result.StructureSetROISequence[0].ROIName = "Kehlkopf, größer"

    back = delivered(result, released)
    assert back.StructureSetROISequence[0].ROIName == "Kehlkopf, größer"
    assert str(back.PatientName) == "Łukasz^Żeromski"


def test_the_shifted_date_becomes_the_original_one() -> None:
    """Wherever the destination repeated the study's date; its own dates stay."""
    result = delivered(structure_set(RELEASED.images, InstanceCreationDate="20260101"))

    assert result.StructureSetDate == "20200315"
    assert result.InstanceCreationDate == "20260101"


def test_a_study_date_of_old_leads_back_to_its_day() -> None:
    """The study has the original's own spelling again, what the destination repeated is a date of today."""
    identity = RELEASED.crosswalk.identity | {"StudyDate": "2020.03.15"}
    crosswalk = msgspec.structs.replace(RELEASED.crosswalk, identity=identity)
    with disable_value_validation():
        result = delivered(structure_set(RELEASED.images), Released(RELEASED.images, crosswalk))

        assert (result.StudyDate, result.StructureSetDate) == ("2020.03.15", "20200315")


def test_the_marks_of_de_identification_go() -> None:
    """What comes back has an identity again (PS3.15 section E.1.1)."""
    result = delivered(structure_set(RELEASED.images))

    for keyword in ("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"):
        assert keyword not in result
    assert "LongitudinalTemporalInformationModified" not in result


def test_what_the_destination_drew_stays() -> None:
    """Structures and contours are not touched."""
    before, after = structure_set(RELEASED.images), delivered(structure_set(RELEASED.images))

    assert after.StructureSetROISequence[0].ROIName == "Larynx"
    for one, other in zip(before.ROIContourSequence, after.ROIContourSequence, strict=True):
        assert [each.ContourData for each in one.ContourSequence] == [
            each.ContourData for each in other.ContourSequence
        ]


def test_the_same_result_gives_the_same_bytes() -> None:
    """A second delivery writes the same object."""
    crosswalk = RELEASED.crosswalk

    assert led_back(VALID, crosswalk) == led_back(VALID, crosswalk)


def test_some_of_the_images_suffice() -> None:
    """A structure need not appear on every image."""
    assert delivered(structure_set(RELEASED.images[1:2])).SOPInstanceUID == "2.25.424242"


def foreign_series(result: Dataset) -> None:
    """Let it reference another series."""
    study = result.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].SeriesInstanceUID = "2.25.5"


def second_series(result: Dataset) -> None:
    """Let it reference another series besides."""
    study = result.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence.append(item(SeriesInstanceUID="2.25.5", ContourImageSequence=[]))


def original_series(result: Dataset) -> None:
    """Let it reference the series by its original UID, which it cannot know."""
    study = result.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].SeriesInstanceUID = SERIES


def unknown_instance(result: Dataset) -> None:
    """Let one contour reference an image that was not sent."""
    contour = result.ROIContourSequence[0].ContourSequence[2]
    contour.ContourImageSequence[0].ReferencedSOPInstanceUID = "2.25.5"


def no_images(result: Dataset) -> None:
    """Let it reference the series without images."""
    study = result.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].ContourImageSequence = []
    result.ROIContourSequence = []


def no_references(result: Dataset) -> None:
    """Let it reference nothing."""
    del result.ReferencedFrameOfReferenceSequence


@pytest.mark.parametrize(
    "change", [foreign_series, second_series, original_series, unknown_instance, no_images, no_references]
)
def test_what_does_not_reference_exactly_what_was_sent_is_foreign(change: Any) -> None:
    """Another patient's result must never come under this one's name."""
    result = structure_set(RELEASED.images)
    change(result)

    with pytest.raises(ResultForeign) as caught:
        delivered(result)
    assert "99999" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"Modality": "RTPLAN"},
        {"Modality": None},
        {"SOPClassUID": CTImageStorage},
        {"SOPInstanceUID": None},
        {"SeriesInstanceUID": None},
        {"SeriesInstanceUID": ""},
        {"SeriesInstanceUID": ["2.25.1", "2.25.2"]},
    ],
)
def test_what_is_no_structure_set_is_unreadable(changes: dict[str, Any]) -> None:
    """Modality, SOP Class and its own UIDs must be there."""
    content = part10(
        structure_set(RELEASED.images, **changes),
        MediaStorageSOPClassUID=CTImageStorage,
        MediaStorageSOPInstanceUID="2.25.6",
    )

    with pytest.raises(ResultUnreadable):
        led_back(content, RELEASED.crosswalk)


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4", bytes(132) + b"DICM", VALID[:200], VALID[:-5], VALID[160:]]
)
def test_garbage_is_unreadable(content: bytes) -> None:
    """Nothing, something else, and a part of a result."""
    with pytest.raises(ResultUnreadable):
        led_back(content, RELEASED.crosswalk)


def test_nothing_of_the_patient_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The library that reads and writes results reports values of elements that it dislikes: not here."""
    released = released_series(PatientName="Quarrington^Zebulon", PatientID="MRN-4711")
    with disable_value_validation():
        result = structure_set(released.images, StructureSetTime="Quarrington", StructureSetDate="nonsense")
        result.StructureSetROISequence[0].ROIGenerationAlgorithm = "Not A Code String At All"
        content = part10(result, ExplicitVRLittleEndian)
    caplog.clear()

    led_back(content, released.crosswalk)
    assert caplog.text == ""
