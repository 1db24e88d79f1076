"""PS3.15 Table E.1-1 as the product has it, against the Standard's own."""

import csv
from pathlib import Path

import pytest

from scripts.confidentiality_tables import OPTIONS
from scripts.registry_tables import MISSING_ELEMENTS, element_rows, uid_rows
from shared.deid.rules import table
from shared.deid.rules.left_out import LEFT_OUT
from shared.deid.rules.table import Row, row_of, rows
from shared.dicom import dictionary
from shared.dicom.dictionary import entry_of, keyword_of, tag_for_keyword, vr_of
from tests.tables import basic_codes

STANDARD = Path(__file__).parents[6] / "shared" / "standard" / "ps3_15_table_e1_1.csv"
NEEDS_THE_STANDARD = pytest.mark.skipif(
    not STANDARD.is_file(), reason="the Standard's table does not lie beside the repository"
)
CODES = {"X", "Z", "D", "U", "Z/D", "X/Z", "X/D", "X/Z/D", "X/Z/U*"}

#: what we have beyond the table, and why
OURS = {
    **LEFT_OUT,
    "EthnicGroupCodeSequence": "the code of Ethnic Group, which the table lists",
    "TableTopPositionAlignmentUID": "a UID that the table of another edition lists",
}


def standard_rows() -> dict[str, Row]:
    """The Standard's rows by tag, written as in our table."""
    with STANDARD.open(encoding="utf-8", newline="") as file:
        return {
            row["tag"][:9].replace(",", "").replace("X", "x").replace("GGGGEEEE", "ggggeeee"): Row(
                row["basic"], {option: row[option] for option in OPTIONS if row[option]}
            )
            for row in csv.DictReader(file)
        }


def standard_codes() -> dict[int, str]:
    """The Standard's codes by tag; ranges under their first group, without the row for private attributes."""
    return {
        int(tag.replace("x", "0"), 16): row.basic for tag, row in standard_rows().items() if tag != "ggggeeee"
    }


@NEEDS_THE_STANDARD
def test_every_row_of_the_standard_is_ours_with_the_same_code() -> None:
    """Nothing that Table E.1-1 lists is missing, weakened or misread."""
    ours = basic_codes()

    expected = standard_codes()
    assert len(expected) > 600
    assert {tag: ours.get(tag) for tag in expected} == expected


@NEEDS_THE_STANDARD
def test_every_option_of_every_row_is_the_standards() -> None:
    """Codes and options agree row by row; the Standard's own copy lacks two rows that edition 2026c has."""
    ours = dict(table._table())

    extra = {tag: ours.pop(tag) for tag in ("00102161", "300A0054")}
    assert ours == standard_rows()
    assert extra == {
        "00102161": Row("X", {"retain_patient_characteristics": "K"}),
        "300A0054": Row("U", {"retain_uids": "K"}),
    }


@NEEDS_THE_STANDARD
def test_what_we_have_beyond_the_standard_has_a_reason() -> None:
    """Further rows are the literal ones above."""
    extra = basic_codes().keys() - standard_codes().keys()

    assert {keyword_of(tag) for tag in extra} == OURS.keys()


def test_our_own_rows_remove_or_map() -> None:
    """What we add is never kept, emptied or shifted."""
    codes = {basic_codes()[tag] for keyword in OURS if (tag := tag_for_keyword(keyword))}

    assert codes == {"X", "U"}


def test_only_known_codes_occur() -> None:
    """Every code of the table is one that the rules know."""
    assert set(basic_codes().values()) == CODES


def test_the_generators_columns_are_the_tables() -> None:
    """Every option of the Standard is set in some row, and no other."""
    found = {option for row in table._table().values() for option in row.options}

    assert found == set(OPTIONS)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (0x00080080, Row("X/Z/D", {"retain_institution_identity": "K"})),
        (0x00100040, Row("Z", {"retain_patient_characteristics": "K"})),
        (0x00080020, Row("Z", {"retain_long_full_dates": "K", "retain_long_modified_dates": "C"})),
        (0x00400241, Row("X", {"retain_device_identity": "C"})),
        (0x00321033, Row("X", {})),
        (0x50043000, Row("X", {"clean_graphics": "C"})),
        (0x50FE0005, Row("X", {"clean_graphics": "C"})),
        (0x60023000, Row("X", {"clean_graphics": "C"})),
        (0x00091001, Row("X", {"retain_safe_private": "C"})),
        (0x60010010, Row("X", {"retain_safe_private": "C"})),
        (0x60020010, None),
        (0x00280010, None),
    ],
)
def test_a_row_covers_its_attributes(tag: int, expected: Row | None) -> None:
    """Curves by their group, overlays by their attribute, private attributes because the group is odd."""
    assert row_of(tag) == expected


def test_a_tag_and_its_row_agree() -> None:
    """What has a tag of its own is found by it."""
    assert {tag: row_of(tag) for tag in rows()} == rows()


def test_every_attribute_of_the_table_has_a_vr_and_a_keyword() -> None:
    """None of them is read as UN in implicit VR; Curve Data is a group, with many."""
    assert [tag for tag in rows() if entry_of(tag) is None] == [0x50000000]


@pytest.mark.parametrize(("tag", "vr", "keyword"), sorted(MISSING_ELEMENTS))
def test_elements_that_pydicom_lacks_are_known(tag: str, vr: str, keyword: str) -> None:
    """The 25 newest attributes of the table have their VR and keyword."""
    number = int(tag, 16)

    assert (vr_of(number), keyword_of(number), tag_for_keyword(keyword)) == (vr, keyword, number)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ps3_06_data_elements", element_rows()), ("ps3_06_uids", uid_rows())],
    ids=["elements", "UIDs"],
)
def test_the_registries_are_as_the_generator_writes_them(name: str, expected: list[tuple[str, ...]]) -> None:
    """Nobody edited the tables of PS3.6 by hand."""
    path = Path(dictionary.__file__).with_name(f"{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        written = [tuple(row) for row in csv.reader(file)][1:]

    assert written == expected
