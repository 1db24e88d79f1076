"""Texts of whole instances: words of the field stay, who and when goes."""

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage, RTStructureSetStorage

from shared.deid.text.descriptors import Descriptors
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import TextSettings
from tests.images import ct_image, item, part10, read, released
from tests.unit.shared.deid.test_structured_content import code

SOP_INSTANCE_UID = "1.3.6.1.4.1.99999.1.1"
CLEANING = ["clean_descriptors", "extended", "research"]


@pytest.mark.parametrize("profile", CLEANING)
@pytest.mark.parametrize(
    ("original", "left"),
    [
        ("CT chest axial 5 mm", "CT chest axial 5 mm"),
        ("CT chest Quarrington 15.03.2020 MRN-4711-0815", "CT chest"),
        ("chest 2020-03-15 contrast", "chest contrast"),
        ("T2 TSE sag, call 555-123-4567", "T2 TSE sag, call"),
        ("ZEBULON lung", "lung"),
        ("lung, Ostrander", "lung"),
        ("Quarrington", None),
    ],
)
def test_a_series_description_keeps_its_words(original: str, left: str | None, profile: str) -> None:
    """It loses names, ids, dates and telephone numbers, of the patient and of others around."""
    image = ct_image(SeriesDescription=original, OperatorsName="Ostrander^Mildred")
    output = read(released(part10(image), profile))

    assert (output.get("SeriesDescription") or None) == left


def test_without_the_option_no_description_stays() -> None:
    """The Basic Profile cleans no text."""
    image = ct_image(SeriesDescription="CT chest axial 5 mm", StudyDescription="chest")

    assert read(released(part10(image))).keys() & {0x0008103E, 0x00081030} == set()


@pytest.mark.parametrize("profile", CLEANING)
def test_names_of_regions_that_are_standard_stay(profile: str) -> None:
    """AAPM TG-263: not a letter of them changes; of others what identifies goes."""
    names = {
        "Parotid_L": "Parotid_L",
        "PTV_7000": "PTV_7000",
        "SpinalCord_PRV05": "SpinalCord_PRV05",
        "PTV_Quarrington": "PTV",
        "Quarrington": "",
    }
    regions = [item(ROINumber=str(number), ROIName=name) for number, name in enumerate(names)]
    structures = ct_image(
        SOPClassUID=RTStructureSetStorage,
        Modality="RTSTRUCT",
        PixelData=None,
        StructureSetROISequence=regions,
    )
    output = read(released(part10(structures), profile))

    assert [each.ROIName for each in output.StructureSetROISequence] == [*names.values()]


def content(value_type: str, **values: Any) -> Dataset:
    """A content item of a report."""
    concept = code("121071", "DCM", "Finding")
    return item(
        RelationshipType="CONTAINS", ValueType=value_type, ConceptNameCodeSequence=[concept], **values
    )


def report_after(profile: str, *items: Dataset) -> list[Dataset]:
    """The content items of a report as they come out."""
    report = ct_image(
        SOPClassUID=ComprehensiveSRStorage,
        Modality="SR",
        PixelData=None,
        ValueType="CONTAINER",
        ConceptNameCodeSequence=[code("126000", "DCM", "Imaging Measurement Report")],
        ContentSequence=[*items],
    )
    return list(read(released(part10(report), profile)).ContentSequence)


MEASUREMENT = item(NumericValue="12.5", MeasurementUnitsCodeSequence=[code("mm", "UCUM", "millimeter")])
REFERENCE = item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=SOP_INSTANCE_UID)


@pytest.mark.parametrize(
    ("profile", "value_type", "keyword", "original", "expected"),
    [
        ("basic", "TEXT", "TextValue", "Mass", "ANONYMIZED"),
        ("clean_structured_content", "TEXT", "TextValue", "Mass", "Mass"),
        ("clean_structured_content", "TEXT", "TextValue", "Mass of Quarrington", "Mass of"),
        ("clean_structured_content", "TEXT", "TextValue", "Quarrington", "ANONYMIZED"),
        ("basic", "PNAME", "PersonName", "Quarrington^Zebulon", "ANONYMIZED"),
        ("clean_structured_content", "PNAME", "PersonName", "Quarrington^Zebulon", "ANONYMIZED"),
        ("basic", "DATE", "Date", "20200315", "19000101"),
        ("clean_structured_content", "DATE", "Date", "20200315", "19000101"),
        ("full_dates", "DATE", "Date", "20200315", "19000101"),
        ("clean_structured_content", "DATETIME", "DateTime", "20200315101530", "19000101000000"),
        ("clean_structured_content", "TIME", "Time", "101530", "000000"),
        ("extended", "TIME", "Time", "101530", "101530"),
    ],
)
def test_content_by_value_type(
    profile: str, value_type: str, keyword: str, original: str, expected: str
) -> None:
    """Each kind of content item by its own rule; a value that must be there is never empty."""
    (output,) = report_after(profile, content(value_type, **{keyword: original}))

    assert output.ValueType == value_type
    assert str(output[keyword].value) == expected


@pytest.mark.parametrize("profile", ["basic", "clean_structured_content", "extended"])
def test_numbers_codes_and_references_stay_true(profile: str) -> None:
    """A measurement keeps value and unit, and every reference to an instance becomes the same new UID."""
    number, finding, image, uid = report_after(
        profile,
        content("NUM", MeasuredValueSequence=[MEASUREMENT]),
        content("CODE", ConceptCodeSequence=[code("4147007", "SCT", "Mass")]),
        content("IMAGE", ReferencedSOPSequence=[REFERENCE]),
        content("UIDREF", UID=SOP_INSTANCE_UID),
    )

    measured = number.MeasuredValueSequence[0]
    assert measured.NumericValue == 12.5
    assert measured.MeasurementUnitsCodeSequence[0].CodeValue == "mm"
    assert finding.ConceptCodeSequence[0].CodeMeaning == "Mass"
    referenced = image.ReferencedSOPSequence[0]
    assert referenced.ReferencedSOPClassUID == CTImageStorage
    assert referenced.ReferencedSOPInstanceUID == uid.UID != SOP_INSTANCE_UID


def test_dates_in_content_move_with_all_others() -> None:
    """In a profile that moves dates and cleans content, at any depth of the tree."""
    inner = content("DATE", Date="20200315")
    outer = content("CONTAINER", ContinuityOfContent="SEPARATE", ContentSequence=[inner])
    flat, nested = report_after("extended", inner, outer)

    assert flat.Date == nested.ContentSequence[0].Date
    assert "20100301" < flat.Date < "20200215"


def test_who_is_known_is_asked_for_once_and_only_where_there_is_text() -> None:
    """Most instances have none that is cleaned, and harvesting costs."""
    asked: list[None] = []

    def known() -> KnownIdentifiers:
        asked.append(None)
        return KnownIdentifiers.of(["chest"], [])

    descriptors = Descriptors(TextSettings(), known)

    assert asked == []
    assert [descriptors.text("chest lung"), descriptors.text("lung")] == ["lung", "lung"]
    assert descriptors.roi_name("chest_lung") == "lung"
    assert len(asked) == 1
