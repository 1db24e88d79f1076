"""Dates and times of day, as people write them in the languages of hospitals.

A year alone is no date, unless it is a known one or a word before it says so (`since 1980`).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache, lru_cache

from shared.deid.text.spelling import fold, words_in
from shared.deid.text.view import Lazy, Span, View
from shared.deid.text.vocabulary import lines_of

# Months that are more often something else: with a year, or written as a name (Set), they are months; the
# second ones also in lower case, where MAR is a reduction of artefacts and OCT a tomography.
_WEAK_MONTHS = frozenset({"ago", "des", "gen", "mag", "out", "set"})
_WEAK_IN_CAPITALS = frozenset({"dec", "mar", "oct", "sep"})
_SINCE = words_in(
    "since in from until till year seit vom bis jahr depuis année desde año dal anno sinds jaar sedan"
    " siden od roku год от born geboren geb"
)
_TIME_WORDS = words_in("a p m am pm h uhr clock")
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = "(?:0?[1-9]|1[0-2])"
_YEAR = "(?:1[89]|20)[0-9]{2}"
_FREE = "(?<![a-z0-9])(?<![0-9][.,])"
_NUMERIC = Lazy(
    rf"""
      (?<![0-9]) {_YEAR} ([-./_^ ]{{1,2}}|) {_MONTH} \1 {_DAY} (?![0-9])
    | (?<![0-9])(?<![0-9][.,]) [0-9]{{1,2}} ([./_^ -]{{1,3}}) [0-9]{{1,2}} \2 {_YEAR} (?![0-9])
    | {_FREE} [0-9]{{1,2}} ([ ]?[./-][ ]?) [0-9]{{1,2}} \3 '?[0-9]{{2}} (?![0-9]|[.,/-][0-9])
    | {_FREE} [0-9]{{2}} _ [0-9]{{2}} _ [0-9]{{2}} (?![0-9])
    | {_FREE} (?:{_MONTH} [ ]?[/-][ ]? | (?:0[1-9]|1[0-2]) \.) {_YEAR} (?![0-9])
    | {_FREE} {_YEAR} (?: [ ]?[/-][ ]? (?:{_YEAR}|[0-9]{{2}}) | \.(?:0[1-9]|1[0-2]) | -?w[0-9]{{2}}) (?![0-9])
    | {_FREE} (?:0[1-9]|[12][0-9]|3[01]) \. (?:0[1-9]|1[0-2]) \. (?![0-9])
    | (?<![a-z0-9]) [mtshr][0-9]{{1,2}} \. [0-9]{{1,2}} \. [0-9]{{1,2}} (?![0-9.])
    """
)
_EAST_ASIAN = Lazy(
    r"""
      (?:(?:令和|平成|昭和|大正|明治|民国) [ ]?)?
        (?: [0-9]{2,4} | 元 | (?<=[和成正治国])[0-9]{1,3} ) [ ]? [年년]
        (?: [ ]?[0-9]{1,2} [ ]?[月월] (?: [ ]?[0-9]{1,2} [ ]?[日号號일])? )?
    | [0-9]{1,2} [ ]?[月월] [ ]?[0-9]{1,2} [ ]?[日号號일]
    """
)
# In German a date of birth has an asterisk.
_BORN = Lazy(rf"(?<![\w*]) [*][ ]?{_YEAR} (?![0-9]|[.,/-][0-9])")
_TIME_BEHIND = Lazy(
    r"""
      [ ,_^t-]{0,3} (?: (?:um|at|a|om|kl|alle|as|klo|o|ore|h|в|στις) \.? [ ] )?
      (?: [0-9]{1,2} [:.h] [0-9]{2} (?: [:.m][0-9]{2} (?:[.,][0-9]{1,6})? s? )?
        | [0-9]{4,6} (?:\.[0-9]{1,6})? )
      (?: [ ]?[ap]\.?m\.? | [ ]?(?:uhr|hrs?|h)(?![a-z]) )?
      (?: [ ]?(?:z|utc|gmt|cet|cest|[+-][0-9]{2}:?[0-9]{2}) )?
      (?![a-z0-9])
    """
)
_TIMES = Lazy(
    r"""
    (?<![a-z0-9:])(?<![0-9][.,])
    (?: (?:[01][0-9]|2[0-3]) : [0-5][0-9] (?: : [0-5][0-9] (?:[.,][0-9]{1,6})? )?
          (?: [ ]?[ap]\.?m\.?(?![a-z]) | [ ]?uhr )?
    |   [0-9] : [0-5][0-9]
          (?: : [0-5][0-9] | [ ]?[ap]\.?m\.?(?![a-z]) | [ ]?(?:uhr|hrs?|h)(?![a-z]) )
    |   [0-9]{1,2} (?:[.:h][0-5][0-9])? [ ]? (?: uhr | o'?clock | [ap]\.m\.? | [ap]m(?![a-z]) )
    |   (?:[01]?[0-9]|2[0-3]) h [0-5][0-9] )
    (?![a-z0-9:])
    """
)
_DIGITS = ("%Y%m%d", "%d%m%Y", "%m%d%Y", "%y%m%d", "%d%m%y", "%m%d%y")
_DAY_AND_MONTH = re.compile(r"(?<![a-z0-9.,/-])([0-9]{1,2})([/.-])([0-9]{1,2})(?![0-9])(\.?)")


def dates(view: View) -> Iterator[Span]:
    """Yield every date, with the time of day behind it."""
    for start, end in _found(view):
        behind = _TIME_BEHIND.regex.match(view.folded, end)
        yield start, behind.end() if behind else end


def times(view: View) -> Iterable[Span]:
    """Where times of day stand."""
    is_due = view.digits and (":" in view.folded or not view.words.isdisjoint(_TIME_WORDS))
    return _TIMES.spans(view.folded) if is_due else ()


def known_dates(view: View, known: frozenset[date], *, only_parts: bool) -> Iterator[Span]:
    """Yield where known dates stand, and their parts: the year alone, day and month without a year.

    Args:
        view: the text.
        known: the dates.
        only_parts: whole dates are sought anyway.
    """
    if not (known and view.digits):
        return
    others = bytearray(len(view.folded))
    for start, end in () if only_parts else _found(view):
        if any(_may_be(view.folded[start:end], day) for day in known):
            yield start, end
        else:
            others[start:end] = b"\1" * (end - start)
    yield from (span for span in _parts(view, known) if not others[span[0]])


def _parts(view: View, known: frozenset[date]) -> Iterator[Span]:
    """Yield known dates of digits only, known years, and known days and months without a year."""
    years, days, digits = _written(known)
    for chunk in view.chunks:
        if chunk.folded in years or chunk.folded[:8] in digits or chunk.folded in digits:
            yield chunk.start, chunk.end
    for match in _DAY_AND_MONTH.finditer(view.folded):
        if frozenset((int(match[1]), int(match[3]))) in days and _is_clear(*match.groups()):
            yield match.span()


@lru_cache(maxsize=64)
def _written(known: frozenset[date]) -> tuple[frozenset[str], frozenset[frozenset[int]], frozenset[str]]:
    """The years as they are written, days with their months in any order, and all as digits."""
    years = frozenset(str(day.year) for day in known)
    days = frozenset(frozenset((day.day, day.month)) for day in known)
    return years, days, frozenset(day.strftime(form) for day in known for form in _DIGITS)


def _is_clear(first: str, separator: str, second: str, stop: str) -> bool:
    """Tell a day and month from a decimal number or a range: `3.5` and `3-12` are none."""
    return separator == "/" or len(first + second) == 4 or (separator == "." and stop == ".")


def _found(view: View) -> Iterator[Span]:
    if not view.digits:
        return
    if view.digits >= 3:
        yield from _NUMERIC.spans(view.folded)
        if "*" in view.folded:
            yield from _BORN.spans(view.folded)
    if not view.words.isdisjoint(_month_numbers()):
        yield from _named_dates(view)
    if not view.folded.isascii():
        yield from _EAST_ASIAN.spans(view.folded)
    if not view.words.isdisjoint(_SINCE):
        yield from _years().spans(view.folded)


def _named_dates(view: View) -> Iterator[Span]:
    """Yield dates with the name of a month; behind a word that only looks like one the search goes on."""
    match = _named().regex.search(view.folded)
    while match:
        is_date = _is_named_date(view, *match.span())
        if is_date:
            yield match.span()
        match = _named().regex.search(view.folded, match.end() if is_date else match.start() + 1)


def _is_named_date(view: View, start: int, end: int) -> bool:
    """Tell a month from a word that is spelled like one: `2 SET` and `3 MAR` are no dates."""
    found = view.folded[start:end]
    name = _month().regex.search(found)
    month = name[0] if name else ""
    spelling = view.reading.original(start + found.index(month), start + found.index(month) + len(month))
    has_year = re.search(f"{_YEAR}|'[0-9][0-9]|[0-9].*[^0-9][0-9][0-9]$", found) is not None
    is_weak = month in _WEAK_MONTHS or (month in _WEAK_IN_CAPITALS and spelling.isupper())
    return not is_weak or has_year or spelling.istitle()


def _may_be(found: str, day: date) -> bool:
    """Tell whether a written date may be this one: each of its numbers is a part of it."""
    numbers = re.findall("[0-9]+", found)
    months = {_month_numbers().get(word, day.month) for word in re.findall(r"[^\W\d_]+", found)}
    if len(numbers) == 1 and len(numbers[0]) > 4:
        return numbers[0] in {day.strftime(form) for form in _DIGITS}
    return months <= {day.month} and {int(number) for number in numbers} <= {
        day.day,
        day.month,
        day.year,
        day.year % 100,
    }


@cache
def _month_numbers() -> dict[str, int]:
    lines = lines_of("months")
    return {word: number for number, words in enumerate(lines, 1) for word in fold(words).split()}


@cache
def _month() -> Lazy:
    """The name of a month, the longest that fits."""
    return Lazy(f"(?:{'|'.join(sorted(_month_numbers(), key=len, reverse=True))})")


@cache
def _named() -> Lazy:
    """Dates with the name of a month: with or without a day before or behind it, and a year."""
    name = _month().pattern
    ordinal = r"(?:\.|st|nd|rd|th|er|de|e|o|a)?"
    gap, word_end = "[ .,/_'^-]{0,3}", r"(?![^\W\d_])"
    year = rf"(?:{gap}(?:de[ ]|del[ ])?(?:{_YEAR}|'?[0-9]{{2}})(?![0-9]|[.,][0-9]))"
    return Lazy(
        rf"""
          (?<![a-z0-9])(?<![0-9][.,]) {_DAY}{ordinal}{gap}(?:of[ ]|de[ ]|d')? {name}{word_end} \.? {year}?
        | (?<![^\W\d_]) {name}{word_end} {gap} {_DAY}{ordinal}(?![a-z0-9]|[.,][0-9]) {year}?
        | (?<![^\W\d_]) {name}{word_end} {gap} (?:de[ ]|del[ ])? (?:{_YEAR}|'[0-9]{{2}}) (?![0-9])
        | (?<![0-9]) {_YEAR} {gap} {name}{word_end} (?:{gap}{_DAY}(?![a-z0-9]))?
        """
    )


@cache
def _years() -> Lazy:
    """A year behind a word that says so."""
    words = "|".join(sorted(_SINCE))
    return Lazy(rf"(?<![^\W\d_])(?:{words})\.?[ ]{{1,2}}(?P<cut>{_YEAR})(?![a-z0-9]|[.,/-][0-9])")
