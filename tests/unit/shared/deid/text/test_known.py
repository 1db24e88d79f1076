"""Known identifiers are found in any case or spelling."""

from datetime import date

import pytest

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import TextSettings
from shared.deid.text.vocabulary import Vocabulary, shipped_vocabulary
from tests.unit.shared.deid.text.cases import cases

#: a vocabulary that keeps every word of the tests, so that only what is known goes
WORDS = (
    "head thorax long longs longhead jlong longj headlong longhand smith smiths jsmith smithj johnsmith"
    " smithjohn muller mueller grosse roentgen rontgen obrien brien o van der berg j s t smithson high"
    " street x"
)
PERMISSIVE = TextCleaner(Vocabulary(WORDS.split(), inflected=WORDS.split()), TextSettings(classes=()))
SHIPPED = TextCleaner(shipped_vocabulary(), TextSettings())


def cut(text: str, *words: str, phrases: tuple[str, ...] = (), dates: tuple[date, ...] = ()) -> str:
    """What is left of a text where nothing else is sought."""
    return PERMISSIVE.clean(text, KnownIdentifiers.of(words, phrases, dates))


@pytest.mark.parametrize(
    "text",
    cases(
        "smith | SMITH | Smith | Smith's | Smiths | smith2 | (Smith) | jsmith | smithj | johnsmith"
        " | smithjohn | SMITH^JOHN | J. Smith | Smith, J. | Smith J | S-m-i-t-h | smith_john"
        " | John Smith III | SmithX | Smi\u00adth | Smíth | \uff33\uff4d\uff49\uff54\uff48"
    ),
)
def test_a_name_goes_in_every_spelling(text: str) -> None:
    """Alone, in logins, with initials, genitives and suffixes."""
    assert cut(f"Head {text} thorax", "Smith^John") == "Head thorax"


@pytest.mark.parametrize("text", ["Muller", "Mueller", "Müller", "MU\u0308LLER", "mülleR"])
@pytest.mark.parametrize("name", ["muller", "mueller", "Müller"])
def test_umlauts_are_spelled_in_three_ways(name: str, text: str) -> None:
    """However the data set and the text write them."""
    assert cut(f"Head {text}", name) == "Head"


@pytest.mark.parametrize("text", ["Grosse", "Große", "GROSSE"])
def test_a_sharp_s_is_two(text: str) -> None:
    """In both directions."""
    assert cut(f"Head {text}", "Große") == "Head"


@pytest.mark.parametrize("text", ["O'Brien", "OBrien", "O Brien", "O\u2019Brien's", "o_brien"])
def test_an_apostrophe_in_a_name(text: str) -> None:
    """It may stand there or not."""
    assert cut(f"Head {text}", "O'Brien") == "Head"


def test_particles_that_are_names_go_alone() -> None:
    """Some people are called San or Mac and nothing else; nobody is called Vom."""
    permissive = TextCleaner(Vocabulary(["head", "san", "mac", "vom"]), TextSettings(classes=()))

    assert permissive.clean("vom head san mac", KnownIdentifiers.of(["San", "Mac", "Vom"])) == "vom head"


def test_particles_go_with_their_name_only() -> None:
    """Many names share them, and other words do as well."""
    assert cut("Head van der Berg", "van der Berg") == "Head"
    assert cut("Head der thorax van x", "van der Berg") == "Head der thorax van x"


@pytest.mark.parametrize("text", ["Smithson", "x T head", "j s"])
def test_what_only_looks_like_a_name_stays(text: str) -> None:
    """A part of a longer word, and initials without their name."""
    assert cut(text, "Smith^John^T") == text


@pytest.mark.parametrize("word", ["test", "Patient", "UNKNOWN", "anonymous", "Dr", "van"])
def test_nobody_is_not_sought(word: str) -> None:
    """Words that stand for nobody, titles and particles say nothing about anybody."""
    cleaner = TextCleaner(Vocabulary([word.lower(), "head"]), TextSettings(classes=()))

    assert cleaner.clean(f"head {word}", KnownIdentifiers.of([word])) == f"head {word}"


@pytest.mark.parametrize(
    "text",
    cases(
        "12345678 | 0012345678 | 12-34-56-78 | 1234 5678 | 1234.5678 | 12_345_678 | (12345678) | x12345678"
    ),
)
def test_an_id_goes_with_any_separators(text: str) -> None:
    """With leading zeros and written to letters, too."""
    assert cut(f"Head {text}", phrases=("12345678",)) == "Head"


