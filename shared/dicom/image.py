"""Do the attributes of an image fit each other, and the pixels fit them? (PS3.3 C.7.6.3, PS3.5 section 8)."""

from typing import NamedTuple

from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import image_sop_classes
from shared.dicom.pixel_data import PixelData
from shared.dicom.read import NATIVE, Header
from shared.errors import AttributeMissing, ImageInconsistent, LimitExceeded, PixelDataLength, ValueInvalid

_SOP_CLASS_UID = 0x00080016
_SAMPLES_PER_PIXEL = 0x00280002
_PHOTOMETRIC_INTERPRETATION = 0x00280004
_PLANAR_CONFIGURATION = 0x00280006
_NUMBER_OF_FRAMES = 0x00280008
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101
_HIGH_BIT = 0x00280102
_PIXEL_DATA = 0x7FE00010

_SAMPLES_BY_PHOTOMETRIC = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_420": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
    "XYB": 3,
}

# In MPEG-2, H.264 and H.265 video one stream has all frames (PS3.5 sections 8.2.5 to 8.2.11), in JPEG 2000
# Part 2 one component collection has several (Annex A.4.4.1); elsewhere a frame has fragments of its own.
_FRAMES_SHARE_FRAGMENTS = (
    "1.2.840.10008.1.2.4.10",
    "1.2.840.10008.1.2.4.92",
    "1.2.840.10008.1.2.4.93",
)


class Layout(NamedTuple):
    """The shape of Pixel Data; bits and counts."""

    rows: int
    columns: int
    samples: int
    frames: int
    bits_allocated: int
    subsampled: bool

    @property
    def native_bytes(self) -> int:
        """The length of native Pixel Data without padding; 4:2:2 has two samples a pixel for three."""
        samples = 2 if self.subsampled else self.samples
        return -(-self.rows * self.columns * samples * self.frames * self.bits_allocated // 8)

    @property
    def decoded_bytes(self) -> int:
        """The size of all frames once they are decoded."""
        return self.rows * self.columns * self.samples * self.frames * max(self.bits_allocated, 8) // 8


def check_image(data_set: DataSet, header: Header, frame_bytes_limit: int) -> None:
    """Check the Image Pixel Module and the length of Pixel Data; only images have either.

    A file that was cut off between two elements looks whole: an image without Pixel Data is such a file, or
    its pixels lie elsewhere (JPIP), where nobody can fetch them any more once the instance has left.

    Raises:
        AttributeMissing: Pixel Data is missing in an image, or an attribute that it needs.
        ValueInvalid: Number of Frames is no number.
        ImageInconsistent: attributes contradict each other.
        LimitExceeded: the decoded frames would be larger than `frame_bytes_limit`.
        PixelDataLength: the pixels are not as long as attributes and transfer syntax imply.
    """
    pixel_data = header.pixel_data
    if pixel_data is None:
        if data_set.text(_SOP_CLASS_UID) in image_sop_classes():
            raise AttributeMissing(attribute="PixelData")
        return
    layout = _layout(data_set)
    _check_bits(data_set, layout, pixel_data)
    if layout.decoded_bytes > frame_bytes_limit:
        raise LimitExceeded(limit="frame_bytes", allowed=frame_bytes_limit)
    native = header.transfer_syntax_uid in NATIVE
    if native == (pixel_data.fragments is not None):
        raise PixelDataLength(reason="encapsulation contradicts the transfer syntax")
    if native:
        _check_native(layout, pixel_data)
    else:
        shared = header.transfer_syntax_uid.startswith(_FRAMES_SHARE_FRAGMENTS)
        _check_fragments(pixel_data, minimum=1 if shared else layout.frames)


def _layout(data_set: DataSet) -> Layout:
    def required(tag: int, keyword: str) -> int:
        number = data_set.number(tag)
        if not number or number < 0:
            raise AttributeMissing(attribute=keyword)
        return number

    return Layout(
        rows=required(_ROWS, "Rows"),
        columns=required(_COLUMNS, "Columns"),
        samples=required(_SAMPLES_PER_PIXEL, "SamplesPerPixel"),
        frames=_frames(data_set),
        bits_allocated=required(_BITS_ALLOCATED, "BitsAllocated"),
        subsampled=data_set.text(_PHOTOMETRIC_INTERPRETATION) == "YBR_FULL_422",
    )


def _frames(data_set: DataSet) -> int:
    frames = data_set.number(_NUMBER_OF_FRAMES)
    if frames is None and data_set.text(_NUMBER_OF_FRAMES):
        raise ValueInvalid(attribute="NumberOfFrames")
    return frames or 1


def _check_bits(data_set: DataSet, layout: Layout, pixel_data: PixelData) -> None:
    photometric = data_set.text(_PHOTOMETRIC_INTERPRETATION)
    if not photometric:
        raise AttributeMissing(attribute="PhotometricInterpretation")
    if _SAMPLES_BY_PHOTOMETRIC.get(photometric, layout.samples) != layout.samples:
        raise ImageInconsistent(attribute="SamplesPerPixel")
    if layout.bits_allocated != 1 and layout.bits_allocated % 8:
        raise ImageInconsistent(attribute="BitsAllocated")
    if layout.frames < 0:
        raise ImageInconsistent(attribute="NumberOfFrames")
    if pixel_data.tag != _PIXEL_DATA:
        return
    stored, high = data_set.number(_BITS_STORED), data_set.number(_HIGH_BIT)
    if stored is None or high is None:
        raise AttributeMissing(attribute="BitsStored" if stored is None else "HighBit")
    if not 0 < stored <= layout.bits_allocated:
        raise ImageInconsistent(attribute="BitsStored")
    if not stored - 1 <= high < layout.bits_allocated:
        raise ImageInconsistent(attribute="HighBit")


def _check_native(layout: Layout, pixel_data: PixelData) -> None:
    actual = pixel_data.end - pixel_data.value
    expected = layout.native_bytes
    if actual not in {expected, expected + expected % 2}:
        raise PixelDataLength(expected_bytes=expected, actual_bytes=actual)


def _check_fragments(pixel_data: PixelData, *, minimum: int) -> None:
    """The first item is the Basic Offset Table, at least `minimum` fragments follow (PS3.5 Annex A.4)."""
    fragments = pixel_data.fragments or ()
    if not fragments or fragments[0][1] % 4:
        raise PixelDataLength(reason="no valid Basic Offset Table")
    if len(fragments) - 1 < minimum:
        raise PixelDataLength(expected_fragments=minimum, actual_fragments=len(fragments) - 1)
    if any(length % 2 for _, length in fragments):
        raise PixelDataLength(reason="a fragment of odd length")
