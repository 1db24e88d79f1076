"""What lies around long sequences: the markers are there whatever is, and order is demanded."""

from struct import pack

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import OphthalmicVisualFieldStaticPerimetryMeasurementsStorage, UltrasoundImageStorage

from shared.deid.header import encode
from shared.deid.header.sections import LONG_BYTES
from shared.deid.rules.scope import MARKERS
from shared.dicom.scan import EXPLICIT_LITTLE, UNDEFINED_LENGTH
from shared.dicom.source import HEADER_BYTES, MemorySource
from shared.errors import Malformed
from tests.images import (
    HEADERS_ALONE,
    NATIVE_SYNTAXES,
    ct_image,
    deidentifier,
    item,
    part10,
    raw_element,
    read,
    released,
    written,
)
from tests.pixels import Frames, native_file, noise

VISUAL_FIELD = OphthalmicVisualFieldStaticPerimetryMeasurementsStorage
CODES = [item(CodeValue="113102", CodingSchemeDesignator="DCM", CodeMeaning="Zqraumer")] * 800
POINTS = [item(VisualFieldTestPointXCoordinate=float(number)) for number in range(3000)]
IMAGES = [item(ReferencedSOPInstanceUID=f"1.2.3.{number}") for number in range(1600)]
syntaxes = pytest.mark.parametrize("syntax", NATIVE_SYNTAXES.values(), ids=NATIVE_SYNTAXES)


def visual_field(**changes: object) -> Dataset:
    """Measurements that end in a long sequence, below the last of the markers."""
    measured = ct_image(
        SOPClassUID=VISUAL_FIELD, Modality="OPV", VisualFieldTestPointSequence=POINTS, **changes
    )
    for tag in [each.tag for each in measured if each.tag.group in {0x0028, 0x7FE0}]:
        del measured[tag]
    return measured


def bare(**long_: list[Dataset]) -> Dataset:
    """What has nothing but its UIDs before long sequences."""
    only = item(SOPClassUID=VISUAL_FIELD, SOPInstanceUID="1.2.3.4", **long_)
    only.file_meta = Dataset()  # type: ignore[assignment]
    return only


PLACES = {
    "one is the original's marker": ct_image(DeidentificationMethodCodeSequence=CODES),
    "nothing between one and the original's marker": bare(
        ReferencedImageSequence=IMAGES,
        DeidentificationMethodCodeSequence=CODES,
        VisualFieldTestPointSequence=POINTS,
    ),
    "nothing between two": bare(ReferencedImageSequence=IMAGES, VisualFieldTestPointSequence=POINTS),
    "nothing behind the only one": bare(ReferencedImageSequence=IMAGES),
    "nothing behind the last one": visual_field(),
    "pixels behind the last one": bare(ReferencedImageSequence=IMAGES, PixelData=b"\0\0"),  # type: ignore[arg-type]
}


@syntaxes
@pytest.mark.parametrize("original", PLACES.values(), ids=PLACES)
def test_all_markers_stand_around_long_sequences(original: Dataset, syntax: str) -> None:
    """Once, in order, and Airlock's own, whatever went before in the same worker."""
    if "PixelData" in original:
        original["PixelData"].VR = "OW"
    content, worker = part10(original, syntax), deidentifier(imaging=HEADERS_ALONE)
    first, second = (written(worker.deidentify(MemorySource(content))) for _ in range(2))
    output = read(first)
    tags = [int(tag) for tag in output._dict]

    assert first == second
    assert tags == sorted(tags)
    assert set(tags) >= MARKERS
    assert [each.CodeValue for each in output.DeidentificationMethodCodeSequence] == ["113100"]


