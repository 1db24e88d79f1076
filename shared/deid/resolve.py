"""From the codes of Table E.1-1 to one action, by the attribute's Type in its IOD (PS3.15 section E.1).

A code such as X/Z/D names what is allowed; which of them it is, follows from what the object needs to stay
valid: a value (Type 1), the attribute (Type 2), or nothing.
"""

from shared.deid.actions import Action, Mode, Rule
from shared.deid.table import Row

_NEEDS_VALUE = frozenset({"1", "1C"})
_NEEDS_ATTRIBUTE = frozenset({"2", "2C"})
#: text that could name somebody, and dates; all else has no room for it
_TELLING_VRS = frozenset({"AE", "AS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"})
STRING_VRS = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"})
BINARY_VRS = frozenset({"FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"})
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


def kept(option: str, vr: str) -> Rule:
    """The rule that K means for an attribute: it stays, and of an age over 89 years so much."""
    if vr == "SQ":
        return Rule(option, Action.RECURSE)
    return Rule(option, Action.CAP_AGE if vr == "AS" else Action.KEEP)


def cleaned(option: str, vr: str, type_: str | None) -> Rule | None:
    """The rule that C means for a VR; None where there is nothing to clean, and the basic code decides."""
    if vr == "SQ":
        return Rule(option, Action.RECURSE, inside=Mode.CONTENT)
    if vr in STRING_VRS:
        return Rule(option, Action.CLEAN, required=type_ in {"1", "1C"})
    return None
