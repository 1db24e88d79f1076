"""The options of PS3.15 section E.3, each alone and together."""

import csv
from importlib.resources import files

import pytest
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage

from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.options import BASIC_CODE, OPTIONS, Option
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules, Scope
from shared.deid.rules.table import EDITION, Row, rows
from shared.dicom.dictionary import _repeating, entry_of, tag_for_keyword

BASIC = Rules(Profile(name="local", description="Ours.")).scope(CTImageStorage)
MOVED = ("modified_dates", Action.SHIFT_DATE)
_KEEPING = {Action.KEEP, Action.KEEP_UNLESS_OWN, Action.CAP_AGE, Action.RECURSE}
_TEXT_VRS = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"})
#: (0042,0011) has a rule of its own, overlays and curves go whatever the options say
_OWN = {0x00420011, 0x50000000, 0x60003000, 0x60004000}
#: each row of the table with its VR
LISTED = {tag: entry.vr for tag in rows() if tag >> 16 >= 8 and tag not in _OWN and (entry := entry_of(tag))}


def scope_of(*options: Option, sop_class_uid: str = CTImageStorage) -> Scope:
    """The rules of a profile with these options and nothing else."""
    return Rules(Profile(name="local", description="Ours.", options=options)).scope(sop_class_uid)


def rule_for(keyword: str, *options: Option, sop_class_uid: str = CTImageStorage) -> Rule:
    """The rule for an attribute."""
    tag = tag_for_keyword(keyword)
    assert tag is not None
    entry = entry_of(tag)
    assert entry is not None
    return scope_of(*options, sop_class_uid=sop_class_uid).rule(tag, entry.vr)


def coded(option: Option, code: str) -> dict[int, str]:
    """The rows in which the table says this of an option, with their VR."""
    return {tag: vr for tag, vr in LISTED.items() if rows()[tag].options.get(OPTIONS[option].column) == code}


def test_every_column_of_the_table_is_one_option() -> None:
    """Only what Table E.1-1 has no column for has none: Clean Pixel Data."""
    text = files("shared.deid.rules").joinpath(f"ps3_15_table_e1_1_{EDITION}.csv").read_text(encoding="utf-8")
    columns = next(csv.reader(text.splitlines()))[3:]

    assert sorted(facts.column for facts in OPTIONS.values() if facts.column) == sorted(columns)
    assert [option for option, facts in OPTIONS.items() if not facts.column] == ["clean_pixel_data"]


def test_codes_are_those_of_cid_7050() -> None:
    """Each option has one of its own, and none claims that faces were removed (113102)."""
    codes = sorted(code for code, _ in [BASIC_CODE, *(facts.code for facts in OPTIONS.values())])

    assert codes == [str(number) for number in range(113100, 113113) if number != 113102]


@pytest.mark.parametrize("option", [option for option in OPTIONS if option != "modified_dates"])
def test_an_option_alone_changes_its_own_rows_only(option: Option) -> None:
    """Every row of the table that says nothing of it fares as under the Basic Profile."""
    scope = scope_of(option)
    silent = LISTED.keys() - coded(option, "K").keys() - coded(option, "C").keys()

    assert [hex(tag) for tag in silent if scope.rule(tag, LISTED[tag]) != BASIC.rule(tag, LISTED[tag])] == []


@pytest.mark.parametrize("option", [option for option in OPTIONS if coded(option, "K")])
def test_what_an_option_retains_stays(option: Option) -> None:
    """K: the value byte for byte, an age but for the oldest, a sequence with its items treated in turn."""
    scope = scope_of(option)
    rules = {tag: scope.rule(tag, vr) for tag, vr in coded(option, "K").items()}

    assert {rule.name for rule in rules.values()} <= {option}
    assert {rule.action for rule in rules.values()} <= _KEEPING
    assert {tag for tag, rule in rules.items() if rule.action is Action.RECURSE} == {
        tag for tag in rules if LISTED[tag] == "SQ"
    }
    assert {tag for tag, rule in rules.items() if rule.action is Action.CAP_AGE} <= {0x00101010, 0x0072005F}


@pytest.mark.parametrize(
    "option", [option for option in OPTIONS if option != "modified_dates" and coded(option, "C")]
)
def test_what_an_option_cleans_is_cleaned(option: Option) -> None:
    """C: text is cleaned, content inside; what nobody can clean fares as under the Basic Profile."""
    scope = scope_of(option)
    for tag, vr in coded(option, "C").items():
        rule = scope.rule(tag, vr)
        if vr == "SQ":
            assert rule == Rule(option, Action.RECURSE, inside=Mode.CONTENT)
        elif vr in _TEXT_VRS:
            assert (rule.name, rule.action) == (option, Action.CLEAN)
        else:
            assert rule == BASIC.rule(tag, vr)


