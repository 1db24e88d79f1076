"""What is known of kinds of elements: never more than some, and always the same."""

import pytest
from pydicom.uid import CTImageStorage

from shared.deid.header.fates import Fate, Fates, KnownFates, LevelKind
from shared.deid.rules.actions import Action, Mode
from shared.deid.rules.scope import Rules, Scope
from shared.dicom.scan import EXPLICIT_LITTLE
from tests.images import PROFILES

PATIENT_NAME = (0x00100010, "PN", "")


def scope() -> Scope:
    """The rules of the basic profile."""
    return Rules(PROFILES["basic"]).scope(CTImageStorage)


def level(rules: Scope, number: int = 0) -> LevelKind:
    """One of many kinds of levels."""
    return LevelKind(
        rules, EXPLICIT_LITTLE, (f"ISO_IR {number}",), has_standard_code=False, is_somebodys=False
    )


def test_kinds_of_elements_do_not_pile_up() -> None:
    """A file may have as many private elements as it likes; what is known again is what it was."""
    fates = Fates(level(scope()))
    before: Fate = fates[PATIENT_NAME]
    sizes = set()
    for number in range(5000):
        assert fates[0x00191000 + number, "LO", f"ACME {number}"].rule.action is Action.REMOVE
        sizes.add(len(fates))

    assert max(sizes) <= 1024
    assert PATIENT_NAME not in fates
    assert fates[PATIENT_NAME] == before


def test_kinds_of_levels_do_not_pile_up() -> None:
    """Of those that were forgotten the fates are made anew."""
    known, rules = KnownFates(), scope()
    first = known.at(level(rules))

    assert known.at(level(rules)) is first
    for number in range(1, 65):
        known.at(level(rules, number))
    assert known.at(level(rules)) is not first
    assert known.at(level(rules))[PATIENT_NAME] == first[PATIENT_NAME]


@pytest.mark.parametrize(("tag", "vr", "steers"), [(0x00080100, "SH", True), (0x0040A040, "CS", False)])
def test_of_content_codes_decide_and_nothing_else(tag: int, vr: str, *, steers: bool) -> None:
    """What differs in a Value Type of the same length is built alike."""
    inside = scope().inside(0x0040A730, Mode.CONTENT)

    assert Fates(level(inside))[tag, vr, ""].steers is steers
