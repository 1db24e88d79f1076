"""Attributes of images and the length of their pixels."""

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from shared.dicom.dataset import DataSet
from shared.dicom.image import check_image
from shared.dicom.pixel_data import PixelData
from shared.dicom.read import NATIVE, Header
from shared.errors import AirlockError
from tests.unit.shared.dicom.instances import (
    CT_IMAGE_STORAGE,
    EXPLICIT,
    JPEG_BASELINE,
    NATIVE_SYNTAXES,
    RLE,
    Tag,
    bare,
    document,
    encapsulated_image,
    header_of,
    image,
    meta_for,
    written,
)

Change = Callable[[Dataset], Any]
MPEG2, H264, H265 = "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.102.1", "1.2.840.10008.1.2.4.107"
JPEG_2000_PART_2 = "1.2.840.10008.1.2.4.92"


def fault_of(header: Header, limit: int = 1 << 30) -> tuple[str, dict[str, Any]]:
    """The code and details of an image's fault; `ok` without one."""
    try:
        check_image(DataSet.of(header), header, limit)
    except AirlockError as error:
        return error.code, error.details
    return "ok", {}


def fault(change: Change, source: Dataset | None = None, transfer_syntax_uid: str = EXPLICIT) -> Any:
    """The fault of an image after a change."""
    source = source or image()
    change(source)
    return fault_of(header_of(written(source, transfer_syntax_uid)))


def changed(**values: object) -> Change:
    """Give attributes other values; None leaves them out."""

    def change(source: Dataset) -> None:
        for keyword, value in values.items():
            if value is None:
                delattr(source, keyword)
            else:
                setattr(source, keyword, value)

    return change


@pytest.mark.parametrize("transfer_syntax_uid", NATIVE_SYNTAXES)
def test_a_native_image(transfer_syntax_uid: str) -> None:
    """An image whose pixels fit its attributes is accepted in every native transfer syntax."""
    assert fault(changed(), image(), transfer_syntax_uid) == ("ok", {})


@pytest.mark.parametrize("transfer_syntax_uid", [JPEG_BASELINE, RLE])
def test_an_encapsulated_image(transfer_syntax_uid: str) -> None:
    """An image whose fragments are enough for its frames is accepted."""
    assert fault(changed(), encapsulated_image(3), transfer_syntax_uid) == ("ok", {})


FAULTS: list[tuple[Change, str, dict[str, Any]]] = [
    (changed(Rows=None), "attribute_missing", {"attribute": "Rows"}),
    (changed(Rows=0), "attribute_missing", {"attribute": "Rows"}),
    (changed(Columns=None), "attribute_missing", {"attribute": "Columns"}),
    (changed(SamplesPerPixel=None), "attribute_missing", {"attribute": "SamplesPerPixel"}),
    (changed(BitsAllocated=None), "attribute_missing", {"attribute": "BitsAllocated"}),
    (changed(BitsStored=None), "attribute_missing", {"attribute": "BitsStored"}),
    (changed(HighBit=None), "attribute_missing", {"attribute": "HighBit"}),
    (
        changed(PhotometricInterpretation=None),
        "attribute_missing",
        {"attribute": "PhotometricInterpretation"},
    ),
    (changed(PixelData=None), "attribute_missing", {"attribute": "PixelData"}),
    (changed(SamplesPerPixel=3), "image_inconsistent", {"attribute": "SamplesPerPixel"}),
    (changed(PhotometricInterpretation="RGB"), "image_inconsistent", {"attribute": "SamplesPerPixel"}),
    (changed(BitsAllocated=12), "image_inconsistent", {"attribute": "BitsAllocated"}),
    (changed(BitsStored=17), "image_inconsistent", {"attribute": "BitsStored"}),
    (changed(BitsStored=0), "image_inconsistent", {"attribute": "BitsStored"}),
    (changed(HighBit=16), "image_inconsistent", {"attribute": "HighBit"}),
    (changed(HighBit=10), "image_inconsistent", {"attribute": "HighBit"}),
    (changed(NumberOfFrames="-1"), "image_inconsistent", {"attribute": "NumberOfFrames"}),
    (changed(NumberOfFrames="2"), "pixel_data_length", {"expected_bytes": 96, "actual_bytes": 48}),
    (changed(Rows=5), "pixel_data_length", {"expected_bytes": 60, "actual_bytes": 48}),
    (changed(Rows=3), "pixel_data_length", {"expected_bytes": 36, "actual_bytes": 48}),
    (changed(PixelData=b""), "pixel_data_length", {"expected_bytes": 48, "actual_bytes": 0}),
    (changed(PixelData=bytes(50)), "pixel_data_length", {"expected_bytes": 48, "actual_bytes": 50}),
]


