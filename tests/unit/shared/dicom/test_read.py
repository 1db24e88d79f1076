"""Reading headers by ranges."""

from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_fragments

from shared.dicom.pixel_data import walk_fragments
from shared.dicom.read import read_header
from shared.dicom.scan import Limits
from shared.dicom.source import MemorySource
from shared.errors import (
    AirlockError,
    Malformed,
)
from tests.unit.shared.dicom.instances import (
    DEFLATED,
    EXPLICIT,
    JPEG_BASELINE,
    NATIVE_SYNTAXES,
    RLE,
    CountingSource,
    Tag,
    bare,
    document,
    encapsulated_image,
    header_of,
    image,
    meta,
    meta_for,
    outcome,
    tags,
    with_private_bytes,
    written,
)

PADDING = Tag(0xFFFCFFFC, "OB", bytes(12)).encode()


# Ranges


def test_pixels_are_not_read() -> None:
    """Of a CT image of 500 KB less than 80 KB are read, and the first range starts at the first byte."""
    source = CountingSource(written(image(rows=512, columns=512)))

    header = read_header(source)
    assert header.pixel_data is not None
    assert header.pixel_data.end - header.pixel_data.value == 524_288
    assert source.ranges[0] == (0, 65_536)
    assert source.bytes_read < 80_000


def test_the_trailer_is_read_besides() -> None:
    """What stands behind Pixel Data is read, and only it."""
    trailer = Tag(0xFFFCFFFC, "OB", b"x" * 3000).encode()
    source = CountingSource(written(image(rows=512, columns=512)) + trailer)

    header = read_header(source)
    assert header.trailer == trailer
    assert [element.tag for element in header.trailing] == [0xFFFCFFFC]
    assert source.ranges[-1] == (source.size - len(trailer), len(trailer))
    assert source.bytes_read < 80_000 + len(trailer)


def test_encapsulated_fragments_are_walked_by_their_headers() -> None:
    """Of encapsulated frames only the eight bytes of each item are read."""
    data_set = encapsulated_image(20)
    data_set.PixelData = encapsulate([bytes([1]) * 50_000 for _ in range(20)])
    source = CountingSource(written(data_set, JPEG_BASELINE))

    header = read_header(source)
    assert header.pixel_data is not None
    assert len(header.pixel_data.fragments or ()) == 21
    assert source.size > 1_000_000
    assert source.bytes_read < 80_000


@pytest.mark.parametrize("size", [60_000, 65_000, 65_536, 70_000, 300_000, 3_000_000])
def test_large_headers_make_the_window_grow(size: int) -> None:
    """However large a header is, it is read whole, and every window starts at the first byte."""
    data_set = with_private_bytes(size)
    source = CountingSource(written(data_set))

    header = read_header(source)
    assert 0x00091002 in tags(header)
    assert tags(header)[-1] == 0x00280103
    assert header.pixel_data is not None
    assert {offset for offset, length in source.ranges if length > 12} <= {0}


@pytest.mark.parametrize("size", [*range(65_360, 65_396), 200_000])
@pytest.mark.parametrize("order", [1, -1])
def test_large_file_meta_information_makes_the_window_grow(size: int, order: int) -> None:
    """File Meta Information may fill more than the first window, or just it, before or behind its UID."""
    uid = Tag(0x00020010, "UI", EXPLICIT.encode() + b"\0")
    private = Tag(0x00020102, "OB", bytes(size))
    file_meta = meta(*[uid, private][::order])

    header = header_of(file_meta + bare(document(), implicit=False))
    assert [element.tag for element in header.meta] == [uid.tag, private.tag][::order]
    assert header.elements[0].start == len(file_meta)


def test_a_deflated_data_set_is_read_from_its_inflated_form() -> None:
    """The source of a deflated file's pixels is its inflated form."""
    data_set = image()

    header = header_of(written(data_set, DEFLATED))
    assert header.pixel_data is not None
    pixels = header.source.read(header.pixel_data.value, 48)
    assert pixels == data_set.PixelData


