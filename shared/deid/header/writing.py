"""The values that go out in place of the original's: one function for each action."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from shared.deid.gate.residue import Outgoing
from shared.deid.header import encode
from shared.deid.header.dates import precision_of, shift_date, shift_datetime
from shared.deid.header.memos import Memo, Piece
from shared.deid.readings.said import words_in
from shared.deid.rules.actions import Action, Rule
from shared.deid.rules.resolve import DATE_VRS, effective_vr
from shared.deid.text.descriptors import ROI_NAMES
from shared.dicom.charset import CHARSET_VRS, decode, encode_text
from shared.dicom.dictionary import vr_of
from shared.dicom.scan import LONG_VRS, Encoding
from shared.dicom.temporal import ends_of_range, is_moment, is_one_or_range, is_time

Value = Callable[[bytes], bytes]

_DUMMY_TEXT = b"ANONYMIZED"
_DUMMIES = {
    "AE": b"AIRLOCK",
    "AS": b"000D",
    "CS": _DUMMY_TEXT,
    "DA": b"19000101",
    "DS": b"0",
    "DT": b"19000101000000",
    "IS": b"0",
    "LO": _DUMMY_TEXT,
    "LT": _DUMMY_TEXT,
    "PN": _DUMMY_TEXT,
    "SH": _DUMMY_TEXT,
    "ST": _DUMMY_TEXT,
    "TM": b"000000",
    "UC": _DUMMY_TEXT,
    "UR": b"urn:airlock",
    "UT": _DUMMY_TEXT,
}
# Numbers and bulk: zero, as long as one value is.
_DUMMY_SIZES = {
    "AT": 4,
    "FD": 8,
    "FL": 4,
    "OD": 8,
    "OF": 4,
    "OL": 4,
    "OV": 8,
    "SL": 4,
    "SV": 8,
    "UL": 4,
    "UV": 8,
}
# A DA of old is YYYY.MM.DD; whatever is longer can only be a DT.
_LONGEST_DATE = 10
_AGE_LENGTH = 4
# What people and programs write for them, and has no room for anything else.
_NEARLY_TIME = re.compile(r"[0-9]{1,2}(?::?[0-9]{1,2}){0,2}(?:\.[0-9]{0,7})?")
_NEARLY_DATE = re.compile("0{8}|[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}")
# Of three digits: 999 months are 83 years.
_YOUNG = frozenset({b"D", b"W", b"M"})
_DECIMAL = re.compile(rb"\+?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(?:[eE][+-]?[0-9])?")
_CAPPED_AGE = b"090Y"


class Writes(Protocol):
    """What the functions need to know of the patient and the study."""

    @property
    def pseudonym(self) -> str:
        """The new Patient ID."""
        ...

    def uid(self, original: str, /) -> str:
        """The new UID of `original`."""
        ...

    def date(self, original: str, /) -> str:
        """The new date or date and time; empty if it is none."""
        ...

    def is_own_date(self, original: str, /) -> bool:
        """Whether it is the date of birth."""
        ...

    def is_own_number(self, original: bytes, vr: str, byte_order: str, /) -> bool:
        """Whether a number of the patient is among those of a value, or something that is none."""
        ...

    def text(self, original: str, /) -> str:
        """The text without what identifies."""
        ...

    def roi_name(self, original: str, /) -> str:
        """The name of a region of interest without what identifies."""
        ...


class WriteKey(NamedTuple):
    """Which elements are written alike."""

    rule: Rule
    tag: int
    vr: str
    encoding: Encoding
    character_sets: tuple[str, ...]

    @property
    def is_constant(self) -> bool:
        """Whether the value that goes out does not depend on the original's."""
        return self.rule.action in _CONSTANT


class Write(Memo):
    """Writes the elements of one key for one subject."""

    def __init__(self, key: WriteKey, subject: Writes) -> None:
        """Take what is written and for whom."""
        super().__init__()
        self._key = key
        self._value = _VALUES[key.rule.action](key, subject)
        is_long = key.encoding.explicit and key.vr in LONG_VRS
        self._header_bytes = 12 if is_long else 8

    def make(self, source: bytes) -> Piece:
        """The element with its new value."""
        key, value = self._key, self._value(source)
        if not value and key.rule.required:
            value = dummy(key.vr)
        content = encode.element(key.tag, key.vr, value, key.encoding)
        return Piece(content, words_in(key.vr, value, key.character_sets))

    def outgoing(self, content: bytes, *_wanted: frozenset[bytes]) -> Iterator[Outgoing]:
        """Yield the one value."""
        key = self._key
        yield Outgoing(key.tag, key.vr, content[self._header_bytes :], key.character_sets)


def dummy(vr: str) -> bytes:
    """A value of this VR that says nothing."""
    return _DUMMIES.get(vr) or bytes(_DUMMY_SIZES.get(vr, 2))


def _constant(value: bytes) -> Value:
    return lambda _source: value


