"""Content trees of structured reports: what codes say after de-identification."""

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from shared.dicom.source import MemorySource
from tests.images import ct_image, deidentifier, item, part10, read, released, written

DCM_FINDING = ("121071", "DCM", "Finding")


def code(value: str, scheme: str, meaning: str, **more: Any) -> Dataset:
    """An item that holds a code."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning, **more)


def coded(concept: Dataset, value: Dataset) -> bytes:
    """A report of one content item of Value Type CODE."""
    content = item(
        RelationshipType="CONTAINS",
        ValueType="CODE",
        ConceptNameCodeSequence=[concept],
        ConceptCodeSequence=[value],
    )
    return report(content)


def report(content: Dataset) -> bytes:
    """A report of one content item."""
    return part10(
        ct_image(
            SOPClassUID=ComprehensiveSRStorage,
            Modality="SR",
            PixelData=None,
            ValueType="CONTAINER",
            ConceptNameCodeSequence=[code("126000", "DCM", "Imaging Measurement Report")],
            ContentSequence=[content],
        )
    )


def told(code_item: Dataset) -> tuple[str, str, str]:
    """What a code says."""
    return code_item.CodeValue, code_item.CodingSchemeDesignator, code_item.CodeMeaning


@pytest.mark.parametrize("profile", ["basic", "extended"])
@pytest.mark.parametrize(
    ("value", "scheme", "meaning"), [("4147007", "SCT", "Mass"), ("mm", "UCUM", "millimeter")]
)
def test_codes_of_the_standards_schemes_stay_whole(
    profile: str, value: str, scheme: str, meaning: str
) -> None:
    """Without its scheme a code means nothing."""
    content = coded(code(*DCM_FINDING), code(value, scheme, meaning, CodingSchemeVersion="01"))
    output = read(released(content, profile)).ContentSequence[0]

    assert told(output.ConceptNameCodeSequence[0]) == DCM_FINDING
    assert told(output.ConceptCodeSequence[0]) == (value, scheme, meaning)
    assert output.ConceptCodeSequence[0].CodingSchemeVersion == "01"


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_codes_of_a_hospital_say_nothing(profile: str) -> None:
    """Its scheme, values and meanings are free text."""
    content = coded(code(*DCM_FINDING), code("ZQW7", "99ZQXENBURGH", "Knie von Zqraumer"))
    output = read(released(content, profile)).ContentSequence[0].ConceptCodeSequence[0]

    assert not any("zq" in text.lower() for text in told(output))


def measured(code_value: str, meaning: str, value: str) -> bytes:
    """A report of one content item of Value Type NUM."""
    units = code("a", "UCUM", "year")
    content = item(
        RelationshipType="CONTAINS",
        ValueType="NUM",
        ConceptNameCodeSequence=[code(code_value, "DCM", meaning)],
        MeasuredValueSequence=[item(NumericValue=value, MeasurementUnitsCodeSequence=[units])],
    )
    return report(content)


@pytest.mark.parametrize("profile", ["basic", "extended", "clean_structured_content"])
def test_the_age_of_a_subject_says_nothing(profile: str) -> None:
    """It may be over 89 years; Measured Value Sequence is of Type 2 and may be empty."""
    output = read(released(measured("121033", "Subject Age", "95"), profile)).ContentSequence[0]

    assert len(output.MeasuredValueSequence) == 0
    assert told(output.ConceptNameCodeSequence[0]) == ("121033", "DCM", "Subject Age")


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_other_numbers_stay_whatever_went_before(profile: str) -> None:
    """What is remembered of one report decides about none that differs in a code alone."""
    worker = deidentifier(profile)
    for content in (measured("121033", "Subject Age", "95"), measured("121206", "Distance...", "95")):
        output = read(written(worker.deidentify(MemorySource(content)))).ContentSequence[0]

    assert output.MeasuredValueSequence[0].NumericValue == 95


def test_text_stays_whatever_went_before() -> None:
    """A report about somebody's id does not empty the next one."""
    worker = deidentifier("extended")
    for value, meaning in (("121030", "Subject ID"), ("121071", "Finding...")):
        content = item(
            RelationshipType="CONTAINS",
            ValueType="TEXT",
            ConceptNameCodeSequence=[code(value, "DCM", meaning)],
            TextValue="Left lung",
        )
        output = read(written(worker.deidentify(MemorySource(report(content)))))

    assert output.ContentSequence[0].TextValue == "Left lung"


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("113516", "Prescription Identifier"),
        ("113880", "Device Serial Number"),
        ("121036", "Mother of fetus"),
        ("121040", "Specimen Accession Number"),
        ("121041", "Specimen Identifier"),
        ("121148", "Unit Serial Identifier"),
        ("121196", "Device Subject Serial Number"),
    ],
)
def test_values_of_concepts_that_name_somebody_say_nothing(value: str, meaning: str) -> None:
    """A short number, or a name that is a word, looks like nothing to the cleaner of texts."""
    content = item(
        RelationshipType="CONTAINS",
        ValueType="TEXT",
        ConceptNameCodeSequence=[code(value, "DCM", meaning)],
        TextValue="Long 471",
    )
    output = read(released(report(content), "extended")).ContentSequence[0]

    assert output.TextValue == "ANONYMIZED"
