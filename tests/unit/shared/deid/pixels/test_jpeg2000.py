"""JPEG 2000 and HTJ2K frames, taken apart."""

from collections.abc import Callable, Iterator
from struct import pack
from typing import Any

import imagecodecs
import numpy as np
import pytest

from shared.deid.pixels import jpeg2000
from shared.deid.pixels.codestream import Codestream, Damaged
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import JPEG_2000_COMMENT, gradient, segment

GREY = streams.jpeg_2000(gradient(16, 24))
COMMENT = segment(JPEG_2000_COMMENT, b"\0\1Doe^Jane")


def in_main_header(stream: bytes, added: bytes) -> bytes:
    """A codestream with a segment before its first tile-part."""
    position = stream.index(b"\xff\x90")
    return stream[:position] + added + stream[position:]


def in_tile_part(stream: bytes, added: bytes) -> bytes:
    """A codestream with a segment in the header of its first tile-part, whose length is told anew."""
    position = stream.index(b"\xff\x90")
    length = int.from_bytes(stream[position + 6 : position + 10], "big") + len(added)
    head = stream[position : position + 6] + length.to_bytes(4, "big") + stream[position + 10 : position + 12]
    return stream[:position] + head + added + stream[position + 12 :]


def box(kind: bytes, content: bytes) -> bytes:
    """A box of a JP2 file."""
    return pack(">I4s", len(content) + 8, kind) + content


def open_ended(stream: bytes) -> bytes:
    """A codestream whose tile-part does not tell its length."""
    position = stream.index(b"\xff\x90")
    return stream[: position + 6] + bytes(4) + stream[position + 10 :]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (GREY, Codestream(0, 16, 24, 1, 8)),
        (open_ended(GREY), Codestream(0, 16, 24, 1, 8)),
        (streams.jp2(gradient(16, 24)), Codestream(0, 16, 24, 1, 8)),
        (
            streams.jpeg_2000(gradient(16, 24, kind="i2", bits=12), 12),
            Codestream(0, 16, 24, 1, 12, signed=True),
        ),
        (streams.jpeg_2000(gradient(16, 24, 3), mct=True), Codestream(0, 16, 24, 3, 8, transformed=True)),
        (
            streams.jpeg_2000(gradient(16, 24, 3), mct=True, reversible=False),
            Codestream(0, 16, 24, 3, 8, transformed=True, reversible=False),
        ),
        (streams.htj2k(gradient(16, 24)), Codestream(0, 16, 24, 1, 8)),
    ],
)
def test_a_frame_says_what_it_is(frame: bytes, expected: Codestream) -> None:
    """Size, precision, sign, and whether its components are transformed."""
    assert jpeg2000.head(frame) == expected


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        GREY[:-2],
        GREY[:30],
        GREY[:100],
        GREY[2:],
        streams.jp2(gradient(16, 24))[:60],
        jpeg2000.BOX_START + b"\r\n\x87\n" + box(b"ftyp", b"jp2 "),
        jpeg2000.BOX_START + b"\r\n\x87\n" + box(b"cdef", b"") + box(b"jp2c", GREY),
        jpeg2000.BOX_START + b"\r\n\x87\n" + b"\0\0\0\3jp2c",
        GREY.replace(b"\xff\x52", b"\xff\x64", 1),
        GREY.replace(b"\xff\x90\0\x0a\0\0\0\0", b"\xff\x90\0\x0a\0\0\x7f\0", 1),
        in_tile_part(GREY, segment(JPEG_2000_COMMENT, bytes(60000)))[:-60200] + b"\xff\xd9",
        GREY[: GREY.index(b"\xff\x93")] + b"\xff\x64\xf0\0" + bytes(61440) + b"\xff\x93\xff\xd9",
        jpeg2000.BOX_START + b"\r\n\x87\n" + b"\0\0\0\1",
        GREY.replace(b"\x07\x01\x01\xff\x52", b"\x07\x02\x01\xff\x52", 1),
    ],
)
def test_a_damaged_frame_says_nothing(frame: bytes) -> None:
    """Cut off, without a codestream, with components in another order or of other sizes."""
    with pytest.raises(Damaged):
        jpeg2000.head(frame)


