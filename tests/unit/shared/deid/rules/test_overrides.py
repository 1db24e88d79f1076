"""Overrides: what they are about, what they go before, and what is refused."""

from typing import Any, get_args

import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import CTImageStorage

from shared.deid.instance import Deidentifier
from shared.deid.rules.actions import Action, Rule
from shared.deid.rules.load import check
from shared.deid.rules.overrides import Override, OverrideAction, Target
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules, Scope
from shared.dicom.dictionary import _entries
from shared.dicom.source import MemorySource
from shared.errors import ElementHeld, RulesetInvalid
from tests.images import IMAGING, FixedKeys, ct_image, item, part10, read, written

ACCESSION_NUMBER, REQUEST_ATTRIBUTES = 0x00080050, 0x00400275
STATION_NAME, STACK_ID, PROTOCOL_NAME = 0x00081010, 0x00209056, 0x00181030
SIEMENS = "SIEMENS MR HEADER"


def override(attribute: str, action: OverrideAction = "keep", **more: Any) -> Override:
    """An override with all that it needs."""
    defaults = {"reason": "The receiver needs it.", "i_understand": "It is invented."}
    return Override(attribute=attribute, action=action, **{**defaults, **more})


def profile_with(*overrides: Override, **more: Any) -> Profile:
    """The Basic Profile with these overrides."""
    profile = Profile(name="local", description="Ours.", overrides=overrides, **more)
    check(profile, "local.yaml")
    return profile


def scope_with(*overrides: Override, **more: Any) -> Scope:
    """The rules of a CT image under these overrides."""
    return Rules(profile_with(*overrides, **more)).scope(CTImageStorage)


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("StationName", Target((STATION_NAME,))),
        ("(0008,1010)", Target((STATION_NAME,))),
        ("RequestAttributesSequence.AccessionNumber", Target((REQUEST_ATTRIBUTES, ACCESSION_NUMBER))),
        ("(0019,SIEMENS MR HEADER,0C)", Target((0x0019000C,), SIEMENS)),
        ("(0019, SIEMENS MR HEADER ,0c)", Target((0x0019000C,), SIEMENS)),
    ],
)
def test_an_attribute_is_named_in_four_ways(attribute: str, expected: Target) -> None:
    """By keyword, tag, path, and a private one by its creator."""
    assert override(attribute).target_in("local") == expected
    assert expected.tag == expected.path[-1]


@pytest.mark.parametrize(
    "attribute",
    [
        "StationNom",
        "(0019,100C)",
        "(0018,SIEMENS MR HEADER,0C)",
        "(0019,,0C)",
        "StationName.AccessionNumber",
        "(0008,10xx)",
        "",
    ],
)
def test_what_is_no_attribute_is_refused(attribute: str) -> None:
    """Unknown keywords, private tags without creator, creators in even groups, paths through no sequence."""
    with pytest.raises(RulesetInvalid):
        override(attribute).check("local.yaml", "overrides[0]")


@pytest.mark.parametrize(
    ("attribute", "action", "changes"),
    [
        ("StationName", "keep", {"reason": " "}),
        ("StationName", "keep", {"i_understand": ""}),
        ("StationName", "keep", {"i_understand": "  "}),
        ("PatientWeight", "keep", {"i_understand": ""}),
        ("ImageComments", "keep", {"i_understand": ""}),
        ("StudyInstanceUID", "map_uid", {"i_understand": ""}),
        ("SegmentLabel", "keep", {"i_understand": ""}),
        ("NameOfPhysiciansReadingStudy", "keep", {"i_understand": ""}),
        ("(0019,SIEMENS MR HEADER,0C)", "keep", {"i_understand": ""}),
        ("VolumeFrameOfReferenceUID", "keep", {"i_understand": ""}),
        ("InstanceCoercionDateTime", "keep", {"i_understand": ""}),
        ("DateOfGainCalibration", "shift_date", {"i_understand": ""}),
        ("PixelData", "keep", {"i_understand": ""}),
        ("SourceImageSequence.PixelData", "keep", {"i_understand": ""}),
        ("NumericValue", "keep", {"i_understand": ""}),
        ("CodeMeaning", "keep", {"i_understand": ""}),
        ("StationName", "replace", {}),
        ("StationName", "keep", {"value": "SCANNER"}),
        ("StationName", "remove", {"value": "SCANNER"}),
        ("StationName", "replace", {"value": "Straße"}),
        ("StationName", "replace", {"value": "x" * 65}),
        ("StationName", "replace", {"value": "a\nb"}),
        ("Rows", "replace", {"value": "1"}),
        ("StationName", "map_uid", {}),
        ("StudyTime", "shift_date", {}),
        ("StationName", "shift_date", {}),
        ("Rows", "mask", {}),
        ("Rows", "clean", {}),
        ("StudyDate", "mask", {}),
        ("StudyDate", "clean", {}),
        ("StudyInstanceUID", "mask", {}),
        ("StudyInstanceUID", "clean", {}),
        ("ImageType", "mask", {}),
        ("RequestAttributesSequence", "clean", {}),
        ("RequestAttributesSequence", "mask", {}),
    ],
)
def test_what_cannot_work_or_was_not_thought_of_is_refused(
    attribute: str, action: OverrideAction, changes: dict[str, str]
) -> None:
    """Each with the place of the override in its file."""
    with pytest.raises(RulesetInvalid) as caught:
        profile_with(override("StackID"), override(attribute, action, **changes))
    assert caught.value.details["place"] == "local.yaml: overrides[1]"


