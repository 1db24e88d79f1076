"""One rule for every element: masks, and elements in another VR than the Standard's."""

import pytest
from pydicom.uid import CTImageStorage

from shared.deid.rules.actions import Action
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules
from shared.dicom.dictionary import _entries, tag_for_keyword
from shared.dicom.scan import LONG_VRS, SHORT_VRS
from tests.images import MAIN_PROFILES, PROFILES

RULES = {
    name: Rules(profile).scope(CTImageStorage) for name, profile in PROFILES.items() if name in MAIN_PROFILES
}
VRS = sorted(LONG_VRS | SHORT_VRS)
#: every attribute that the Standard defines for data sets, with its VR
DEFINED = {number: entry.vr for number, entry in _entries().items() if number >> 16 >= 8}


def tag(keyword: str) -> int:
    """The tag of a keyword of PS3.6."""
    found = tag_for_keyword(keyword)
    assert found is not None
    return found


def actions(number: int, vr: str) -> set[Action]:
    """What the shipped profiles do with an element."""
    return {scope.rule(number, vr).action for scope in RULES.values()}


@pytest.mark.parametrize("vr", VRS)
@pytest.mark.parametrize(
    "keyword", ["PatientName", "OperatorsName", "PatientMotherBirthName", "NameOfPhysiciansReadingStudy"]
)
def test_no_vr_in_the_file_saves_a_name(keyword: str, vr: str) -> None:
    """A name that is encoded as something else is still replaced or removed."""
    assert not actions(tag(keyword), vr) & {Action.KEEP, Action.SHIFT_DATE, Action.RECURSE}


@pytest.mark.parametrize("vr", [vr for vr in VRS if vr != "TM"])
def test_no_vr_in_the_file_hides_text_in_a_time(vr: str) -> None:
    """Times of day stay as they are, so what only has the tag of one goes."""
    assert RULES["modified_dates"].rule(tag("StudyTime"), vr).action is Action.REMOVE


@pytest.mark.parametrize("vr", [vr for vr in VRS if vr != "UN"])
def test_no_vr_in_the_file_saves_a_date_or_uid(vr: str) -> None:
    """The Standard's VR decides about dates and UIDs."""
    assert actions(tag("StudyInstanceUID"), vr) <= {Action.MAP_UID, Action.REMOVE}
    assert actions(tag("StudyDate"), vr) <= {Action.EMPTY, Action.SHIFT_DATE, Action.REMOVE}


@pytest.mark.parametrize("vr", ["LO", "LT", "SH", "ST", "UC", "UR", "UT", "CS"])
@pytest.mark.parametrize(
    "keyword", ["Rows", "RevolutionTime", "TableSpeed", "RedPaletteColorLookupTableDescriptor"]
)
def test_text_in_place_of_a_binary_number_goes(keyword: str, vr: str) -> None:
    """Nobody can read it as what it should be."""
    assert actions(tag(keyword), vr) == {Action.REMOVE}
    assert actions(tag(keyword), "OW") == {Action.KEEP}


@pytest.mark.parametrize(
    ("vr", "expected"),
    [
        ("IS", Action.KEEP),
        ("DS", Action.KEEP),
        ("UN", Action.KEEP),
        ("LO", Action.REMOVE),
        ("UT", Action.REMOVE),
    ],
)
def test_text_in_place_of_a_safe_private_number_goes(vr: str, expected: Action) -> None:
    """Table E.3.10-1 vouches for a b-value, not for a note."""
    scope = Rules(PROFILES["safe_private"]).scope(CTImageStorage)

    assert scope.rule(0x0019100C, vr, "SIEMENS MR HEADER").action is expected


@pytest.mark.parametrize("keyword", ["PatientID", "Modality", "StudyInstanceUID", "InstitutionName"])
def test_what_pretends_to_be_a_sequence_goes(keyword: str) -> None:
    """No other value can be written into items."""
    assert actions(tag(keyword), "SQ") == {Action.REMOVE}


@pytest.mark.parametrize(
    ("keyword", "vr"),
    [
        ("PatientName", "PN"),
        ("ReferringPhysicianName", "PN"),
        ("OperatorsName", "PN"),
        ("InstitutionName", "LO"),
        ("InstitutionAddress", "ST"),
        ("InstitutionalDepartmentName", "LO"),
        ("PatientAddress", "LO"),
        ("PatientTelephoneNumbers", "SH"),
        ("ReferringPhysicianAddress", "ST"),
    ],
)
def test_draw_masks_what_it_lists(keyword: str, vr: str) -> None:
    """Where the Basic Profile would remove, empty or replace, the value becomes `#`."""
    assert RULES["draw"].rule(tag(keyword), vr).action is Action.MASK
    assert RULES["basic"].rule(tag(keyword), vr).action is not Action.MASK


def test_a_mask_changes_nothing_else() -> None:
    """`draw` and `modified_dates` differ in masked attributes alone."""
    decisions = {
        (RULES["modified_dates"].rule(number, vr).action, RULES["draw"].rule(number, vr).action)
        for number, vr in DEFINED.items()
    }

    differing = {pair for pair in decisions if pair[0] is not pair[1]}
    assert {before for before, _ in differing} == {
        *(Action.REMOVE, Action.EMPTY, Action.DUMMY),
        Action.PSEUDONYM,
    }
    assert {after for _, after in differing} == {Action.MASK}


def test_what_is_kept_is_not_masked() -> None:
    """`mask` is no way to change what the Basic Profile keeps."""
    scope = Rules(Profile(name="local", description="", mask=("Manufacturer",))).scope(CTImageStorage)

    assert scope.rule(tag("Manufacturer"), "LO").action is Action.KEEP
