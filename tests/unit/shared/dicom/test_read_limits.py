"""What a file may ask of the reader."""

import zlib
from collections.abc import Callable

import pytest

from shared.dicom.read import read_accepted
from shared.dicom.source import MemorySource
from shared.errors import LimitExceeded
from tests.unit.shared.dicom.instances import (
    DEFLATED,
    EXPLICIT,
    JPEG_BASELINE,
    Tag,
    encapsulated_image,
    header_of,
    image,
    meta,
    meta_for,
    tags,
    with_private_bytes,
    written,
)


def deflated(content: bytes) -> bytes:
    """Content as a file with a deflated data set."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return meta_for(DEFLATED) + compressor.compress(content) + compressor.flush()


def nested(depth: int) -> bytes:
    """A data set whose sequences nest so deep."""
    content = Tag(0x00080100, "SH", b"CODE").encode()
    for _ in range(depth):
        item = b"\xfe\xff\0\xe0" + len(content).to_bytes(4, "little") + content
        content = Tag(0x0040A730, "SQ", item).encode()
    return meta_for(EXPLICIT + "\0") + content


BOMB = deflated(bytes(3_000_000))
TOO_LARGE: list[tuple[str, Callable[[], bytes], int]] = [
    ("file_bytes", lambda: written(image()), 100),
    ("header_bytes", lambda: written(with_private_bytes(3000)), 2000),
    ("header_bytes", lambda: written(with_private_bytes(300_000)), 100_000),
    ("header_bytes", lambda: meta(Tag(0x00020102, "OB", bytes(200_000))), 100_000),
    ("header_bytes", lambda: written(image()) + Tag(0xFFFCFFFC, "OB", bytes(5000)).encode(), 4000),
    ("header_bytes", lambda: BOMB, 2_999_999),
    ("header_bytes", lambda: BOMB, 1000),
    ("header_bytes", lambda: written(with_private_bytes(100_000), DEFLATED), 50_000),
    ("sequence_depth", lambda: nested(6), 5),
    ("element_count", lambda: written(image()), 10),
    ("element_count", lambda: written(encapsulated_image(40), JPEG_BASELINE), 30),
]


@pytest.mark.parametrize(("limit", "content", "allowed"), TOO_LARGE)
def test_every_limit_is_named(limit: str, content: Callable[[], bytes], allowed: int) -> None:
    """What exceeds a limit is refused with the limit's name and value."""
    with pytest.raises(LimitExceeded) as raised:
        header_of(content(), **{limit: allowed})

    assert raised.value.details == {"limit": limit, "allowed": allowed}


def test_what_meets_its_limits_exactly_is_read() -> None:
    """A file as large as each limit allows is not refused."""
    content = written(image())
    stop = content.index(b"\xe0\x7f\x10\0")

    header = header_of(content, file_bytes=len(content), header_bytes=stop, element_count=31)
    assert header.pixel_data is not None
    assert header_of(nested(5), sequence_depth=5).elements[0].tag == 0x0040A730


def test_a_deflated_data_set_of_just_the_limit_is_read() -> None:
    """The limit of a deflated data set counts its inflated bytes, not one less."""
    data_set = Tag(0x00090010, "LO", b"AIRLOCK ").encode() + Tag(0x00091001, "OB", bytes(90_000)).encode()

    header = header_of(deflated(data_set), header_bytes=len(data_set) + len(meta_for(DEFLATED)))
    assert tags(header) == [0x00090010, 0x00091001]


def test_an_inflated_bomb_is_never_held() -> None:
    """A small file that inflates to a gigabyte is refused after the limit's worth of bytes."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    blocks = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(1024))
    content = meta_for(DEFLATED) + blocks + compressor.flush()

    with pytest.raises(LimitExceeded) as raised:
        header_of(content, header_bytes=1 << 20)
    assert len(content) < 2 << 20
    assert raised.value.details["limit"] == "header_bytes"


def test_items_without_elements_are_counted() -> None:
    """A sequence of nothing but empty items is no way around the limit."""
    items = Tag(0x0040A730, "SQ", b"\xfe\xff\0\xe0\0\0\0\0" * 50).encode()

    with pytest.raises(LimitExceeded) as raised:
        header_of(meta_for(EXPLICIT + "\0") + items, element_count=49)
    assert raised.value.details == {"limit": "element_count", "allowed": 49}
    assert len(header_of(meta_for(EXPLICIT + "\0") + items, element_count=50).elements[0].items or ()) == 50


def test_no_limit_allows_more_levels_than_can_be_followed() -> None:
    """What reads without limits is told as well, before Python's own stack ends."""
    with pytest.raises(LimitExceeded) as raised:
        read_accepted(MemorySource(nested(500)))
    assert raised.value.details == {"limit": "sequence_depth", "allowed": 128}
    assert read_accepted(MemorySource(nested(128))).elements[0].tag == 0x0040A730
