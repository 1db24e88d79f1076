"""Properties of Clean Pixel Data that hold for all geometries, depths, colours, encodings and rectangles."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless

from shared.deid.pixels import native
from shared.deid.pixels.clean import clean
from shared.deid.pixels.comments import comments
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.errors import PixelsUncleanable
from tests.pixels import Frames, cleaned, decoded, encapsulated_file, job_of, native_file, rle_file
from tests.unit.shared.deid.pixels import streams

#: pydicom reads one frame of one row and column, too
sizes = st.integers(1, 12)
rectangles = st.builds(Rectangle, st.integers(-2, 13), st.integers(-2, 13), sizes, sizes)
areas = st.builds(
    Areas,
    st.lists(rectangles, max_size=3).map(tuple),
    st.dictionaries(st.integers(0, 3), st.lists(rectangles, max_size=2).map(tuple), max_size=2),
)
NATIVE = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]


@st.composite
def images(draw: st.DrawFn, kinds: tuple[str, ...] = ("u1", "i1", "u2", "i2", "u4")) -> Frames:
    """An image of some frames, grey or colour, of any bits."""
    kind = draw(st.sampled_from(kinds))
    colour = kind in {"u1", "u2"} and draw(st.booleans())
    width = np.dtype(kind).itemsize * 8
    stored = width if colour else draw(st.integers(1 if kind[0] == "u" else 2, width))
    shape = (draw(st.integers(1, 4)), draw(sizes), draw(sizes), *([3] if colour else []))
    low = -(1 << stored - 1) if kind[0] == "i" else 0
    seed = draw(st.integers(0, 1 << 16))
    array = np.random.default_rng(seed).integers(low, low + (1 << stored), shape).astype(kind)
    photometric = draw(st.sampled_from(["RGB", "YBR_FULL"] if colour else ["MONOCHROME1", "MONOCHROME2"]))
    return Frames(array, photometric, stored, planar=colour and draw(st.booleans()))


def black_of(image: Frames) -> Any:
    """What blanked samples are."""
    if image.array.ndim == 4:
        half = 1 << image.bits_stored - 1
        return (0, half, half) if image.photometric == "YBR_FULL" else (0, 0, 0)
    low = -(1 << image.bits_stored - 1) if image.array.dtype.kind == "i" else 0
    return low + (1 << image.bits_stored) - 1 if image.photometric == "MONOCHROME1" else low


def blanked(image: Frames, where: Areas) -> NDArray[Any]:
    """The image as it must come out."""
    expected = image.array.copy()
    rows, columns = expected.shape[1:3]
    for index, frame in enumerate(expected):
        for each in where.of(index):
            if cut := each.cut(columns, rows):
                frame[cut.y : cut.bottom, cut.x : cut.right] = black_of(image)
    return expected


@given(images(), areas, st.sampled_from(NATIVE), st.integers(1, 80).map(lambda half: 2 * half))
@settings(deadline=None)
def test_native_pixels_are_blanked_inside_and_untouched_outside(
    image: Frames, where: Areas, syntax: str, window: int
) -> None:
    """In every native transfer syntax, in whatever pieces they stream."""
    little = syntax != ExplicitVRBigEndian
    stored = (
        image if little else image._replace(array=image.array.astype(image.array.dtype.newbyteorder(">")))
    )
    if not little and image.array.itemsize == 4:
        return
    content = native_file(stored, syntax)
    whole, native.WINDOW = native.WINDOW, window
    try:
        after = decoded(cleaned(content, areas=where))
    finally:
        native.WINDOW = whole

    assert np.array_equal(after, blanked(image, where))


# It happens, with pixels that hardly repeat.
@pytest.mark.filterwarnings("ignore:The number of bytes of compressed pixel data matches:UserWarning")
@given(images(kinds=("u1", "u2", "i2", "u4")), areas)
@settings(deadline=None)
def test_rle_pixels_are_blanked_inside_and_untouched_outside(image: Frames, where: Areas) -> None:
    """And frames without a rectangle keep their bytes."""
    content = rle_file(image._replace(planar=False))
    before, after = job_of(content), job_of(cleaned(content, areas=where))

    assert np.array_equal(decoded(cleaned(content, areas=where)), blanked(image, where))
    for index in range(len(image.array)):
        if not where.of(index):
            assert fragment(before, index) == fragment(after, index)


def fragment(job: Any, frame: int) -> bytes:
    """The fragment of a frame."""
    return bytes(job.source.read(*job.pixel_data.fragments[frame + 1]))


@given(images(kinds=("u1", "u2")), st.lists(rectangles, min_size=1, max_size=3).map(tuple))
@settings(deadline=None, max_examples=50)
def test_lossless_jpegs_are_blanked_inside_and_untouched_outside(
    image: Frames, everywhere: tuple[Rectangle, ...]
) -> None:
    """By whole images of JPEG 2000; the other families share all but the codec."""
    bits = max(image.bits_stored, 2)
    fragments = [streams.jpeg_2000(frame, bits) for frame in image.array]
    content = encapsulated_file(image._replace(planar=False), fragments, JPEG2000Lossless)

    assert np.array_equal(decoded(cleaned(content, *everywhere)), blanked(image, Areas(everywhere)))


@given(images(), st.lists(rectangles, max_size=3).map(tuple))
@settings(deadline=None)
def test_blanking_twice_is_blanking_once(image: Frames, everywhere: tuple[Rectangle, ...]) -> None:
    """What is black stays black."""
    once = cleaned(native_file(image), *everywhere)

    assert cleaned(once, *everywhere) == once


JPEG = streams.jpeg(streams.gradient(16, 24))
JPEG_2000 = streams.jpeg_2000(streams.gradient(16, 24))


@given(st.sampled_from([JPEG, JPEG_2000]), st.data())
@settings(deadline=None, max_examples=200)
def test_damaged_frames_are_blanked_or_refused(frame: bytes, data: st.DataObject) -> None:
    """Whatever bytes are changed, no other error comes out; and the search for text always ends."""
    damaged = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    syntax = "1.2.840.10008.1.2.4.50" if frame is JPEG else JPEG2000Lossless
    job = job_of(encapsulated_file(Frames(streams.gradient(16, 24)[None]), [bytes(damaged)], syntax))
    job = job._replace(areas=Areas((Rectangle(1, 1, 4, 4),)))

    list(comments(job.source, job.pixel_data, syntax))
    try:
        result = clean(job)
    except PixelsUncleanable:
        return
    assert len(b"".join(result.chunks)) == result.length
