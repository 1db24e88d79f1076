"""The search for text in pixels, with a finder that knows where it is; Tesseract has tests of its own."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, JPEGBaseline8Bit

from shared.deid.pixels.decision import Blank, Decision, Hold, Keep
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.pixels.reading import FrameReader
from shared.deid.pixels.text import sampled_frames, search_text
from tests.pixels import RECTANGLE, Frames, encapsulated_file, job_of, native_file, noise, policy, rle_file
from tests.unit.shared.deid.pixels import streams

if TYPE_CHECKING:
    from shared.deid.pixels.clean import Job

KEPT = Keep("rule only")
IMAGE = Frames(noise(3, 20, 30, kind="u1"))


class Finder:
    """Finds text at given places, and remembers what it was shown."""

    def __init__(self, *words: Rectangle) -> None:
        self._words = words
        self.shown: list[bytes] = []

    def find(self, picture: bytes, columns: int, rows: int) -> Sequence[Rectangle]:
        """The rectangles around the words."""
        assert len(picture) == columns * rows
        self.shown.append(picture)
        return self._words


def searching(found: str, frames: int = 8) -> PixelPolicy:
    """A policy that looks for text."""
    rule = "when: {attribute: Modality, exists: true}\naction: keep"
    return policy(rule, text=f"{{search: true, found: {found}, frames: {frames}, margin: 2}}")


def searched(content: bytes, decision: Decision, finder: Finder, found: str = "blank") -> Decision:
    """Decide again."""
    return search_text(job_of(content), decision, searching(found), finder)


def test_found_text_is_blanked_with_a_margin() -> None:
    """In all frames, whichever it was found in; overlapping words are one area."""
    finder = Finder(Rectangle(5, 4, 6, 3), Rectangle(0, 18, 2, 2))
    decision = searched(native_file(IMAGE), KEPT, finder)

    assert decision == Blank(
        Areas((Rectangle(3, 2, 10, 7), Rectangle(0, 16, 4, 4))), "rule only, and text found in the pixels"
    )


def test_found_text_is_blanked_beside_what_goes_anyway() -> None:
    """Both areas go; what a rule blanks is black when text is sought."""
    finder = Finder(Rectangle(5, 4, 6, 3))
    blank = Blank(Areas((RECTANGLE,)), "rule only", clear_unused_bits=True)
    decision = searched(native_file(IMAGE), blank, finder)

    picture = np.frombuffer(finder.shown[0], np.uint8).reshape(20, 30)
    assert decision == blank._replace(
        areas=Areas((RECTANGLE, Rectangle(3, 2, 10, 7))), reason="rule only, and text found in the pixels"
    )
    assert not picture[1:3, 2:5].any()
    assert picture.any()


def test_found_text_may_hold() -> None:
    """That is the cautious way."""
    finder = Finder(RECTANGLE)

    assert searched(native_file(IMAGE), KEPT, finder, "hold") == Hold("text found in the pixels")


@pytest.mark.parametrize("decision", [KEPT, Blank(Areas((RECTANGLE,)), "rule only"), Hold("rule only")])
def test_without_text_a_decision_stands(decision: Decision) -> None:
    """Nothing was found."""
    assert searched(native_file(IMAGE), decision, Finder()) == decision


def test_what_is_held_is_not_searched() -> None:
    """It is not released anyway."""
    finder = Finder()
    searched(native_file(IMAGE), Hold("rule only"), finder)

    assert finder.shown == []


def test_a_policy_that_does_not_ask_is_not_given_a_search() -> None:
    """It costs a second a frame."""
    finder = Finder(RECTANGLE)
    rules = policy("when: {attribute: Modality, exists: true}\naction: keep")

    assert search_text(job_of(native_file(IMAGE)), KEPT, rules, finder) == KEPT
    assert finder.shown == []


def test_frames_that_cannot_be_read_hold_the_image() -> None:
    """What nobody can look at is not released."""
    content = encapsulated_file(IMAGE, [b"ab", b"cd", b"ef"], JPEG2000Lossless)

    assert searched(content, KEPT, Finder()) == Hold("a damaged frame")


@pytest.mark.parametrize(
    ("frames", "wanted", "expected"),
    [
        (1, 8, [0]),
        (8, 8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (9, 8, [0, 1, 2, 3, 4, 5, 6, 8]),
        (100, 4, [0, 33, 66, 99]),
        (5, 2, [0, 4]),
    ],
)
def test_of_many_frames_some_are_searched(frames: int, wanted: int, expected: list[int]) -> None:
    """The first, the last, and others evenly between them."""
    assert list(sampled_frames(frames, wanted)) == expected


def reader(content: bytes) -> FrameReader:
    """A reader of a file's frames."""
    job: Job = job_of(content)
    return FrameReader(job)


