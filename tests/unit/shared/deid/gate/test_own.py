"""The patient's own dates and numbers, by their values."""

from struct import pack

import pytest

from shared.deid.gate.own import Own

PATIENT = Own(
    {
        "PatientBirthDate": "1951.02.04",
        "PatientID": "MRN-4711-0815",
        "AccessionNumber": "0012345",
        "StudyID": "7",
    }
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("19510204", True),
        ("1951.02.04", True),
        ("19510204101530", True),
        ("19510204101530.5+0100", True),
        ("19510204-19510210", True),
        ("-1951.02.04", True),
        ("20200101-19510204", True),
        ("1951-02-04", True),
        ("x19510204", True),
        ("1951-2-4 and more", True),
        ("195102.040000", False),
        ("19510205", False),
        ("19510203-19510205", False),
        ("195102", False),
        ("", False),
        ("Zq", False),
    ],
)
def test_the_date_of_birth_is_one_in_every_form(value: str, *, expected: bool) -> None:
    """With dots, with a time, at either end of a range, and nothing that is less."""
    assert PATIENT.is_date(value) is expected


@pytest.mark.parametrize(
    "birth_date",
    ["1951-02-04", "1951/02/04", "19510204120000", "19510204-19510205", "1951 2 4", "4.2.1951"],
)
def test_the_date_of_birth_may_be_written_otherwise_than_a_date(birth_date: str) -> None:
    """As people and programs write it where a DA belongs."""
    own = Own({"PatientBirthDate": birth_date})

    assert own.is_date("19510204")
    assert own.is_number(b"19510204", "DS", "<")


@pytest.mark.parametrize("value", ["20200110082000.000000", "200110.08", "20200101-20200131", "2020.01.10"])
def test_the_digits_of_a_date_of_birth_across_a_date_and_its_time_are_none(value: str) -> None:
    """In what is a date or a time, each number means what it stands for."""
    assert not Own({"PatientBirthDate": "20011008"}).is_date(value)
    assert not Own({"PatientBirthDate": "20010120"}).is_date(value)


@pytest.mark.parametrize("birth_date", ["", "1951", "unknown"])
def test_without_a_date_of_birth_no_date_is_one(birth_date: str) -> None:
    """Nor is what is no date."""
    assert not Own({"PatientBirthDate": birth_date}).is_date(birth_date)


def test_a_newborns_study_keeps_its_day() -> None:
    """It was born on the day of the study."""
    assert not Own({"PatientBirthDate": "20200315", "StudyDate": "20200315"}).is_date("20200315")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"47110815", True),
        (b" 1\\47110815 ", True),
        (b"-47110815", True),
        (b"12345", True),
        (b"0.12345e5", True),
        (b"19510204", True),
        (b"04021951", True),
        (b"510204", False),
        (b"4711", False),
        (b"7", False),
        (b"1\\2", False),
        (b"", False),
        (b"Zqraumer", True),
        (b"\xe9", True),
    ],
)
def test_a_text_is_a_number_of_the_patient(value: bytes, *, expected: bool) -> None:
    """With or without zeros, sign and exponent; nobody knows what text is that is no number."""
    assert PATIENT.is_number(value, "DS", "<") is expected


@pytest.mark.parametrize("patient_id", ["123", "000123", "00001"])
def test_a_measurement_is_no_number_of_a_patient_with_a_short_one(patient_id: str) -> None:
    """Zeros in front make no number rare: what was measured must not become another value."""
    assert not Own({"PatientID": patient_id}).is_number(patient_id.encode(), "DS", "<")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("vr", "code"), [("FD", "d"), ("FL", "f"), ("SL", "i"), ("UL", "I"), ("SV", "q")])
def test_a_binary_number_is_one_of_the_patient(vr: str, code: str, order: str) -> None:
    """In either byte order; a part of a number is none."""
    assert PATIENT.is_number(pack(order + code, 12345), vr, order)
    assert not PATIENT.is_number(pack(order + code, 12346), vr, order)
    assert PATIENT.is_number(b"123", vr, order)
