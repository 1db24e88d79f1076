"""One rule for every element."""

import pytest
from pydicom.uid import CTImageStorage

from shared.deid.rules.actions import Action
from shared.deid.rules.scope import Rules
from shared.dicom.dictionary import _entries, entry_of, tag_for_keyword
from tests.images import MAIN_PROFILES, PROFILES
from tests.tables import basic_codes

RULES = {
    name: Rules(profile).scope(CTImageStorage) for name, profile in PROFILES.items() if name in MAIN_PROFILES
}
ALL = ("basic", "modified_dates", "draw")
SHIFTING = ("modified_dates", "draw")
#: every attribute that the Standard defines for data sets, with its VR
DEFINED = {number: entry.vr for number, entry in _entries().items() if number >> 16 >= 8}
UNLISTED = {number: vr for number, vr in DEFINED.items() if number not in basic_codes()}


def tag(keyword: str) -> int:
    """The tag of a keyword of PS3.6."""
    found = tag_for_keyword(keyword)
    assert found is not None
    return found


def actions(number: int, vr: str) -> set[Action]:
    """What the shipped profiles do with an element."""
    return {scope.rule(number, vr).action for scope in RULES.values()}


@pytest.mark.parametrize(
    ("number", "vr"),
    [
        (0x00090010, "LO"),
        (0x00091001, "PN"),
        (0x00091001, "SQ"),
        (0x00091001, "UI"),
        (0x60013000, "OW"),
        (0xFFFFFFFF, "LO"),
        (0x00110020, "SH"),
    ],
)
def test_private_attributes_go(number: int, vr: str) -> None:
    """Whatever their VR and block: nobody outside knows what they hold."""
    assert actions(number, vr) == {Action.REMOVE}


@pytest.mark.parametrize("group", [0x0008, 0x0010, 0x0028, 0x7FE0])
def test_group_lengths_go(group: int) -> None:
    """They would be wrong afterwards (PS3.5 section 7.2)."""
    assert actions(group << 16, "UL") == {Action.REMOVE}


@pytest.mark.parametrize(
    "keyword",
    [
        "SourceApplicationEntityTitle",
        "PrivateInformation",
        "ReferencedFileID",
        "MoveDestination",
        "MessageID",
    ],
)
def test_groups_below_0008_go(keyword: str) -> None:
    """Commands, file meta information and directory records have no place in a data set."""
    number = tag(keyword)
    entry = entry_of(number)

    assert entry is not None
    assert actions(number, entry.vr) == {Action.REMOVE}


@pytest.mark.parametrize("number", [0x00080060, 0x0020000D, 0x00081140, 0x00281052, 0x00081234])
def test_what_is_un_goes(number: int) -> None:
    """Nobody can look inside, not even where the tag is a harmless one."""
    assert actions(number, "UN") == {Action.REMOVE}


@pytest.mark.parametrize(
    ("keyword", "vr"), [("PatientName", "PN"), ("StudyID", "SH"), ("AccessionNumber", "SH")]
)
def test_what_is_un_is_replaced_like_any_other(keyword: str, vr: str) -> None:
    """Where a value goes anyhow, nobody has to look into it; the attribute may be needed."""
    assert actions(tag(keyword), "UN") == actions(tag(keyword), vr)


@pytest.mark.parametrize("number", [0x00081FFE, 0x0010EEEE, 0x7FE1 << 16 | 0x0010, 0x002031FF, 0x00280405])
@pytest.mark.parametrize("vr", ["LO", "UI", "SQ", "DA", "TM", "IS"])
def test_what_the_standard_does_not_define_goes(number: int, vr: str) -> None:
    """An unknown even tag is removed, in whatever VR it claims to be."""
    assert actions(number, vr) == {Action.REMOVE}


@pytest.mark.parametrize("number", [0x50003000, 0x50020010, 0x50FE2500, 0x60003000, 0x60004000, 0x60020010])
def test_curves_and_overlays_go(number: int) -> None:
    """With their data their description goes, in every group of the range."""
    assert actions(number, "OW") == {Action.REMOVE}