@pytest.mark.parametrize(("change", "code", "details"), FAULTS)
def test_faults(change: Change, code: str, details: dict[str, Any]) -> None:
    """Each contradiction in an otherwise valid image has its code and names the attribute or the lengths."""
    assert fault(change) == (code, details)


@pytest.mark.parametrize("value", [b"1A", b"1.", b"1_0 ", b"two "])
def test_a_number_of_frames_that_is_no_number(value: bytes) -> None:
    """Number of Frames that cannot be read is a fault of its own, not one frame."""
    frames = Tag(0x00280008, "IS", value).encode()
    content = meta_for(EXPLICIT + "\0") + bare(image(), implicit=False)
    at = content.index(b"\x28\0\x10\0US")

    header = header_of(content[:at] + frames + content[at:])
    assert fault_of(header) == ("value_invalid", {"attribute": "NumberOfFrames"})


def of(photometric: str, samples: int, bits: int, size: int, rows: int = 4) -> Dataset:
    """An image of `rows` by 6 pixels of this kind with so many bytes."""
    source = image()
    source.Rows, source.SamplesPerPixel, source.PhotometricInterpretation = rows, samples, photometric
    source.BitsAllocated, source.BitsStored, source.HighBit = bits, bits, bits - 1
    source.add_new(0x7FE00010, "OW", bytes(size))
    return source


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (of("MONOCHROME1", 1, 8, 24), True),
        (of("PALETTE COLOR", 1, 16, 48), True),
        (of("RGB", 3, 8, 72), True),
        (of("YBR_FULL", 3, 8, 72), True),
        (of("YBR_FULL_422", 3, 8, 48), True),
        (of("YBR_FULL_422", 3, 8, 72), False),
        (of("MONOCHROME2", 1, 1, 4), True),
        (of("MONOCHROME2", 1, 1, 4, rows=3), True),
        (of("MONOCHROME2", 1, 1, 2, rows=3), False),
        (of("MONOCHROME2", 1, 32, 96), True),
        (of("RGB", 3, 8, 54, rows=3), True),
        (of("MONOCHROME2", 1, 8, 24, rows=3), False),
        (of("HSV", 3, 8, 72), True),
    ],
)
def test_the_length_of_native_pixels(source: Dataset, *, expected: bool) -> None:
    """Samples, bits and subsampling make the length; one byte of padding may follow (PS3.5 section 8.1.1)."""
    assert (fault_of(header_of(written(source)))[0] == "ok") is expected


def test_an_odd_length_may_be_padded() -> None:
    """Pixels of an odd length have a byte of padding, or lack it, which is wrong but harmless."""
    padded = of("MONOCHROME2", 1, 8, 16)
    padded.Rows, padded.Columns = 3, 5
    content = written(padded)
    unpadded = content.replace(b"OW\0\0\x10\0\0\0", b"OW\0\0\x0f\0\0\0")[:-1]

    assert fault_of(header_of(content)) == ("ok", {})
    assert fault_of(header_of(unpadded)) == ("ok", {})


# Encapsulation


def fragments(*frames: bytes, count: int) -> Dataset:
    """An encapsulated image that says it has `count` frames."""
    source = encapsulated_image()
    source.NumberOfFrames = count
    source.PixelData = encapsulate(list(frames))
    return source


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_frame_has_a_fragment_at_least(count: int) -> None:
    """Fewer fragments than frames are refused, more are not: a frame may have several."""
    source = fragments(b"ab", b"cd", count=count)
    few = ("pixel_data_length", {"expected_fragments": 3, "actual_fragments": 2})

    assert fault(changed(), source, JPEG_BASELINE) == (few if count == 3 else ("ok", {}))


@pytest.mark.parametrize("transfer_syntax_uid", [MPEG2, H264, H265, JPEG_2000_PART_2])
def test_a_video_has_one_stream_for_all_frames(transfer_syntax_uid: str) -> None:
    """Where one stream has all frames, one fragment is enough for any number of them, and none is not."""
    assert fault(changed(), fragments(b"stream", count=300), transfer_syntax_uid) == ("ok", {})
    assert fault(changed(), fragments(count=300), transfer_syntax_uid) == (
        "pixel_data_length",
        {"expected_fragments": 1, "actual_fragments": 0},
    )


