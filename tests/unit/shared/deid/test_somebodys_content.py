"""What in content and in dates is the patient's own, by its concept and by its value."""

from struct import pack
from typing import Any

import pytest
from pydicom.dataset import Dataset

from shared.deid.rules.options import Option
from shared.deid.rules.profile import Profile
from shared.dicom.source import MemorySource
from tests.images import (
    ct_image,
    deidentifier,
    item,
    part10,
    read,
    released,
    released_by,
    written,
)
from tests.unit.shared.deid.reports import code, coded, measured, report, told

BIRTH_DATE, OTHER_DATE = "19510204", "20200301"
LOCAL = ("99", "99X")


def content_item(value_type: str, concept: Dataset, **value: Any) -> bytes:
    """A report of one content item."""
    return report(
        item(RelationshipType="CONTAINS", ValueType=value_type, ConceptNameCodeSequence=[concept], **value)
    )


def released_with(content: bytes, *options: Option) -> Dataset:
    """The output under the Basic Profile with these options."""
    profile = Profile(name="ours", description="Ours.", options=options)
    return read(released_by(profile, content))


@pytest.mark.parametrize("option", ["full_dates", "modified_dates"])
@pytest.mark.parametrize(
    "concept",
    [
        ("21112-8", "LN", "Birth date"),
        ("184099003", "SCT", "Date of birth"),
        ("121031", "DCM", "Subject Birth Date"),
        (*LOCAL, "Date of  Birth"),
        (*LOCAL, "geburtsdatum"),
    ],
)
def test_a_date_of_birth_is_one_by_its_concept(concept: tuple[str, str, str], option: Option) -> None:
    """Whichever scheme says so, and whatever the header says of it."""
    for value_type, value in (("DATE", {"Date": "19490101"}), ("DATETIME", {"DateTime": "19490101"})):
        content = content_item(value_type, code(*concept), **value)
        for options in ((option,), (option, "clean_structured_content")):
            output = released_with(content, *options).ContentSequence[0]

            assert (output.get("Date") or output.get("DateTime"))[:8] == "19000101"


@pytest.mark.parametrize(("day", "expected"), [(BIRTH_DATE, "19000101"), (OTHER_DATE, OTHER_DATE)])
def test_a_date_in_content_is_the_patients_own_by_its_value(day: str, expected: str) -> None:
    """A concept of nobody's says nothing of it."""
    output = released_with(
        content_item("DATE", code(*LOCAL, "Day Q"), Date=day), "full_dates", "clean_structured_content"
    )

    assert output.ContentSequence[0].Date == expected


@pytest.mark.parametrize("options", [("full_dates",), ("device_identity",), ("modified_dates",)])
@pytest.mark.parametrize(
    ("keyword", "value"),
    [("DateOfLastCalibration", BIRTH_DATE), ("DateTimeOfLastCalibration", f"{BIRTH_DATE}101530")],
)
def test_the_date_of_birth_is_kept_in_no_other_attribute(
    keyword: str, value: str, options: tuple[Option, ...]
) -> None:
    """Nobody looks for it there."""
    output = released_with(part10(ct_image(**{keyword: value})), *options)

    assert not output.get(keyword)


def test_a_date_that_is_not_of_birth_stays_whatever_went_before() -> None:
    """What is remembered of one patient decides about no other."""
    worker = deidentifier("full_dates")
    for birth_date, expected in ((BIRTH_DATE, OTHER_DATE), (OTHER_DATE, ""), (BIRTH_DATE, OTHER_DATE)):
        image = ct_image(PatientBirthDate=birth_date, DateOfSecondaryCapture=OTHER_DATE)
        output = read(written(worker.deidentify(MemorySource(part10(image)))))

        assert output.DateOfSecondaryCapture == expected


def test_the_day_of_the_study_stays_although_somebody_was_born_on_it() -> None:
    """Of a newborn all dates of the examination would go."""
    image = ct_image(PatientBirthDate="20200315", AcquisitionDate="20200315")
    output = read(released(part10(image), "full_dates"))

    assert (output.StudyDate, output.AcquisitionDate) == ("20200315", "20200315")
    assert output.PatientBirthDate == ""


@pytest.mark.parametrize("profile", ["basic", "clean_structured_content", "extended"])
@pytest.mark.parametrize(
    "concept",
    [("76435-7", "LN", "MRN"), ("46106-1", "LN", "MRN"), ("184107009", "SCT", "No"), (*LOCAL, "MRN")],
)
def test_a_number_of_the_patient_is_one_by_its_concept(profile: str, concept: tuple[str, str, str]) -> None:
    """Whatever number it is."""
    value, scheme, meaning = concept
    output = read(released(measured(value, meaning, "4712", scheme=scheme), profile)).ContentSequence[0]

    assert len(output.MeasuredValueSequence) == 0


@pytest.mark.parametrize("profile", ["basic", "clean_structured_content", "extended"])
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("47110815", "0"),
        ("047110815", "0"),
        ("4.7110815e7", "0"),
        ("47110815.0", "0"),
        ("19510204", "0"),
        ("471108", "471108"),
        ("47110815.5", "47110815.5"),
    ],
)
def test_a_number_in_content_is_the_patients_own_by_its_value(
    number: str, expected: str, profile: str
) -> None:
    """The release gate cannot tell an id from a measurement; here a number that is equal to one is one."""
    output = read(released(measured("9", "Something", number, scheme="99X"), profile)).ContentSequence[0]

    assert str(output.MeasuredValueSequence[0].NumericValue) == expected