@pytest.mark.parametrize("number", [0x00120062, 0x00120063, 0x00120064, 0x00280303])
def test_markers_of_an_earlier_de_identification_go(number: int) -> None:
    """Airlock writes them anew and truly (PS3.15 section E.1.1)."""
    entry = entry_of(number)

    assert entry is not None
    assert actions(number, entry.vr) == {Action.REMOVE}


def test_padding_goes() -> None:
    """Data Set Trailing Padding may hide anything."""
    assert actions(0xFFFCFFFC, "OB") == {Action.REMOVE}


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("PatientID", {Action.PSEUDONYM}),
        ("StudyInstanceUID", {Action.MAP_UID}),
        ("SOPInstanceUID", {Action.MAP_UID}),
        ("FrameOfReferenceUID", {Action.MAP_UID}),
        ("IrradiationEventUID", {Action.MAP_UID}),
        ("AccessionNumber", {Action.EMPTY}),
        ("StudyID", {Action.EMPTY}),
        ("PatientSex", {Action.EMPTY}),
        ("StationName", {Action.REMOVE, Action.DUMMY}),
        ("DeviceSerialNumber", {Action.REMOVE}),
        ("ProtocolName", {Action.REMOVE}),
        ("StudyDescription", {Action.REMOVE}),
        ("ImageComments", {Action.REMOVE}),
        ("PatientAge", {Action.REMOVE}),
        ("CommentsOnTheScheduledProcedureStep", {Action.REMOVE}),
        ("RetrieveURL", {Action.REMOVE}),
        ("EncryptedAttributesSequence", {Action.REMOVE}),
        ("TextValue", {Action.REMOVE}),
        ("Modality", {Action.KEEP}),
        ("PixelSpacing", {Action.KEEP}),
        ("RescaleSlope", {Action.KEEP}),
        ("WindowCenter", {Action.KEEP}),
        ("Manufacturer", {Action.KEEP}),
        ("BodyPartExamined", {Action.KEEP}),
        ("SpecificCharacterSet", {Action.KEEP}),
        ("RadionuclideTotalDose", {Action.KEEP}),
    ],
)
def test_attributes_of_images(keyword: str, expected: set[Action]) -> None:
    """What the shipped profiles do with the attributes that every image has."""
    number = tag(keyword)
    entry = entry_of(number)

    assert entry is not None
    assert actions(number, entry.vr) <= expected


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("OtherPatientIDsSequence", Action.REMOVE),  # X
        ("VerifyingObserverIdentificationCodeSequence", Action.EMPTY),  # Z
        ("ContentSequence", Action.RECURSE),  # D
        ("PersonIdentificationCodeSequence", Action.RECURSE),  # D
        ("AcquisitionContextSequence", Action.REMOVE),  # X/Z, Type 3 in a CT image
        ("OperatorIdentificationSequence", Action.REMOVE),  # X/D
        ("InstitutionCodeSequence", Action.REMOVE),  # X/Z/D
        ("ReferencedImageSequence", Action.RECURSE),  # X/Z/U*
        ("SourceImageSequence", Action.RECURSE),  # X/Z/U*
        ("ContributingEquipmentSequence", Action.RECURSE),  # not listed
        ("SharedFunctionalGroupsSequence", Action.RECURSE),  # not listed
    ],
)
def test_sequences_of_each_code(keyword: str, expected: Action) -> None:
    """A sequence is removed, emptied or cleaned inside; none stays as it is."""
    assert actions(tag(keyword), "SQ") == {expected}


@pytest.mark.parametrize("name", ALL)
def test_no_sequence_is_kept_as_it_is(name: str) -> None:
    """Not one of the Standard's sequences, listed or not, escapes cleaning."""
    outcomes = {RULES[name].rule(number, vr).action for number, vr in DEFINED.items() if vr == "SQ"}

    assert outcomes == {Action.REMOVE, Action.EMPTY, Action.RECURSE}


