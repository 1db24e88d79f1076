"""Native pixels, judged by pydicom."""

import numpy as np
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from shared.deid.pixels import native
from shared.deid.pixels.clean import clean
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.errors import PixelsUncleanable
from tests.pixels import RECTANGLE, Frames, Overlaid, cleaned, decoded, inside, job_of, native_file, noise

KINDS = {
    "8 bits": Frames(noise(1, 5, 7, kind="u1")),
    "16 bits": Frames(noise(1, 5, 7)),
    "12 of 16 bits": Frames(noise(1, 5, 7, bits=12), bits_stored=12),
    "signed": Frames(noise(1, 5, 7, kind="i2")),
    "32 bits": Frames(noise(1, 5, 7, kind="u4")),
    "many frames": Frames(noise(4, 5, 7)),
    "inverted": Frames(noise(2, 5, 7, kind="u1"), "MONOCHROME1"),
    "palette": Frames(noise(1, 5, 7, kind="u1"), "PALETTE COLOR"),
    "colour by pixel": Frames(noise(2, 5, 7, 3, kind="u1"), "RGB"),
    "colour by plane": Frames(noise(2, 5, 7, 3, kind="u1"), "RGB", planar=True),
    "colour of 16 bits": Frames(noise(1, 5, 7, 3), "RGB"),
    "chrominance": Frames(noise(2, 5, 7, 3, kind="u1"), "YBR_FULL"),
}
BLACK = {"MONOCHROME1": 255, "YBR_FULL": (0, 128, 128)}


@pytest.fixture
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames and rows are cut in many pieces."""
    monkeypatch.setattr(native, "WINDOW", 6)


@pytest.mark.parametrize(
    "syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian]
)
@pytest.mark.parametrize("kind", KINDS)
def test_inside_is_black_and_outside_is_as_it_was(kind: str, syntax: str) -> None:
    """In every kind of native image."""
    frames = KINDS[kind]
    after = decoded(cleaned(native_file(frames, syntax), RECTANGLE))
    mask = inside(frames.array.shape, RECTANGLE)

    black = BLACK.get(frames.photometric, np.iinfo(frames.array.dtype).min)
    assert np.array_equal(after[:, ~mask], frames.array[:, ~mask])
    assert (after[:, mask] == black).all()


@pytest.mark.usefixtures("_small_windows")
@pytest.mark.parametrize("kind", [kind for kind, frames in KINDS.items() if frames.array.itemsize < 4])
def test_windows_change_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces are in which pixels come by, the result is the same."""
    content = native_file(KINDS[kind])
    in_pieces = cleaned(content, RECTANGLE)
    monkeypatch.undo()

    assert in_pieces == cleaned(content, RECTANGLE)


@pytest.mark.parametrize("kind", ["16 bits", "signed", "many frames", "colour of 16 bits"])
def test_big_endian(kind: str) -> None:
    """Words are written in the order of the data set."""
    frames = KINDS[kind]
    swapped = frames._replace(array=frames.array.astype(frames.array.dtype.newbyteorder(">")))
    after = decoded(cleaned(native_file(swapped, ExplicitVRBigEndian), RECTANGLE))
    mask = inside(frames.array.shape, RECTANGLE)

    assert np.array_equal(after[:, ~mask], frames.array[:, ~mask])
    assert (after[:, mask] == np.iinfo(frames.array.dtype).min).all()


