"""Pixels of whole instances: judged under every profile, blanked under those that clean."""

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit, UltrasoundImageStorage

from shared.deid.instance import Deidentifier
from shared.deid.pixels.encapsulate import Assembly
from shared.deid.pixels.geometry import Rectangle
from shared.deid.pixels.jpeg import strip
from shared.deid.rules.profile import Profile
from shared.dicom.source import MemorySource
from shared.errors import ConfigurationError, PixelsIdentifying, PixelsUncleanable, Residue
from tests.images import (
    IMAGING,
    NATIVE_SYNTAXES,
    FixedKeys,
    deidentifier,
    item,
    read,
    released,
    written,
)
from tests.pixels import Frames, decoded, encapsulated_file, native_file, noise, policy, rle_file
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import JPEG_COMMENT, gradient, segment, with_segment

IMAGE = Frames(noise(2, 20, 30))
REGION = item(RegionLocationMinX0=5, RegionLocationMinY0=4, RegionLocationMaxX1=24, RegionLocationMaxY1=15)
ULTRASOUND = {
    "SOPClassUID": UltrasoundImageStorage,
    "Modality": "US",
    "SequenceOfUltrasoundRegions": [REGION],
    "SmallestImagePixelValue": 0,
    "LargestImagePixelValue": 65535,
}
CT = {"Modality": "CT", "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"]}
NAMED = with_segment(strip(streams.jpeg(gradient(16, 24))), segment(JPEG_COMMENT, b"made for Doe^Jane"))
METHOD_CODES = "DeidentificationMethodCodeSequence"


def commented(**changes: object) -> bytes:
    """A compressed CT image with its patient's name beside the picture."""
    values = {**CT, "PatientName": "Doe^Jane", **changes}
    return encapsulated_file(Frames(gradient(16, 24)[None]), [NAMED], JPEGBaseline8Bit, **values)


def codes(content: bytes) -> set[str]:
    """The codes of what was done."""
    return {each.CodeValue for each in read(content)[METHOD_CODES]}


@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES.values(), ids=list(NATIVE_SYNTAXES))
def test_around_ultrasound_regions_pixels_are_blanked(syntax: str) -> None:
    """Under a profile that cleans; inside, every sample stays."""
    content = native_file(IMAGE, syntax, **ULTRASOUND)

    before, after = decoded(content), decoded(released(content, "clean_pixel_data"))
    assert np.array_equal(after[:, 4:16, 5:25], before[:, 4:16, 5:25])
    after[:, 4:16, 5:25] = 0
    assert not after.any()


def test_the_header_says_what_became_of_the_pixels() -> None:
    """Nothing is burned in any more, the extremes are gone, and the option ran."""
    output = released(native_file(IMAGE, BurnedInAnnotation="YES", **ULTRASOUND), "clean_pixel_data")

    after = read(output)
    assert after.BurnedInAnnotation == "NO"
    assert "SmallestImagePixelValue" not in after
    assert "LargestImagePixelValue" not in after
    assert codes(output) == {"113100", "113101"}
    assert list(after._dict) == sorted(after._dict)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_long_sequence_in_the_header_does_not_matter(syntax: str) -> None:
    """What decides and what is said may stand before and behind it."""
    long = [item(ReferencedSOPInstanceUID="1.2.3", ReferencedSOPClassUID="1.2.4") for _ in range(1000)]
    content = native_file(IMAGE, syntax, **ULTRASOUND, ReferencedImageSequence=long)
    output = released(content, "clean_pixel_data")

    after = read(output)
    assert after.BurnedInAnnotation == "NO"
    assert len(after.ReferencedImageSequence) == 1000
    assert not decoded(output)[:, :4].any()


def test_without_the_option_what_would_be_blanked_is_held() -> None:
    """No profile releases what its rules would not."""
    with pytest.raises(PixelsIdentifying, match="rule ultrasound"):
        released(native_file(IMAGE, **ULTRASOUND))