@pytest.mark.parametrize(
    ("keyword", "vr", "basic", "shifting"),
    [
        ("StudyDate", "DA", Action.EMPTY, Action.SHIFT_DATE),
        ("SeriesDate", "DA", None, Action.SHIFT_DATE),
        ("ContentDate", "DA", Action.EMPTY, Action.SHIFT_DATE),
        ("AcquisitionDateTime", "DT", None, Action.SHIFT_DATE),
        ("StudyTime", "TM", Action.EMPTY, Action.SHIFT_DATE),
        ("ContentTime", "TM", Action.EMPTY, Action.SHIFT_DATE),
        ("PatientBirthDate", "DA", Action.EMPTY, Action.EMPTY),
        ("PatientBirthTime", "TM", Action.REMOVE, Action.REMOVE),
        ("DateOfSecondaryCapture", "DA", None, Action.SHIFT_DATE),
        ("RadiopharmaceuticalStartTime", "TM", None, Action.SHIFT_DATE),
        ("TimezoneOffsetFromUTC", "SH", Action.REMOVE, Action.REMOVE),
        ("PatientAge", "AS", Action.REMOVE, Action.REMOVE),
    ],
)
def test_dates_and_times_in_the_table(keyword: str, vr: str, basic: Action | None, shifting: Action) -> None:
    """Without the option they go, with it they move; times of day stay; birth never does."""
    number = tag(keyword)
    removing = RULES["basic"].rule(number, vr).action

    assert removing is basic if basic else removing in {Action.REMOVE, Action.DUMMY, Action.EMPTY}
    assert {RULES[name].rule(number, vr).action for name in SHIFTING} == {shifting}


@pytest.mark.parametrize("vr", ["DA", "DT", "TM"])
def test_dates_and_times_that_the_table_does_not_list(vr: str) -> None:
    """They are dates of somebody all the same."""
    unlisted = [number for number, its_vr in UNLISTED.items() if its_vr == vr]

    assert unlisted
    assert {RULES["basic"].rule(number, vr).action for number in unlisted} == {Action.REMOVE}
    shifting = {RULES[name].rule(number, vr).action for name in SHIFTING for number in unlisted}
    assert shifting == {Action.SHIFT_DATE}


@pytest.mark.parametrize("keyword", ["CodingSchemeUID", "ContextUID", "MappingResourceUID"])
def test_uids_of_coding_schemes_stay(keyword: str) -> None:
    """They tell what a code means, whoever has made them."""
    assert actions(tag(keyword), "UI") == {Action.KEEP}


@pytest.mark.parametrize(
    "keyword",
    [
        "AvailableTransferSyntaxUID",
        "CreatorVersionUID",
        "RadiopharmaceuticalAdministrationEventUID",
        "ReferencedSOPClassUID",
        "SOPClassUID",
        "SOPInstanceUIDOfConcatenationSource",
    ],
)
def test_uids_that_the_table_does_not_list_are_mapped(keyword: str) -> None:
    """Any other UID may tell which one; what PS3.6 registers no mapping changes."""
    assert tag(keyword) not in basic_codes()
    assert actions(tag(keyword), "UI") == {Action.MAP_UID}


def test_person_names_that_the_table_does_not_list_go() -> None:
    """A name is a name, also under a new tag; the profile `draw` leaves `#`."""
    unlisted = [number for number, vr in UNLISTED.items() if vr == "PN"]

    assert unlisted
    assert {RULES["basic"].rule(number, "PN").action for number in unlisted} == {Action.REMOVE}
    assert {RULES["draw"].rule(number, "PN").action for number in unlisted} == {Action.MASK}


@pytest.mark.parametrize("name", ALL)
def test_no_listed_attribute_is_kept(name: str) -> None:
    """Not one row of Table E.1-1 is spared, whatever the dates."""
    kept = {
        number
        for number in basic_codes()
        if (entry := entry_of(number)) and RULES[name].rule(number, entry.vr).action is Action.KEEP
    }

    assert kept == set()
