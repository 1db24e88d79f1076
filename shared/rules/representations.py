"""What a rule may say about a Value Representation, and how its values compare (PS3.5 section 6.2)."""

import re
from collections.abc import Callable
from datetime import date
from math import isfinite
from struct import pack, unpack
from typing import Literal, NamedTuple

#: text compares as text, numbers by their number, times by their order; an age has an order only within its
#: unit and the rest, `other`, no value to speak of
Kind = Literal["text", "number", "time", "age", "other"]
Comparable = str | int | float

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,64}(?:\.[0-9]{0,64})?|\.[0-9]{1,64})(?:[eE][+-]?[0-9]{1,4})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_DATE = re.compile(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})")
_TIME = re.compile(
    r"([01][0-9]|2[0-3])(?::?([0-5][0-9])(?::?([0-5][0-9]|60)(?:\.([0-9]{1,6}))?)?)?",
)
_DATE_TIME = re.compile(r"([0-9]{4})([0-9]{2})?([0-9]{2})?([0-9.]*)(?:[+-][0-9]{4})?")

# PS3.5 Table 6.2-1: repertoire and length of one value; the backslash separates values.
_LINE = r"[^\\\x00-\x1f\x7f]"
_PAGE = r"[^\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]"
_NAME_GROUP = r"[^\\=\x00-\x1f\x7f]{0,64}"
_TEXT = {
    "AE": r"[ -\[\]-~]{1,16}",
    "CS": r"[A-Z0-9 _]{1,16}",
    "LO": rf"{_LINE}{{1,64}}",
    "LT": rf"{_PAGE}{{1,10240}}",
    "PN": rf"{_NAME_GROUP}(?:={_NAME_GROUP}){{0,2}}",
    "SH": rf"{_LINE}{{1,16}}",
    "ST": rf"{_PAGE}{{1,1024}}",
    "UC": rf"{_LINE}+",
    "UI": r"(?=.{1,64}$)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*",
    "UR": r"[!-\[\]-~]+",
    "UT": rf"{_PAGE}+",
}
_FRAGMENTS = _TEXT | {"UI": r"[0-9.]{1,64}"}

# The dictionary gives one Value Representation where the Standard allows US or SS, so both have both ranges.
_RANGES = {
    "IS": (-(2**31), 2**31 - 1),
    "SL": (-(2**31), 2**31 - 1),
    "SS": (-(2**15), 2**16 - 1),
    "SV": (-(2**63), 2**63 - 1),
    "UL": (0, 2**32 - 1),
    "US": (-(2**15), 2**16 - 1),
    "UV": (0, 2**64 - 1),
}


class Representation(NamedTuple):
    """One Value Representation as rules see it.

    Attributes:
        kind: which operators apply.
        read: gives what a value of a data set compares as, None if the value cannot be read.
        fits: tells whether a rule may name this text as a whole value.
        fits_part: tells whether a rule may name this text as a part of a value.
    """

    kind: Kind
    read: Callable[[str], Comparable | None]
    fits: Callable[[str], bool]
    fits_part: Callable[[str], bool]


def representation(vr: str) -> Representation:
    """Look a Value Representation up; those without readable values are of the kind `other`."""
    if vr in _TEXT:
        return Representation("text", strip_padding, _pattern(_TEXT[vr]), _pattern(_FRAGMENTS[vr]))
    if vr in _RANGES:
        return Representation("number", read_number, lambda text: _fits_integer(text, *_RANGES[vr]), _never)
    return _OTHERS.get(vr, Representation("other", _unreadable, _never, _never))


def strip_padding(text: str) -> str:
    """Take off the spaces and NULs around a value, which are no part of it."""
    return text.strip(" \0")


def read_number(text: str) -> int | float | None:
    """Read a decimal number; None if `text` is none or not finite."""
    text = strip_padding(text)
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _NUMBER.fullmatch(text) else float("nan")
    return number if isfinite(number) else None


def read_single(text: str) -> float | None:
    """Read a number as FL holds it, so that 0.1 equals the nearest single precision to 0.1."""
    number = read_number(text)
    try:
        return None if number is None else float(unpack("<f", pack("<f", number))[0])
    except OverflowError:
        return None


def read_date(text: str) -> str | None:
    """Read `YYYYMMDD`, or `YYYY.MM.DD` as before 1993; gives `YYYYMMDD`, None if there is no such day."""
    match = _DATE.fullmatch(strip_padding(text))
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    return f"{year}{month}{day}"


def read_time(text: str) -> str | None:
    """Read `HHMMSS.FFFFFF`, or its beginning; gives 12 digits, None if it is no time of day."""
    match = _TIME.fullmatch(strip_padding(text))
    if match is None:
        return None
    hour, minute, second, fraction = match.groups(default="")
    return f"{hour}{minute or '00'}{second or '00'}{fraction:0<6}"


def read_date_time(text: str) -> str | None:
    """Read `YYYYMMDDHHMMSS.FFFFFF`, or its beginning, as local time; gives 20 digits, None if it is none."""
    match = _DATE_TIME.fullmatch(strip_padding(text))
    if match is None:
        return None
    year, month, day, rest = match.groups()
    day_read = read_date(f"{year}{month or '01'}{day or '01'}")
    time_read = read_time(rest or "00")
    return f"{day_read}{time_read}" if day_read and time_read else None


def _pattern(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _fits_integer(text: str, low: int, high: int) -> bool:
    return _INTEGER.fullmatch(text) is not None and low <= int(text) <= high


def _fits_decimal_string(text: str) -> bool:
    return len(text) <= 16 and _fits_number(text)


def _fits_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and read_number(text) is not None


def _fits_single(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and read_single(text) is not None


def _fits_date(text: str) -> bool:
    return text.isdecimal() and read_date(text) is not None


def _fits_time(text: str) -> bool:
    return ":" not in text and read_time(text) is not None


def _fits_date_time(text: str) -> bool:
    # A rule names local time: an offset from UTC would be ignored.
    return not set("+-") & set(text) and read_date_time(text) is not None


def _never(_: str) -> bool:
    return False


def _unreadable(_: str) -> None:
    return None


_OTHERS = {
    "AS": Representation("age", strip_padding, _pattern("[0-9]{3}[DWMY]"), _never),
    "DA": Representation("time", read_date, _fits_date, _never),
    "DS": Representation("number", read_number, _fits_decimal_string, _never),
    "DT": Representation("time", read_date_time, _fits_date_time, _never),
    "FD": Representation("number", read_number, _fits_number, _never),
    "FL": Representation("number", read_single, _fits_single, _never),
    "TM": Representation("time", read_time, _fits_time, _never),
}
