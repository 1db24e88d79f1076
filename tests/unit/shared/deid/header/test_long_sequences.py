"""Long sequences pass item by item through a small window, and come out like short ones."""

from functools import cache
from struct import pack
from typing import Any, NamedTuple

import pytest
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import EnhancedCTImageStorage, GrayscaleSoftcopyPresentationStateStorage

from shared.deid.header.sections import LONG_BYTES
from shared.dicom.source import MemorySource
from shared.errors import Malformed, Residue, Truncated
from tests.images import (
    MAIN_PROFILES,
    NATIVE_SYNTAXES,
    ct_image,
    deidentifier,
    item,
    part10,
    read,
    released,
    written,
)

FRAMES = 400
profiles = pytest.mark.parametrize("profile", MAIN_PROFILES)
syntaxes = pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)


def frame(number: int, **changes: Any) -> Dataset:
    """The functional groups of one frame."""
    content = item(
        FrameAcquisitionDateTime=f"20200315101530.{number:06d}",
        StackID="1",
        InStackPositionNumber=number + 1,
        FrameComments="seen by Quarrington",
        **changes,
    )
    return item(
        FrameContentSequence=[content],
        PlanePositionSequence=[item(ImagePositionPatient=["0", "0", str(number)])],
        IrradiationEventIdentificationSequence=[item(IrradiationEventUID=f"1.3.6.1.4.1.99999.7.{number}")],
    )


def enhanced(*, undefined: bool = False, last: dict[str, Any] | None = None, **changes: Any) -> Dataset:
    """An Enhanced CT image whose functional groups are long; `last` changes the last frame."""
    frames = [frame(number) for number in range(FRAMES)]
    if last:
        frames[-1] = frame(FRAMES - 1, **last)
    image = ct_image(SOPClassUID=EnhancedCTImageStorage, PerFrameFunctionalGroupsSequence=frames, **changes)
    image["PerFrameFunctionalGroupsSequence"].is_undefined_length = undefined
    for each in frames:
        each.is_undefined_length_sequence_item = undefined
    return image


@cache
def plain(syntax: str = "explicit", *, undefined: bool = False) -> bytes:
    """A file with such an image."""
    return part10(enhanced(undefined=undefined), NATIVE_SYNTAXES[syntax])


def frames_of(content: bytes) -> list[Dataset]:
    """The functional groups of the frames."""
    found: list[Dataset] = list(read(content).PerFrameFunctionalGroupsSequence)
    return found


@profiles
@syntaxes
@pytest.mark.parametrize("undefined", [True, False])
def test_every_item_is_cleaned(syntax: str, profile: str, *, undefined: bool) -> None:
    """Text goes, UIDs are mapped, positions stay, in the first item and in the last."""
    content = plain(syntax, undefined=undefined)
    output = released(content, profile)
    frames = frames_of(output)
    uids = {each.IrradiationEventIdentificationSequence[0].IrradiationEventUID for each in frames}

    assert syntax == "deflated" or len(content) > 2 * LONG_BYTES
    assert len(frames) == len(uids) == FRAMES
    assert not any(uid.startswith("1.3.6.1.4.1.99999") for uid in uids)
    assert [int(each.PlanePositionSequence[0].ImagePositionPatient[2]) for each in frames] == list(
        range(FRAMES)
    )
    assert b"quarrington" not in output.lower()


@syntaxes
def test_defined_and_undefined_lengths_give_the_same_content(syntax: str) -> None:
    """How the lengths are written makes no difference."""
    one, other = (released(plain(syntax, undefined=each)) for each in (True, False))

    assert one == other


def test_what_is_around_a_long_sequence_is_cleaned_as_well() -> None:
    """Elements in front of it and behind it, and the markers in between."""
    output = read(released(part10(enhanced(PatientComments="x", SharedFunctionalGroupsSequence=[item()]))))

    assert output.PatientIdentityRemoved == "YES"
    assert "PatientComments" not in output
    assert list(output._dict) == sorted(output._dict)


def test_the_same_worker_gives_the_same_bytes_again() -> None:
    """The layouts of items are known the second time."""
    content = plain()
    worker = deidentifier()
    first, second = (written(worker.deidentify(MemorySource(content))) for _ in range(2))

    assert first == second == released(content)


def test_an_identifier_in_the_last_item_is_sought_in_everything() -> None:
    """A person who is named there must not stand in an attribute of the top level."""
    last = {"PerformingPhysicianName": "Ostrander^Mildred"}

    with pytest.raises(Residue) as caught:
        released(part10(enhanced(last=last, ContrastBolusRoute="for Ostrander")))
    assert caught.value.details["element"] == "ContrastBolusRoute"


def test_an_identifier_of_the_top_level_is_sought_in_every_item() -> None:
    """The one item that names the patient holds the instance."""
    with pytest.raises(Residue) as caught:
        released(part10(enhanced(last={"ContrastBolusRoute": "for Zebulon"})))
    assert caught.value.details["element"] == "ContrastBolusRoute"