@pytest.mark.parametrize("text", ["AB-1234", "ab1234", "AB 1234", "ab001234", "1234", "1234/x"])
def test_an_id_of_letters_and_digits(text: str) -> None:
    """As a whole and without its letters."""
    assert "1234" not in cut(f"Head {text}", phrases=("AB001234",))


@pytest.mark.parametrize("text", ["1 2 3 4", "12345", "31234", "x12"])
def test_a_short_id_is_no_part_of_another_number(text: str) -> None:
    """Four digits are sought together, and fewer not at all."""
    cleaner = TextCleaner(Vocabulary(["x"]), TextSettings(classes=()))

    assert cleaner.clean(text, KnownIdentifiers.of(phrases=["1234", "12"])) == text


def test_whole_values_go() -> None:
    """An address, whatever stands between its parts."""
    assert cut("Head, high-street 12", phrases=("High Street",)) == "Head, 12"


@pytest.mark.parametrize("text", ["头部王小东平扫", "头部 王 小东 平扫", "头部王-小东平扫", "头部小东平扫"])
def test_names_without_word_breaks(text: str) -> None:
    """They are sought anywhere, in parts as well."""
    cleaned = SHIPPED.clean(text, KnownIdentifiers.of(["王^小东"]))

    assert cleaned.replace(" ", "").replace("-", "") == "头部平扫"


def test_a_family_name_of_one_character_goes_beside_the_given_name() -> None:
    """Alone it is a word."""
    known = KnownIdentifiers.of(["左^小东"])

    assert SHIPPED.clean("左小东左肺", known) == "左肺"


@pytest.mark.parametrize(
    "text",
    cases(
        "2024-03-12 | 12.3.24 | 12/03/2024 | 03/12/2024 | 12 March 2024 | Mar 12 2024 | 12. März 2024"
        " | 20240312 | 2024年3月12日 | 12/03 | 3/12 | 12.03. | 03-12 | 2024 | March 2024 | 120324"
        " | 2024/03"
    ),
)
def test_a_known_date_goes_in_every_spelling(text: str) -> None:
    """Also where dates are not sought: day and month alone, and the year alone."""
    assert cut(f"Head {text} thorax", dates=(date(2024, 3, 12),)) == "Head thorax"


@pytest.mark.parametrize("text", ["13.3.2024", "2023", "3.5", "4/12", "12 x", "12. April 2023", "L3/12"])
def test_other_dates_stay_where_they_are_not_sought(text: str) -> None:
    """A profile that keeps dates takes them out of the classes."""
    cleaner = TextCleaner(Vocabulary(["x", "l", "april"]), TextSettings(classes=()))

    assert cleaner.clean(text, KnownIdentifiers.of(dates=[date(2024, 3, 12)])) == text


def test_identifiers_may_come_in_any_spelling() -> None:
    """The constructor folds, and so does whoever seeks."""
    assert KnownIdentifiers.of(["MÜLLER"]) == KnownIdentifiers(frozenset({"muller"}))
    assert PERMISSIVE.clean("head SMITH", KnownIdentifiers(frozenset({"Smith"}))) == "head"


@pytest.mark.parametrize(
    ("text", "expected"), [("Head Smith", True), ("Head 0012345678", True), ("Head Smithson", False)]
)
def test_whether_a_text_holds_something_known(text: str, expected: bool) -> None:  # noqa: FBT001 - a fact
    """Without cleaning it."""
    known = KnownIdentifiers.of(["Smith"], ["12345678"])

    assert PERMISSIVE.holds_known(text, known) is expected


@pytest.mark.parametrize(
    "text", ["Head 0012345678", "Head 1234 5678 x", "Head 王芳x", "Head s-m-i-t-h-s-o-n x", "x"]
)
def test_very_many_identifiers_are_found_like_few(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are sought."""
    words, phrases = ("Smithson", "王芳"), ("12345678", "987654")
    expected = cut(text, *words, phrases=phrases)
    monkeypatch.setattr("shared.deid.text.known._MOST_SEARCHES", 0)

    assert cut(text, *words, phrases=phrases) == expected