def test_an_id_in_other_kinds_of_numbers_goes() -> None:
    """Floating point numbers and fractions, which stand beside Numeric Value."""
    more = {
        "FloatingPointValue": 47110815.0,
        "RationalNumeratorValue": 47110815,
        "RationalDenominatorValue": 1,
    }
    output = released(measured("9", "Something", "1", scheme="99X", **more), "extended")

    assert not any(form in output for form in (pack("<d", 47110815.0), pack("<I", 47110815)))
    assert read(output).ContentSequence[0].MeasuredValueSequence[0].RationalDenominatorValue == 1


def test_any_id_of_the_patient_is_known_in_a_report() -> None:
    """Not Patient ID alone."""
    data_set = read(measured("9", "Something", "99887766", scheme="99X"))
    data_set.OtherPatientIDs = "99887766"
    output = read(released(part10(data_set), "clean_structured_content"))

    assert output.ContentSequence[0].MeasuredValueSequence[0].NumericValue == 0


SEX = ("121032", "DCM", "Subject Sex")
MALE = ("M", "DCM", "Male")


@pytest.mark.parametrize("concept", [SEX, ("46098-0", "LN", "Sex"), ("184100006", "SCT", "Patient sex")])
def test_the_sex_in_content_fares_like_patients_sex(concept: tuple[str, str, str]) -> None:
    """A code of a standard's scheme stays, unless it says what the header may not say."""
    content = coded(code(*concept), code(*MALE))
    for profile in ("basic", "full_dates", "clean_structured_content"):
        output = read(released(content, profile))

        assert output.PatientSex == ""
        assert told(output.ContentSequence[0].ConceptNameCodeSequence[0]) == concept
        assert told(output.ContentSequence[0].ConceptCodeSequence[0]) == ("ANONYMIZED",) * 3
    for profile in ("patient_characteristics", "extended"):
        output = read(released(content, profile))

        assert output.PatientSex == "O"
        assert told(output.ContentSequence[0].ConceptCodeSequence[0]) == MALE


@pytest.mark.parametrize(
    ("concept", "scheme"), [("29463-7", "LN"), ("27113001", "SCT"), ("8302-2", "LN"), ("50373000", "SCT")]
)
def test_weight_and_height_in_content_fare_like_those_of_the_header(concept: str, scheme: str) -> None:
    """Patient's Weight and Size stay by the option on characteristics alone."""
    content = measured(concept, "Size", "81", scheme=scheme, unit="kg")

    assert not read(released(content)).ContentSequence[0].MeasuredValueSequence
    kept = read(released(content, "extended")).ContentSequence[0]
    assert kept.MeasuredValueSequence[0].NumericValue == 81


@pytest.mark.parametrize("concept", [("45394-4", "LN"), ("184096005", "SCT"), ("371484003", "SCT")])
def test_a_name_is_one_by_its_concept(concept: tuple[str, str]) -> None:
    """It may be a word of the field."""
    content = content_item("TEXT", code(*concept, "Name"), TextValue="Long")

    assert read(released(content, "extended")).ContentSequence[0].TextValue == "ANONYMIZED"


def test_the_concept_of_a_report_itself_names_nobody() -> None:
    """A title is no content item's concept, and would make dummies of the whole header."""
    data_set = read(content_item("TEXT", code("121071", "DCM", "Finding"), TextValue="Left lung"))
    data_set.ConceptNameCodeSequence = [code("121030", "DCM", "Subject ID")]
    output = read(released(part10(data_set), "extended"))

    assert output.ContentSequence[0].TextValue == "Left lung"


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), "19000101000000"), (("full_dates",), "20200315101112")],
)
def test_dates_among_dummies_follow_the_option_on_dates(options: tuple[Option, ...], expected: str) -> None:
    """Table E.1-1 has K for the date of a verification, which stands nowhere else."""
    data_set = read(content_item("TEXT", code("121071", "DCM", "Finding"), TextValue="Zq"))
    data_set.VerifyingObserverSequence = [
        item(VerifyingObserverName="Zq^Ann", VerificationDateTime="20200315101112")
    ]
    output = released_with(part10(data_set), *options).VerifyingObserverSequence[0]

    assert output.VerificationDateTime == expected
    assert output.VerifyingObserverName == "ANONYMIZED"


def test_dates_among_dummies_move_with_all_others() -> None:
    """Intervals hold."""
    data_set = read(content_item("TEXT", code("121071", "DCM", "Finding"), TextValue="Zq"))
    data_set.VerifyingObserverSequence = [item(VerificationDateTime="20200315")]
    output = read(released(part10(data_set), "modified_dates"))

    assert output.VerifyingObserverSequence[0].VerificationDateTime == output.StudyDate != "20200315"


def test_a_tree_of_dummies_has_no_dates() -> None:
    """The Standard removes it where no option cleans it; a concept of nobody's may be anybody's birthday."""
    content = content_item("DATE", code(*LOCAL, "Day Q"), Date=OTHER_DATE)

    assert released_with(content, "full_dates").ContentSequence[0].Date == "19000101"
    kept = released_with(content, "full_dates", "clean_structured_content")
    assert kept.ContentSequence[0].Date == OTHER_DATE
