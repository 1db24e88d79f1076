"""JPEG and JPEG-LS frames, taken apart."""

import imagecodecs
import numpy as np
import pytest

from shared.deid.pixels import jpeg
from shared.deid.pixels.codestream import Codestream, Damaged
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import gradient, segment, with_segment

GREY = streams.jpeg(gradient(16, 24))
EXIF = segment(0xE1, b"Exif\0\0 Doe^Jane")
ADOBE = b"Adobe\0d\0\0\0\0\1"


def markers(frame: bytes) -> list[int]:
    """The markers of a frame in order."""
    return [each.marker for each in jpeg.segments(frame)]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (GREY, Codestream(0xC0, 16, 24, 1, 8, colour="ybr")),
        (streams.jpeg(gradient(16, 24, 3)), Codestream(0xC0, 16, 24, 3, 8, colour="rgb")),
        (streams.jpeg(gradient(16, 24, 3), ybr=True), Codestream(0xC0, 16, 24, 3, 8, colour="ybr")),
        (
            streams.jpeg_12(gradient(16, 24, kind="u2", bits=12)),
            Codestream(0xC1, 16, 24, 1, 12, colour="ybr"),
        ),
        (
            streams.lossless_jpeg(gradient(16, 24, kind="u2", bits=16), 16),
            Codestream(0xC3, 16, 24, 1, 16, colour="ybr"),
        ),
        (streams.jpeg_ls(gradient(16, 24)), Codestream(0xF7, 16, 24, 1, 8)),
        (with_segment(jpeg.strip(GREY), segment(0xEE, ADOBE)), Codestream(0xC0, 16, 24, 1, 8, colour="ybr")),
        (
            with_segment(streams.jpeg_ls(gradient(16, 24)), segment(0xE8, b"mrfx\1")),
            Codestream(0xF7, 16, 24, 1, 8, transformed=True),
        ),
    ],
)
def test_a_frame_says_what_it_is(frame: bytes, expected: Codestream) -> None:
    """Process, size, precision, and what its components mean."""
    assert jpeg.head(frame) == expected


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xff\xd8",
        GREY[:-2],
        GREY[:40],
        GREY[2:],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8" + segment(0xC0, b"\x08\0"),
        with_segment(GREY, b"\xff\x01\0\2"),
        with_segment(GREY, b"\xff\xfe\0\1"),
        with_segment(GREY, segment(0xC0, bytes(15))),
    ],
)
def test_a_damaged_frame_says_nothing(frame: bytes) -> None:
    """Cut off, empty, without a start, without a size, with two."""
    with pytest.raises(Damaged):
        jpeg.head(frame)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (jpeg.strip(GREY), [b"JFIF\0\1\1\0\0\1\0\1\0\0"]),
        (with_segment(jpeg.strip(GREY), EXIF), [b"Exif\0\0 Doe^Jane", b"JFIF\0\1\1\0\0\1\0\1\0\0"]),
        (with_segment(streams.jpeg_ls(gradient(8, 8))[:2] + GREY[2:], b"")[:-2] + b"\xff\xd9Doe", None),
    ],
)
def test_what_may_hold_text_is_found(frame: bytes, expected: list[bytes] | None) -> None:
    """Application data and what follows the end."""
    found = list(jpeg.comments(frame))

    assert found == expected if expected is not None else found[-1] == b"Doe"


def test_a_comment_between_scans_is_found() -> None:
    """Comments may stand before any segment, also behind entropy-coded data."""
    commented = GREY[:-2] + segment(0xFE, b"Doe^Jane") + GREY[-2:]

    assert list(jpeg.comments(commented))[-1] == b"Doe^Jane"
    assert jpeg.strip(commented) == GREY


def test_an_unknown_segment_is_found_and_cannot_be_stripped() -> None:
    """Nobody knows whether a decoder needs it."""
    odd = with_segment(GREY, segment(0xF0, b"Doe^Jane"))

    assert b"Doe^Jane" in list(jpeg.comments(odd))
    with pytest.raises(Damaged):
        jpeg.strip(odd)


@pytest.mark.parametrize(
    "original", [GREY, streams.jpeg(gradient(16, 24, 3)), streams.jpeg(gradient(16, 24, 3), ybr=True)]
)
def test_stripping_keeps_colours_and_pixels(original: bytes) -> None:
    """Comments, EXIF, ICC profiles, and what follows the end go."""
    extras = [segment(0xFE, b"Doe"), EXIF, segment(0xE2, b"ICC_PROFILE\0 Doe"), segment(0xE0, b"JFXX\0Doe")]
    stripped = jpeg.strip(with_segment(original, b"".join(extras)) + b"Doe")

    assert b"Doe" not in stripped
    assert jpeg.head(stripped) == jpeg.head(original)
    assert np.array_equal(imagecodecs.jpeg8_decode(stripped), imagecodecs.jpeg8_decode(original))


def test_what_else_colour_segments_hold_goes() -> None:
    """JFIF may have a thumbnail, and behind what Adobe defines anything may stand."""
    thumbnail = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc")
    stripped = jpeg.strip(with_segment(GREY, thumbnail + segment(0xEE, ADOBE + b"Doe")))

    assert markers(stripped)[:3] == [0xE0, 0xEE, 0xE0]
    assert b"abc" not in stripped
    assert b"Doe" not in stripped


def test_a_frame_may_contradict_itself() -> None:
    """JFIF says YCbCr, Adobe's segment says there is no transform."""
    assert jpeg.head(with_segment(GREY, segment(0xEE, ADOBE[:-1] + b"\0"))).colour == "rgb or ybr"


def test_a_colour_transform_of_jpeg_ls_stays() -> None:
    """Without its segment the components would mean something else."""
    frame = with_segment(streams.jpeg_ls(gradient(16, 24)), segment(0xE8, b"mrfx\1Doe"))

    assert segment(0xE8, b"mrfx\1") in jpeg.strip(frame)
    assert b"Doe" not in jpeg.strip(frame)


def test_fill_bytes_before_a_marker_are_passed_over() -> None:
    """Any number of FF may stand before one (ISO/IEC 10918-1 B.1.1.2)."""
    assert jpeg.head(GREY[:2] + b"\xff\xff\xff" + GREY[2:]) == jpeg.head(GREY)


def test_a_frame_of_very_many_segments_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was made to be costly."""
    monkeypatch.setattr(jpeg, "MOST_PARTS", 100)

    with pytest.raises(Damaged):
        markers(with_segment(GREY, segment(0xDB, b"") * 100))
