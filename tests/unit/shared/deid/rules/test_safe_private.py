"""PS3.15 Table E.3.10-1 as the product has it, against the Standard's own."""

import csv
from pathlib import Path

import pytest

from shared.deid.rules import safe_private
from shared.deid.rules.actions import Action, Rule
from shared.deid.rules.profile import Profile
from shared.deid.rules.safe_private import is_safe, safe_rule, safe_vr

STANDARD = Path(__file__).parents[6] / "shared" / "standard" / "ps3_15_table_e3_10_1.csv"
OURS = Path(safe_private.__file__).with_name(f"ps3_15_table_e3_10_1_{safe_private.EDITION}.csv")


def rows_of(path: Path) -> list[tuple[str, ...]]:
    """The rows of a table, sorted, with tags written in one way."""
    with path.open(encoding="utf-8", newline="") as file:
        return sorted((tag.replace(",", ""), *others) for tag, *others in list(csv.reader(file))[1:])


@pytest.mark.skipif(not STANDARD.is_file(), reason="the Standard's table does not lie beside the repository")
def test_every_row_is_the_standards() -> None:
    """Tags, private creators, VRs and VMs agree row by row."""
    expected = rows_of(STANDARD)

    assert len(expected) > 400
    assert rows_of(OURS) == expected


SAFE = Profile(name="safe", description="Ours.", options=("safe_private",))
SAFE_WITH_UIDS = Profile(name="safe", description="Ours.", options=("safe_private", "uids"))


@pytest.mark.parametrize("tag", [0x70531000, 0x7053FF00, 0x70534200])
def test_the_block_is_the_data_sets_choice(tag: int) -> None:
    """Philips' SUV Factor is safe in any block."""
    assert is_safe("Philips PET Private Group", tag)


def test_spaces_around_the_creator_mean_nothing() -> None:
    """A value of VR LO is padded to even length."""
    assert is_safe(" GEMS_PARM_01 ", 0x00431039)


@pytest.mark.parametrize(
    ("creator", "tag"),
    [
        ("GEMS_PARM_01", 0x70531000),
        ("Philips PET Private Group", 0x70531001),
        ("philips pet private group", 0x70531000),
        ("GEIIS PACS", 0x09030010),
        ("GEIIS PACS", 0x09030F10),
        ("GEMS_PARM_01", 0x00430039),
        ("", 0x00431039),
        ("", 0x00100010),
    ],
)
def test_nothing_else_is_safe(creator: str, tag: int) -> None:
    """Neither another creator's attribute, nor an unlisted one, nor one that no block can hold."""
    assert (is_safe(creator, tag), safe_vr(creator, tag)) == (False, None)


@pytest.mark.parametrize(
    ("creator", "tag", "expected"),
    [
        ("Philips PET Private Group", 0x70531000, "DS"),
        ("GEMS_SERS_01", 0x00251007, "SL"),
        ("HOLOGIC, Inc.", 0x7E011010, "SQ"),
        ("Philips Imaging DD 001", 0x2001107D, "OW"),
        ("Philips Imaging DD 001", 0x2001105F, "SQ"),
    ],
)
def test_a_safe_attribute_has_a_vr(creator: str, tag: int, expected: str) -> None:
    """The first that the table allows, for reading implicit VR."""
    assert safe_vr(creator, tag) == expected


@pytest.mark.parametrize("tag", [0x01191011, 0x01191012, 0x01291003, 0x01291004, 0x01291005])
def test_of_five_attributes_the_table_does_not_say_the_vr(tag: int) -> None:
    """They are safe, and nobody knows how to read them in implicit VR."""
    creator = "SIEMENS Ultrasound SC2000"

    assert (is_safe(creator, tag), safe_vr(creator, tag)) == (True, None)


def test_only_private_attributes_are_listed() -> None:
    """Each group is odd."""
    assert [tag for tag, *_ in rows_of(OURS) if not int(tag[:4], 16) % 2] == []


@pytest.mark.parametrize("vr", ["LO", "IS", "DS", "OB", "AT", "SQ", "PN"])
def test_a_safe_uid_in_another_vr_goes(vr: str) -> None:
    """Nobody would map it there."""
    assert safe_rule("NQHeader", 0x00991001, vr, SAFE) is None


@pytest.mark.parametrize("vr", ["UI", "UN"])
@pytest.mark.parametrize(("tag", "is_uid"), [(0x00991001, True), (0x00991020, False)])
def test_a_safe_uid_fares_like_all_uids(tag: int, vr: str, *, is_uid: bool) -> None:
    """Mapped with them, so that links hold, or kept with them; whatever is of VR UI is one."""
    expected = [Rule("safe_private", Action.MAP_UID), Rule("uids", Action.KEEP)]
    if not is_uid and vr == "UN":
        expected = [Rule("safe_private", Action.KEEP)] * 2

    assert [safe_rule("NQHeader", tag, vr, profile) for profile in (SAFE, SAFE_WITH_UIDS)] == expected
