"""Shift dates by whole days (PS3.15 section E.3.6): intervals and times of day stay."""

from datetime import date, timedelta
from functools import lru_cache

from shared.dicom.temporal import is_datetime


@lru_cache(maxsize=4096)
def shift_date(value: str, days: int) -> str | None:
    """Shift a DA value; also `YYYY.MM.DD`, the form of old. None if it is no date.

    Args:
        value: one DA value without padding.
        days: how many days later, negative for earlier.
    """
    digits = value.replace(".", "") if len(value) == 10 else value
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        moved = date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"


def shift_datetime(value: str, days: int) -> str | None:
    """Shift a DT value; time of day and offset from UTC stay. None if it is no DT.

    A value that ends at the month or the year is shifted as its first day and cut to the same precision.
    """
    if not is_datetime(value):
        return None
    precision = precision_of(value)
    shifted = shift_date((value[:precision] + "0101")[:8] if precision < 8 else value[:8], days)
    return None if shifted is None else shifted[:precision] + value[precision:]


def precision_of(value: str) -> int:
    """How many characters of a DT are its date: four with the year alone, eight with the day."""
    return min(len(value) - len(value.lstrip("0123456789")), 8)


def day_of(value: str) -> str:
    """The day with which a DA or DT begins, as YYYYMMDD, also of `YYYY.MM.DD`; what is shorter as it is."""
    return (value[:10].replace(".", "") if value[4:5] == "." else value)[:8]
