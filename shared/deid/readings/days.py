"""The days that the value of a date tells: a DA, and what people and programs write in place of one.

A date of birth that is written otherwise than PS3.5 section 6.2 wants is the patient's all the same.
"""

import re
from collections.abc import Iterator
from datetime import date

from shared.errors import LimitExceeded

_MOST_DAYS = 100

# A DT goes on with its time of day; behind a range another day follows.
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>\d{4})(?:(?P<m>\d\d)(?P<d>\d\d)|(?P<sep>[-/. ])(?P<m1>\d\d?)(?P=sep)(?P<d1>\d\d?)(?!\d))",
    re.ASCII,
)
# Whether the day or the month comes first, nobody knows.
_YEAR_LAST = re.compile(r"(?<!\d)(?<!\d[-/. ])(\d\d?)([-/. ])(\d\d?)\2(\d{4})(?!\d)", re.ASCII)


def days_of(value: str) -> frozenset[date]:
    """The days that stand in a value, whatever signs are between their numbers; of a range its ends.

    None of what is no day of the calendar, nor of a month or year alone.

    Raises:
        LimitExceeded: there are more than any value of a date has; each is sought in many forms.
    """
    days = set[date]()
    for day in filter(None, map(_day, _numbers(value))):
        days.add(day)
        if len(days) > _MOST_DAYS:
            raise LimitExceeded(limit="day_count", allowed=_MOST_DAYS)
    return frozenset(days)


def _numbers(value: str) -> Iterator[tuple[str, str, str]]:
    """Yield year, month and day as they may be meant."""
    for match in _YEAR_FIRST.finditer(value):
        yield match["y"], match["m"] or match["m1"], match["d"] or match["d1"]
    for first, _, second, year in _YEAR_LAST.findall(value):
        yield from ((year, first, second), (year, second, first))


def _day(numbers: tuple[str, str, str]) -> date | None:
    try:
        return date(*map(int, numbers))
    except ValueError:
        return None
