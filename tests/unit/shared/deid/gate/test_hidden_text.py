"""Identifiers in values that stay for what they are: times of day, UIDs of classes, native pixels."""

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from shared.errors import Residue
from tests.images import PIXELS, ct_image, item, part10, raw_element, read, released, with_elements

STRANGER = "Zqraumer"
SHIFTING = ["modified_dates", "draw", "extended"]


def referencing(**values: str) -> Dataset:
    """An image that references another one."""
    values = {"ReferencedSOPInstanceUID": "1.3.6.1.4.1.99999.2.7", **values}
    return ct_image(ReferencedImageSequence=[item(**values)])


def coded(coding_scheme_uid: str) -> Dataset:
    """An image that says which coding scheme it uses."""
    scheme = item(CodingSchemeDesignator="99LOCAL", CodingSchemeUID=coding_scheme_uid)
    return ct_image(CodingSchemeIdentificationSequence=[scheme])


@pytest.mark.parametrize("profile", SHIFTING)
@pytest.mark.parametrize("behind", [b" Zqraumer ", b"\0Zqraumer\0", b"\\Zqraumer "])
def test_text_behind_a_time_goes(profile: str, behind: bytes) -> None:
    """Where times of day stay, what is no time does not."""
    content = with_elements(raw_element(0x00080030, "TM", b"101530" + behind), StudyTime=None)

    assert STRANGER.encode() not in released(content, profile)


@pytest.mark.parametrize("profile", SHIFTING)
@pytest.mark.parametrize("time", ["10", "1015", "101530", "101530.250000", "10:15:30", ""])
def test_times_of_day_stay(profile: str, time: str) -> None:
    """In every form that the Standard knows, the one of old included."""
    content = with_elements(
        raw_element(0x00080030, "TM", (time + " " * (len(time) % 2)).encode()), StudyTime=None
    )

    assert str(read(released(content, profile)).get_item(0x00080030).value.decode()).strip() == time


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_an_instance_in_place_of_a_class_is_mapped(profile: str) -> None:
    """Whoever confuses the two tells a UID; classes of the Standard stay."""
    confused = released(part10(referencing(ReferencedSOPClassUID="1.3.6.1.4.1.99999.2.8")), profile)
    right = read(released(part10(referencing(ReferencedSOPClassUID=CTImageStorage)), profile))

    assert b"1.3.6.1.4.1.99999.2.8" not in confused
    assert right.ReferencedImageSequence[0].ReferencedSOPClassUID == CTImageStorage


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_text_behind_the_uid_of_a_class_goes(profile: str) -> None:
    """No name hides behind a NUL."""
    value = f"{CTImageStorage}\0{STRANGER}".encode()
    content = with_elements(raw_element(0x0008001A, "UI", value + b"\0" * (len(value) % 2)))

    assert STRANGER.encode() not in released(content, profile)


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_a_uid_of_the_study_in_place_of_a_coding_scheme_is_held(profile: str) -> None:
    """UIDs of coding schemes stay, whoever has made them; those of the instance do not."""
    kept = read(released(part10(coded("2.16.840.1.113883.6.96")), profile))

    assert kept.CodingSchemeIdentificationSequence[0].CodingSchemeUID == "2.16.840.1.113883.6.96"
    with pytest.raises(Residue):
        released(part10(coded("1.3.6.1.4.1.99999.1")), profile)


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_a_name_behind_native_pixels_is_held(profile: str) -> None:
    """Pixel Data may be longer than the image that its header describes."""
    padded = released(part10(ct_image(PixelData=PIXELS + bytes(64))), profile)

    assert read(padded).PixelData == PIXELS + bytes(64)
    with pytest.raises(Residue, match="Pixel Data"):
        released(part10(ct_image(PixelData=PIXELS + b"made for Quarrington^Z")), profile)


@pytest.mark.parametrize("profile", ["basic", "extended", "research"])
@pytest.mark.parametrize("tag", [0x7FE00008, 0x7FE00009, 0x7FE00010])
def test_a_picture_in_an_item_goes(profile: str, tag: int) -> None:
    """No rule for pixels looks at it, and it may show a name."""
    inner = Dataset()
    inner.add_new(tag, {0x7FE00008: "OF", 0x7FE00009: "OD", 0x7FE00010: "OW"}[tag], b"Zqraumer")
    image = ct_image(SharedFunctionalGroupsSequence=[inner])
    output = released(part10(image), profile)

    assert STRANGER.encode() not in output
    assert read(output).PixelData == PIXELS


@pytest.mark.parametrize(("vr", "number"), [("IS", "19510204"), ("DS", "47110815")])
def test_text_that_calls_itself_a_number_is_searched_as_text(vr: str, number: str) -> None:
    """A plain number has an excuse only where the Standard wants one."""
    content = with_elements(
        raw_element(0x00181040, vr, number.encode()), PatientID=number, PatientBirthDate="19510204"
    )

    with pytest.raises(Residue, match="ContrastBolusRoute"):
        released(content, "full_dates")
