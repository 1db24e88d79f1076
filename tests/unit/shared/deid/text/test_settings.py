"""The settings of the cleaner, and what is refused."""

import msgspec
import pytest

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import PATTERN_CLASSES, PatternClass, TextSettings
from shared.deid.text.vocabulary import shipped_vocabulary
from shared.errors import RulesetInvalid

NOBODY = KnownIdentifiers()


def clean(text: str, settings: TextSettings) -> str:
    """The text after cleaning with the shipped vocabulary."""
    return TextCleaner(shipped_vocabulary(), settings).clean(text, NOBODY)


def test_words_of_a_hospital_stay() -> None:
    """In any case and with accents or without."""
    settings = TextSettings(vocabulary=("Xylor-Protokoll", "Zürcher"))

    assert clean("ZURCHER CT xylor", settings) == "ZURCHER CT xylor"


def test_patterns_of_a_hospital_go() -> None:
    """They are compared with the text in lower case without accents."""
    settings = TextSettings(patterns=(r"raum [0-9]{1,3}",))

    assert clean("Thorax RAUM 12 axial", settings) == "Thorax axial"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date", "12.03.2024"),
        ("time", "14:05"),
        ("age", "93 y"),
        ("uid", "1.2.840.10008"),
        ("number", "123456"),
        ("name", "Dr Long"),
    ],
)
def test_a_class_can_be_left_out(name: PatternClass, text: str) -> None:
    """What it would cut stays as far as it is in the vocabulary."""
    without = TextSettings(classes=tuple(each for each in PATTERN_CLASSES if each not in {name, "number"}))

    assert clean(f"CT {text} head", TextSettings()) == "CT head"
    assert clean(f"CT {text} head", without) == f"CT {text} head"


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "a*",
        "a+",
        "(ab){2,3}",
        "(a|b)*",
        "[0-9]{3,}",
        "Raum",
        "müller",
        "a{0,3}",
        "",
        "(?:x)?",
        r"\\*",
    ],
)
def test_a_pattern_that_cannot_work_is_refused(pattern: str) -> None:
    """With its place and without its text."""
    with pytest.raises(RulesetInvalid) as caught:
        TextSettings(patterns=(pattern,)).check("deidentify/x.yaml")

    assert "patterns" in str(caught.value)


@pytest.mark.parametrize(
    "pattern", [r"raum [0-9]{1,3}", r"\bxy?z\b", r"a\*", r"a\+b", "(?:ab|cd) [a-z]{2}", r"\D\W\S[a-z]"]
)
def test_a_pattern_that_works_is_accepted(pattern: str) -> None:
    """Also with stars and signs that are meant as such."""
    TextSettings(patterns=(pattern,)).check("deidentify/x.yaml")


@pytest.mark.parametrize(
    "document",
    [b'{"vocabulary": [""]}', b'{"patterns": ["%s"]}' % (b"a" * 201), b'{"classes": ["x"]}', b'{"x": 1}'],
)
def test_what_is_no_setting_is_refused(document: bytes) -> None:
    """Empty words, long patterns, unknown classes and keys."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(document, type=TextSettings)


def test_the_defaults_seek_everything() -> None:
    """Whoever says nothing gets all classes."""
    assert TextSettings().classes == PATTERN_CLASSES
    TextSettings().check("deidentify/x.yaml")
