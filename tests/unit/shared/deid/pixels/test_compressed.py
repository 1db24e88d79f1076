"""Compressed images, blanked: judged by pydicom with GDCM, whose libraries are others or other builds."""

from typing import Any

import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import (
    HTJ2K,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
)

from shared.deid.pixels import jpeg as jpeg_segments
from shared.deid.pixels import jpeg2000
from shared.deid.pixels.clean import clean
from shared.deid.pixels.codec import Samples
from shared.deid.pixels.geometry import Areas
from shared.deid.pixels.jpeg import strip
from shared.errors import PixelsUncleanable
from tests.pixels import RECTANGLE, Facts, Frames, cleaned, codec, decoded, inside, job_of, rle_file
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.compressed_cases import BITS_12, CASES, GREY, GREY_12, HELD, Case
from tests.unit.shared.deid.pixels.streams import JPEG_COMMENT, gradient, segment, with_segment

#: pydicom has no decoder for these here; OpenJPEG judges what OpenJPH has written
HIGH_THROUGHPUT = {
    "lossless": (streams.htj2k(GREY), HTJ2KLossless, HTJ2KLossless),
    "lossless with RPCL": (streams.htj2k(GREY), HTJ2KLosslessRPCL, HTJ2KLossless),
    "either": (streams.htj2k(GREY), HTJ2K, HTJ2K),
}


def photometric_of(content: bytes) -> str:
    """The Photometric Interpretation of a file."""
    return job_of(content).image.text(0x00280004)


def single_frame(content: bytes) -> bytes:
    """The only frame of a file."""
    job = job_of(content)
    return b"".join(job.source.read(*each) for each in job.pixel_data.fragments[1:])


def original_samples(case: Case) -> NDArray[Any]:
    """What a decoder makes of the original; GDCM reads no JPEG of 12 bits, and lossy colours become RGB."""
    if case.syntax == JPEGExtended12Bit:
        return codec().decode("jpeg", case.fragment)[None]
    return decoded(case.content, rgb=case.syntax == JPEGBaseline8Bit)


@pytest.mark.filterwarnings("ignore:The .0028,0004. 'Photometric Interpretation' value is 'RGB' however")
@pytest.mark.parametrize("name", CASES)
def test_inside_is_black_and_outside_is_as_it_was(name: str) -> None:
    """Outside, samples are exactly those that the original decodes to."""
    case = CASES[name]
    content = cleaned(case.content, RECTANGLE)
    before, after = original_samples(case), decoded(content)
    mask = inside(before.shape, RECTANGLE)

    assert job_of(content).transfer_syntax_uid == case.target
    assert photometric_of(content) == (case.becomes or case.photometric)
    assert np.array_equal(after[:, ~mask], before[:, ~mask])
    assert (after[:, mask] == case.black).all()


@pytest.mark.parametrize("name", HIGH_THROUGHPUT)
def test_high_throughput(name: str) -> None:
    """HTJ2K stays HTJ2K."""
    fragment, syntax, target = HIGH_THROUGHPUT[name]
    content = cleaned(Case(GREY, fragment, syntax, target).content, RECTANGLE)
    after = imagecodecs.jpeg2k_decode(single_frame(content))
    mask = inside((1, *GREY.shape), RECTANGLE)

    assert job_of(content).transfer_syntax_uid == target
    assert np.array_equal(after[~mask], GREY[~mask])
    assert (after[mask] == 0).all()


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_written_beside_the_picture(name: str) -> None:
    """Encoders sign their work; that goes, and so does every comment of the original."""
    frame = single_frame(cleaned(CASES[name].content, RECTANGLE))
    found = jpeg_segments.comments if frame.startswith(jpeg_segments.START) else jpeg2000.comments

    assert [each for each in found(frame) if not each.startswith(b"JFIF")] == []


def test_the_same_frame_gives_the_same_bytes() -> None:
    """Whichever worker blanks it."""
    content = CASES["JPEG 2000"].content

    assert cleaned(content, RECTANGLE) == cleaned(content, RECTANGLE)


@pytest.mark.parametrize("name", HELD)
def test_a_doubtful_frame_is_not_blanked(name: str) -> None:
    """Where frame and header differ, or a decoder has doubts, nothing comes out."""
    case, reason = HELD[name]

    with pytest.raises(PixelsUncleanable, match=reason):
        cleaned(case.content, RECTANGLE)


