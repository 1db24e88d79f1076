"""Content trees of structured reports: what codes say after de-identification."""

import pytest

from shared.dicom.source import MemorySource
from tests.images import ct_image, deidentifier, item, part10, read, released, written
from tests.unit.shared.deid.reports import code, coded, measured, report, told

DCM_FINDING = ("121071", "DCM", "Finding")


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


@pytest.mark.parametrize("profile", ["basic", "extended", "clean_structured_content"])
def test_codes_in_other_forms_say_nothing(profile: str) -> None:
    """A long one, an URN, a meaning in a language of its own."""
    own = item(
        LongCodeValue="ZQW7",
        URNCodeValue="urn:hospital:zqraumer",
        CodingSchemeDesignator="99LOCAL",
        CodeMeaning="Zqraumer",
        ExtendedCodeMeaning="Zqraumer",
    )

    assert b"zq" not in released(coded(code(*DCM_FINDING), own), profile).lower()


@pytest.mark.parametrize("profile", ["basic", "full_dates", "clean_structured_content"])
def test_the_age_of_a_subject_says_nothing(profile: str) -> None:
    """It may be over 89 years; Measured Value Sequence is of Type 2 and may be empty."""
    output = read(released(measured("121033", "Subject Age", "95"), profile)).ContentSequence[0]

    assert len(output.MeasuredValueSequence) == 0
    assert told(output.ConceptNameCodeSequence[0]) == ("121033", "DCM", "Subject Age")


@pytest.mark.parametrize("profile", ["patient_characteristics", "extended", "research"])
@pytest.mark.parametrize(
    ("age", "unit", "expected"),
    [
        ("57", "a", "57"),
        ("89", "a", "89"),
        ("90", "a", "90"),
        ("95", "a", "90"),
        ("1e2", "a", "90"),
        ("1079", "mo", "1079"),
        ("1200", "mo", "1080"),
        ("34000", "d", "32872"),
        ("12", "wk", "12"),
    ],
)
def test_the_age_of_a_subject_stays_with_the_characteristics(
    age: str, unit: str, expected: str, profile: str
) -> None:
    """Ages over 89 years become 90, as in Patient's Age."""
    output = read(released(measured("121033", "Subject Age", age, unit=unit), profile)).ContentSequence[0]

    assert output.MeasuredValueSequence[0].NumericValue == expected
    assert told(output.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0])[0] == unit


@pytest.mark.parametrize("profile", ["patient_characteristics", "extended"])
@pytest.mark.parametrize(("value", "scheme"), [("30525-0", "LN"), ("397669002", "SCT"), ("424144002", "SCT")])
def test_ages_by_other_codes_are_ages(value: str, scheme: str, profile: str) -> None:
    """Whichever scheme a template prefers."""
    content = measured(value, "Age", "95", scheme=scheme)

    assert read(released(content, profile)).ContentSequence[0].MeasuredValueSequence[0].NumericValue == 90
    assert not read(released(content, "clean_structured_content")).ContentSequence[0].MeasuredValueSequence


def test_an_age_in_an_unknown_unit_says_nothing() -> None:
    """Nobody can tell whether it is over 89 years."""
    output = read(released(measured("121033", "Subject Age", "9.5", unit="10.a"), "extended"))

    assert len(output.ContentSequence[0].MeasuredValueSequence) == 0


def test_an_age_is_told_once() -> None:
    """A floating point number beside it would say the age over 89 years; what is no number says nothing."""
    content = measured("121033", "Subject Age", "95", FloatingPointValue=95.25)
    output = read(released(content, "extended")).ContentSequence[0].MeasuredValueSequence[0]

    assert output.NumericValue == 90
    assert "FloatingPointValue" not in output


def test_ages_are_capped_whatever_went_before() -> None:
    """What is remembered of one report decides about none that differs in a unit or a concept alone."""
    worker = deidentifier("extended")
    cases = [("121033", "a", 90), ("121033", "d", 95), ("121206", "a", 95), ("121033", "a", 90)]
    for concept, unit, expected in cases:
        content = measured(concept, "Subject Age", "95", unit=unit)
        output = read(written(worker.deidentify(MemorySource(content)))).ContentSequence[0]

        assert output.MeasuredValueSequence[0].NumericValue == expected


@pytest.mark.parametrize(
    ("profile", "concept", "expected"),
    [
        ("basic", "121033", 0),
        ("full_dates", "121033", 0),
        ("extended", "121033", 90),
        ("extended", "111111", 95),
    ],
)
def test_an_age_beside_its_unit_is_an_age(profile: str, concept: str, expected: int) -> None:
    """Outside of reports a content item has its number itself, as in Protocol Context Sequence."""
    worker = deidentifier(profile)
    for value in ("121206", concept):
        context = item(
            ValueType="NUMERIC",
            ConceptNameCodeSequence=[code(value, "DCM", "...")],
            NumericValue="95",
            MeasurementUnitsCodeSequence=[code("a", "UCUM", "year")],
        )
        protocol = code("1", "SCT", "Head", ProtocolContextSequence=[context])
        content = part10(ct_image(PerformedProtocolCodeSequence=[protocol]))
        output = read(written(worker.deidentify(MemorySource(content))))

    found = output.PerformedProtocolCodeSequence[0].ProtocolContextSequence[0]
    assert found.NumericValue == expected


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
