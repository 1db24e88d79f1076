"""Structured reports for tests of de-identification, of one content item each."""

from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage

from tests.images import ct_image, item, part10


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


def measured(
    code_value: str, meaning: str, value: str, *, scheme: str = "DCM", unit: str = "a", **more: Any
) -> bytes:
    """A report of one content item of Value Type NUM; `more` stands beside its number."""
    units = code(unit, "UCUM", "year")
    content = item(
        RelationshipType="CONTAINS",
        ValueType="NUM",
        ConceptNameCodeSequence=[code(code_value, scheme, meaning)],
        MeasuredValueSequence=[item(NumericValue=value, MeasurementUnitsCodeSequence=[units], **more)],
    )
    return report(content)
