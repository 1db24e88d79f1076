"""Decisions by the shipped rules, and how rules, Burned In Annotation and overlays go together."""

from typing import Any

import msgspec
import pytest

from shared.deid.pixels.decision import Blank, Decision, Hold, Keep, decide
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.deid.pixels.policy import PixelPolicy
from shared.rules.place import Place
from tests.pixels import DEFAULT, Facts, policy

SOP_CLASS, IMAGE_TYPE, MODALITY, BURNED_IN = 0x00080016, 0x00080008, 0x00080060, 0x00280301
CONVERSION_TYPE, REGIONS = 0x00080064, 0x00186011
SOP_CLASSES = "1.2.840.10008.5.1.4.1.1."
PIXELS: dict[int, Any] = {
    0x00280002: 1,
    0x00280004: "MONOCHROME2",
    0x00280010: 50,
    0x00280011: 100,
    0x00280100: 16,
    0x00280101: 12,
    0x00280102: 11,
    0x00280103: 0,
}
CT: dict[int, Any] = PIXELS | {
    SOP_CLASS: SOP_CLASSES + "2",
    MODALITY: "CT",
    IMAGE_TYPE: "ORIGINAL\\PRIMARY\\AXIAL",
}
#: everything but columns 10 to 89 and rows 5 to 44
FRAME = (
    Rectangle(0, 0, 100, 5),
    Rectangle(0, 5, 10, 40),
    Rectangle(90, 5, 10, 40),
    Rectangle(0, 45, 100, 5),
)
KEEP_CT = policy("when: {attribute: Modality, equals: CT}\naction: keep")


def region(x0: int = 10, y0: int = 5, x1: int = 89, y1: int = 44) -> dict[int, int]:
    """An item of Sequence of Ultrasound Regions."""
    return {0x00186018: x0, 0x0018601A: y0, 0x0018601C: x1, 0x0018601E: y1}


def image(sop_class: str, modality: str, **more: Any) -> Facts:
    """An original primary image of a class; `more` by the names below."""
    tags = {
        "image_type": IMAGE_TYPE,
        "burned_in": BURNED_IN,
        "conversion": CONVERSION_TYPE,
        "regions": REGIONS,
    }
    tags |= {"samples": 0x00280002, "photometric": 0x00280004}
    facts = CT | {SOP_CLASS: SOP_CLASSES + sop_class, MODALITY: modality}
    return Facts(facts | {tags[name]: value for name, value in more.items()})


