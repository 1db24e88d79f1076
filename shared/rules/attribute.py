"""Name an attribute in a rule: by keyword, by tag, or by a path into a sequence."""

import re
from typing import NamedTuple

from shared.dicom.dictionary import DictionaryEntry, entry_of, tag_for_keyword
from shared.rules.place import Place

_TAG = re.compile(
    r"\((?P<group>[0-9A-F]{4}),(?P<element>[0-9A-F]{4})\)|(?P<plain>[0-9A-F]{8})", re.IGNORECASE
)
_TAG_RANGE = re.compile(r"\(?(?P<group>[0-9A-FX]{4}),?[0-9A-FX]{4}\)?", re.IGNORECASE)


class Attribute(NamedTuple):
    """An attribute by its path of tags: those of the sequences around it, then its own.

    `vr` is its Value Representation, `label` its keywords, joined by dots.
    """

    path: tuple[int, ...]
    vr: str
    label: str


def parse_attribute(text: str, place: Place) -> Attribute:
    """Read `Modality`, `(0008,0060)`, `00080060` or `RequestAttributesSequence.ScheduledProcedureStepID`.

    Raises:
        RulesetInvalid: a step is not in PS3.6, is private, or leads into what is no sequence.
    """
    path = tuple(_tag(step, place) for step in text.split("."))
    entries = [_entry(tag, place) for tag in path]
    for step, entry in zip(text.split("."), entries[:-1], strict=False):
        if entry.vr != "SQ":
            raise place.error(f"{step} is no sequence, so nothing lies inside it")
    label = ".".join(entry.keyword or _shown(tag) for tag, entry in zip(path, entries, strict=True))
    return Attribute(path=path, vr=entries[-1].vr, label=label)


def _tag(step: str, place: Place) -> int:
    if step and (tag := tag_for_keyword(step)) is not None:
        return tag
    if match := _TAG.fullmatch(step):
        return int(match["plain"] or match["group"] + match["element"], 16)
    if match := _TAG_RANGE.fullmatch(step):
        raise place.error(_range_problem(match["group"]))
    raise place.error(f"{step!r} is neither a keyword of PS3.6 nor a tag (gggg,eeee)")


def _range_problem(group: str) -> str:
    if group[-1] in "13579bdfBDF":
        return "private attributes cannot be used in a rule"
    return "a tag is written (gggg,eeee) or ggggeeee, with a digit for every x"


def _entry(tag: int, place: Place) -> DictionaryEntry:
    group = tag >> 16
    if group % 2:
        raise place.error("private attributes cannot be used in a rule")
    entry = entry_of(tag)
    if entry is None or group == 0:
        raise place.error(f"{_shown(tag)} is no data element of PS3.6")
    return entry


def _shown(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
