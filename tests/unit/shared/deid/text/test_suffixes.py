"""Where many strings stand in one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.text import suffixes
from shared.deid.text.suffixes import Suffixes, is_worth_sorting, occurrences

TEXTS = st.lists(st.sampled_from(["a", "b", "é", "ab" * 30, "a" * 50]), max_size=20).map("".join)


@given(TEXTS, TEXTS, st.sets(st.integers(0, 200)))
def test_a_string_is_found_at_the_places_that_were_sorted(text: str, wanted: str, starts: set[int]) -> None:
    """And at no others, be it longer than what was sorted or not."""
    places = {start for start in starts if start < len(text)}

    assert {*Suffixes(text, places).of(wanted)} == {*occurrences(text, wanted)} & places


def test_what_begins_alike_at_many_places_is_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk over all of them would take longer."""
    monkeypatch.setattr(suffixes, "_MOST_ALIKE", 3)
    text = b"c" * 60 + b"d"

    assert [*Suffixes(text, range(len(text))).of(b"c" * 50 + b"d")] == [10]


@pytest.mark.parametrize(
    ("length", "searches", "expected"),
    [(1 << 20, 5, True), (1 << 20, 4, False), (40, 1000, False), (1 << 16, 1000, True)],
)
def test_whether_it_is_worth_sorting(length: int, searches: int, *, expected: bool) -> None:
    """A short text is read a thousand times in less time."""
    assert is_worth_sorting(length, searches) is expected