def by_default(facts: Facts, *, trusting: bool = False) -> Decision:
    """What the shipped rules say, or those of somebody who trusts NO."""
    definition = msgspec.structs.replace(DEFAULT.definition, trust_burned_in_annotation_no=trusting)
    return decide(facts, PixelPolicy(definition, Place("pixels/default.yaml")))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (image("2", "CT"), Keep("rule cross_section")),
        (image("2.1", "CT"), Keep("rule cross_section")),
        (image("4", "MR", image_type="DERIVED\\PRIMARY\\ADC"), Keep("rule cross_section")),
        (image("128", "PT"), Keep("rule cross_section")),
        (image("20", "NM"), Keep("rule cross_section")),
        (image("2", "CT", image_type="ORIGINAL\\PRIMARY\\LOCALIZER"), Keep("rule cross_section")),
        (image("2", "CT", image_type="DERIVED\\SECONDARY\\REFORMATTED"), Hold("rule cross_section_derived")),
        (image("2", "CT", samples=3, photometric="RGB"), Hold("rule cross_section_derived")),
        (image("2", "CT", image_type=""), Hold("rule cross_section_derived")),
        (image("2", "CT", image_type="DERIVED\\SECONDARY\\SCREEN SAVE"), Hold("rule screen_by_image_type")),
        (image("2", "CT", image_type="DERIVED\\PRIMARY\\DOSE_INFO"), Hold("rule screen_by_image_type")),
        (image("2", "CT", conversion="WSD"), Hold("rule capture_by_conversion_type")),
        (image("7", "CT"), Hold("rule secondary_capture_class")),
        (image("7.4", "US", regions=[region()]), Hold("rule secondary_capture_class")),
        (image("66.4", "SEG"), Keep("rule computed")),
        (image("481.2", "RTDOSE", image_type=""), Keep("rule computed")),
        (image("6.2", "US"), Keep("rule computed")),
        (image("1", "CR"), Hold("rule projection")),
        (image("1", "CR", burned_in="NO"), Keep("rule acquired_and_said_to_be_clean")),
        (image("1", "CR", burned_in="NO", image_type="DERIVED\\SECONDARY"), Hold("rule projection")),
        (image("1.1", "DX", burned_in="NO"), Keep("rule acquired_and_said_to_be_clean")),
        (image("1.2", "MG", burned_in="NO"), Keep("rule acquired_and_said_to_be_clean")),
        (image("12.1", "XA"), Hold("rule projection")),
        (image("12.2", "RF", burned_in="NO"), Keep("rule acquired_and_said_to_be_clean")),
        (image("481.1", "RTIMAGE", burned_in="NO"), Hold("rule projection")),
        (image("77.1.1", "ES", burned_in="NO"), Hold("rule visible_light")),
        (image("77.1.4", "XC"), Hold("rule visible_light")),
        (image("77.1.6", "SM", burned_in="NO"), Keep("rule acquired_and_said_to_be_clean")),
        (
            image("77.1.6", "SM", burned_in="NO", image_type="ORIGINAL\\PRIMARY\\LABEL"),
            Hold("rule slide_label"),
        ),
        (image("77.1.5.1", "OP", burned_in="NO"), Keep("rule acquired_and_said_to_be_clean")),
        (image("999", "OT"), Hold("no rule applies")),
        (image("6.1", "US"), Hold("rule ultrasound: no ultrasound regions")),
        (image("6.1", "US", regions=[region()]), Blank(Areas(FRAME), "rule ultrasound")),
        (image("3.1", "IVUS", regions=[region()]), Blank(Areas(FRAME), "rule ultrasound")),
        (image("6.1", "US", regions=[region()], burned_in="YES"), Blank(Areas(FRAME), "rule ultrasound")),
        (
            image("6.1", "US", regions=[region(0, 0, 99, 49)]),
            Hold("rule ultrasound: the ultrasound regions cover the whole image"),
        ),
        (image("6.1", "US", regions=[{}]), Hold("rule ultrasound: unusable ultrasound regions")),
    ],
)
def test_the_shipped_rules_decide(facts: Facts, expected: Decision) -> None:
    """What is reconstructed stays, ultrasound is blanked around its regions, what may be a screen is held."""
    assert by_default(facts) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            image("7", "OT", burned_in="NO"),
            Keep("rule secondary_capture_class yields to Burned In Annotation NO"),
        ),
        (image("7", "OT"), Hold("rule secondary_capture_class")),
        (image("7", "OT", burned_in="YES"), Hold("rule secondary_capture_class")),
        (image("2", "CT", image_type="X\\SCREEN SAVE", burned_in="NO"), Hold("rule screen_by_image_type")),
    ],
)
def test_no_is_believed_where_the_policy_trusts_it(facts: Facts, expected: Decision) -> None:
    """Only of rules that yield to it."""
    assert by_default(facts, trusting=True) == expected