@pytest.mark.parametrize(
    "frame",
    [
        in_main_header(jpeg2000.strip(GREY), COMMENT),
        in_tile_part(jpeg2000.strip(GREY), COMMENT),
        in_main_header(jpeg2000.strip(GREY), segment(0x6F, b"\0\1Doe^Jane")),
        jpeg2000.BOX_START
        + b"\r\n\x87\n"
        + box(b"ftyp", b"jp2 ")
        + box(b"xml ", b"\0\1Doe^Jane")
        + box(b"jp2c", jpeg2000.strip(GREY)),
        jpeg2000.BOX_START
        + b"\r\n\x87\n"
        + b"\0\0\0\1uuid\0\0\0\0\0\0\0\x1a\0\1Doe^Jane"
        + box(b"jp2c", jpeg2000.strip(GREY))
        + b"\0",
    ],
)
def test_what_may_hold_text_is_found(frame: bytes) -> None:
    """Comments, unknown segments, and boxes that are not of the picture."""
    assert list(jpeg2000.comments(frame)) == [b"\0\1Doe^Jane"]


def test_a_profile_of_colours_and_a_resolution_may_hold_text() -> None:
    """A profile describes itself, and a resolution is a box of boxes."""
    header = box(b"jp2h", box(b"colr", b"\2\0\0 by Doe^Jane"))
    resolution = box(b"res ", b"Doe^Jane")
    file = jpeg2000.BOX_START + b"\r\n\x87\n" + header + resolution + box(b"jp2c", jpeg2000.strip(GREY))

    assert list(jpeg2000.comments(file)) == [b"\2\0\0 by Doe^Jane", b"Doe^Jane"]


def test_what_follows_the_end_is_found_and_cut_off() -> None:
    """A second end does not hide it."""
    trailing = jpeg2000.strip(GREY) + b"Doe^Jane\xff\xd9"

    assert list(jpeg2000.comments(trailing)) == [b"Doe^Jane\xff\xd9"]
    assert jpeg2000.strip(trailing) == jpeg2000.strip(GREY)


@pytest.mark.parametrize(
    "frame", [in_main_header(GREY, COMMENT), in_tile_part(GREY, COMMENT), streams.jp2(gradient(16, 24))]
)
def test_stripping_keeps_pixels(frame: bytes) -> None:
    """The bare codestream decodes to the same samples and says nothing."""
    stripped = jpeg2000.strip(frame)

    assert not b"".join(jpeg2000.comments(stripped)).strip(b"\0")
    assert stripped.startswith(jpeg2000.START)
    assert np.array_equal(imagecodecs.jpeg2k_decode(stripped), gradient(16, 24))


@pytest.mark.parametrize("depth", [2, 2000])
def test_a_header_box_holds_no_other(depth: int) -> None:
    """Else each would be a call within a call."""
    nested = box(b"colr", b"Doe^Jane")
    for _ in range(depth):
        nested = box(b"jp2h", nested)

    with pytest.raises(Damaged):
        list(jpeg2000.boxes(nested))


@pytest.mark.parametrize(
    "parts",
    [
        lambda: jpeg2000.boxes(box(b"ftyp", b"") * 101),
        lambda: jpeg2000.segments(in_main_header(GREY, COMMENT * 101)),
    ],
)
def test_a_frame_of_very_many_parts_is_not_taken_apart(
    parts: Callable[[], Iterator[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made to be costly."""
    monkeypatch.setattr(jpeg2000, "MOST_PARTS", 100)

    with pytest.raises(Damaged):
        list(parts())


def test_many_boxes_are_passed_over_once() -> None:
    """What follows a box is not looked through for each of them."""
    content = Passed(box(b"ftyp", b"") * 1000 + b"\0")

    assert len(list(jpeg2000.boxes(content))) == 1000
    assert content.count == 1000


class Passed(bytes):
    """Bytes that count how often a part of them is taken."""

    count = 0

    def __getitem__(self, key: Any) -> Any:
        self.count += 1
        return super().__getitem__(key)
