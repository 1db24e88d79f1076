"""What people type into attributes that Table E.1-1 leaves out."""

import pytest
from pydicom.datadict import dictionary_VR

from shared.deid.rules.left_out import LEFT_OUT
from tests.images import ct_image, item, part10, read, released

#: told by nobody else in the file, so that the release gate does not know them
STRANGER, DAY = "Zqraumer", "17.02.2016"
TYPED = sorted(
    keyword
    for keyword, reason in LEFT_OUT.items()
    if reason == "free text" and dictionary_VR(keyword) in {"LO", "LT", "ST", "UT"}
)


@pytest.mark.parametrize("profile", ["basic", "extended"])
@pytest.mark.parametrize(
    "keyword",
    [
        "AlgorithmParameters",
        "BreedRegistrationNumber",
        "CodingSchemeResponsibleOrganization",
        "ContentDescription",
        "DocumentTitle",
        "GraphicLayerDescription",
        "HangingProtocolCreator",
        "RTImageDescription",
        "SegmentDescription",
        "SegmentLabel",
        "SelectorUCValue",
        *TYPED,
    ],
)
def test_what_was_typed_does_not_survive(keyword: str, profile: str) -> None:
    """A person and a day that only this text names."""
    output = released(part10(ct_image(**{keyword: f"{STRANGER} {DAY}"})), profile)

    assert STRANGER.encode() not in output
    assert DAY.encode() not in output


@pytest.mark.parametrize("keyword", TYPED)
def test_harmless_words_stay_where_text_is_cleaned(keyword: str) -> None:
    """What describes the examination is worth keeping."""
    output = read(released(part10(ct_image(**{keyword: f"Left lung {STRANGER}"})), "extended"))

    assert output[keyword].value == "Left lung"


@pytest.mark.parametrize("keyword", ["DeviceID", "RadiationMachineName"])
def test_names_of_machines_stay_only_with_the_machine(keyword: str) -> None:
    """A hospital calls its machines after itself."""
    content = part10(ct_image(**{keyword: STRANGER}))

    assert STRANGER.encode() not in released(content, "basic")
    assert STRANGER.encode() not in released(content, "research")
    assert read(released(content, "device_identity"))[keyword].value == STRANGER


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_users_and_ids_go(profile: str) -> None:
    """Codes of the people for whom a protocol is, a retired list of studies, and ids of travellers."""
    user = item(CodeValue="U17", CodingSchemeDesignator="99LOCAL", CodeMeaning=STRANGER)
    image = ct_image(
        HangingProtocolUserIdentificationCodeSequence=[user],
        OtherStudyNumbers="7788991",
        BoardingPassID=STRANGER,
        ItineraryID=STRANGER,
        RecordKey=STRANGER.encode(),
        PriorRecordKey=STRANGER.encode(),
    )
    output = released(part10(image), profile)

    assert STRANGER.encode() not in output
    assert b"7788991" not in output