@pytest.mark.parametrize(("native", "encapsulated"), [(EXPLICIT, False), (JPEG_BASELINE, True)])
def test_the_transfer_syntax_says_whether_pixels_are_encapsulated(native: str, *, encapsulated: bool) -> None:
    """Native pixels in a compressed transfer syntax are refused, and fragments in a native one."""
    header = header_of(written(encapsulated_image() if encapsulated else image(), native))
    other = JPEG_BASELINE if native in NATIVE else EXPLICIT

    assert fault_of(header) == ("ok", {})
    assert fault_of(header._replace(transfer_syntax_uid=other)) == (
        "pixel_data_length",
        {"reason": "encapsulation contradicts the transfer syntax"},
    )


@pytest.mark.parametrize(
    ("lengths", "reason"),
    [
        ((), "no valid Basic Offset Table"),
        ((6, 10, 10), "no valid Basic Offset Table"),
        ((8, 10, 11), "a fragment of odd length"),
    ],
)
def test_the_lengths_of_fragments(lengths: tuple[int, ...], reason: str) -> None:
    """A Basic Offset Table has four bytes an offset; fragments are even."""
    header = header_of(written(encapsulated_image(), JPEG_BASELINE))
    pixels = header.pixel_data
    assert pixels is not None
    broken = pixels._replace(fragments=tuple((0, length) for length in lengths))

    assert fault_of(header._replace(pixel_data=broken)) == ("pixel_data_length", {"reason": reason})


# Limits and other data sets


@pytest.mark.parametrize(
    ("changes", "decoded"),
    [
        ({}, 48),
        ({"NumberOfFrames": "1000000"}, 48_000_000),
        ({"Rows": 65_535, "Columns": 65_535}, 65_535 * 65_535 * 2),
        ({"NumberOfFrames": "2147483647", "Rows": 65_535, "Columns": 65_535}, 65_535**2 * 2 * 2_147_483_647),
    ],
)
def test_a_pixel_bomb_is_refused(changes: dict[str, object], decoded: int) -> None:
    """Frames that would be larger than the limit once decoded are refused, whatever their real size."""
    source = image()
    changed(**changes)(source)
    header = header_of(written(source))
    limit = {"limit": "frame_bytes", "allowed": decoded - 1}

    assert fault_of(header, decoded - 1) == ("limit_exceeded", limit)
    assert fault_of(header, decoded)[0] in {"ok", "pixel_data_length"}


def test_bits_are_decoded_to_bytes() -> None:
    """A segmentation of single bits counts a byte a pixel against the limit."""
    header = header_of(written(of("MONOCHROME2", 1, 1, 4)))

    assert fault_of(header, 23)[0] == "limit_exceeded"
    assert fault_of(header, 24)[0] == "ok"


def test_a_document_needs_no_pixels() -> None:
    """Data sets that are no images have no Image Pixel Module."""
    assert fault(changed(), document()) == ("ok", {})


def test_an_image_needs_pixels() -> None:
    """An image without Pixel Data was cut off, or its pixels lie elsewhere."""
    source = document()
    source.SOPClassUID = CT_IMAGE_STORAGE
    source.PixelDataProviderURL = "https://example.org/pixels"

    assert fault(changed(), source) == ("attribute_missing", {"attribute": "PixelData"})


@pytest.mark.parametrize(("tag", "vr", "bits"), [(0x7FE00008, "OF", 32), (0x7FE00009, "OD", 64)])
def test_float_pixels_have_no_bits_stored(tag: int, vr: str, bits: int) -> None:
    """Float Pixel Data has Bits Allocated but neither Bits Stored nor High Bit (PS3.3 C.7.6.24)."""
    source = image()
    changed(PixelData=None, BitsStored=None, HighBit=None, PixelRepresentation=None, BitsAllocated=bits)(
        source
    )
    source.add_new(tag, vr, bytes(24 * bits // 8))

    header = header_of(written(source))
    assert isinstance(header.pixel_data, PixelData)
    assert header.pixel_data.tag == tag
    assert fault_of(header) == ("ok", {})