def test_a_frame_of_fewer_bits_is_blanked_in_its_own() -> None:
    """Bits Stored may be more than a codestream needs: white is its largest value then."""
    changes = {"BitsStored": 16, "HighBit": 15, "PhotometricInterpretation": "MONOCHROME1"}
    case = Case(GREY_12, streams.lossless_jpeg(GREY_12, 12), JPEGLosslessSV1, "", changes=changes)
    after = decoded(cleaned(case.content, RECTANGLE))

    assert (after[:, inside(after.shape, RECTANGLE)] == 4095).all()


class Lossy:
    """A codec that cannot be trusted."""

    def decode(self, family: str, frame: bytes) -> NDArray[Any]:
        """Decode as the real one does, or so it seems."""
        return codec().decode(family, frame)

    def encode(self, family: str, samples: Samples) -> bytes:
        """Encode something else."""
        return codec().encode(family, samples._replace(array=samples.array ^ 1))


def test_a_frame_that_is_too_large_is_not_decoded() -> None:
    """A header may claim anything; memory is not for the asking."""
    job = job_of(CASES["lossless"].content, RECTANGLE)
    facts = {tag: job.image.text(tag) for tag in (0x00280002, 0x00280004, 0x00280100, 0x00280101, 0x00280102)}

    with pytest.raises(PixelsUncleanable, match="too large"):
        clean(job._replace(image=Facts(facts | {0x00280010: 65535, 0x00280011: 65535})))


def test_an_encoder_has_to_prove_itself() -> None:
    """What decodes to anything else than what was encoded is not released."""
    with pytest.raises(PixelsUncleanable, match="not lossless"):
        cleaned(CASES["lossless"].content, RECTANGLE, codec=Lossy())


class Strange(Lossy):
    """A codec that gives more than there is."""

    def __init__(self, change: Any) -> None:
        self._change = change

    def decode(self, family: str, frame: bytes) -> NDArray[Any]:
        """Decode to something else."""
        return self._change(codec().decode(family, frame))


@pytest.mark.parametrize("change", [lambda array: array[1:], lambda array: array.view("i1")])
def test_a_decoder_has_to_agree_with_the_frame(change: Any) -> None:
    """In size and kind."""
    with pytest.raises(PixelsUncleanable, match="contradicts"):
        cleaned(CASES["lossless"].content, RECTANGLE, codec=Strange(change))


@pytest.mark.parametrize("content", [CASES["lossless"].content, rle_file(Frames(GREY[None]))])
def test_without_codecs_compressed_images_are_not_blanked(content: bytes) -> None:
    """The extra may not be installed."""
    with pytest.raises(PixelsUncleanable, match="no image codecs"):
        cleaned(content, RECTANGLE, codec=None)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.94"]
)
def test_other_transfer_syntaxes_are_not_blanked(syntax: str) -> None:
    """Video, several components in one stream, pixels that lie elsewhere."""
    job = job_of(CASES["lossless"].content, RECTANGLE, transfer_syntax_uid=syntax)

    with pytest.raises(PixelsUncleanable, match="transfer syntax"):
        clean(job)


def test_comments_are_stripped_where_nothing_is_blanked() -> None:
    """A profile may ask for that alone; the transfer syntax and every sample stay."""
    frame = with_segment(strip(streams.jpeg(GREY)), segment(JPEG_COMMENT, b"Doe^Jane"))
    case = Case(GREY, frame, JPEGBaseline8Bit, "")
    content = cleaned(case.content, areas=Areas(), strip_comments=True)

    assert single_frame(content).rstrip(b"\0") == strip(streams.jpeg(GREY))
    assert job_of(content).transfer_syntax_uid == JPEGBaseline8Bit


def test_unused_bits_of_a_compressed_image_are_cleared() -> None:
    """A codestream of 16 bits may hold an overlay beside samples of 12."""
    array = gradient(16, 24, kind="u2", bits=16)
    case = Case(array, streams.lossless_jpeg(array, 16), JPEGLosslessSV1, "", changes=BITS_12)
    content = cleaned(case.content, clear_unused_bits=True)

    assert np.array_equal(codec().decode("jpeg", single_frame(content)), array & 0x0FFF)
