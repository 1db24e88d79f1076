"""A query as its parameters tell it (PS3.18 section 8.3.4)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from shared.dicom.dictionary import tag_for_keyword, vr_of
from shared.local.dicom_store.json_model import JsonDataSet
from shared.local.dicom_store.levels import DERIVED, Level
from shared.local.dicom_store.matching import Matcher, matcher
from shared.local.dicom_store.refusal import bad_request

#: as many results as are returned at most, and when no limit is given
MOST_RESULTS = 50_000
DEFAULT_RESULTS = 1000
_TAG = re.compile(r"[0-9A-Fa-f]{8}")
_OPTIONS = frozenset({"limit", "offset", "includefield", "fuzzymatching", "accept"})


class Query(NamedTuple):
    """What to match, what to return of it, and which part of the results.

    Attributes:
        matchers: by tag; one of None matches whatever the attribute is.
        fields: tags to return beyond the level's own; None for all.
    """

    matchers: dict[str, Matcher | None]
    fields: frozenset[str] | None
    limit: int
    offset: int

    def matches(self, attributes: JsonDataSet) -> bool:
        """Whether every key matches one of its attribute's values."""
        return all(
            each is None or any(map(each, _values(attributes, tag))) for tag, each in self.matchers.items()
        )

    def wants(self, level: Level, tag: str) -> bool:
        """Whether an attribute is in the answer."""
        if not level.has(tag):
            return False
        if self.fields is None or tag in level.defaults or tag in DERIVED[level.name]:
            return True
        return tag in self.fields or tag in self.matchers


def _values(attributes: JsonDataSet, tag: str) -> list[object]:
    return [value for value in attributes.get(tag, {}).get("Value", ()) if value is not None]


def parse_query(parameters: Iterable[tuple[str, str]], level: Level) -> Query:
    """Read the parameters of a query, which are percent-decoded.

    Raises:
        Refusal: 400, a parameter is unknown, is given twice, has no such value, or is not of this level.
    """
    pairs = list(parameters)
    options = {name.lower(): value for name, value in pairs if name.lower() in _OPTIONS}
    fuzzy = _boolean(options.get("fuzzymatching", "false"))
    matchers: dict[str, Matcher | None] = {}
    for name, value in pairs:
        if name.lower() not in _OPTIONS:
            tag = _matched_tag(name, level)
            if tag in matchers:
                raise bad_request("a query matches an attribute twice")
            matchers[tag] = matcher(vr_of(int(tag, 16)), value, fuzzy=fuzzy) if value.strip("*") else None
    return Query(
        matchers,
        _fields([value for name, value in pairs if name.lower() == "includefield"]),
        min(_whole(options.get("limit", str(DEFAULT_RESULTS))), MOST_RESULTS),
        _whole(options.get("offset", "0")),
    )


def _matched_tag(name: str, level: Level) -> str:
    tag = _tag(name)
    if not level.has(tag):
        raise bad_request("an attribute of a query is not of the level that is searched")
    if vr_of(int(tag, 16)) == "SQ":
        raise bad_request("sequences cannot be matched")
    return tag


def _fields(values: list[str]) -> frozenset[str] | None:
    """Several fields in one parameter or each in its own; `all` for every attribute of the level."""
    names = [name for value in values for name in value.split(",") if name]
    return None if "all" in names else frozenset(map(_tag, names))


def _tag(name: str) -> str:
    """The tag of eight hexadecimal digits, or of a keyword."""
    if _TAG.fullmatch(name):
        return name.upper()
    tag = tag_for_keyword(name)
    if tag is None:
        raise bad_request("a parameter of a query is neither a tag nor a keyword nor an option")
    return f"{tag:08X}"


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise bad_request("limit and offset are whole numbers")
    return int(text)


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise bad_request("fuzzymatching is true or false")
    return text == "true"
