"""Dates and times as PS3.5 section 6.2 writes them."""

import re
from collections.abc import Callable
from datetime import date

_DATE = re.compile(r"\d{4}(\.?)\d{2}\1\d{2}", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?", re.ASCII)
_DATETIME = re.compile(
    r"(?P<date>\d{4}(?:\d{2}(?:\d{2})?)?)(?P<time>\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?"
    r"(?:[+-](?:0\d|1[0-4])[0-5]\d)?",
    re.ASCII,
)
# Two dates with time of day and offset from UTC.
_LONGEST_RANGE = 53


def is_date(value: str) -> bool:
    """Tell whether `value` is a DA: YYYYMMDD, or YYYY.MM.DD as in ACR-NEMA."""
    return _DATE.fullmatch(value) is not None and _is_day(value.replace(".", ""))


def is_time(value: str) -> bool:
    """Tell whether `value` is a TM: HH[MM[SS[.FFFFFF]]], with colons as in ACR-NEMA allowed."""
    return _TIME.fullmatch(value) is not None


def is_datetime(value: str) -> bool:
    """Tell whether `value` is a DT: YYYY[MM[DD[HH[MM[SS[.FFFFFF]]]]]][&ZZXX]."""
    match = _DATETIME.fullmatch(value)
    if match is None or (match["time"] and len(match["date"]) < 8):
        return False
    return _is_day((match["date"] + "0101")[:8]) and (not match["time"] or is_time(match["time"]))


def is_moment(value: str) -> bool:
    """Tell whether `value` is a DA or a DT."""
    return is_date(value) or is_datetime(value)


def ends_of_range(value: str, is_end: Callable[[str], bool]) -> tuple[str, str] | None:
    """The first and the last of a range such as `20200101-20200131`, of which one may be missing.

    None if `value` is no range of what `is_end` accepts (PS3.4 section C.2.2.2.5). `20200101-0500` is a date
    with an offset from UTC, and no range.
    """
    if len(value) > _LONGEST_RANGE or is_end(value) or value == "-":
        return None
    for sign in re.finditer("-", value):
        first, last = value[: sign.start()], value[sign.end() :]
        if all(not end or is_end(end) for end in (first, last)):
            return first, last
    return None


def is_one_or_range(value: str, is_end: Callable[[str], bool]) -> bool:
    """Tell whether `is_end` accepts `value`, or the ends of the range that it is."""
    return is_end(value) or ends_of_range(value, is_end) is not None


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
