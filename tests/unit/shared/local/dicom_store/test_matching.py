"""Keys and values."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.local.dicom_store.matching import matcher
from shared.local.dicom_store.refusal import Refusal

NAME = {"Alphabetic": "Núñez^María José", "Ideographic": "山田^太郎"}


@pytest.mark.parametrize(
    ("vr", "key", "value", "expected"),
    [
        ("LO", "Head*", "Head and neck", True),
        ("LO", "Head", "Head and neck", False),
        ("LO", "H??d", "Head", True),
        ("LO", "H??d", "Hd", False),
        ("LO", "a.c", "abc", False),
        ("LO", "*[1]*", "x[1]y", True),
        ("LO", "head*", "Head and neck", False),
        ("CS", "CT\\MR", "MR", True),
        ("UI", "1.2,1.3", "1.3", True),
        ("UI", "1.2\\1.3", "1.2", True),
        ("UI", "1.*", "1.2", False),
        ("DA", "20200315", "20200315", True),
        ("DA", "20200301-20200331", "20200315", True),
        ("DA", "20200316-", "20200315", False),
        ("DA", "-20200315", "20200315", True),
        ("DA", "20200315", "2020.03.15", True),
        ("TM", "1015", "101530.25", True),
        ("TM", "1015-1016", "101659.999999", True),
        ("TM", "101531-", "101530.25", False),
        ("TM", "10:15:30-", "101530.25", True),
        ("DT", "2020-2021", "20200315101530.25", True),
        ("DT", "20200315-", "20200315101530+0100", True),
        ("IS", "7", 7, True),
        ("DS", "2.50", 2.5, True),
        ("DS", "2.5", 2, False),
        ("AS", "042Y", "042Y", True),
        ("PN", "núñez*", NAME, True),
        ("PN", "*maría*", NAME, True),
        ("PN", "Núñez^María José^^", NAME, True),
        ("PN", "Núñez", NAME, False),
        ("PN", "山田*", NAME, True),
        ("PN", "Núñez^María José=山田^太郎", NAME, True),
    ],
)
def test_a_key_matches_or_not(vr: str, key: str, value: Any, *, expected: bool) -> None:
    """Single values, lists of UIDs, wild cards and ranges match as PS3.4 C.2.2.2 says."""
    assert bool(matcher(vr, key)(value)) is expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("nunez", True),
        ("MARIA nun", True),
        ("jos^núñ", True),
        ("nunez*", True),
        ("unez", False),
        ("pedro", False),
    ],
)
def test_fuzzy_names_match_by_the_beginnings_of_words(key: str, *, expected: bool) -> None:
    """Neither case nor accents nor the order of a name's parts matter."""
    assert matcher("PN", key, fuzzy=True)(NAME) is expected


@pytest.mark.parametrize(
    ("vr", "key"),
    [
        ("DA", "yesterday"),
        ("DA", "2020-2021-2022"),
        ("TM", "noon"),
        ("DT", "20200315101530+0100"),
        ("IS", "few"),
        ("OW", "1"),
    ],
)
def test_a_key_that_cannot_match_is_refused(vr: str, key: str) -> None:
    """What makes no sense is a bad request, not a search without results."""
    with pytest.raises(Refusal) as refused:
        matcher(vr, key)

    assert refused.value.status == 400


@given(key=st.text("ab*?[]!.", max_size=6), value=st.text("ab[]!.", max_size=6))
def test_wild_cards_are_those_of_a_shell(key: str, value: str) -> None:
    """But without its sets, which the Standard does not know."""
    assert bool(matcher("LO", key)(value)) is fnmatchcase(value, key.replace("[", "[[]"))