@pytest.mark.parametrize("transfer_syntax_uid", [*NATIVE_SYNTAXES, JPEG_BASELINE, RLE])
def test_pixel_data_is_where_pydicom_finds_it(transfer_syntax_uid: str) -> None:
    """The bytes of Pixel Data are those that pydicom reads, in every kind of transfer syntax."""
    native = transfer_syntax_uid in NATIVE_SYNTAXES
    content = written(image() if native else encapsulated_image(), transfer_syntax_uid)
    expected = dcmread(BytesIO(content)).PixelData

    header = header_of(content)
    pixels = header.pixel_data
    assert pixels is not None
    assert header.transfer_syntax_uid == transfer_syntax_uid
    if native:
        assert header.source.read(pixels.value, pixels.end - pixels.value) == expected
    else:
        read = [header.source.read(*fragment) for fragment in pixels.fragments or ()]
        assert read[1:] == list(generate_fragments(expected))[1:]
        assert pixels.end == len(content)


# What stands behind Pixel Data


def test_errors_behind_pixel_data_tell_where_in_the_file() -> None:
    """The offset of what is malformed counts from the file's first byte, also behind Pixel Data."""
    content = written(image())
    stray = b"\xfe\xff\xdd\xe0\0\0\0\0"
    with pytest.raises(Malformed) as raised:
        header_of(content + PADDING + stray)

    assert raised.value.details["offset"] == len(content) + len(PADDING)


def test_pixel_data_comes_once() -> None:
    """A second Pixel Data behind the first is refused."""
    content = written(image())
    with pytest.raises(Malformed) as raised:
        header_of(content + PADDING + Tag(0x7FE00010, "OW", bytes(48)).encode())

    assert raised.value.details == {"reason": "Pixel Data twice", "offset": len(content) + len(PADDING)}


@pytest.mark.parametrize("garbage", [b"x", b"garbage!" * 3, b"\xff" * 40])
def test_garbage_behind_pixel_data_is_refused(garbage: bytes) -> None:
    """Bytes behind Pixel Data that are no elements are refused: they could hold anything."""
    assert outcome(written(image()) + garbage) in {"malformed", "truncated"}


# Encapsulated Pixel Data

ITEM = b"\xfe\xff\0\xe0"
END = b"\xfe\xff\xdd\xe0\0\0\0\0"


def test_encapsulated_pixel_data_without_an_item() -> None:
    """Pixel Data of undefined length that ends at once has no fragments, and ends behind its delimiter."""
    content = meta_for(JPEG_BASELINE) + b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + END

    pixels = header_of(content).pixel_data
    assert pixels is not None
    assert pixels.fragments == ()
    assert pixels.end == len(content)


@pytest.mark.parametrize(
    ("content", "fragments"),
    [
        (END, []),
        (ITEM + b"\0\0\0\0" + END, [(8, 0)]),
        (
            ITEM + b"\0\0\0\0" + ITEM + b"\4\0\0\0abcd" + ITEM + b"\2\0\0\0ef" + END,
            [(8, 0), (16, 4), (28, 2)],
        ),
    ],
)
def test_fragments(content: bytes, fragments: list[tuple[int, int]]) -> None:
    """Each item of encapsulated Pixel Data is found with its offset and length."""
    assert list(walk_fragments(MemorySource(content), 0, Limits())) == fragments


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "truncated"),
        (ITEM + b"\0\0", "truncated"),
        (ITEM + b"\4\0\0\0abcd", "truncated"),
        (ITEM + b"\xff\0\0\0abcd" + END, "truncated"),
        (ITEM + b"\xff\xff\xff\xffabcd" + END, "malformed"),
        (b"\xfe\xff\x0d\xe0\0\0\0\0", "malformed"),
        (b"\x08\0\5\0CS\0\0", "malformed"),
    ],
)
def test_broken_fragments(content: bytes, code: str) -> None:
    """Encapsulated Pixel Data that ends early is truncated; anything but items in it is malformed."""
    with pytest.raises(AirlockError) as raised:
        list(walk_fragments(MemorySource(content), 0, Limits()))

    assert raised.value.code == code
