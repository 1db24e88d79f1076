"""Properties of the cleaner of texts that hold for all texts and identifiers."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.name_words import NOBODY, PARTICLES, TITLES
from shared.deid.text.people import _TITLES
from shared.deid.text.settings import TextSettings
from shared.deid.text.spelling import fold
from shared.deid.text.vocabulary import shipped_vocabulary

VOCABULARY = shipped_vocabulary()
CLEANER = TextCleaner(VOCABULARY, TextSettings())
NOBODY_KNOWN = KnownIdentifiers()
NO_NAMES = NOBODY | PARTICLES | TITLES | _TITLES
#: words that stay, without those that lead to names
KEPT = sorted(
    word for word in VOCABULARY._words if word.isascii() and word.isalpha() and word not in NO_NAMES
)
SEPARATORS = [" ", "_", "/", ", ", "^", "-", " - ", "\n", "+"]
PIECES = re.split(
    r"\|",
    "Dr. |Mr |J. |O'|'s|van der |Long|Smith|SMITH|thorax|CT|T2|L4/5|B31f|5mm|MAR|Mar|12.03.2024|2024|03/12"
    "|12 March 2024|14:05|1980|since |93 years|93yo|12345|123-45-6789|555-1234|+49 30 1234567|MRN: |Acc# "
    "|id:|s/n |tel |1.2.840.10008.1|a@b.org|http://|www.|10.0.0.1|aa:bb:cc:dd:ee:ff|::1|Hauptstr. 5"
    "|12 High Street|SW1A 1AA|王小东|头部|平扫|年|月|日|김철수|복부|ก|や|ñ|ß|é|e\u0301|½|①|\u200b"
    "|(|)|[|]|{|<|>|\"|'|,|.|;|:|#|@|+|-|_|/|\\|^|=|%| |  |\n|\t|\0|\x1b|\ud800|\ufffd|\U0001f600|\U000e0041",
)

texts = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
kept_words = st.sampled_from(KEPT)
contexts = st.lists(kept_words, min_size=1, max_size=3).map(" ".join)
# Names that no list has, and names that are words of the vocabulary: only the known identifiers find these.
names = st.from_regex(r"[a-z]{4,9}", fullmatch=True) | st.sampled_from(
    [word for word in KEPT if len(word) > 3]
)
han_names = st.text("王小东张李刘陈杨赵黄高左上中大全", min_size=2, max_size=4)
known = st.builds(
    KnownIdentifiers.of,
    words=st.lists(names | han_names | st.text(max_size=6), max_size=4),
    phrases=st.lists(
        st.from_regex(r"[A-Z]{0,3}-?[0-9]{3,9}", fullmatch=True) | st.text(max_size=12), max_size=3
    ),
    dates=st.lists(st.dates(date(1900, 1, 1), date(2099, 12, 31)), max_size=2),
)


def is_subsequence(part: str, whole: str) -> bool:
    """Tell whether all characters of one text stand in another in the same order."""
    rest = iter(whole)
    return all(character in rest for character in part)


def words_of(text: str) -> set[str]:
    """The words of a text as they are compared, digits left out."""
    return set(re.findall(r"[^\W\d_]+", fold(text)))


def squeezed(text: str) -> str:
    """The letters and digits of a text as they are compared."""
    return "".join(re.findall(r"[^\W_]", fold(text)))


def spellings(name: str) -> Iterator[str]:
    """A name as people write it."""
    capitalised = name.capitalize()
    yield from (
        name,
        name.upper(),
        capitalised,
        f"{capitalised}'s",
        f"{capitalised}s",
        f"({name})",
        f"{name}2",
    )
    yield from (
        f"J. {capitalised}",
        f"{capitalised}, J.",
        f"{name}_{name}",
        f"x-{name}",
        f"Dr. {capitalised}",
    )
    yield "-".join(name)
    yield re.sub("[aou]", lambda match: f"{match[0]}\u0308", name)
    yield re.sub("[aou]", lambda match: f"{match[0]}e", name)


@given(texts, known)
def test_never_raises_and_a_clean_text_stays(text: str, identifiers: KnownIdentifiers) -> None:
    """Whatever the text and the identifiers are, a second cleaning changes nothing."""
    cleaned = CLEANER.clean(text, identifiers)

    assert CLEANER.clean(cleaned, identifiers) == cleaned


@given(texts, known)
def test_only_removes(text: str, identifiers: KnownIdentifiers) -> None:
    """No character is invented, and those that stay keep their order."""
    assert is_subsequence(CLEANER.clean(text, identifiers), text)


@given(texts, known)
def test_every_word_that_stays_is_in_the_vocabulary(text: str, identifiers: KnownIdentifiers) -> None:
    """Judged one by one."""
    cleaned = CLEANER.clean(text, identifiers)
    words = [word for word in re.findall(r"[a-zA-Z]+", cleaned) if len(word) > 2]

    assert [word for word in words if not CLEANER.clean(word, NOBODY_KNOWN)] == []


@given(st.data(), names, names, contexts, contexts)
def test_no_known_name_survives(
    data: st.DataObject, family: str, given_name: str, before: str, behind: str
) -> None:
    """In no spelling, whatever stands around it."""
    identifiers = KnownIdentifiers.of(words=[f"{family}^{given_name}"])
    written = data.draw(st.sampled_from(sorted({*spellings(family), *spellings(given_name)})))
    cleaned = CLEANER.clean(f"{before} {written} {behind}", identifiers)

    assert words_of(cleaned).isdisjoint({family, given_name} - NO_NAMES)
    assert "-".join(family) not in cleaned


@given(names, names, contexts, st.sampled_from([" ", "_", "-", ".", "/", "^"]))
def test_no_login_survives(family: str, given_name: str, context: str, separator: str) -> None:
    """Nor what is made of family and given name."""
    identifiers = KnownIdentifiers.of(words=[family, given_name])
    logins = [given_name[0] + family, family + given_name[0], given_name + family, family + given_name]
    cleaned = CLEANER.clean(f"{context}{separator}{separator.join(logins)}", identifiers)

    assert words_of(cleaned).isdisjoint(logins)


@given(han_names, st.sampled_from(["头部", "胸部CT", "平扫", "全腹部"]), st.sampled_from(["", " ", "_", "-"]))
def test_no_known_name_survives_in_a_script_without_spaces(name: str, context: str, separator: str) -> None:
    """Also between other characters, and with separators in it."""
    identifiers = KnownIdentifiers.of(words=[name])
    cleaned = CLEANER.clean(f"{context}{name[:1]}{separator}{name[1:]}{context}", identifiers)

    assert name not in squeezed(cleaned)


@given(
    st.from_regex(r"[A-Z]{0,3}[1-9][0-9]{5,9}", fullmatch=True),
    contexts,
    st.sampled_from(["", " ", "-", ".", "/", "_", ". ", " - "]),
    st.sampled_from(["", "0", "000"]),
    st.integers(1, 5),
)
def test_no_known_id_survives(number: str, context: str, separator: str, zeros: str, width: int) -> None:
    """With and without separators, letters and leading zeros."""
    identifiers = KnownIdentifiers.of(phrases=[number])
    digits = number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    parts = [number[start : start + width] for start in range(0, len(number), width)]
    cleaned = CLEANER.clean(f"{context} {separator.join(parts)} {context} {zeros}{digits}", identifiers)

    assert digits not in squeezed(cleaned)


@given(st.from_regex(r"[1-9][0-9]{3}", fullmatch=True), contexts, st.sampled_from(["", "0", "0000"]))
def test_no_known_id_of_four_digits_survives(number: str, context: str, zeros: str) -> None:
    """Numbers as short as those of machines go if they are known."""
    cleaned = CLEANER.clean(f"{context} {zeros}{number} {context}", KnownIdentifiers.of(phrases=[number]))

    assert number not in cleaned


FORMS = re.split(
    r"\|",
    "%Y-%m-%d|%Y%m%d|%d.%m.%Y|%d.%m.%y|%d/%m/%Y|%m/%d/%Y|%d/%m/%y|%m-%d-%Y|%Y/%m/%d|%Y_%m_%d|%d %B %Y|%B %Y"
    "|%B %d, %Y|%b %d %Y|%d-%b-%Y|%d%b%y|%d. %B %Y|%dth of %B|%d %m %Y|%Y %b %d|%Y年%m月%d日|%m月%d日|%d.%m."
    "|%d/%m|%m/%Y|%Y-%m|%Y|%Y-%m-%dT14:05:33|%d.%m.%Y um 14:05 Uhr|%Y%m%d140533|%Y%m%d_1405|%d%m%y",
)
TRANSLATED = [
    "{0.day}. März {0.year}",
    "{0.day} août {0.year}",
    "{0.day} de mayo de {0.year}",
    "{0.day} czerwca {0.year}",
    "{0.day} мая {0.year}",
]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), contexts, st.sampled_from([*FORMS, *TRANSLATED]))
def test_no_known_date_survives(day: date, context: str, form: str) -> None:
    """In no spelling: of its digits none is left."""
    written = form.format(day) if "{" in form else day.strftime(form)
    cleaned = CLEANER.clean(f"{context} {written} {context}", KnownIdentifiers.of(dates=[day]))

    assert re.findall("[0-9]", cleaned) == []


@given(st.lists(kept_words, min_size=1, max_size=6), st.sampled_from(SEPARATORS))
def test_a_text_of_the_vocabulary_stays(words: list[str], separator: str) -> None:
    """Byte for byte, with any separator."""
    text = separator.join(words)

    assert CLEANER.clean(text, NOBODY_KNOWN) == text


@settings(max_examples=20, deadline=None)
@given(texts)
@pytest.mark.parametrize("length", [1 << 12])
def test_repeated_texts_are_clean_as_well(length: int, text: str) -> None:
    """A long text made of one piece over and over is cleaned, too."""
    long_text = (text * length)[:length]
    cleaned = CLEANER.clean(long_text, NOBODY_KNOWN)

    assert CLEANER.clean(cleaned, NOBODY_KNOWN) == cleaned
