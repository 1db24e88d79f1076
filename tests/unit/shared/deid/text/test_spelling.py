"""How texts are compared, and the way back to the text as it stands."""

import pytest

from shared.deid.gate.harvest import fold as harvest_fold
from shared.deid.text.spelling import UNREADABLE, fold, is_spaceless, read, words_in


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MÜLLER", "muller"),
        ("Mu\u0308ller", "muller"),
        ("Groß", "gross"),
        ("Søren Łukasz Æsir", "soren lukasz aesir"),
        ("\uff23\uff34", "ct"),
        ("\u0661\u0662", "12"),
        ("\u3084\u307e\u3060", "\u30e4\u30de\u30bf"),
        ("\u1100\u1175\u11b7", "\uae40"),
        ("Sm\u00adi\u200bth", "smith"),
        ("½", "1/2"),
        ("O\u2019Brien", "o'brien"),
        ("12\u201303\u20132024", "12-03-2024"),
        ("\U0001f600", UNREADABLE),
        ("a\ud800b", f"a{UNREADABLE}b"),
        ("\x07", UNREADABLE),
        ("\U000e0041", UNREADABLE),
    ],
)
def test_one_spelling_for_all(text: str, expected: str) -> None:
    """Case, accents, width, kana, digits and invisible characters do not count."""
    assert fold(text) == expected


@pytest.mark.parametrize("text", ["Jürgen GROß", "O'Brien^Seán", "王小东", "김철수", "Петров", "Ελένη"])
def test_what_the_harvest_folded_stays(text: str) -> None:
    """Identifiers may come from the harvest, which folds them already."""
    assert fold(harvest_fold(text)) == fold(text)


@pytest.mark.parametrize(
    "text", ["Mu\u0308ller Groß", "\u1100\u1175\u11b7 x", "½ mm", "plain", "ﷺ", "e\u0301\u0301"]
)
def test_every_place_leads_back(text: str) -> None:
    """The whole of a folded text is the whole of the text, accents included."""
    reading = read(text)

    assert reading.original(0, len(reading.folded)) == text
    assert len(reading.classes) == len(reading.folded)


def test_an_accent_goes_with_its_letter() -> None:
    """A decomposed letter is one place."""
    reading = read("xu\u0308y")

    assert reading.folded == "xuy"
    assert reading.original(1, 2) == "u\u0308"


@pytest.mark.parametrize(
    ("text", "classes"), [("T2 _x", "a0  a"), ("é1", "a0"), ("肝T", "za"), ("\u0e01\u0e34", "zz")]
)
def test_classes_of_characters(text: str, classes: str) -> None:
    """Letters, digits, letters of scripts without spaces, and the rest."""
    assert read(text).classes == classes


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", False), ("é", False), ("ж", False), ("肝", True), ("ก", True), ("김", True)],
)
def test_scripts_without_spaces(text: str, expected: bool) -> None:  # noqa: FBT001 - a fact about each
    """Thai, Han, kana and Hangul."""
    assert is_spaceless(text) is expected


def test_words_are_folded() -> None:
    """Lists in the code are written as people write."""
    assert words_in("Straße  rue") == {"strasse", "rue"}
