"""PS3.15 Table E.1-1 as the product has it, against the Standard's own."""

import csv
from pathlib import Path

import pytest

from shared.deid.table import basic_profile, keeps_modified_date
from shared.dicom.dictionary import keyword_of, tag_for_keyword

STANDARD = Path(__file__).parents[5] / "shared" / "standard" / "ps3_15_table_e1_1.csv"
CODES = {"X", "Z", "D", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*"}

#: what we have beyond the table, and why
OURS = {
    "CommentsOnTheScheduledProcedureStep": "free text about the examination of one patient",
    "EncryptedAttributesSequence": "an earlier identity, under somebody else's key",
    "EthnicGroupCodeSequence": "the code of Ethnic Group, which the table lists",
    "FileAccessURI": "an address in the hospital's network",
    "FilenameInContainer": "a name that people give to files",
    "FillerOrderNumberImagingServiceRequestRetired": "an order number under its retired tag",
    "FillerOrderNumberProcedure": "an order number under its retired tag",
    "FolderAccessURI": "an address in the hospital's network",
    "NTPSourceAddress": "an address in the hospital's network",
    "PatientBirthDateInAlternativeCalendar": "the date of birth",
    "PatientDeathDateInAlternativeCalendar": "the date of death",
    "PixelDataProviderURL": "an address in the hospital's network",
    "PlacerOrderNumberImagingServiceRequestRetired": "an order number under its retired tag",
    "PlacerOrderNumberProcedure": "an order number under its retired tag",
    "RetrieveURI": "an address in the hospital's network, with UIDs",
    "RetrieveURL": "an address in the hospital's network, with UIDs",
    "StorageURL": "an address in the hospital's network",
    "StoredInstanceBaseURI": "an address in the hospital's network",
    "TableTopPositionAlignmentUID": "a UID that the table of another edition lists",
    "TextValue": "free text of a content item",
}


def standard_rows() -> dict[int, str]:
    """The Standard's codes by tag; ranges under their first group, without the row for private attributes."""
    with STANDARD.open(encoding="utf-8", newline="") as file:
        rows = {row["tag"].replace(",", ""): row["basic"] for row in csv.DictReader(file)}
    return {int(tag.replace("X", "0"), 16): code for tag, code in rows.items() if not tag.startswith("GGGG")}


@pytest.mark.skipif(not STANDARD.is_file(), reason="the Standard's table does not lie beside the repository")
def test_every_row_of_the_standard_is_ours_with_the_same_code() -> None:
    """Nothing that Table E.1-1 lists is missing, weakened or misread."""
    ours = basic_profile()

    expected = standard_rows()
    assert len(expected) > 600
    assert {tag: ours.get(tag) for tag in expected} == expected


@pytest.mark.skipif(not STANDARD.is_file(), reason="the Standard's table does not lie beside the repository")
def test_what_we_have_beyond_the_standard_has_a_reason() -> None:
    """Further rows are the literal ones above."""
    extra = basic_profile().keys() - standard_rows().keys()

    assert {keyword_of(tag) for tag in extra} == OURS.keys()


def test_our_own_rows_remove_or_map() -> None:
    """What we add is never kept, emptied or shifted."""
    codes = {basic_profile()[tag] for keyword in OURS if (tag := tag_for_keyword(keyword))}

    assert codes == {"X", "U"}


def test_only_known_codes_occur() -> None:
    """Every code of the table is one that the rules know."""
    assert set(basic_profile().values()) == CODES


@pytest.mark.parametrize("keyword", ["StudyDate", "SeriesTime", "AcquisitionDateTime", "ContentDate"])
def test_dates_and_times_can_be_kept_modified(keyword: str) -> None:
    """The Modified Dates option covers dates and times of the examination."""
    assert keeps_modified_date(tag_for_keyword(keyword) or 0)


@pytest.mark.parametrize("keyword", ["PatientBirthDate", "PatientBirthTime", "PatientName", "StudyID"])
def test_dates_of_birth_and_other_attributes_cannot(keyword: str) -> None:
    """Birth is no longitudinal information, and neither is what is no date."""
    assert not keeps_modified_date(tag_for_keyword(keyword) or 0)


@pytest.mark.skipif(not STANDARD.is_file(), reason="the Standard's table does not lie beside the repository")
def test_the_modified_dates_option_covers_only_what_the_standard_marks() -> None:
    """No date or time that Table E.1-1 lists without a C under Modified Dates is kept."""
    with STANDARD.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "X" not in row["tag"] and "G" not in row["tag"]]
    unmarked = {int(row["tag"].replace(",", ""), 16) for row in rows if not row["retain_long_modified_dates"]}

    assert [keyword_of(tag) for tag in sorted(unmarked) if keeps_modified_date(tag)] == []