def test_modified_dates_move_what_the_table_says_and_no_text() -> None:
    """C of a date is a shift; of Timezone Offset From UTC, which is text, nothing would be left to clean."""
    scope = scope_of("modified_dates")
    cleaned = coded("modified_dates", "C")
    moved = {tag for tag in LISTED if scope.rule(tag, LISTED[tag]).action is Action.SHIFT_DATE}

    assert moved == {tag for tag, vr in cleaned.items() if vr in {"DA", "DT", "TM"}}
    assert rule_for("TimezoneOffsetFromUTC", "modified_dates") == rule_for("TimezoneOffsetFromUTC")


@pytest.mark.parametrize(
    ("keyword", "options", "expected"),
    [
        # C before the Basic Profile
        ("StudyDescription", (), ("table", Action.REMOVE)),
        ("StudyDescription", ("clean_descriptors",), ("clean_descriptors", Action.CLEAN)),
        ("StudyDescription", ("uids", "full_dates", "device_identity"), ("table", Action.REMOVE)),
        ("StationAETitle", ("device_identity",), ("device_identity", Action.CLEAN)),
        ("Allergies", ("patient_characteristics",), ("patient_characteristics", Action.CLEAN)),
        # the first of two that say the same
        ("Allergies", ("clean_descriptors", "patient_characteristics"), ("clean_descriptors", Action.CLEAN)),
        ("DeviceUID", ("device_identity", "uids"), ("device_identity", Action.KEEP)),
        ("DeviceUID", ("uids", "device_identity"), ("uids", Action.KEEP)),
        # dates that move do so whatever else retains them
        ("DateOfLastCalibration", ("device_identity",), ("device_identity", Action.KEEP_UNLESS_OWN)),
        ("DateOfLastCalibration", ("device_identity", "modified_dates"), MOVED),
        ("DateOfLastCalibration", ("modified_dates", "device_identity"), MOVED),
        ("StudyDate", ("modified_dates", "clean_descriptors"), MOVED),
        # nothing retains the date of birth
        ("PatientBirthDate", ("full_dates", "patient_characteristics"), ("table", Action.EMPTY)),
        ("PatientBirthDate", ("modified_dates",), ("table", Action.EMPTY)),
        # ages
        ("PatientAge", ("patient_characteristics",), ("patient_characteristics", Action.CAP_AGE)),
        ("PatientAge", ("full_dates", "device_identity"), ("table", Action.REMOVE)),
        # pseudonyms
        ("PatientID", tuple(OPTIONS), ("pseudonym", Action.PSEUDONYM)),
        ("PatientName", tuple(OPTIONS), ("pseudonym", Action.PSEUDONYM)),
        # what the table does not list
        ("DateOfGainCalibration", ("full_dates",), ("unlisted_date", Action.KEEP_UNLESS_OWN)),
        ("CreatorVersionUID", ("uids",), ("uids", Action.KEEP)),
        ("CreatorVersionUID", ("device_identity",), ("unlisted_uid", Action.MAP_UID)),
    ],
)
def test_precedence(keyword: str, options: tuple[Option, ...], expected: tuple[str, Action]) -> None:
    """C goes before the Basic Profile, moved dates before all, and the first of options that agree."""
    rule = rule_for(keyword, *options)

    assert (rule.name, rule.action) == expected


@pytest.mark.parametrize(
    "options", [("clean_descriptors", "device_identity"), ("device_identity", "clean_descriptors")]
)
def test_what_one_option_retains_no_other_cleans(options: tuple[Option, ...]) -> None:
    """K goes before C in whatever order; no row of this edition has both, but the next one may."""
    row = Row("X", {"clean_descriptors": "C", "retain_device_identity": "K"})

    rule = scope_of(*options)._listed(0x00081030, "LO", row, None)
    assert rule == Rule("device_identity", Action.KEEP)


@pytest.mark.parametrize(
    ("options", "inside"),
    [
        ((), Mode.DUMMY),
        (("clean_descriptors",), Mode.DUMMY),
        (("clean_structured_content",), Mode.CONTENT),
    ],
)
def test_a_content_tree_is_filled_with_dummies_unless_it_is_cleaned(
    options: tuple[Option, ...], inside: Mode
) -> None:
    """Only Clean Structured Content opens it: a report needs its content (Type 1C), and may say nothing."""
    rule = rule_for("ContentSequence", *options, sop_class_uid=ComprehensiveSRStorage)

    assert (rule.action, rule.inside) == (Action.RECURSE, inside)


@pytest.mark.parametrize("keyword", ["OverlayData", "OverlayComments"])
def test_overlays_go_although_graphics_are_cleaned(keyword: str) -> None:
    """Nobody can look into them."""
    tag = next(tag for tag, entry in _repeating().items() if entry.keyword == keyword)

    assert scope_of("clean_graphics").rule(tag, "OW") == Rule("overlay", Action.REMOVE)