@pytest.mark.parametrize(
    ("attribute", "action"),
    [
        ("StackID", "keep"),
        ("VolumeFrameOfReferenceUID", "map_uid"),
        ("ProcedureCodeSequence.CodeMeaning", "keep"),
        ("StationName", "remove"),
        ("StationName", "clean"),
        ("PatientWeight", "hold"),
    ],
)
def test_what_releases_nothing_needs_no_more_than_a_reason(attribute: str, action: OverrideAction) -> None:
    """Harmless attributes may stay, and any may go, be cleaned or hold the instance."""
    assert profile_with(override(attribute, action, i_understand=""))


@pytest.mark.parametrize("action", get_args(OverrideAction))
def test_every_action_is_the_rules_own(action: OverrideAction) -> None:
    """Its name is that of an action of the rules, and the rule that decides is called an override."""
    attribute = {"map_uid": "StudyInstanceUID", "shift_date": "StudyDate"}.get(action, "StationName")
    value = "SCANNER" if action == "replace" else ""
    one = override(attribute, action, value=value)
    tag = one.target_in("local").tag
    vr = {"map_uid": "UI", "shift_date": "DA"}.get(action, "SH")

    assert scope_with(one).rule(tag, vr) == Rule("override", Action(action), value)


def test_a_keyword_means_every_depth_and_a_path_one_place() -> None:
    """A path goes before a keyword alone."""
    anywhere, exactly = (
        override("AccessionNumber"),
        override("RequestAttributesSequence.AccessionNumber", "mask"),
    )
    top = scope_with(anywhere, exactly)
    inside = top.inside(REQUEST_ATTRIBUTES, top.mode)
    deeper = inside.inside(REQUEST_ATTRIBUTES, top.mode)

    actions = [scope.rule(ACCESSION_NUMBER, "SH").action for scope in (top, inside, deeper)]
    assert actions == [Action.KEEP, Action.MASK, Action.KEEP]


def test_a_path_alone_leaves_other_places_to_the_table() -> None:
    """Only the one place is treated otherwise."""
    top = scope_with(override("RequestAttributesSequence.AccessionNumber"))

    assert top.rule(ACCESSION_NUMBER, "SH").name == "table"
    assert top.inside(REQUEST_ATTRIBUTES, top.mode).rule(ACCESSION_NUMBER, "SH").name == "override"


def test_a_private_attribute_is_meant_in_whatever_block_its_creator_has() -> None:
    """Of another creator, or under another number, it goes as ever."""
    scope = scope_with(override("(0019,SIEMENS MR HEADER,0C)"))

    assert {scope.rule(tag, "IS", SIEMENS).action for tag in (0x0019100C, 0x0019110C, 0x0019FF0C)} == {
        Action.KEEP
    }
    assert scope.rule(0x0019100C, "IS", "ACME").name == "private"
    assert scope.rule(0x0019100C, "IS").name == "private"
    assert scope.rule(0x0019100D, "IS", SIEMENS).name == "private"
    assert scope.creator_rule(SIEMENS).action is Action.KEEP
    assert scope.creator_rule("ACME").action is Action.REMOVE


@pytest.mark.parametrize(
    ("attribute", "vr", "rule"),
    [
        ("PatientIdentityRemoved", "CS", "marker"),
        ("DataSetTrailingPadding", "OB", "padding"),
        ("StationName", "SH", "override"),
        ("PatientID", "LO", "override"),
        ("StackID", "SH", "override"),
        ("StackID", "UN", "override"),
    ],
)
def test_what_an_override_goes_before(attribute: str, vr: str, rule: str) -> None:
    """The table, the pseudonyms and what is not listed; never what a data set must not have."""
    one = override(attribute, "keep")

    assert scope_with(one).rule(one.target_in("local").tag, vr).name == rule


