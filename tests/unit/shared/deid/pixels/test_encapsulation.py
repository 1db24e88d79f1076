"""Frames, fragments and offset tables of encapsulated pixels (PS3.5 Annex A.4)."""

import io
from collections.abc import Sequence
from struct import pack

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate_extended, generate_frames, parse_basic_offsets
from pydicom.uid import JPEG2000, JPEGBaseline8Bit, JPEGLossless, JPEGLSNearLossless, RLELossless

from shared.deid.pixels import encapsulate, rle
from shared.deid.pixels.clean import clean
from shared.deid.pixels.encapsulate import Assembly, Tables
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.dicom.source import MemorySource
from shared.errors import PixelsUncleanable
from tests.pixels import (
    RECTANGLE,
    Frames,
    cleaned,
    decoded,
    encapsulated_file,
    fragments_value,
    job_of,
    noise,
    rle_file,
)
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import gradient

IMAGE = Frames(np.stack([gradient(16, 24) + shift for shift in range(3)]))
JPEG_2000 = [streams.jpeg_2000(frame) for frame in IMAGE.array]
ONLY_SECOND = Areas(frames={1: (RECTANGLE,)})


def even(fragment: bytes) -> bytes:
    """A fragment as it lies in its item."""
    return fragment + b"\0" * (len(fragment) % 2)


def halves(frames: Sequence[bytes]) -> list[bytes]:
    """Each frame in two fragments."""
    return [part for frame in frames for part in (frame[:40], even(frame[40:]))]


def offsets_of(sizes: Sequence[Sequence[int]]) -> list[int]:
    """The Basic Offset Table of frames whose fragments have these sizes."""
    lengths = [sum(8 + size for size in each) for each in sizes]
    return [sum(lengths[:index]) for index in range(len(lengths))]


def table_of(content: bytes) -> list[int]:
    """The Basic Offset Table, as pydicom reads it."""
    return parse_basic_offsets(dcmread(io.BytesIO(content)).PixelData)


def frames_of(content: bytes) -> list[bytes]:
    """The frames, as pydicom tells them apart by the offset tables."""
    data_set = dcmread(io.BytesIO(content))
    extended = None
    if "ExtendedOffsetTable" in data_set:
        extended = (data_set.ExtendedOffsetTable, data_set.ExtendedOffsetTableLengths)
    return list(generate_frames(data_set.PixelData, number_of_frames=3, extended_offsets=extended))


@pytest.mark.parametrize(
    "content",
    [
        encapsulated_file(IMAGE, JPEG_2000, JPEG2000),
        encapsulated_file(IMAGE, halves(JPEG_2000), JPEG2000),
        encapsulated_file(
            IMAGE,
            halves(JPEG_2000),
            JPEG2000,
            offsets_of([[40, len(even(frame[40:]))] for frame in JPEG_2000]),
        ),
        rle_file(IMAGE),
    ],
    ids=["one fragment a frame", "recognised by their starts", "told by the table", "RLE"],
)
def test_only_the_frame_with_a_rectangle_is_touched(content: bytes) -> None:
    """The fragments of all others stay what they are."""
    before, after = frames_of(content), frames_of(cleaned(content, areas=ONLY_SECOND))

    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, True]


@pytest.mark.parametrize("blanked", [ONLY_SECOND, Areas((RECTANGLE,))])
def test_a_basic_offset_table_is_written_anew(blanked: Areas) -> None:
    """It leads to each frame; where there was none, there is none."""
    sizes = [[len(even(frame))] for frame in JPEG_2000]
    content = encapsulated_file(IMAGE, JPEG_2000, JPEG2000, offsets_of(sizes))
    after = cleaned(content, areas=blanked)

    assert table_of(after) == offsets_of([[len(frame)] for frame in frames_of(after)])
    assert table_of(after) != table_of(content)
    assert table_of(cleaned(encapsulated_file(IMAGE, JPEG_2000, JPEG2000), areas=blanked)) == []


