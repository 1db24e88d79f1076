"""From the codes of Table E.1-1 and the Type of an attribute to one action."""

import pytest

from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.resolve import dummy_content, resolved
from shared.deid.rules.table import Row, rows

REMOVE, EMPTY, DUMMY = Action.REMOVE, Action.EMPTY, Action.DUMMY
TYPES = ("1", "1C", "2", "2C", "3", None)
#: the table of the reference page: what a code means for each Type
MEANINGS = {
    "X": (DUMMY, REMOVE, EMPTY, EMPTY, REMOVE, REMOVE),
    "Z": (DUMMY, DUMMY, EMPTY, EMPTY, EMPTY, EMPTY),
    "D": (DUMMY,) * 6,
    "X/Z": (DUMMY, DUMMY, EMPTY, EMPTY, REMOVE, REMOVE),
    "X/D": (DUMMY, DUMMY, EMPTY, EMPTY, REMOVE, REMOVE),
    "X/Z/D": (DUMMY, DUMMY, EMPTY, EMPTY, REMOVE, REMOVE),
    "Z/D": (DUMMY, DUMMY, EMPTY, EMPTY, EMPTY, EMPTY),
}
CASES = [
    pytest.param(code, type_, action, id=f"{code} for Type {type_}")
    for code, actions in MEANINGS.items()
    for type_, action in zip(TYPES, actions, strict=True)
]


def test_the_table_has_no_other_code() -> None:
    """Every code of the Basic Profile has a meaning here."""
    assert {row.basic for row in rows().values()} == {*MEANINGS, "U", "X/Z/U*"}


@pytest.mark.parametrize(("code", "type_", "action"), CASES)
def test_a_code_means_what_the_object_needs(code: str, type_: str | None, action: Action) -> None:
    """A value for Type 1, an attribute for Type 2, as little as is allowed for Type 3."""
    assert resolved("table", code, "LO", type_) == Rule("table", action, required=type_ in {"1", "1C"})


@pytest.mark.parametrize(("code", "type_", "action"), CASES)
def test_the_dummy_of_a_uid_is_a_mapped_one(code: str, type_: str | None, action: Action) -> None:
    """Nothing else would be valid and tell instances apart."""
    expected = Action.MAP_UID if action is DUMMY else action

    assert resolved("table", code, "UI", type_).action is expected


@pytest.mark.parametrize(("code", "type_", "action"), CASES)
def test_the_dummy_of_a_sequence_has_items_that_say_nothing(
    code: str, type_: str | None, action: Action
) -> None:
    """An empty one would not be valid."""
    rule = resolved("table", code, "SQ", type_)

    expected = (Action.RECURSE, Mode.DUMMY) if action is DUMMY else (action, Mode.NORMAL)
    assert (rule.action, rule.inside) == expected


@pytest.mark.parametrize("type_", TYPES)
def test_uids_are_mapped_whatever_their_type(type_: str | None) -> None:
    """Code U knows nothing else."""
    assert resolved("table", "U", "UI", type_) == Rule("table", Action.MAP_UID)


@pytest.mark.parametrize("type_", TYPES)
def test_references_are_treated_item_by_item(type_: str | None) -> None:
    """Code X/Z/U* keeps the sequence; what is none under such a tag goes."""
    assert resolved("table", "X/Z/U*", "SQ", type_) == Rule("table", Action.RECURSE)
    assert resolved("table", "X/Z/U*", "LO", type_) == Rule("table", REMOVE)


@pytest.mark.parametrize(
    ("vr", "code", "type_", "expected"),
    [
        # text, names and dates tell something, whether the table lists them or not
        ("LO", None, "1", DUMMY),
        ("LO", None, None, DUMMY),
        ("PN", "D", "1C", DUMMY),
        ("DA", None, "3", DUMMY),
        ("UT", "X", "1", DUMMY),
        # what the table removes and nobody needs goes all the same
        ("LO", "X", "3", REMOVE),
        ("LO", "X/Z", None, REMOVE),
        ("LO", "Z", "3", DUMMY),
        # numbers and codes of a few letters have no room for a name
        ("CS", None, "1", Action.KEEP),
        ("DS", None, "1", Action.KEEP),
        ("US", None, None, Action.KEEP),
        # bulk may hold anything
        ("OB", None, "1", DUMMY),
        ("OB", None, "2", EMPTY),
        ("UN", None, "3", REMOVE),
        # sequences
        ("SQ", None, "3", Action.RECURSE),
        ("SQ", "D", "3", Action.RECURSE),
        ("SQ", "X", "3", REMOVE),
        ("SQ", "X", "2", REMOVE),
        ("SQ", "X", "1C", Action.RECURSE),
    ],
)
def test_content_that_may_say_nothing(vr: str, code: str | None, type_: str | None, expected: Action) -> None:
    """Structure and numbers stay, text becomes a dummy, and what goes elsewhere goes here."""
    rule = dummy_content(vr, Row(code, {}) if code else None, type_)

    assert (rule.name, rule.action) == ("dummy_content", expected)
    assert rule.inside is (Mode.DUMMY if expected is Action.RECURSE else Mode.NORMAL)