def test_an_override_goes_before_options_and_masks() -> None:
    """What the profile says of one attribute is meant."""
    options = ("clean_descriptors", "institution_identity")
    kept = override("ProtocolName"), override("InstitutionName", "remove")
    scope = scope_with(*kept, options=options, mask=("ProtocolName",))

    assert scope.rule(PROTOCOL_NAME, "LO") == Rule("override", Action.KEEP)
    assert scope.rule(0x00080080, "LO") == Rule("override", Action.REMOVE)


def test_overrides_in_a_file() -> None:
    """Values as they go out, at the top and in an item; what is held names the attribute alone."""
    overrides = (
        override("StationName", "replace", value="SCANNER"),
        override("ProtocolName", "mask"),
        override("StackID", "remove"),
        override("StudyDate", "shift_date"),
        override("ImageComments", "clean"),
    )
    equipment = [item(StationName="CONSOLE7", Manufacturer="Acme")]
    image = ct_image(
        StationName="CONSOLE7",
        ProtocolName="Zqhead",
        StackID="1",
        ImageComments="chest, Zqhead",
        ContributingEquipmentSequence=equipment,
    )
    one = Deidentifier(profile_with(*overrides), FixedKeys(), IMAGING)
    output = read(written(one.deidentify(MemorySource(part10(image)))))

    assert output.StationName == output.ContributingEquipmentSequence[0].StationName == "SCANNER"
    assert output.ProtocolName == "#"
    assert "StackID" not in output
    assert "20100301" < output.StudyDate < "20200215"
    assert output.ImageComments == "chest"


def test_an_override_that_holds() -> None:
    """The error has the attribute's name and the rule's, not the value."""
    one = Deidentifier(profile_with(override("StackID", "hold")), FixedKeys(), IMAGING)

    one.deidentify(MemorySource(part10(ct_image())))
    with pytest.raises(ElementHeld) as caught:
        one.deidentify(MemorySource(part10(ct_image(StackID="ZQWARD"))))
    assert caught.value.details == {"element": "StackID", "rule": "override"}


def output_with(*overrides: Override, **changes: Any) -> FileDataset:
    """What comes of a CT image under these overrides."""
    one = Deidentifier(profile_with(*overrides), FixedKeys(), IMAGING)
    return read(written(one.deidentify(MemorySource(part10(ct_image(**changes))))))


@pytest.mark.parametrize("items", [1, 600])
def test_a_sequence_that_stays_keeps_its_items(items: int) -> None:
    """They are treated in turn, as where an option retains a sequence; also where it is long."""
    request = item(StackID="1", AccessionNumber="ZQ4711", ScheduledProcedureStepDescription="x" * 64)
    output = output_with(override("RequestAttributesSequence"), RequestAttributesSequence=[request] * items)

    assert len(output.RequestAttributesSequence) == items
    assert {each.StackID for each in output.RequestAttributesSequence} == {"1"}
    assert {each.get("AccessionNumber") for each in output.RequestAttributesSequence} <= {None, ""}


def test_a_dummy_is_one_of_its_kind() -> None:
    """A dummy UID is a mapped one, and a dummy sequence has items without text; neither is empty."""
    codes = [item(CodeValue="ZQ1", CodingSchemeDesignator="99ZQ", CodeMeaning="Zqhead")]
    output = output_with(
        override("FrameOfReferenceUID", "dummy"),
        override("ProcedureCodeSequence", "dummy"),
        override("ProtocolName", "dummy"),
        ProcedureCodeSequence=codes,
        ProtocolName="Zqhead",
    )

    assert output.FrameOfReferenceUID.startswith("2.25.")
    assert [each.CodeMeaning for each in output.ProcedureCodeSequence] == ["ANONYMIZED"]
    assert output.ProtocolName == "ANONYMIZED"


def test_whatever_the_basic_profile_would_not_keep_is_released_knowingly() -> None:
    """Each attribute of PS3.6 outside of groups that no data set has, whatever rule takes it away."""
    scope = scope_with()
    for tag, entry in _entries().items():
        vr = entry.vr
        is_kept = scope.rule(tag, vr).action in {Action.KEEP, Action.RECURSE}
        if tag >> 16 < 0x0008 or tag & 0xFFFF == 0 or is_kept or not entry.keyword:
            continue
        with pytest.raises(RulesetInvalid):
            profile_with(override(entry.keyword, i_understand=""))
