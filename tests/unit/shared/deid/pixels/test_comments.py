"""Text inside the compressed frames of a file."""

from struct import pack

import pytest
from pydicom.uid import (
    JPEG2000,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from shared.deid.pixels import jpeg, jpeg2000
from shared.deid.pixels.comments import comments, stretches, strip_comments
from shared.dicom.pixel_data import PixelData
from shared.dicom.source import MemorySource
from shared.errors import PixelsUncleanable
from tests.pixels import Frames, encapsulated_file, job_of, native_file, noise, rle_file
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import JPEG_COMMENT, gradient, segment, with_segment

FRAMES = Frames(gradient(16, 24)[None])
BARE = jpeg.strip(streams.jpeg(gradient(16, 24)))
JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"
COMMENTED = with_segment(BARE, segment(JPEG_COMMENT, b"Doe^Jane"))
BARE_2000 = jpeg2000.strip(streams.jpeg_2000(gradient(16, 24)))


def found(content: bytes) -> list[bytes]:
    """The stretches that may hold text."""
    job = job_of(content)
    return list(comments(job.source, job.pixel_data, job.transfer_syntax_uid))


@pytest.mark.parametrize(
    ("fragments", "syntax", "expected"),
    [
        ([BARE], JPEGBaseline8Bit, [JFIF]),
        ([COMMENTED], JPEGBaseline8Bit, [b"Doe^Jane", JFIF]),
        ([BARE, COMMENTED], JPEGBaseline8Bit, [JFIF, b"Doe^Jane", JFIF]),
        (
            [COMMENTED[:10], COMMENTED[10:60], COMMENTED[60:], BARE],
            JPEGBaseline8Bit,
            [b"Doe^Jane", JFIF, JFIF],
        ),
        ([b"Doe^Jane"], JPEGBaseline8Bit, [b"Doe^Jane"]),
        ([COMMENTED[:40]], JPEGBaseline8Bit, [COMMENTED[:40]]),
        ([BARE_2000], JPEG2000, []),
        ([BARE_2000, BARE_2000 + b"Doe "], JPEG2000Lossless, [b"Doe "]),
        ([jpeg.strip(streams.jpeg_ls(gradient(16, 24)))], JPEGLSLossless, []),
    ],
)
def test_text_is_found_in_any_fragment(fragments: list[bytes], syntax: str, expected: list[bytes]) -> None:
    """Across fragments, in every frame; what cannot be taken apart is given whole."""
    assert found(encapsulated_file(FRAMES, fragments, syntax)) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (b"", []),
        (bytes(4), []),
        (pack("<2I", 0, 8), []),
        (b"Doe^Jane", [b"Doe^Jane"]),
        (bytes(4) + b"Doe^", [bytes(4) + b"Doe^"]),
        (b"Doe^Ja", [b"Doe^Ja"]),
    ],
)
@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, RLELossless])
def test_an_offset_table_without_offsets_may_hold_text(
    table: bytes, expected: list[bytes], syntax: str
) -> None:
    """Offsets begin with zero, rise and lie in the pixels."""
    items = b"".join(pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in (table, BARE))
    fragments = (8, len(table)), (16 + len(table), len(BARE))
    source = MemorySource(items)
    pixel_data = PixelData(0x7FE00010, "OB", start=0, value=0, end=len(items), fragments=fragments)
    found_in_table = [text for text in comments(source, pixel_data, syntax) if text != JFIF]

    assert found_in_table == expected
    assert b"".join(each.content for each in stretches(source, pixel_data, syntax)) == items


def test_a_large_image_is_searched_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a video: it is never in memory as a whole, and no word is cut."""
    monkeypatch.setattr("shared.deid.pixels.comments._LARGEST_IMAGE", 64)
    monkeypatch.setattr("shared.deid.pixels.comments._WINDOW", 16)
    monkeypatch.setattr("shared.deid.pixels.windows.OVERLAP", 8)
    frames = [bytes(14) + b"Doe^Jane" + bytes(50), BARE[:20]]
    job = job_of(encapsulated_file(FRAMES, frames, JPEGBaseline8Bit))
    parts = [*stretches(job.source, job.pixel_data, job.transfer_syntax_uid)]
    content = b"".join(part.content for part in parts)

    assert content == job.source.read(job.pixel_data.value, job.pixel_data.end - job.pixel_data.value)
    assert max(len(text) for part in parts for text in part.texts) == 24
    assert any(b"Doe^Jane" in text for part in parts for text in part.texts)


def test_what_cannot_be_taken_apart_is_searched_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that lies across two of them stands in one as a whole."""
    monkeypatch.setattr("shared.deid.pixels.comments._WINDOW", 16)
    monkeypatch.setattr("shared.deid.pixels.windows.OVERLAP", 8)
    texts = found(encapsulated_file(FRAMES, [bytes(14) + b"Doe^Jane" + bytes(18)], JPEGBaseline8Bit))

    assert [len(text) for text in texts] == [24, 24, 8]
    assert any(b"Doe^Jane" in text for text in texts)


def test_native_and_rle_pixels_have_no_place_for_text() -> None:
    """Neither format has comments."""
    assert found(native_file(FRAMES)) == found(rle_file(FRAMES)) == []


def test_metadata_that_may_be_compressed_is_an_error() -> None:
    """JPEG XL may have them in boxes that nobody can search."""
    content = encapsulated_file(FRAMES, [b"\xff\x0a"], HTJ2KLossless)

    with pytest.raises(PixelsUncleanable, match="JPEG XL"):
        found(content.replace(HTJ2KLossless.encode(), b"1.2.840.10008.1.2.4.110"))


@pytest.mark.parametrize("frame", [COMMENTED, BARE_2000, noise(5, kind="u1").tobytes()])
def test_a_frame_is_stripped_or_refused(frame: bytes) -> None:
    """What cannot be taken apart cannot be stripped."""
    if frame[:1] == b"\xff":
        assert b"Doe" not in strip_comments(frame)
    else:
        with pytest.raises(PixelsUncleanable, match="damaged"):
            strip_comments(frame)


def test_rle_is_no_transfer_syntax_of_comments() -> None:
    """Its UID is PS3.5 Annex A.4.2's."""
    assert RLELossless == "1.2.840.10008.1.2.5"