def test_no_alone_opens_nothing() -> None:
    """A secondary capture that says NO is held all the same."""
    assert by_default(image("7", "OT", burned_in="NO")) == Hold("rule secondary_capture_class")


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (KEEP_CT, Hold("Burned In Annotation is YES, and no rule blanks it")),
        (
            policy("when: {attribute: Modality, equals: CT}\naction: blank\nareas: [{edge: top, pixels: 5}]"),
            Blank(Areas((Rectangle(0, 0, 100, 5),)), "rule only"),
        ),
        (
            policy("when: {attribute: Modality, equals: MR}\naction: hold", otherwise="keep"),
            Hold("Burned In Annotation is YES, and no rule blanks it"),
        ),
    ],
)
def test_what_is_said_to_be_burned_in_is_never_kept(rules: PixelPolicy, expected: Decision) -> None:
    """YES is held unless a rule blanks it, whatever else the rules say."""
    assert decide(image("2", "CT", burned_in="YES"), rules) == expected


def test_an_image_without_a_rule_may_be_kept_by_policy() -> None:
    """`otherwise: keep` is there for those who list what they blank."""
    rules = policy("when: {attribute: Modality, equals: MR}\naction: hold", otherwise="keep")

    assert decide(image("2", "CT"), rules) == Keep("no rule applies")


def test_a_rule_whose_areas_miss_the_image_holds_it() -> None:
    """The rule was made for another image: nothing is known about this one."""
    rules = policy(
        "when: {attribute: Modality, equals: CT}\naction: blank\nareas: [{x: 500, y: 0, width: 5, height: 5}]"
    )

    assert decide(image("2", "CT"), rules) == Hold("rule only: its areas lie outside of the image")


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        ({0x60000100: 1, 0x60000102: 0, 0x60003000: ""}, Keep("rule only")),
        ({0x60000100: 16, 0x60000102: 13, 0x60003000: ""}, Keep("rule only")),
        (
            {0x60000100: 16, 0x60000102: 13},
            Blank(Areas(), "rule only, and an overlay in the unused bits", clear_unused_bits=True),
        ),
        (
            {0x60020100: 16, 0x60020102: 12},
            Blank(Areas(), "rule only, and an overlay in the unused bits", clear_unused_bits=True),
        ),
        ({0x60000100: 16, 0x60000102: 11}, Hold("an overlay among the bits of the samples")),
        ({0x60000100: 16}, Hold("an overlay among the bits of the samples")),
    ],
)
def test_an_overlay_in_the_pixels_is_cleared_or_held(overlay: dict[int, Any], expected: Decision) -> None:
    """One in unused bits goes, one that cannot be told from the picture holds; others are the header's."""
    assert decide(Facts(CT | overlay), KEEP_CT) == expected


def test_an_overlay_is_cleared_beside_rectangles() -> None:
    """Both happen to one image."""
    rules = policy("when: {attribute: Modality, equals: CT}\naction: blank\nareas: [{edge: top, pixels: 5}]")
    overlay = {0x60000100: 16, 0x60000102: 13}

    assert decide(Facts(CT | overlay), rules) == Blank(
        Areas((Rectangle(0, 0, 100, 5),)), "rule only", clear_unused_bits=True
    )


def test_an_image_of_unknown_size_is_held() -> None:
    """Where there are no rows, nobody can say what an edge is."""
    rules = policy("when: {attribute: Modality, equals: CT}\naction: blank\nareas: [{edge: top, pixels: 5}]")
    decision = decide(Facts({MODALITY: "CT", 0x00280100: 16}), rules)

    assert decision == Hold("no usable Rows")


def test_a_condition_may_ask_for_what_lies_in_a_sequence() -> None:
    """All items count."""
    rules = policy(
        "when: {attribute: SequenceOfUltrasoundRegions.RegionLocationMinX0, less: 5}\naction: hold",
        otherwise="keep",
    )
    regions = [region(10), region(3)]

    assert decide(image("6.1", "US", regions=regions), rules) == Hold("rule only")
    assert decide(image("6.1", "US", regions=regions[:1]), rules) == Keep("no rule applies")


def test_a_hold_is_an_error_of_its_own() -> None:
    """With the reason, and nothing of the image."""
    error = by_default(image("7", "OT")).error()

    assert (error.code, error.details) == ("pixels_identifying", {"reason": "rule secondary_capture_class"})