@pytest.mark.parametrize("pixels", [False, True])
def test_clean_pixels_are_claimed_between_long_sequences_where_there_are_some(*, pixels: bool) -> None:
    """The codes of the methods are changed where they stand."""
    image = ct_image(DeidentificationMethodCodeSequence=CODES, ReferencedImageSequence=IMAGES)
    if not pixels:
        del image.PixelData
    for tag in [each.tag for each in image if 0x00081140 < each.tag < 0x00120064]:
        del image[tag]
    output = read(released(part10(image), "clean_pixel_data"))
    codes = [each.CodeValue for each in output.DeidentificationMethodCodeSequence]

    assert codes == (["113100", "113101"] if pixels else ["113100"])


def test_what_cleaned_pixels_need_stands_in_its_place_behind_long_sequences() -> None:
    """Where markers alone stand between two of them, too."""
    region = item(
        RegionLocationMinX0=5, RegionLocationMinY0=4, RegionLocationMaxX1=24, RegionLocationMaxY1=15
    )
    content = native_file(
        Frames(noise(2, 20, 30)),
        SOPClassUID=UltrasoundImageStorage,
        Modality="US",
        ReferencedImageSequence=IMAGES,
        ContrastBolusAgentSequence=CODES,
        SequenceOfUltrasoundRegions=[region],
        PatientName=None,
        PatientID=None,
        PatientBirthDate=None,
        PatientSex=None,
    )
    output = read(released(content, "clean_pixel_data"))

    assert output.BurnedInAnnotation == "NO"
    assert list(output._dict) == sorted(output._dict)


BEHIND = {
    "twice": raw_element(0x00100020, "LO", b"MRN-4711"),
    "in wrong order": raw_element(0x00100040, "CS", b"O "),
    "first of many": raw_element(0x00100040, "CS", b"O ") + raw_element(0x00540400, "SH", b"x "),
}


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND)
def test_what_belongs_before_a_long_sequence_is_malformed_behind_it(behind: bytes) -> None:
    """What went out cannot be put in order any more, nor known to have been there."""
    worker = deidentifier()
    written(worker.deidentify(MemorySource(part10(visual_field()))))

    for _ in range(2):
        with pytest.raises(Malformed):
            worker.deidentify(MemorySource(part10(visual_field(PatientSex=None)) + behind))


def test_order_is_made_behind_a_short_sequence_whatever_went_before() -> None:
    """Though the same header stood before a long one in another instance."""
    short = visual_field()
    short.VisualFieldTestPointSequence = POINTS[:2]
    content = part10(short) + raw_element(0x00181000, "LO", b"12")
    worker = deidentifier("device_identity")
    written(worker.deidentify(MemorySource(part10(visual_field()))))

    assert written(worker.deidentify(MemorySource(content))) == released(content, "device_identity")


def test_a_known_header_that_goes_on_behind_the_window_has_not_ended() -> None:
    """Though another instance ended there."""
    short = visual_field()
    del short.VisualFieldTestPointSequence
    short.add_new(0x00091001, "OB", b"")
    short[0x00091001].value = bytes(HEADER_BYTES - len(part10(short)))
    ended = part10(short)
    goes_on = ended + raw_element(0x00181000, "LO", b"12")
    worker = deidentifier("device_identity")
    written(worker.deidentify(MemorySource(ended)))

    assert len(ended) == HEADER_BYTES
    assert written(worker.deidentify(MemorySource(goes_on))) == released(goes_on, "device_identity")


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("length", range(LONG_BYTES - 16, LONG_BYTES + 4, 2))
def test_sequences_around_the_limit_are_read(length: int, *, undefined: bool) -> None:
    """However their length is told."""
    begins = pack("<HH2sHI", 0x0018, 0x9346, b"SQ", 0, UNDEFINED_LENGTH if undefined else length)
    only = encode.item(raw_element(0x00189004, "LT", b"x" * (length - 16)), EXPLICIT_LITTLE)
    sequence = begins + only + (encode.sequence_ends(EXPLICIT_LITTLE) if undefined else b"")
    content = part10(ct_image())
    place = content.index(pack("<HH", 0x0020, 0x000D))
    output = read(released(content[:place] + sequence + content[place:]))

    assert len(output.CTDIPhantomTypeCodeSequence) == 1
    assert "StudyInstanceUID" in output
