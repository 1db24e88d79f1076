"""Does a value match a key? (PS3.4 section C.2.2.2, PS3.18 section 8.3.4)."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from shared.local.dicom_store.refusal import bad_request

#: tells whether one value of an attribute, as the JSON model holds it, matches
Matcher = Callable[[Any], bool]

_WILD_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_RANGE_VRS = frozenset({"DA", "DT", "TM"})
_NUMBER_VRS = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_SEPARATORS = re.compile(r"[\s^=,]+")
_TIMEZONE = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d\Z")
_TEMPORAL = {
    "DA": re.compile(r"\d{8}"),
    "TM": re.compile(r"\d{2,6}(\.\d{1,6})?"),
    "DT": re.compile(r"\d{4,14}(\.\d{1,6})?"),
}
_WIDTHS = {"DA": 8, "TM": 12, "DT": 20}


def matcher(vr: str, key: str, *, fuzzy: bool = False) -> Matcher:
    """Make the matcher of a key that is not empty.

    `fuzzy` takes every word of a person's name as the beginning of one, whatever its case and its accents.

    Raises:
        Refusal: 400, the key does not fit the Value Representation, or cannot be matched.
    """
    if vr == "PN":
        return _fuzzy_name(key) if fuzzy else _name(key)
    if vr == "UI":
        uids = frozenset(re.split(r"[,\\]", key))
        return lambda value: value in uids
    if vr in _RANGE_VRS:
        return _range(vr, key)
    if vr in _WILD_VRS:
        patterns = [_pattern(part) for part in key.split("\\")]
        return lambda value: any(pattern.fullmatch(str(value)) for pattern in patterns)
    if vr in _NUMBER_VRS:
        return _number(key)
    if vr in {"AS", "AT"}:
        return lambda value: value == key
    raise bad_request("an attribute of this Value Representation cannot be matched")


def _pattern(key: str, flags: int = 0) -> re.Pattern[str]:
    """Wild cards: `*` for any characters, `?` for one (PS3.4 section C.2.2.2.4)."""
    text = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in key)
    return re.compile(text, re.DOTALL | flags)


def _name(key: str) -> Matcher:
    """Match the whole name or one of its groups, whatever the case; carets at the end mean nothing."""
    pattern = _pattern(key.rstrip("^"), re.IGNORECASE)

    def matches(value: Any) -> bool:
        groups = [str(group).rstrip("^") for group in value.values()]
        return any(pattern.fullmatch(text) for text in (*groups, "=".join(groups)))

    return matches


def _fuzzy_name(key: str) -> Matcher:
    wanted = _words(key.replace("*", " ").replace("?", " "))

    def matches(value: Any) -> bool:
        words = [word for group in value.values() for word in _words(str(group))]
        return all(any(word.startswith(each) for word in words) for each in wanted)

    return matches


def _words(name: str) -> list[str]:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return [word for word in _SEPARATORS.split(plain.casefold()) if word]


def _range(vr: str, key: str) -> Matcher:
    """Match a date or time, or a range that may be open at one end (PS3.4 section C.2.2.2.5)."""
    if vr == "DT" and _TIMEZONE.search(key):
        raise bad_request("date-times with an offset from UTC cannot be matched")
    low, hyphen, high = key.partition("-")
    if not hyphen:
        high = low
    for bound in (low, high):
        if bound and _TEMPORAL[vr].fullmatch(_digits(vr, bound)) is None:
            raise bad_request("a date or a time of a query is none")
    width = _WIDTHS[vr]
    first = _digits(vr, low).replace(".", "").ljust(width, "0")
    last = _digits(vr, high).replace(".", "").ljust(width, "9")
    return lambda value: first <= _digits(vr, str(value)).replace(".", "").ljust(width, "0") <= last


def _digits(vr: str, text: str) -> str:
    """Without the separators of ACR-NEMA, full stops in dates and colons in times, and without an offset."""
    if vr == "DT":
        return _TIMEZONE.sub("", text)
    return text.replace("." if vr == "DA" else ":", "")


def _number(key: str) -> Matcher:
    try:
        number = float(key)
    except ValueError as error:
        raise bad_request("a number of a query is none") from error
    return lambda value: value == number
