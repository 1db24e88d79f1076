"""A date as people write it: in numbers, with the name of a month in many languages, and in other calendars.

What has numbers only is listed; what has the name of a month is one pattern for all languages.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

from shared.deid.readings.words import fold

#: with and without zeros in front
_NUMERIC = (
    *("{y}{m}{d}", "{y}-{m}-{d}", "{y}/{m}/{d}", "{y}.{m}.{d}", "{y}_{m}_{d}", "{d}{m}{y}", "{m}{d}{y}"),
    *("{d}.{m}.{y}", "{d}/{m}/{y}", "{d}-{m}-{y}", "{m}/{d}/{y}", "{m}-{d}-{y}"),
    *("{y}-{mm}-{dd}", "{y}/{mm}/{dd}", "{dd}.{mm}.{y}", "{dd}/{mm}/{y}", "{mm}/{dd}/{y}", "{dd}-{mm}-{y}"),
    *("{dd}. {mm}. {y}", "{d}. {m}. {y}"),
)
#: with two digits of the year
_SHORT = (
    *("{d}.{m}.{yy}", "{d}/{m}/{yy}", "{d}-{m}-{yy}", "{m}/{d}/{yy}", "{m}-{d}-{yy}"),
    *("{dd}.{mm}.{yy}", "{dd}/{mm}/{yy}", "{dd}-{mm}-{yy}", "{mm}/{dd}/{yy}", "{mm}-{dd}-{yy}"),
    *("{yy}{m}{d}", "{d}{m}{yy}", "{m}{d}{yy}"),
)
#: the years before the first one of an era, in Japan and Taiwan, and how the era is written before the year
_ERAS = {2018: "(?:令和|(?<![a-z])r)", 1988: "(?:平成|(?<![a-z])h)", 1925: "(?:昭和|(?<![a-z])s)"}
_ERAS |= {1911: "(?:大正|民国|民國|(?<![a-z])t)"}
#: the Buddhist year of Thailand goes so far ahead
_BUDDHIST = 543
_IN_THAILAND = ("{d}/{m}/{y}", "{dd}/{mm}/{y}", "{d}-{m}-{y}", "{y}-{m}-{d}", "{y}{m}{d}")
_GAP = "[ .,/_'-]{0,3}"
# Between the day, the month and the year: 1st of, 1er, 1. de, 3º.
_LINK = rf"{_GAP}(?:(?:of|de|del|di|do|den)[ '])?{_GAP}"
_ORDINAL = "(?:st|nd|rd|th|er|o|a|e)?"


def written(day: date) -> Iterator[str]:
    """Yield how a date is written in numbers with its whole year."""
    yield from _filled(_NUMERIC, _told(day))


def written_of_birth(day: date) -> Iterator[str]:
    """Yield how a date of birth is written besides: with two digits of the year, and in Thailand."""
    told = _told(day)
    yield from _filled(_SHORT, told)
    yield from _filled(_IN_THAILAND, told | {"y": str(day.year + _BUDDHIST)})


def spellings(day: date, *, of_birth: bool) -> Iterator[bytes]:
    """Yield what `SpelledDates` seeks: year, month and day; of an era, the year before its first, too.

    Each begins with the year as it is written; that of birth is also sought as people shorten it.
    """
    years = [f"{day.year:04}"]
    if of_birth:
        years += [str(day.year + _BUDDHIST), f"{day.year % 100:02}"]
    yield from (f"{year}-{day:%m-%d}".encode() for year in years)
    if of_birth:
        eras = (before for before in _ERAS if day.year > before)
        yield from (f"{day.year - before}-{day:%m-%d}-{before}".encode() for before in eras)


class SpelledDates:
    """The dates in a text in lower case that have the name or the sign of their month, or of an era."""

    def __init__(self, lowered: bytes) -> None:
        """Take the text; each month is sought once, however many dates are."""
        self._lowered = lowered
        self._found: dict[re.Pattern[bytes], set[tuple[int, ...]]] = {}

    def has(self, spelling: bytes) -> bool:
        """Tell whether a date of `spellings` stands there."""
        year, month, day, *eras = map(int, spelling.split(b"-"))
        pattern = _of_era(eras[0]) if eras else _of_month(month)
        if pattern not in self._found:
            self._found[pattern] = {_numbers(match) for match in pattern.finditer(self._lowered)}
        return ((year, month, day) if eras else (year, day)) in self._found[pattern]


def _numbers(match: re.Match[bytes]) -> tuple[int, ...]:
    """The year, the month if it is a number, and the day that were found."""
    return tuple(int(number) for _, number in sorted(match.groupdict().items()) if number is not None)


@cache
def _of_month(month: int) -> re.Pattern[bytes]:
    """Day, name and year in three orders, or year, month and day with East Asian signs."""
    name = "|".join(sorted(_names_of(month), key=len, reverse=True))
    first, later = r"(?<![0-9])(?P<d{0}>[0-9]{{1,2}})", r"(?P<d{0}>[0-9]{{1,2}})(?![0-9])"
    year = r"(?<![0-9])(?P<a{0}>[0-9]{{2,4}})(?![0-9])"
    pattern = "|".join(
        (
            rf"{first.format(1)}{_ORDINAL}{_LINK}(?:{name}){_LINK}{year.format(1)}",
            rf"(?<![a-z])(?:{name})(?![a-z]){_LINK}{later.format(2)}{_ORDINAL}{_LINK}{year.format(2)}",
            rf"{year.format(3)}{_LINK}(?:{name}){_LINK}{later.format(3)}",
            rf"{year.format(4)} ?(?:年|년) ?0?{month} ?(?:月|월) ?{later.format(4)}",
        )
    )
    return re.compile(pattern.encode())


@cache
def _of_era(before: int) -> re.Pattern[bytes]:
    pattern = (
        rf"{_ERAS[before]} ?(?P<a>[0-9]{{1,3}}) ?(?:年|[./-]) ?(?P<b>[0-9]{{1,2}}) ?(?:月|[./-])"
        r" ?(?P<c>[0-9]{1,2})(?![0-9])"
    )
    return re.compile(pattern.encode())


def _names_of(month: int) -> frozenset[str]:
    # Only here: few values have the year of a date in them.
    from shared.deid.text.vocabulary import lines_of

    return frozenset(re.escape(fold(name)) for name in lines_of("months")[month - 1].split())


def _told(day: date) -> dict[str, str]:
    return {
        "y": f"{day.year:04}",
        "m": f"{day.month:02}",
        "d": f"{day.day:02}",
        "yy": f"{day.year % 100:02}",
        "mm": str(day.month),
        "dd": str(day.day),
    }


def _filled(forms: tuple[str, ...], told: Mapping[str, str]) -> Iterator[str]:
    return (form.format_map(told) for form in forms)
