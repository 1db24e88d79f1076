"""RLE frames, judged by pydicom's codec."""

from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pydicom.pixels.decoders.rle import _rle_decode_frame

from shared.deid.pixels import rle
from shared.deid.pixels.facts import Layout
from shared.deid.pixels.geometry import Areas
from shared.errors import PixelsUncleanable
from tests.pixels import RECTANGLE, Frames, cleaned, decoded, inside, noise, rle_file


def layout(array: np.ndarray) -> Layout:
    """The layout of one frame."""
    rows, columns, *samples = array.shape
    bits = array.dtype.itemsize * 8
    return Layout(
        rows, columns, 1, *(samples or [1]), bits, bits, bits - 1, signed=False, photometric="", planar=False
    )


frames = st.sampled_from(["u1", "<u2", "<u4"]).flatmap(
    lambda kind: arrays.arrays(
        kind,
        st.tuples(st.integers(1, 6), st.integers(1, 300))
        | st.tuples(st.just(3), st.integers(1, 9), st.just(3)),
        elements=st.integers(0, 2) | st.integers(0, 255),
    )
)


@given(frames)
def test_a_frame_comes_back(frame: np.ndarray) -> None:
    """Also by pydicom's decoder; runs of any length, in rows of any length."""
    encoded = rle.encode(frame)
    rows, columns, *samples = frame.shape
    by_pydicom = _rle_decode_frame(encoded, rows, columns, *(samples or [1]), frame.dtype.itemsize * 8)

    planes = np.frombuffer(bytes(by_pydicom), frame.dtype).reshape(-1, rows, columns)
    assert np.array_equal(rle.decode(encoded, layout(frame)), frame)
    assert np.array_equal(planes, frame.reshape(rows, columns, -1).transpose(2, 0, 1))
    assert len(encoded) % 2 == 0


def test_flat_rows_are_short() -> None:
    """A row of one value takes two bytes for each 128 pixels, and no run goes on in the next row."""
    encoded = rle.encode(np.zeros((10, 256), np.uint8))

    assert encoded[64:] == b"\x81\0\x81\0" * 10


def segment(content: bytes) -> bytes:
    """A frame with one segment."""
    return pack("<16I", 1, 64, *[0] * 14) + content


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        segment(b"\x02abc"),
        segment(b"\x05abcdef"),
        segment(b"\xfca"),
        pack("<16I", 2, 64, 65, *[0] * 13) + b"\x03abcd",
        pack("<16I", 1, 70, *[0] * 14) + b"\x03abcd",
    ],
)
def test_a_damaged_frame_is_not_blanked(frame: bytes) -> None:
    """Too short, too long, segments too many or at the wrong place."""
    with pytest.raises(PixelsUncleanable, match="damaged"):
        rle.decode(frame, layout(np.zeros((2, 2), np.uint8)))


def test_padding_behind_a_segment_does_not_matter() -> None:
    """128 is no run, and what follows the last pixel is passed over (PS3.5 section G.3.2)."""
    decoded_frame = rle.decode(segment(b"\x80\x01ab\xffc\0\0"), layout(np.zeros((2, 2), np.uint8)))

    assert decoded_frame.tobytes() == b"abcc"


@pytest.mark.parametrize(
    ("columns", "packed"), [(129, b"\x81\0\0\0"), (130, b"\x81\0\xff\0"), (128, b"\x81\0")]
)
def test_long_runs_are_cut(columns: int, packed: bytes) -> None:
    """A run has at most 128 pixels, and one pixel is no run."""
    frame = np.zeros((1, columns), np.uint8)

    assert rle.encode(frame)[64:] == packed
    assert np.array_equal(rle.decode(rle.encode(frame), layout(frame)), frame)


def test_samples_of_64_bits_are_refused() -> None:
    """No frame has so many segments that make sense."""
    with pytest.raises(PixelsUncleanable, match="RLE cannot hold"):
        rle.decode(bytes(64), layout(np.zeros((2, 2), np.uint64)))


@pytest.mark.parametrize("samples", [6, 16])
def test_too_many_segments_are_refused(samples: int) -> None:
    """A frame has at most fifteen (PS3.5 section G.5)."""
    with pytest.raises(PixelsUncleanable, match="RLE cannot hold"):
        rle.encode(np.zeros((2, 2, samples), np.uint32))


@pytest.mark.parametrize(
    "image",
    [
        Frames(noise(2, 6, 9, kind="u1")),
        Frames(noise(1, 6, 9)),
        Frames(noise(1, 6, 9, kind="i2", bits=12), bits_stored=12),
        Frames(noise(2, 6, 9, 3, kind="u1"), "RGB"),
        Frames(noise(1, 6, 9, 3, kind="u1"), "YBR_FULL"),
    ],
)
def test_a_rectangle_is_blanked(image: Frames) -> None:
    """Inside black, outside as it was, RLE as before."""
    after = decoded(cleaned(rle_file(image), RECTANGLE))
    mask = inside(image.array.shape, RECTANGLE)

    black = (0, 128, 128) if image.photometric == "YBR_FULL" else -2048 if image.bits_stored else 0
    assert np.array_equal(after[:, ~mask], image.array[:, ~mask])
    assert (after[:, mask] == black).all()


def test_unused_bits_go_from_the_frames_that_are_blanked() -> None:
    """The others are not even read."""
    image = Frames(noise(2, 6, 9))
    areas = Areas(frames={0: (RECTANGLE,)})
    output = cleaned(rle_file(image, BitsStored=12, HighBit=11), areas=areas)
    blanked = image.array[0] & 0x0FFF
    blanked[inside(image.array.shape, RECTANGLE)] = 0

    assert rle.encode(blanked) in output
    assert rle.encode(image.array[1]) in output


def test_unused_bits_are_cleared() -> None:
    """An overlay lies in RLE as in native pixels."""
    image = Frames(noise(1, 6, 9))
    content = rle_file(image, BitsStored=12, HighBit=11)
    after = decoded(cleaned(content, clear_unused_bits=True))

    assert np.array_equal(after, image.array & 0x0FFF)
