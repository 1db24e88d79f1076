"""From the codes of Table E.1-1 to one action, by the attribute's Type in its IOD (PS3.15 section E.1).

A code such as X/Z/D names what is allowed; which of them it is, follows from what the object needs to stay
valid: a value (Type 1), the attribute (Type 2), or nothing.
"""

from shared.deid.readings.words import TEXT_VRS
from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.concept_codes import STRUCTURE
from shared.deid.rules.options import OPTIONS, Dates, Option
from shared.deid.rules.table import Row

_NEEDS_VALUE = frozenset({"1", "1C"})
_NEEDS_ATTRIBUTE = frozenset({"2", "2C"})
#: text that could name somebody, and dates; all else has no room for it
_TELLING_VRS = frozenset({"AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"})
DATE_VRS = frozenset({"DA", "DT", "TM"})
STRING_VRS = TEXT_VRS - {"PN"}
_BINARY_VRS = frozenset({"FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
_BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


def resolved(name: str, code: str, vr: str, type_: str | None) -> Rule:
    """The rule that a code of the Basic Profile means here.

    Args:
        name: of the rule.
        code: X, Z, D, U or a combination.
        vr: the attribute's VR.
        type_: its Type in this object; None where the IOD does not have it.
    """
    action = _action(code, type_)
    if code == "U" or (vr == "UI" and action is Action.DUMMY):
        return Rule(name, Action.MAP_UID)
    if code == "X/Z/U*":
        return Rule(name, Action.RECURSE) if vr == "SQ" else Rule(name, Action.REMOVE)
    if vr == "SQ" and action is Action.DUMMY:
        return Rule(name, Action.RECURSE, inside=Mode.DUMMY)
    return Rule(name, action, required=type_ in _NEEDS_VALUE)


def _action(code: str, type_: str | None) -> Action:
    if code == "D" or (type_ in _NEEDS_VALUE and (code != "X" or type_ == "1")):
        return Action.DUMMY
    if code.startswith("X"):
        return Action.EMPTY if type_ in _NEEDS_ATTRIBUTE else Action.REMOVE
    return Action.EMPTY


def dummy_content(vr: str, row: Row | None, type_: str | None) -> Rule:
    """The rule for an element of content that must be there and may say nothing; UIDs have their own."""
    name = "dummy_content"
    if vr == "SQ":
        dropped = row is not None and row.basic == "X" and type_ not in _NEEDS_VALUE
        return Rule(name, Action.REMOVE) if dropped else Rule(name, Action.RECURSE, inside=Mode.DUMMY)
    if vr in _BULK_VRS or (row is not None and row.basic.startswith("X") and type_ in {None, "3"}):
        return Rule(name, _action("X", type_), required=type_ in _NEEDS_VALUE)
    return Rule(name, Action.DUMMY if vr in _TELLING_VRS else Action.KEEP)


def kept(option: str, vr: str, type_: str | None = None) -> Rule:
    """The rule that K means for an attribute: it stays, dates but that of birth, and of an age so much."""
    if vr == "SQ":
        return Rule(option, Action.RECURSE)
    if vr in DATE_VRS:
        return Rule(option, Action.KEEP_UNLESS_OWN, required=type_ in _NEEDS_VALUE)
    return Rule(option, Action.CAP_AGE if vr == "AS" else Action.KEEP)


def mode_inside(outer: Mode, tag: int, mode: Mode) -> Mode:
    """How the items of a sequence are treated, for which `mode` was meant; a mode once taken holds."""
    if outer is Mode.SOMEBODYS:
        # What the concept is called, the unit and the content below are nobody's.
        return Mode.DUMMY if tag in STRUCTURE else Mode.SOMEBODYS
    return mode if outer is Mode.NORMAL or mode is Mode.DUMMY else outer


def dated(name: str, dates: Dates, vr: str, type_: str | None) -> Rule:
    """The rule that the profile's option on dates means for a date, or a time of day."""
    if dates == "remove":
        return resolved(name, "X", vr, type_)
    if dates == "keep":
        return kept(name, vr, type_)
    return Rule(name, Action.SHIFT_DATE, required=type_ in _NEEDS_VALUE)


def name_of_date(dates: Dates, row: Row | None) -> str:
    """The rule that lets a date stay or move; empty where the profile or Table E.1-1 lets none do so."""
    if dates == "remove":
        return ""
    if row is None:
        return "unlisted_date"
    option: Option = "full_dates" if dates == "keep" else "modified_dates"
    return option if OPTIONS[option].column in row.options else ""


def cleaned(option: str, vr: str, type_: str | None) -> Rule | None:
    """The rule that C means for a VR; None where there is nothing to clean, and the basic code decides."""
    if vr == "SQ":
        return Rule(option, Action.RECURSE, inside=Mode.CONTENT)
    if vr in STRING_VRS:
        return Rule(option, Action.CLEAN, required=type_ in _NEEDS_VALUE)
    return None


def is_disguise(vr: str, standard: str) -> bool:
    """What only pretends to be a sequence, hides a time of day, or is text in place of a binary number."""
    return vr == "SQ" or standard == "TM" or (vr in STRING_VRS and standard in _BINARY_VRS)


def effective_vr(vr: str, standard: str) -> str:
    """The Standard's VR where the file's could hide what it is."""
    return standard if standard in {"UI", "SQ", "PN", "DA", "DT"} else vr


def overridden(action: Action, value: str, vr: str) -> Rule:
    """What an override means for a VR: of a sequence that stays the items are treated in turn."""
    if action is Action.DUMMY:
        return resolved("override", "D", vr, None)
    if action is Action.KEEP and vr == "SQ":
        return Rule("override", Action.RECURSE)
    return Rule("override", action, value)
