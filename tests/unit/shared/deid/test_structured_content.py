"""Content trees of structured reports: what codes say after de-identification."""

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from tests.images import ct_image, item, part10, read, released

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