COLOUR = Frames(noise(2, 4, 6, 3, kind="u1"), "RGB")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (native_file(IMAGE), IMAGE.array),
        (native_file(COLOUR), COLOUR.array),
        (native_file(COLOUR._replace(planar=True)), COLOUR.array),
        (rle_file(IMAGE), IMAGE.array),
        (
            native_file(Frames(noise(2, 4, 6).astype(">u2")), ExplicitVRBigEndian),
            noise(2, 4, 6),
        ),
        (
            encapsulated_file(IMAGE, [streams.jpeg_2000(frame) for frame in IMAGE.array], JPEG2000Lossless),
            IMAGE.array,
        ),
    ],
    ids=["grey", "colour", "planes", "RLE", "big endian", "JPEG 2000"],
)
def test_frames_are_read(content: bytes, expected: np.ndarray) -> None:
    """However they are encoded."""
    frames = reader(content)

    assert all(np.array_equal(frames.samples(index), expected[index]) for index in range(len(expected)))


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL_422"])
def test_a_lossy_frame_is_read_as_what_it_is(photometric: str) -> None:
    """One that says it is YCbCr is that; white is bright in either."""
    colour = np.zeros((16, 24, 3), np.uint8)
    colour[..., 1:] = 128
    colour[4:8, 4:8, 0] = 255
    image = Frames(colour[None], photometric)
    content = encapsulated_file(image, [streams.jpeg(colour, ybr=True)], JPEGBaseline8Bit)
    picture = next(reader(content).pictures(0))

    assert picture[5, 5] > 200
    assert picture[14, 14] < 50


def test_bits_are_read() -> None:
    """A frame of 35 bits begins within a byte."""
    bits = noise(2, 5, 7, kind="u1", bits=1)
    packed = np.packbits(bits.ravel(), bitorder="little").tobytes()
    content = native_file(Frames(bits), PixelData=packed, BitsAllocated=1, BitsStored=1, HighBit=0)

    assert np.array_equal(reader(content).samples(1), bits[1])


def test_of_shared_chrominance_the_luminance_is_read() -> None:
    """Text is as bright in it."""
    pairs = noise(1, 4, 6, 2, kind="u1")
    content = native_file(Frames(pairs), SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422")

    assert np.array_equal(reader(content).samples(0), pairs.reshape(4, 3, 4)[..., :2].reshape(4, 6))


def test_bytes_in_words_of_big_endian_hold_the_image() -> None:
    """They are rare, and nobody would see a mistake."""
    content = native_file(IMAGE, ExplicitVRBigEndian, vr="OW")

    assert isinstance(searched(content, KEPT, Finder()), Hold)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (Frames(np.array([[[0, 128, 255, 64]]], "u1")), [[0, 128, 255, 64]]),
        (Frames(np.array([[[-10, 0, 10, 5]]], "i2")), [[0, 127, 255, 191]]),
        (Frames(np.array([[[-10, 0, 10, 5]]], "i2"), bits_stored=12), [[0, 127, 255, 191]]),
        (Frames(np.array([[[[9, 0, 0], [0, 0, 18]]]], "u1"), "RGB"), [[0, 255]]),
        (Frames(np.array([[[[9, 200, 0], [18, 0, 200]]]], "u1"), "YBR_FULL"), [[0, 255]]),
    ],
)
def test_a_picture_has_the_whole_range(frames: Frames, expected: list[list[int]]) -> None:
    """The smallest value is black, the largest white; of colours the brightest or the luminance counts."""
    pictures = list(reader(native_file(frames)).pictures(0))

    assert pictures[0].tolist() == expected


def test_a_second_picture_has_what_stands_out() -> None:
    """A stroke on a slope is the brightest there, though not in the whole picture."""
    array = np.tile(np.arange(60, dtype="u2") * 100, (60, 1))
    array[30, 5:40] += 300
    whole, detail = reader(native_file(Frames(array[None]))).pictures(0)

    assert whole[30, 20] < whole[30, 59]
    assert (detail[30, 15:30] == 255).all()
    assert (detail[:20, 15:30] == 0).all()


def test_numbers_with_a_fraction_have_a_picture() -> None:
    """As parametric maps have."""
    changes = {"BitsStored": None, "HighBit": None, "PixelRepresentation": None, "PixelData": None}
    array = np.array([[[0, 0.25, 1]]], "<f4")
    content = native_file(Frames(array), FloatPixelData=array.tobytes(), **changes)

    assert next(reader(content).pictures(0)).tolist() == [[0, 63, 255]]


def test_a_frame_of_one_value_has_no_picture() -> None:
    """Nothing is written on it."""
    assert list(reader(native_file(Frames(np.full((1, 4, 4), 7, "u1")))).pictures(0)) == []