def _mapped(_key: WriteKey, subject: Writes) -> Value:
    def mapped(source: bytes) -> bytes:
        uids = source.decode("ascii", "replace").split("\\")
        return "\\".join(subject.uid(uid.strip("\0 ")) for uid in uids).encode("ascii", "replace")

    return mapped


def _shifted(key: WriteKey, subject: Writes) -> Value:
    moved = _time if key.vr == "TM" else subject.date
    # An override may move the date of birth.
    is_own = _never if key.rule.name == "override" else subject.is_own_date

    def shifted(source: bytes) -> bytes:
        return "\\".join("" if is_own(each) else moved(each) for each in _dates(source)).encode("ascii")

    return shifted


def _never(_original: str) -> bool:
    return False


def _dates(source: bytes) -> list[str]:
    values = source.rstrip(b"\0 ").decode("ascii", "replace").split("\\")
    return [value.strip(" \0") for value in values]


def _unless_own(key: WriteKey, subject: Writes) -> Value:
    """Of several values all go; a date or time of day goes, too, if it is none: it could be anything."""
    # Whatever VR the file has for it.
    vr = effective_vr(key.vr, vr_of(key.tag))
    if vr in DATE_VRS:
        is_end, nearly = (is_time, _NEARLY_TIME) if vr == "TM" else (is_moment, _NEARLY_DATE)

        def stays(value: str) -> bool:
            is_date = is_one_or_range(value, is_end) or nearly.fullmatch(value) is not None
            return not value or (is_date and not subject.is_own_date(value))

        return lambda source: source if all(map(stays, _dates(source))) else b""
    order = key.encoding.byte_order
    return lambda source: b"" if subject.is_own_number(source, key.vr, order) else source


def _time(value: str) -> str:
    """A time of day, or a range of them, as it is; what is none is emptied, like what is no date."""
    return value if is_one_or_range(value, is_time) else ""


def _cleaned(key: WriteKey, subject: Writes) -> Value:
    character_sets = key.character_sets if key.vr in CHARSET_VRS else ()
    is_single = key.vr in {"LT", "ST", "UR", "UT"}
    clean = subject.roi_name if key.tag in ROI_NAMES else subject.text

    def cleaned(source: bytes) -> bytes:
        text = decode(source.rstrip(b"\0 "), character_sets)
        values = [text] if is_single else text.split("\\")
        return encode_text("\\".join(map(clean, values)), character_sets)

    return cleaned


def _capped(key: WriteKey, _subject: Writes) -> Value:
    oldest = key.rule.value.encode("ascii")
    if oldest:
        return lambda source: _capped_number(source.strip(b" \0"), oldest)

    return lambda source: b"\\".join(_capped_age(age.strip(b" \0")) for age in source.split(b"\\"))


def _capped_age(age: bytes) -> bytes:
    """An AS of at most 90 years; what is none is emptied."""
    if len(age) != _AGE_LENGTH or not age[:3].isdigit():
        return b""
    if age[3:] in _YOUNG:
        return age
    return min(age, _CAPPED_AGE) if age[3:] == b"Y" else b""


def _capped_number(age: bytes, oldest: bytes) -> bytes:
    """A DS that is no higher; what is none is emptied."""
    if _DECIMAL.fullmatch(age) is None:
        return b""
    return min(age, oldest, key=float)


_VALUES: dict[Action, Callable[[WriteKey, Writes], Value]] = {
    Action.KEEP_UNLESS_OWN: _unless_own,
    Action.EMPTY: lambda _key, _subject: _constant(b""),
    Action.DUMMY: lambda key, _subject: _constant(dummy(key.vr)),
    Action.MASK: lambda _key, _subject: _constant(b"#"),
    Action.REPLACE: lambda key, _subject: _constant(key.rule.value.encode("ascii")),
    Action.PSEUDONYM: lambda _key, subject: _constant(subject.pseudonym.encode("ascii")),
    Action.MAP_UID: _mapped,
    Action.SHIFT_DATE: _shifted,
    Action.CLEAN: _cleaned,
    Action.CAP_AGE: _capped,
}
_CONSTANT = frozenset({Action.EMPTY, Action.DUMMY, Action.MASK, Action.REPLACE, Action.PSEUDONYM})


def moved_date(value: str, days: int, study_date: str | None) -> str:
    """A DA or DT value, or a range of them, moved by so many days.

    What is no date is emptied, for it could be anything.

    Args:
        value: one value without padding.
        days: how many days later.
        study_date: the date to put in its place, where all dates of a study become one.
    """
    if ends := ends_of_range(value, is_moment):
        moved = [_moved(end, days, study_date) for end in ends]
        return "-".join(moved) if [*map(bool, moved)] == [*map(bool, ends)] else ""
    return _moved(value, days, study_date)


def _moved(value: str, days: int, study_date: str | None) -> str:
    shift = shift_datetime if len(value) > _LONGEST_DATE else shift_date
    shifted = shift(value, days) or shift_datetime(value, days) or ""
    if study_date is None:
        return shifted
    precision = precision_of(shifted)
    return study_date[:precision] + shifted[precision:]
