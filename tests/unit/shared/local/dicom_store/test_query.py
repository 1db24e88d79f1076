"""The parameters of a query."""

import pytest

from shared.local.dicom_store import levels
from shared.local.dicom_store.query import DEFAULT_RESULTS, MOST_RESULTS, parse_query
from shared.local.dicom_store.refusal import Refusal


def test_nothing_asked_is_everything_up_to_the_default() -> None:
    """Without parameters all match, and the level's own attributes are returned."""
    query = parse_query([], levels.STUDY)

    assert query == ({}, frozenset(), DEFAULT_RESULTS, 0)


@pytest.mark.parametrize(
    "name", ["PatientID", "00100020", "StudyInstanceUID", "0020000d", "ModalitiesInStudy"]
)
def test_attributes_are_named_by_keyword_or_tag(name: str) -> None:
    """Both name the same."""
    (tag,) = parse_query([(name, "1")], levels.STUDY).matchers

    assert tag in {"00100020", "0020000D", "00080061"}


def test_an_empty_key_matches_all() -> None:
    """Universal matching: no value, or nothing but a wild card."""
    matchers = parse_query([("PatientID", ""), ("StudyID", "*")], levels.STUDY).matchers

    assert matchers == {"00100020": None, "00200010": None}


def test_fields_come_together_or_apart() -> None:
    """`includefield` may be repeated, and may be a list."""
    query = parse_query([("includefield", "00081030,StudyID"), ("includefield", "PatientAge")], levels.STUDY)

    assert query.fields == {"00081030", "00200010", "00101010"}


def test_all_fields() -> None:
    """`all` asks for every attribute of the level, and for none of those below."""
    query = parse_query([("includefield", "all")], levels.STUDY)

    assert query.wants(levels.STUDY, "00101010")
    assert not query.wants(levels.STUDY, "00280010")


def test_the_limit_has_a_limit() -> None:
    """More than the maximum is the maximum."""
    assert parse_query([("limit", "9999999"), ("offset", "3")], levels.SERIES)[2:] == (MOST_RESULTS, 3)


@pytest.mark.parametrize(
    "pair",
    [
        ("PatientNam", "x"),
        ("0010", "x"),
        ("limit", "-1"),
        ("offset", "two"),
        ("fuzzymatching", "yes"),
        ("includefield", "Nonsense"),
        ("SOPInstanceUID", "1.2"),
        ("RequestAttributesSequence", "x"),
    ],
)
def test_what_makes_no_sense_is_refused(pair: tuple[str, str]) -> None:
    """A misspelt key must not match everything; an instance's attribute finds no study."""
    with pytest.raises(Refusal) as refused:
        parse_query([pair], levels.STUDY)

    assert refused.value.status == 400
    assert pair[1] not in refused.value.message.split()


def test_one_attribute_twice_is_refused() -> None:
    """Nobody can say which of the keys counts."""
    with pytest.raises(Refusal):
        parse_query([("PatientID", "1"), ("00100020", "2")], levels.STUDY)


def test_sequences_are_not_matched() -> None:
    """Rather than found empty."""
    with pytest.raises(Refusal):
        parse_query([("RequestAttributesSequence", "x")], levels.INSTANCE)
