"""What is the patient's own among dates and numbers that stay, by its value.

There the release gate seeks nothing: in a date or a measurement it would find too much. The date of birth is
sought in all of them but on the day of the study, on which somebody may have been born; ids in the numbers of
content alone.
"""

import re
import struct
from collections.abc import Iterable, Mapping
from functools import cached_property

from shared.deid.gate.harvest import Source, Token, tokens_of
from shared.deid.readings.days import days_of
from shared.dicom.temporal import is_moment, is_one_or_range, is_time

_ID_SOURCES: Mapping[str, Source] = {
    "AccessionNumber": "id",
    "PatientBirthDate": "birth date",
    "PatientID": "id",
    "StudyID": "id",
}
_UTF_8 = ("ISO_IR 192",)
_DAY = 8
_NO_DIGITS = re.compile("[^0-9]+")
# Without the zeros in front; what is shorter is too often a measurement.
_FEWEST_DIGITS = 5
_FORMATS = {"FD": "d", "FL": "f", "SL": "i", "SS": "h", "SV": "q", "UL": "I", "US": "H", "UV": "Q"}


class Own:
    """The date of birth and the numbers of one patient."""

    def __init__(self, identity: Mapping[str, str], tokens: Iterable[Token] = ()) -> None:
        """Take the identity by keyword, and what else identifies the patient."""
        birth, study = (days_of(identity.get(each, "")) for each in ("PatientBirthDate", "StudyDate"))
        self._birth_days = birth - study
        self._identity = identity
        self._tokens = tokens

    @cached_property
    def _numbers(self) -> frozenset[float]:
        """Worked out with the first number: most instances have none in content."""
        told = {*self._tokens}
        for keyword, source in _ID_SOURCES.items():
            told |= tokens_of(source, self._identity.get(keyword, "").encode(), _UTF_8)
        return frozenset(float(token.text) for token in told if _is_number(token))

    def is_date(self, value: str) -> bool:
        """Tell whether a date, or an end of a range, is that of birth, or that stands in what is no date."""
        if not self._birth_days:
            return False
        if self._birth_days & days_of(value):
            return True
        if is_one_or_range(value, is_moment) or is_one_or_range(value, is_time):
            return False
        digits = _NO_DIGITS.sub("", value)
        return any(day.isoformat().replace("-", "") in digits for day in self._birth_days)

    def is_number(self, value: bytes, vr: str, byte_order: str) -> bool:
        """Tell whether a value has one of the patient's numbers, or cannot be read as numbers."""
        numbers = _numbers(value, vr, byte_order)
        return numbers is None or not self._numbers.isdisjoint(map(abs, numbers))


def _is_number(token: Token) -> bool:
    """Of dates only those with all digits of the year: six digits are too often a measurement."""
    if not token.text.isdigit() or len(token.text.lstrip(b"0")) < _FEWEST_DIGITS:
        return False
    return token.kind == "id" or (token.kind == "date" and len(token.text) == _DAY)


def _numbers(value: bytes, vr: str, byte_order: str) -> list[float] | None:
    """The numbers of a value, None if it has none."""
    try:
        if code := _FORMATS.get(vr):
            return [float(number) for (number,) in struct.iter_unpack(byte_order + code, value)]
        text = value.rstrip(b"\0 ").decode("ascii")
        return [float(each) for each in text.split("\\") if each.strip()]
    except (ValueError, struct.error):
        return None
