"""Which pixels are looked at for the Hounsfield check, and how they are read."""

from typing import Any

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from shared.dicom.metadata import describe
from shared.dicom.metadata.hounsfield import HounsfieldCheck
from shared.dicom.read import read_header
from shared.dicom.source import MemorySource
from tests.unit.shared.dicom.metadata_series import (
    SIDE,
    CountingSource,
    body,
    checked,
    ct,
    ct_series,
    enhanced_ct,
    header,
    of_pixels,
    written,
)


def test_padding_does_not_count() -> None:
    """Pixels with the padding value are left out, be it declared signed or unsigned."""
    padded = [-2000] * (20 * SIDE) + body()[20 * SIDE :]
    signed = {"PixelRepresentation": 1, "PixelPaddingValue": -976}
    found = of_pixels(padded, **signed)

    assert (found.verdict, found.pixel_count) == ("plausible", 44 * SIDE)


def test_a_range_of_padding_does_not_count() -> None:
    """Padding may be a range of values (PS3.3 C.7.5.1.1.2)."""
    padded = [-1024 + number % 3 for number in range(20 * SIDE)] + body()[20 * SIDE :]
    found = of_pixels(padded, PixelPaddingValue=0, PixelPaddingRangeLimit=2)

    assert found.pixel_count <= 44 * SIDE
    assert found.verdict == "plausible"


@pytest.mark.parametrize(
    "transfer_syntax_uid",
    [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian],
)
def test_every_native_transfer_syntax_is_read(transfer_syntax_uid: str) -> None:
    """In each native transfer syntax, big endian too, the same pixels give the same result."""
    data_set = ct()
    if transfer_syntax_uid == ExplicitVRBigEndian:
        swapped = bytearray(data_set.PixelData)
        swapped[0::2], swapped[1::2] = swapped[1::2], swapped[0::2]
        data_set.PixelData = bytes(swapped)
    found = describe([header(data_set, transfer_syntax_uid)]).hounsfield

    assert found == checked(ct())


def test_signed_values_are_read() -> None:
    """Hounsfield units stored as two's complement need no intercept but zero."""
    found = of_pixels(body(), intercept=0, PixelRepresentation=1)

    assert found == checked(ct())


def test_bits_beside_the_value_do_not_count() -> None:
    """What stands above High Bit, such as an old overlay, is no part of the value."""
    overlaid = [value & 0x0FFF | 0x8000 for value in body()]
    found = of_pixels(overlaid, intercept=0, PixelRepresentation=1, BitsStored=12, HighBit=11)

    assert found == checked(ct())


def test_only_three_slices_are_read() -> None:
    """The pixels of the slices at a quarter, a half and three quarters are read, the others not."""
    sources = [CountingSource(written(ct(number, 2.5 * number))) for number in range(9)]
    headers = [read_header(source) for source in sources]
    before = [len(source.offsets) for source in sources]
    found = describe(headers).hounsfield
    offsets = [source.offsets[count:] for source, count in zip(sources, before, strict=True)]
    starts = [each.pixel_data.value for each in headers if each.pixel_data]

    assert found is not None
    assert found.slice_count == 3
    assert offsets == [[starts[number]] if number in {2, 4, 6} else [] for number in range(9)]


def test_of_many_slices_three_are_read() -> None:
    """However long the series is, three slices are read, and not only from one end."""
    source = CountingSource(written(ct()))
    headers = [header(ct(number, 1.0 * number), source=source) for number in range(100)]
    describe(headers)

    assert len(source.offsets) == 3


def test_large_slices_are_sampled() -> None:
    """Of a large slice not every pixel is counted."""
    wide = [value for value in body() for _ in range(32)]
    found = of_pixels(wide, Columns=SIDE * 32)

    assert found.verdict == "plausible"
    assert 20_000 < found.pixel_count <= 65_536


def test_two_slices_that_coincide_are_read_once() -> None:
    """A single slice is one slice, not three."""
    assert checked(ct()).slice_count == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, "not single values of 16 bits"),
        ({"BitsStored": 12, "HighBit": 3}, "not single values of 16 bits"),
        ({"SamplesPerPixel": 3}, "not single values of 16 bits"),
        ({"PixelData": None}, "no pixels of whole numbers"),
        ({"Rows": 0}, "no pixels, or more than 64 MiB"),
        ({"Rows": 65535, "Columns": 65535}, "no pixels, or more than 64 MiB"),
        ({"Rows": SIDE + 1}, "fewer than rows and columns imply"),
    ],
)
def test_pixels_that_cannot_be_read_are_not_checked(changes: dict[str, Any], reason: str) -> None:
    """What is not 16-bit native pixels is not checked, and the reason is told."""
    found = checked(*ct_series(**changes))

    assert (found.checked, found.verdict, found.slice_count) == (False, "unknown", 0)
    assert reason in found.reason


def test_compressed_pixels_are_not_checked() -> None:
    """Compressed pixels are not decoded for the check."""
    compressed = header(ct())._replace(transfer_syntax_uid="1.2.840.10008.1.2.4.70")
    found = describe([compressed]).hounsfield

    assert found == HounsfieldCheck(checked=False, verdict="unknown", reason="the pixels are compressed")


def test_a_source_that_ends_too_early_is_not_checked() -> None:
    """A source that has shrunk since its header was read is no reason to crash."""
    found = describe([header(ct(), source=MemorySource(written(ct())[:2000]))]).hounsfield

    assert found is not None
    assert (found.checked, found.reason) == (False, "the file ends before its pixels do")


def test_frames_are_slices() -> None:
    """The frames of an enhanced CT image are checked like slices, with their functional groups' rescaling."""
    found = checked(enhanced_ct([0, 2, 4, 6, 8]))

    assert (found.verdict, found.slice_count) == ("plausible", 3)
    assert found.pixel_count == 3 * SIDE * SIDE