@pytest.mark.parametrize("profile", ["basic", "clean_pixel_data"])
def test_what_rules_hold_is_held_with_and_without_the_option(profile: str) -> None:
    """A picture of a screen is not released at all."""
    content = native_file(IMAGE, **{**CT, "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]})

    with pytest.raises(PixelsIdentifying, match="rule screen_by_image_type"):
        released(content, profile)


@pytest.mark.parametrize("profile", ["basic", "clean_pixel_data"])
def test_text_that_is_found_is_blanked_with_the_option_and_held_without(profile: str) -> None:
    """The search has no say of its own."""
    rules = policy(
        "when: {attribute: Modality, exists: true}\naction: keep", text="{search: true, found: blank}"
    )
    worker = deidentifier(profile, imaging=IMAGING._replace(policies={"default": rules}, finder=Finder))
    try:
        output = written(worker.deidentify(MemorySource(native_file(IMAGE, **CT))))
    except PixelsIdentifying:
        assert profile == "basic"
    else:
        assert profile == "clean_pixel_data"
        assert not decoded(output)[:, :2, :4].any()


class Finder:
    """Finds a word in the corner."""

    def find(self, picture: bytes, columns: int, rows: int) -> list[Rectangle]:
        """Where it is."""
        return [Rectangle(0, 0, 4, 2)]


def test_two_images_of_one_layout_are_judged_by_their_own_values() -> None:
    """What was decided about one holds for another only if the values are the same."""
    worker = deidentifier()
    kept = native_file(IMAGE, **CT)
    held = kept.replace(b"PRIMARY\\AXIAL", b"CAPTURE\\AXIAL")

    for _ in range(2):
        written(worker.deidentify(MemorySource(kept)))
        with pytest.raises(PixelsIdentifying):
            worker.deidentify(MemorySource(held))


def test_an_image_of_another_layout_is_judged_by_its_own_values() -> None:
    """What was decided about one holds wherever the attributes lie that were asked for, and for no others."""
    worker = deidentifier()
    written(worker.deidentify(MemorySource(native_file(IMAGE, **CT))))

    for number in range(1, 4):
        moved = native_file(IMAGE, **CT, ImageComments="x" * number)
        written(worker.deidentify(MemorySource(moved)))
        with pytest.raises(PixelsIdentifying):
            worker.deidentify(MemorySource(moved.replace(b"PRIMARY\\AXIAL", b"CAPTURE\\AXIAL")))
        burned_in = native_file(IMAGE, **CT, ImageComments="x" * number, BurnedInAnnotation="YES")
        with pytest.raises(PixelsIdentifying):
            worker.deidentify(MemorySource(burned_in))


@pytest.mark.parametrize("kept_first", [True, False])
def test_an_image_judged_before_is_no_excuse_in_another_encoding(*, kept_first: bool) -> None:
    """The same attributes in another byte order are other bytes, and never taken for the same."""
    worker = deidentifier()
    kept = [native_file(IMAGE, syntax, **CT) for syntax in NATIVE_SYNTAXES.values()]
    held = [each.replace(b"PRIMARY\\AXIAL", b"CAPTURE\\AXIAL") for each in kept[:-1]]

    for one in kept if kept_first else ():
        written(worker.deidentify(MemorySource(one)))
    for one in held:
        with pytest.raises(PixelsIdentifying):
            worker.deidentify(MemorySource(one))
    for one in kept:
        written(worker.deidentify(MemorySource(one)))


def test_text_beside_a_compressed_picture_holds_the_image() -> None:
    """The gate looks into the frames; they are released as they are, or not at all."""
    with pytest.raises(Residue, match="Pixel Data"):
        released(commented())
    assert NAMED in released(commented(PatientName="Roe^Ann"))


def test_text_beside_a_compressed_picture_goes_with_the_option() -> None:
    """The picture stays what it is."""
    output = released(commented(), "clean_pixel_data")

    assert b"Doe" not in output
    assert np.array_equal(decoded(output), decoded(commented()))


def test_a_compressed_image_without_codecs_is_held() -> None:
    """It was to be blanked, so it does not go out."""
    content = encapsulated_file(
        Frames(gradient(20, 30)[None]), [streams.jpeg(gradient(20, 30))], JPEGBaseline8Bit, **ULTRASOUND
    )
    profile = Profile(name="one", description="", options=("clean_pixel_data",))
    worker = Deidentifier(profile, FixedKeys(), IMAGING._replace(codec=lambda: None))

    with pytest.raises(PixelsUncleanable, match="no image codecs"):
        worker.deidentify(MemorySource(content))


def test_what_is_no_image_claims_no_clean_pixels() -> None:
    """(0012,0064) says what ran."""
    content = native_file(IMAGE, SOPClassUID="1.2.840.10008.5.1.4.1.1.481.3", PixelData=None)

    assert codes(released(content, "clean_pixel_data")) == {"113100"}


def test_rules_that_there_are_not_stop_the_start() -> None:
    """Not only the first image."""
    profile = Profile(name="one", description="", pixel_policy="absent")

    with pytest.raises(ConfigurationError, match="missing_pixel_policy=absent"):
        Deidentifier(profile, FixedKeys(), IMAGING)


def test_what_waits_on_disk_is_gone_when_nobody_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The output may end before its Pixel Data, for an identifier in it or for whoever writes it."""
    closed = list[Assembly]()
    monkeypatch.setattr(
        Assembly, "close", lambda assembly: [closed.append(assembly), assembly._spool.close()]
    )
    instance = deidentifier("clean_pixel_data").deidentify(MemorySource(rle_file(IMAGE, **ULTRASOUND)))
    content = instance.content()
    next(content)
    content.close()

    assert len(closed) == 1
