"""The date of birth stays nowhere, however it and the value around it are written."""

import pytest

from shared.errors import Residue
from tests.images import ct_image, part10, raw_element, read, released, with_elements

CONTENT_DATE, CONTENT_TIME, ACQUISITION_DATE_TIME = 0x00080023, 0x00080033, 0x0008002A
BIRTH_DATE = 0x00100030


def element(tag: int, vr: str, value: str) -> bytes:
    """An element with padding."""
    return raw_element(tag, vr, value.encode().ljust((len(value) + 1) // 2 * 2))


def born(written: str, *others: bytes, **changes: object) -> bytes:
    """An image whose Patient's Birth Date is written so."""
    return with_elements(*others, element(BIRTH_DATE, "DA", written), PatientBirthDate=None, **changes)


WRITTEN = ["1951-02-04", "1951/02/04", "19510204120000", "19510204-19510301", "1951 02 04", "04.02.1951"]


@pytest.mark.parametrize("written", ["19510204", *WRITTEN])
@pytest.mark.parametrize("text", ["born 19510204", "born 04.02.1951", "born 4 feb 1951"])
def test_a_date_of_birth_that_is_no_date_is_sought(written: str, text: str) -> None:
    """In every form that people write a date in."""
    with pytest.raises(Residue, match="StrainAdditionalInformation"):
        released(born(written, StrainAdditionalInformation=text), "basic")


@pytest.mark.parametrize("written", ["Feb 1951", "around 1951", "19511304", "51/02"])
def test_a_date_of_birth_that_tells_no_day_is_sought_as_it_stands(written: str) -> None:
    """It is the patient's all the same."""
    with pytest.raises(Residue, match="StrainAdditionalInformation"):
        released(born(written, StrainAdditionalInformation=f"born {written}, left"), "basic")


@pytest.mark.parametrize("written", ["19510204", *WRITTEN])
@pytest.mark.parametrize("profile", ["full_dates", "modified_dates"])
@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (CONTENT_DATE, "DA", "19510204"),
        (CONTENT_DATE, "DA", "20200101 - 19510204"),
        (CONTENT_DATE, "DA", "20200101/19510204"),
        (CONTENT_DATE, "DA", "x19510204"),
        (CONTENT_DATE, "DA", "20200101-20200131-19510204"),
        (CONTENT_DATE, "IS", "19510204"),
        (CONTENT_TIME, "TM", "19510204"),
        (ACQUISITION_DATE_TIME, "DT", "20200101-19510204"),
        (ACQUISITION_DATE_TIME, "IS", "19510204120000"),
        (ACQUISITION_DATE_TIME, "LO", "19510204120000"),
    ],
)
def test_the_date_of_birth_stays_in_no_date_or_time(
    written: str, profile: str, tag: int, vr: str, value: str
) -> None:
    """Whatever else stands there, and in whatever VR."""
    output = read(released(born(written, element(tag, vr, value)), profile))

    assert not output[tag].value


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (CONTENT_DATE, "DA", "20200101-20200131"),
        (CONTENT_DATE, "DA", "2020.01.01"),
        (CONTENT_TIME, "TM", "101530.25"),
        (CONTENT_TIME, "TM", "10:15"),
        (ACQUISITION_DATE_TIME, "DT", "20200101120000.5+0100"),
    ],
)
def test_other_dates_and_times_are_kept_byte_for_byte(tag: int, vr: str, value: str) -> None:
    """Where the profile keeps dates."""
    kept = element(tag, vr, value)

    assert kept in released(born("1951-02-04", kept), "full_dates")


def test_a_required_date_that_is_none_becomes_a_dummy() -> None:
    """The object stays valid: a Content Date of Type 1 has a value."""
    verified = ct_image(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11")
    del verified.PixelData
    verified.ContentDate = "20200315"
    content = part10(verified).replace(b"20200315", b"2020x315")

    assert read(released(content, "full_dates")).ContentDate == "19000101"
