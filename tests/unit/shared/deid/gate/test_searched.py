"""Many identifiers in one text: found as one alone would be, and with few searches through all of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.gate import searched
from shared.deid.gate.harvest import Kind, Token
from shared.deid.gate.residue import Outgoing, Wanted
from shared.deid.gate.searched import Searched
from shared.deid.text import suffixes

PIECES = ["ab", "b", "a", "12", "1", "001", " ", "-", ".", "^", "é", "王", "芳", "ü", "c" * 70, "c" * 65]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map(lambda parts: "".join(parts).encode())
KINDS: list[Kind] = ["name", "short name", "id", "institution", "uid"]


@given(TEXTS, TEXTS, st.sampled_from(KINDS))
def test_a_text_that_is_sorted_has_what_one_that_is_not_has(text: bytes, wanted: bytes, kind: Kind) -> None:
    """Wherever in it a word begins, in whatever script."""
    token, sorted_, plain = Token(wanted, kind), Searched(text), Searched(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(suffixes, "_FEWEST", 0)
        patch.setattr(suffixes, "_MOST_READ", 0)
        found = sorted_.has(token)

    assert found is plain.has(token)


@pytest.mark.parametrize(
    ("kind", "form", "text"),
    [
        ("id", "wardhouse {:05d}x", b"wardhouse of x 00001 "),
        ("id", "wardhouse {:05d}x", b"wardhouse 00001x7x "),
        ("id", "{:05d}.7", b"00001 7 "),
        ("institution", "患者{:05d}", "患者 00001 ".encode()),
        ("uid", "1.2.99999.{}", b"1.2.99999.7.1 "),
        ("name", "zq{:05d}", b"zqzq00001zq "),
        ("name", "c" * 70 + "{:05d}", b"c" * 70 + b"00001x0 "),
    ],
)
def test_a_long_text_is_searched_a_few_times_only(
    kind: Kind, form: str, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many identifiers have a word in it."""
    read = 0

    def counted(text: bytes, wanted: bytes) -> list[int]:
        nonlocal read
        read += len(text)
        return [*suffixes.occurrences(text, wanted)]

    monkeypatch.setattr(searched, "occurrences", counted)
    content = text * (200_000 // len(text))
    value = Outgoing(0x00101040, "UT", content, ("ISO_IR 192",))
    wanted = Wanted(Token(form.format(number).encode(), kind) for number in range(100_000, 103_000))

    assert wanted.found_in(value) == []
    assert read < 100 * len(content)


def test_a_month_is_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many dates are."""
    read = []

    class Pattern:
        def finditer(self, text: bytes) -> list[object]:
            read.append(text)
            return []

    pattern = Pattern()
    monkeypatch.setattr("shared.deid.readings.spelled_dates._of_month", lambda _month: pattern)
    text = Searched(b"of march 1951")

    assert not any(text.has(Token(b"1951-03-%02d" % day, "spelled date")) for day in range(1, 29))
    assert read == [b"of march 1951"]