def test_an_extended_offset_table_is_written_anew() -> None:
    """Its two attributes are in the header; the Basic Offset Table stays empty (PS3.3 C.7.6.3.1.8)."""
    _, offsets, lengths = encapsulate_extended([even(frame) for frame in JPEG_2000])
    tables = {"ExtendedOffsetTable": offsets, "ExtendedOffsetTableLengths": lengths}
    content = encapsulated_file(IMAGE, JPEG_2000, JPEG2000, **tables)
    after = cleaned(content, areas=ONLY_SECOND)
    frames = frames_of(after)

    _, expected_offsets, expected_lengths = encapsulate_extended(frames)
    data_set = dcmread(io.BytesIO(after))
    assert (data_set.ExtendedOffsetTable, data_set.ExtendedOffsetTableLengths) == (
        expected_offsets,
        expected_lengths,
    )
    assert table_of(after) == []
    assert frames[0] == even(JPEG_2000[0])


def test_an_extended_offset_table_needs_one_fragment_a_frame() -> None:
    """Otherwise nobody can say what it means."""
    tables = {"ExtendedOffsetTable": bytes(24), "ExtendedOffsetTableLengths": bytes(24)}
    content = encapsulated_file(IMAGE, halves(JPEG_2000), JPEG2000, **tables)

    with pytest.raises(PixelsUncleanable, match="Extended Offset Table"):
        cleaned(content, areas=ONLY_SECOND)


@pytest.mark.parametrize(
    ("fragments", "table", "reason"),
    [
        (halves(JPEG_2000), [0, 4, 8], "points nowhere"),
        (halves(JPEG_2000), [0], "told apart"),
        (halves(JPEG_2000)[1:], [], "told apart"),
        ([b"ab", b"cd", b"ef", b"gh"], [], "told apart"),
        ([], [], "told apart"),
    ],
)
def test_frames_that_cannot_be_told_apart_are_not_blanked(
    fragments: list[bytes], table: list[int], reason: str
) -> None:
    """A table that points nowhere, too few frames, no starts."""
    with pytest.raises(PixelsUncleanable, match=reason):
        cleaned(encapsulated_file(IMAGE, fragments, JPEG2000, table), RECTANGLE)


def test_all_fragments_of_a_single_frame_belong_together() -> None:
    """Whatever they begin with."""
    frame = JPEG_2000[0]
    parts = [frame[:20], frame[20:60], even(frame[60:])]
    content = encapsulated_file(Frames(IMAGE.array[:1]), parts, JPEG2000)

    assert (
        decoded(cleaned(content, RECTANGLE)) != IMAGE.array[:1]
    ).sum() == RECTANGLE.width * RECTANGLE.height


def test_a_new_transfer_syntax_touches_all_frames() -> None:
    """A lossy JPEG cannot stand beside a lossless one."""
    content = encapsulated_file(IMAGE, [streams.jpeg(frame) for frame in IMAGE.array], JPEGBaseline8Bit)
    after = cleaned(content, areas=ONLY_SECOND)

    assert np.array_equal(decoded(after)[[0, 2]], decoded(content)[[0, 2]])
    assert (decoded(after)[1] != decoded(content)[1]).sum() > 0


def test_frames_of_several_colour_spaces_are_not_mixed() -> None:
    """There is one Photometric Interpretation: YBR_ICT as in frames that stay, or YBR_RCT as in new ones."""
    colour = np.stack([gradient(16, 24, 3)] * 3)
    frames = [streams.jpeg_2000(frame, mct=True, reversible=False) for frame in colour]
    content = encapsulated_file(Frames(colour, "YBR_ICT"), frames, JPEG2000)

    with pytest.raises(PixelsUncleanable, match="several colour spaces"):
        cleaned(content, areas=ONLY_SECOND)


