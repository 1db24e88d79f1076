"""The generated parts of `docs/reference/pixel-cleaning.md`, made from the shipped rules and the code."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from msgspec import UNSET

from scripts.reference_tables import table
from shared.deid.pixels.codec import COLOUR_TARGETS, TARGETS
from shared.deid.pixels.policy import PixelRule, load_policies
from shared.rules.model import GROUPS, OPERATORS, Condition

RULES = Path(__file__).resolve().parent.parent / "rulesets" / "pixels"
_JOINTS = {"all": "; and ", "any": "; or "}
_SIGNS = {"equals": "is", "in": "is", "contains": "contains", "does_not_contain": "does not contain"}


def pixel_rules() -> str:
    """One row a rule of the shipped policy, in the order in which they are asked."""
    rules = load_policies(RULES)["default"].definition.rules
    rows = [(f"`{rule.name}`", _condition(rule.when), _action(rule), rule.reason) for rule in rules]
    return table(("Rule", "Applies if", "Then", "Because"), rows)


def pixel_targets() -> str:
    """One row a transfer syntax whose frames can be encoded anew."""
    rows = [(_uid_names()[source], source, _becomes(source)) for source in TARGETS]
    return table(("Transfer syntax", "UID", "Once blanked"), rows)


def _becomes(source: str) -> str:
    uids = (TARGETS[source].uid, COLOUR_TARGETS.get(source, TARGETS[source]).uid)
    grey, colour = ("the same" if uid == source else _uid_names()[uid] for uid in uids)
    return grey if grey == colour else f"{grey}; in colour {colour}"


def _uid_names() -> dict[str, str]:
    text = files("shared.dicom").joinpath("ps3_06_uids.csv").read_text(encoding="utf-8")
    return {row[0]: row[1] for row in csv.reader(text.splitlines()[1:])}


def _action(rule: PixelRule) -> str:
    if rule.outside_ultrasound_regions:
        return "blank outside of the regions, hold without any"
    return f"{rule.action} (yields to NO)" if rule.yields_to_no else rule.action


def _condition(condition: Condition) -> str:
    """A condition as a sentence for people."""
    for group in GROUPS:
        members = getattr(condition, f"{group}_")
        if members is not UNSET:
            return _JOINTS[group].join(_condition(member) for member in members)
    name = next(name for name in OPERATORS if _operand(condition, name) is not UNSET)
    operand = _operand(condition, name)
    if name == "exists":
        return f"`{condition.attribute}` {'exists' if operand else 'is missing'}"
    return f"`{condition.attribute}` {_SIGNS.get(name, name)} {', '.join(_named(operand))}"


def _operand(condition: Condition, operator: str) -> object:
    return getattr(condition, "in_" if operator == "in" else operator)


def _named(operand: object) -> Iterator[str]:
    """Operands, UIDs by their names."""
    for text in operand if isinstance(operand, tuple) else (operand,):
        name = _uid_names().get(str(text))
        yield name.removesuffix(" Storage").removesuffix(" Image") if name else f"`{text}`"
