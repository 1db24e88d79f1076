"""The frames of an instance: as they are stored, or as little-endian cells (PS3.18 10.4.1.1.6)."""

from typing import NamedTuple

from shared.deid.pixels.facts import Layout, layout_of
from shared.deid.pixels.frames import Encapsulated
from shared.dicom.read import NATIVE
from shared.local.dicom_store.byte_order import little_endian
from shared.local.dicom_store.media_types import OCTET_STREAM
from shared.local.dicom_store.reading import Opened
from shared.local.dicom_store.refusal import bad_request, not_found

_EXTENDED_OFFSET_TABLE = 0x7FE00001
_ROOT = "1.2.840.10008.1.2."
#: the media types of encapsulated transfer syntaxes (PS3.18 Table 8.7.3-5)
_MEDIA_TYPES = {
    _ROOT + "5": "image/dicom-rle",
    **dict.fromkeys((_ROOT + "4.50", _ROOT + "4.51", _ROOT + "4.57", _ROOT + "4.70"), "image/jpeg"),
    **dict.fromkeys((_ROOT + "4.80", _ROOT + "4.81"), "image/jls"),
    **dict.fromkeys((_ROOT + "4.90", _ROOT + "4.91"), "image/jp2"),
    **dict.fromkeys((_ROOT + "4.92", _ROOT + "4.93"), "image/jpx"),
    **dict.fromkeys((_ROOT + "4.201", _ROOT + "4.202", _ROOT + "4.203"), "image/jphc"),
    **dict.fromkeys((_ROOT + "4.100", _ROOT + "4.101"), "video/mpeg2"),
    **dict.fromkeys((f"{_ROOT}4.{number}" for number in range(102, 107)), "video/mp4"),
}


def media_type_of(transfer_syntax: str) -> str:
    """The media type of frames that are sent as they are stored."""
    return _MEDIA_TYPES.get(transfer_syntax, OCTET_STREAM)


class Frames(NamedTuple):
    """The frames of an open instance, numbered from 1."""

    instance: Opened
    layout: Layout
    encapsulated: Encapsulated | None

    @classmethod
    def of(cls, instance: Opened) -> "Frames":
        """Tell the frames apart.

        Raises:
            Refusal: 404, there are no pixels.
            PixelsUncleanable: nobody can say where a frame begins.
        """
        header, data_set = instance
        if header.pixel_data is None:
            raise not_found("frame")
        layout = layout_of(data_set)
        if header.transfer_syntax_uid in NATIVE:
            return cls(instance, layout, None)
        extended = _EXTENDED_OFFSET_TABLE in data_set
        return cls(
            instance, layout, Encapsulated(header.source, header.pixel_data, layout.frames, extended=extended)
        )

    def check(self, numbers: list[int]) -> None:
        """Refuse numbers that no frame has.

        Raises:
            Refusal: 404.
        """
        if not all(1 <= number <= self.layout.frames for number in numbers):
            raise not_found("frame")

    def read(self, number: int) -> bytes:
        """One frame: as it is encapsulated, or in little endian, padded to whole bytes."""
        if self.encapsulated is not None:
            return self.encapsulated.read(number - 1)
        header, bits = self.instance.header, self.layout.frame_bits
        first = (number - 1) * bits
        offset, shift = divmod(first, 8)
        pixels = header.pixel_data
        start = offset + (pixels.value if pixels else 0)
        content = header.source.read(start, -(-(shift + bits) // 8))
        if shift or bits % 8:
            return _aligned(content, shift, bits)
        vr = pixels.vr if pixels and not header.encoding.little else ""
        return little_endian(content, vr)


def _aligned(content: bytes, shift: int, bits: int) -> bytes:
    """Bring the bits of a frame to the start of a byte: frames of single bits have no gaps between them."""
    number = int.from_bytes(content, "little") >> shift & (1 << bits) - 1
    return number.to_bytes(-(-bits // 8), "little")


def frame_numbers(text: str) -> list[int]:
    """Read a list of frame numbers, such as `1,3`.

    Raises:
        Refusal: 400, it is none.
    """
    numbers = text.split(",")
    if not all(each.isascii() and each.isdigit() for each in numbers):
        raise bad_request("frames are given as a list of numbers")
    return [int(each) for each in numbers]
