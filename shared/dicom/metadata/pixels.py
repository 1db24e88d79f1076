"""Count the stored values of one native slice without decoding libraries (PS3.5 section 8)."""

import sys
from array import array
from collections import Counter
from typing import NamedTuple

from shared.dicom.metadata.attributes import decimal
from shared.dicom.metadata.frames import Frame
from shared.dicom.read import EXPLICIT_VR_BIG_ENDIAN, NATIVE
from shared.dicom.source import ByteSource

_PIXEL_DATA = 0x7FE00010
_SAMPLES_PER_PIXEL = 0x00280002
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101
_HIGH_BIT = 0x00280102
_PIXEL_REPRESENTATION = 0x00280103
_PIXEL_PADDING_VALUE = 0x00280120
_PIXEL_PADDING_RANGE_LIMIT = 0x00280121
_RESCALE_INTERCEPT = 0x00281052
_RESCALE_SLOPE = 0x00281053
_RESCALE_TYPE = 0x00281054

_MOST_BYTES = 64 << 20
_MOST_SAMPLES = 1 << 16


class Sample(NamedTuple):
    """Some pixels of one slice; `values` tells how many of them have which stored value, without padding."""

    values: Counter[int]
    slope: float | None
    intercept: float | None
    rescale_type: str


class Slice(NamedTuple):
    """One slice whose pixels may be looked at later; it holds on to the source, not to the header.

    Attributes:
        position: orders the slices.
        source: the file.
        offset: of the slice's pixels in the source; bytes.
        pixels: how many they are; 16 bits each.
        little: their byte order.
        bits: how stored values lie in them.
        padding: the first and the last stored value that mean no pixel; None if there is none.
        slope: Rescale Slope, None if there is none.
        intercept: Rescale Intercept, None if there is none.
        rescale_type: Rescale Type, empty if there is none.
        obstacle: why the pixels cannot be looked at; empty if they can.
    """

    position: float
    source: ByteSource
    offset: int
    pixels: int
    little: bool
    bits: "Bits"
    padding: tuple[int, int] | None
    slope: float | None
    intercept: float | None
    rescale_type: str
    obstacle: str

    @classmethod
    def of(cls, frame: Frame, position: float) -> "Slice":
        """Note what is needed to look at the pixels of `frame`."""
        bits = Bits.of(frame)
        pixels = (_whole(frame, _ROWS) or 0) * (_whole(frame, _COLUMNS) or 0)
        header = frame.instance.header
        return cls(
            position=position,
            source=header.source,
            offset=(header.pixel_data.value if header.pixel_data else 0) + frame.number * pixels * 2,
            pixels=pixels,
            little=header.transfer_syntax_uid != EXPLICIT_VR_BIG_ENDIAN,
            bits=bits,
            padding=_padding(frame, bits),
            slope=_number(frame, _RESCALE_SLOPE),
            intercept=_number(frame, _RESCALE_INTERCEPT),
            rescale_type=frame.text(_RESCALE_TYPE),
            obstacle=_obstacle(frame, bits, pixels),
        )

    def sample(self) -> Sample | None:
        """Look at every n-th pixel, at most 65536 in all; None if the file ends too early."""
        content = self.source.read(self.offset, self.pixels * 2)
        if len(content) < self.pixels * 2:
            return None
        # an odd step does not stay within the same few columns of an image whose width is a power of two
        words = array("H", content)[:: -(-self.pixels // _MOST_SAMPLES) | 1]
        if self.little != (sys.byteorder == "little"):
            words.byteswap()
        values: Counter[int] = Counter()
        for word, count in Counter(words).items():
            values[self.bits.value(word)] += count
        if self.padding:
            first, last = self.padding
            values = Counter({value: n for value, n in values.items() if not first <= value <= last})
        return Sample(values, self.slope, self.intercept, self.rescale_type)


class Bits(NamedTuple):
    """How a stored value lies in a word of 16 bits; what else is in the word does not count."""

    stored: int
    high: int
    signed: bool

    @classmethod
    def of(cls, frame: Frame) -> "Bits":
        """The Image Pixel Module of a frame; without Bits Stored and High Bit the whole word counts."""
        stored = _whole(frame, _BITS_STORED) or 16
        high = _whole(frame, _HIGH_BIT)
        signed = _whole(frame, _PIXEL_REPRESENTATION) == 1
        return cls(stored, stored - 1 if high is None else high, signed)

    @property
    def valid(self) -> bool:
        """Whether the value fits into the word."""
        return 0 < self.stored <= self.high + 1 <= 16

    def value(self, word: int) -> int:
        """The stored value in an unsigned word."""
        value = word >> (self.high + 1 - self.stored) & (1 << self.stored) - 1
        sign = 1 << (self.stored - 1)
        return (value ^ sign) - sign if self.signed else value


def _obstacle(frame: Frame, bits: Bits, pixels: int) -> str:
    header, pixel_data = frame.instance.header, frame.instance.header.pixel_data
    if pixel_data is None or pixel_data.tag != _PIXEL_DATA:
        return "there are no pixels of whole numbers"
    if header.transfer_syntax_uid not in NATIVE or pixel_data.fragments is not None:
        return "the pixels are compressed"
    if (
        _whole(frame, _BITS_ALLOCATED) != 16
        or (_whole(frame, _SAMPLES_PER_PIXEL) or 1) != 1
        or not bits.valid
    ):
        return "the pixels are not single values of 16 bits"
    if not 0 < pixels * 2 <= _MOST_BYTES:
        return "a slice has no pixels, or more than 64 MiB of them"
    if (frame.number + 1) * pixels * 2 > pixel_data.end - pixel_data.value:
        return "the pixels are fewer than rows and columns imply"
    return ""


def _padding(frame: Frame, bits: Bits) -> tuple[int, int] | None:
    """Pixel Padding Value, up to Pixel Padding Range Limit where there is one (PS3.3 C.7.5.1.1.2)."""
    value = _whole(frame, _PIXEL_PADDING_VALUE)
    if value is None:
        return None
    limit = _whole(frame, _PIXEL_PADDING_RANGE_LIMIT)
    ends = sorted(_as_stored(end, bits) for end in (value, value if limit is None else limit))
    return ends[0], ends[1]


def _as_stored(value: int, bits: Bits) -> int:
    """Padding is US or SS as its writer took it; the word counts, whatever its sign was thought to be."""
    return (value & 0xFFFF ^ 0x8000) - 0x8000 if bits.signed else value & 0xFFFF


def _number(frame: Frame, tag: int) -> float | None:
    values = frame.values(tag)
    return decimal(values[0]) if values else None


def _whole(frame: Frame, tag: int) -> int | None:
    number = _number(frame, tag)
    return None if number is None else int(number)