@pytest.mark.parametrize(
    ("fragments", "syntax", "changes"),
    [
        (
            [streams.jpeg(gradient(16, 24, 3), ybr=True)],
            JPEGBaseline8Bit,
            [(0x00280004, "YBR_RCT"), (0x00280006, 0)],
        ),
        ([streams.jpeg_ls(gradient(16, 24, 3))], JPEGLSNearLossless, [(0x00280006, 0)]),
    ],
)
def test_colours_are_told_as_they_are_encoded(
    fragments: list[bytes], syntax: str, changes: list[tuple[int, object]]
) -> None:
    """By pixel, and in the colour space of the frame; what was lost stays lost."""
    photometric = "YBR_FULL_422" if syntax == JPEGBaseline8Bit else "RGB"
    image = Frames(gradient(16, 24, 3)[None], photometric, planar=True)
    result = clean(job_of(encapsulated_file(image, fragments, syntax), RECTANGLE))
    result.close()

    assert [(each.tag, each.value) for each in result.changes] == [*changes, (0x00280301, "NO")]


def test_colours_by_plane_are_said_to_be_by_pixel() -> None:
    """As they are in every JPEG (PS3.5 section 8.2)."""
    image = Frames(gradient(16, 24, 3)[None], "RGB", planar=True)
    after = cleaned(
        encapsulated_file(image, [streams.jpeg_ls(image.array[0])], JPEGLSNearLossless), RECTANGLE
    )

    assert job_of(after).image.number(0x00280006) == 0


def test_large_images_wait_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames beyond what may be in memory go to a file without a name; what comes out is the same."""
    content = rle_file(Frames(noise(4, 30, 30)))
    in_memory = cleaned(content, RECTANGLE)
    monkeypatch.setattr(encapsulate, "SPOOL_BYTES", 100)
    monkeypatch.setattr(encapsulate, "_COPY_BYTES", 7)

    assert cleaned(content, RECTANGLE) == in_memory


def test_a_result_that_nobody_wants_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """`close` drops what waits on disk; a failed frame drops it, too."""
    monkeypatch.setattr(encapsulate, "SPOOL_BYTES", 1)
    clean(job_of(rle_file(IMAGE), RECTANGLE)).close()
    frames = [rle.encode(IMAGE.array[0]), b"", b""]

    with pytest.raises(PixelsUncleanable, match="damaged"):
        clean(job_of(encapsulated_file(IMAGE, frames, RLELossless), RECTANGLE))


def test_offsets_that_are_too_large_leave_the_basic_table_empty() -> None:
    """It has 32 bits; the extended one has 64."""
    tables = Tables((0, 1 << 32), (5, 6))

    assert tables.basic == b""
    assert tables.extended == (pack("<2Q", 0, 1 << 32), pack("<2Q", 5, 6))


def test_an_assembly_is_what_pydicom_writes() -> None:
    """Items, tables and lengths."""
    kept = b"kept"
    assembly = Assembly(MemorySource(b"...." + kept))
    assembly.add(b"odd")
    assembly.keep(((4, 2), (6, 2)))
    table = assembly.tables.basic
    value = b"".join(assembly.chunks(table))

    assert value == fragments_value([b"odd", kept[:2], kept[2:]], [0, 12]) + b"\xfe\xff\xdd\xe0\0\0\0\0"
    assert assembly.length(table) == len(value)


def test_rectangles_may_be_nowhere_in_a_lossless_image() -> None:
    """Then no frame is touched, and no comment is stripped."""
    frame = streams.lossless_jpeg(gradient(16, 24), 8, predictor=2)
    content = encapsulated_file(Frames(gradient(16, 24)[None]), [frame], JPEGLossless)
    after = cleaned(content, areas=Areas(frames={5: (Rectangle(0, 0, 1, 1),)}))

    assert frames_of_one(after) == even(frame)


def frames_of_one(content: bytes) -> bytes:
    """The only frame."""
    return next(generate_frames(dcmread(io.BytesIO(content)).PixelData, number_of_frames=1))