@pytest.mark.parametrize("windows", [native.WINDOW, 6])
@pytest.mark.parametrize("rows", [4, 5])
def test_bytes_in_words_of_big_endian(rows: int, windows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels of 8 bits in OW come in pairs the other way round (PS3.5 section 7.3)."""
    monkeypatch.setattr(native, "WINDOW", windows)
    array = noise(1, rows, 7, kind="u1")
    even = array.tobytes() + b"\0" * (array.size % 2)
    words = np.frombuffer(even, "<u2").astype(">u2").tobytes()
    content = native_file(Frames(array), ExplicitVRBigEndian, vr="OW", PixelData=words)
    after = decoded(cleaned(content, RECTANGLE))
    mask = inside(array.shape, RECTANGLE)

    assert np.array_equal(after[:, ~mask], array[:, ~mask])
    assert (after[:, mask] == 0).all()


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
@pytest.mark.parametrize("windows", [native.WINDOW, 2])
def test_pixels_of_one_bit(photometric: str, windows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames do not begin at bytes: 35 bits each."""
    monkeypatch.setattr(native, "WINDOW", windows)
    bits = noise(3, 5, 7, kind="u1", bits=1)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    changes = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    content = native_file(Frames(bits, photometric), PixelData=packed, **changes)
    after = decoded(cleaned(content, RECTANGLE))
    mask = inside(bits.shape, RECTANGLE)

    assert np.array_equal(after[:, ~mask], bits[:, ~mask])
    assert (after[:, mask] == (photometric == "MONOCHROME1")).all()


def test_shared_chrominance_is_blanked_in_pairs() -> None:
    """In YBR_FULL_422 two pixels have one chrominance: a rectangle grows to both (PS3.3 C.7.6.3.1.2)."""
    array = noise(2, 4, 6, 2, kind="u1")
    content = native_file(Frames(array), SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422")
    content_after = cleaned(content, Rectangle(1, 1, 2, 2))
    after = np.frombuffer(job_of(content_after).source.read(len(content_after) - 96, 96), np.uint8)
    pairs, before = after.reshape(2, 4, 3, 4), array.reshape(2, 4, 3, 4)

    assert (pairs[:, 1:3, 0:2] == (0, 0, 128, 128)).all()
    assert np.array_equal(pairs[:, :, 2], before[:, :, 2])
    assert np.array_equal(pairs[:, [0, 3]], before[:, [0, 3]])


def test_float_pixels_become_zero() -> None:
    """Float Pixel Data (7FE0,0008) has no Bits Stored (PS3.3 C.7.6.24)."""
    array = np.random.default_rng(1).random((1, 5, 7)).astype("<f4")
    changes = {"BitsStored": None, "HighBit": None, "PixelRepresentation": None, "PixelData": None}
    content = native_file(Frames(array), FloatPixelData=array.tobytes(), **changes)
    after = decoded(cleaned(content, RECTANGLE))
    mask = inside(array.shape, RECTANGLE)

    assert np.array_equal(after[:, ~mask], array[:, ~mask])
    assert (after[:, mask] == 0).all()


def test_single_frames_have_rectangles_of_their_own() -> None:
    """Those of one frame are not blanked in another."""
    frames = KINDS["many frames"]
    areas = Areas((Rectangle(0, 0, 1, 1),), {2: (RECTANGLE,)})
    after = decoded(cleaned(native_file(frames), areas=areas))
    changed = [int((after[index] != frames.array[index]).sum()) for index in range(4)]

    assert changed == [1, 1, 7, 1]


def test_the_padding_byte_is_cleared() -> None:
    """It may hold anything."""
    frames = Frames(noise(1, 5, 7, kind="u1"))
    after = cleaned(native_file(frames, PixelData=frames.array.tobytes() + b"Z"), RECTANGLE)

    assert after[-1:] == b"\0"


@pytest.mark.parametrize(("high", "mask"), [(11, 0x0FFF), (13, 0x3FFC)])
def test_unused_bits_are_cleared(high: int, mask: int) -> None:
    """Only the bits of samples stay, above and below; where they are is High Bit's to say."""
    frames = Frames(noise(2, 5, 7))
    content = native_file(frames, BitsStored=12, HighBit=high)
    result = clean(job_of(content, clear_unused_bits=True))
    after = np.frombuffer(b"".join(result.chunks), "<u2").reshape(frames.array.shape)

    assert np.array_equal(after, frames.array & mask)


@pytest.mark.parametrize(("signed", "mask"), [(0, 0x0FFF), (1, 0xFFFF)])
def test_unused_bits_go_wherever_pixels_are_blanked(signed: int, mask: int) -> None:
    """An overlay may lie there of which the header has lost all trace; or a sign."""
    frames = Frames(noise(2, 5, 7))
    content = native_file(frames, BitsStored=12, HighBit=11, PixelRepresentation=signed)
    after = np.frombuffer(b"".join(clean(job_of(content, RECTANGLE)).chunks), "<u2").reshape(2, 5, 7)
    outside = ~inside((2, 5, 7), RECTANGLE)

    assert np.array_equal(after[:, outside], frames.array[:, outside] & mask)


def test_unused_bits_of_odd_cells_are_not_guessed_at() -> None:
    """Only cells of 8 and 16 bits are known to hold overlays."""
    with pytest.raises(PixelsUncleanable, match="unused bits"):
        cleaned(native_file(KINDS["32 bits"]), clear_unused_bits=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Rows": 6}, "another length"),
        ({"NumberOfFrames": 2}, "another length"),
        ({"SamplesPerPixel": 0}, "SamplesPerPixel"),
        ({"BitsAllocated": 12}, "BitsAllocated"),
        ({"BitsStored": 17}, "BitsStored"),
        ({"PhotometricInterpretation": "HSV"}, "PhotometricInterpretation"),
        ({"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"}, "another length"),
    ],
)
def test_what_contradicts_itself_is_not_blanked(changes: dict[str, object], reason: str) -> None:
    """Where a header is wrong about its pixels nobody knows where the rectangle lies."""
    with pytest.raises(PixelsUncleanable, match=reason):
        cleaned(native_file(KINDS["16 bits"], **changes), RECTANGLE)


@pytest.mark.parametrize(
    ("frames", "syntax", "changes", "reason"),
    [
        (
            Frames(noise(1, 4, 7, 2, kind="u1")),
            ExplicitVRLittleEndian,
            {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422"},
            "chrominance",
        ),
        (
            Frames(noise(1, 2, 4, 3, kind="u1"), "RGB"),
            ExplicitVRLittleEndian,
            {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PixelData": bytes(4)},
            "several samples",
        ),
        (Frames(noise(1, 4, 7).astype(">u4")), ExplicitVRBigEndian, {}, "big endian"),
    ],
)
def test_a_layout_of_which_nobody_is_sure_is_not_blanked(
    frames: Frames, syntax: str, changes: dict[str, object], reason: str
) -> None:
    """Chrominance of half a pair, colours of one bit, words of words."""
    with pytest.raises(PixelsUncleanable, match=reason):
        cleaned(native_file(frames, syntax, **changes), RECTANGLE)


def test_changes_are_written_at_their_place() -> None:
    """What must not be there any more is not written."""
    content = native_file(KINDS["8 bits"], SmallestImagePixelValue=3, LargestImagePixelValue=9)
    image = job_of(cleaned(content, RECTANGLE)).image

    assert image.text(0x00280301) == "NO"
    assert 0x00280106 not in image
    assert 0x00280107 not in image


@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_the_header_says_what_was_done(photometric: str) -> None:
    """Nothing is burned in any more, and the extremes that it told may be wrong."""
    frames = KINDS["8 bits"]._replace(photometric=photometric)
    content = native_file(
        frames, BurnedInAnnotation="YES", SmallestImagePixelValue=3, LossyImageCompression="01"
    )
    result = clean(job_of(content, RECTANGLE))

    assert [(change.tag, change.value) for change in result.changes] == [
        (0x00280106, None),
        (0x00280301, "NO"),
    ]
    assert (result.transfer_syntax_uid, result.encapsulated) == (ExplicitVRLittleEndian, False)


def test_overlays_whose_bits_are_gone_leave_the_header() -> None:
    """A description of an overlay that is nowhere makes an object invalid (PS3.3 C.9.2)."""
    content = native_file(KINDS["12 of 16 bits"], OverlayBitsAllocated=None)
    image = {0x60020100: 16, 0x60020102: 12}
    job = job_of(content, clear_unused_bits=True)
    overlaid = clean(job._replace(image=Overlaid(job.image, image)))

    assert overlaid.removed_groups == (0x6002,)
    assert overlaid.changes == ()