def test_a_long_sequence_that_goes_is_gone() -> None:
    """Its identifiers are sought elsewhere all the same."""
    people = [item(PatientID=f"OTHER-{number:06d}", TypeOfPatientID="TEXT") for number in range(1500)]
    output = released(part10(ct_image(OtherPatientIDsSequence=people)))

    assert "OtherPatientIDsSequence" not in read(output)
    with pytest.raises(Residue):
        released(part10(ct_image(OtherPatientIDsSequence=people, StackID="OTHER-001400")))


def test_a_private_sequence_of_any_length_goes() -> None:
    """Nobody knows what it holds."""
    image = ct_image()
    content = [item(PatientName=f"Ostrander^{number}") for number in range(3000)]
    image.private_block(0x0029, "ACME", create=True).add_new(0x10, "SQ", content)

    assert b"Ostrander" not in released(part10(image))


class Watched(NamedTuple):
    """A source that notes how much is asked of it at once."""

    content: bytes
    lengths: list[int]

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        """Read a range."""
        self.lengths.append(length)
        return self.content[offset : offset + length]


@pytest.mark.parametrize("undefined", [True, False])
def test_a_header_of_any_size_passes_through_a_small_window(*, undefined: bool) -> None:
    """What is read at once does not grow with the number of frames."""
    image = enhanced(undefined=undefined)
    image.PerFrameFunctionalGroupsSequence.extend(list(image.PerFrameFunctionalGroupsSequence) * 31)
    source = Watched(part10(image), [])
    output = written(deidentifier().deidentify(source))

    assert len(source.content) > 8 * (256 << 10)
    assert max(source.lengths) <= 256 << 10
    assert len(frames_of(output)) == 32 * FRAMES


def cut(content: bytes, at: int) -> bytes:
    """A file that ends in the middle of its functional groups."""
    return content[: content.index(pack("<HH", 0x5200, 0x9230)) + at]


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("at", [9, 12, 30, 40_000, 70_001])
def test_a_cut_sequence_is_truncated(at: int, *, undefined: bool) -> None:
    """Wherever it ends."""
    with pytest.raises(Truncated):
        released(cut(plain(undefined=undefined), at))


def test_garbage_between_items_is_malformed() -> None:
    """Something else than an item is no item."""
    content = plain()
    second = content.index(pack("<HH", 0xFFFE, 0xE000), content.index(pack("<HH", 0x5200, 0x9230)) + 40_000)

    with pytest.raises(Malformed):
        released(content[:second] + b"ZZZZ" + content[second + 4 :])


def test_a_long_sequence_in_wrong_order_is_malformed() -> None:
    """What does not fit into memory cannot be put in order."""
    sequence = enhanced()["PerFrameFunctionalGroupsSequence"]
    only = Dataset()
    only.add(sequence)
    encoded = part10(only, MediaStorageSOPClassUID="1.2", MediaStorageSOPInstanceUID="1.2")
    long_ = encoded[encoded.index(pack("<HH", 0x5200, 0x9230)) :]
    content = part10(ct_image())
    place = content.index(pack("<HH", 0x0020, 0x000D))

    with pytest.raises(Malformed):
        released(content[:place] + long_ + content[place:])


def test_short_sequences_keep_their_encoding_where_nothing_changes() -> None:
    """A sequence without anything to clean is copied byte for byte, its length included."""
    image = ct_image(CTDIPhantomTypeCodeSequence=[item(CodeValue="113691", CodingSchemeDesignator="DCM")])
    content = part10(image)
    start = content.index(pack("<HH", 0x0018, 0x9346))
    element = content[start : content.index(pack("<HH", 0x0020, 0x000D))]

    assert element in released(content)


def test_the_result_is_a_data_set_of_its_own() -> None:
    """Nothing is shared between two instances of one worker."""
    worker = deidentifier()
    first = worker.deidentify(MemorySource(plain()))
    second = worker.deidentify(MemorySource(part10(enhanced(SOPInstanceUID="1.2.3.4"))))

    assert isinstance(read(written(first)), FileDataset)
    assert read(written(first)).SOPInstanceUID != read(written(second)).SOPInstanceUID


def presentation_state(points: int) -> bytes:
    """A state with so many graphic points behind a gap in which marks of the de-identification go."""
    graphic = item(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=points,
        GraphicData=[1.5] * 2 * points,
        GraphicType="POLYLINE",
        GraphicFilled="N",
    )
    annotation = item(GraphicLayer="LAYER", GraphicObjectSequence=[graphic])
    state = ct_image(
        SOPClassUID=GrayscaleSoftcopyPresentationStateStorage,
        Modality="PR",
        GraphicAnnotationSequence=[annotation],
    )
    for tag in [each.tag for each in state if each.tag.group in {0x0028, 0x7FE0}]:
        del state[tag]
    return part10(state)


def test_a_short_sequence_after_a_long_one_comes_out_as_if_it_were_first() -> None:
    """What was put in before the long one is not put in again before what is a block of its own now."""
    seasoned = deidentifier()
    long, short = presentation_state(6000), presentation_state(20)
    written(seasoned.deidentify(MemorySource(long)))
    again = written(seasoned.deidentify(MemorySource(short)))

    assert again == released(short)
    assert again.count(pack("<HH2s", 0x0028, 0x0303, b"CS")) == 1
