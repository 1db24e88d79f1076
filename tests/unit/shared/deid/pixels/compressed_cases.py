"""Compressed images for tests of blanking, one of each kind, and what they become."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from numpy.typing import NDArray
from pydicom.uid import (
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from tests.pixels import Frames, encapsulated_file
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import gradient, segment, with_segment

GREY, GREY_12 = gradient(16, 24), gradient(16, 24, kind="u2", bits=12)
SIGNED = gradient(16, 24, kind="i2", bits=12) - 2048
COLOUR = gradient(16, 24, 3)


class Case(NamedTuple):
    """An image of one frame in a transfer syntax.

    Attributes:
        array: its samples, before a codec that loses some.
        fragment: its frame.
        syntax: its transfer syntax, and `target` that of the blanked image.
        black: the samples inside.
        photometric: of the original, and `becomes` of the blanked image.
        changes: further attributes.
    """

    array: NDArray[Any]
    fragment: bytes
    syntax: str
    target: str
    black: Any = 0
    photometric: str = "MONOCHROME2"
    becomes: str = ""
    changes: Mapping[str, Any] = MappingProxyType({})

    @property
    def content(self) -> bytes:
        """The file."""
        frames = Frames(self.array[None], self.photometric)
        return encapsulated_file(frames, [self.fragment], self.syntax, **self.changes)


BITS_12 = {"BitsStored": 12, "HighBit": 11}
CASES = {
    "baseline": Case(GREY, streams.jpeg(GREY), JPEGBaseline8Bit, JPEGLosslessSV1),
    "baseline inverted": Case(
        GREY, streams.jpeg(GREY), JPEGBaseline8Bit, JPEGLosslessSV1, 255, "MONOCHROME1", "MONOCHROME1"
    ),
    "baseline RGB": Case(
        COLOUR, streams.jpeg(COLOUR), JPEGBaseline8Bit, JPEG2000Lossless, 0, "RGB", "YBR_RCT"
    ),
    "baseline YBR": Case(
        COLOUR,
        streams.jpeg(COLOUR, ybr=True),
        JPEGBaseline8Bit,
        JPEG2000Lossless,
        0,
        "YBR_FULL_422",
        "YBR_RCT",
    ),
    "baseline said to be RGB": Case(
        COLOUR,
        streams.jpeg(COLOUR, ybr=True),
        JPEGBaseline8Bit,
        JPEG2000Lossless,
        0,
        "RGB",
        "YBR_RCT",
    ),
    "baseline without a word": Case(
        COLOUR,
        streams.jpeg(COLOUR).replace(segment(0xEE, b"Adobe\0d\0\0\0\0\0"), b""),
        JPEGBaseline8Bit,
        JPEG2000Lossless,
        0,
        "RGB",
        "YBR_RCT",
    ),
    "extended": Case(GREY_12, streams.jpeg_12(GREY_12), JPEGExtended12Bit, JPEGLosslessSV1, changes=BITS_12),
    "lossless": Case(GREY, streams.lossless_jpeg(GREY, 8), JPEGLosslessSV1, JPEGLosslessSV1),
    "lossless 12 of 16 bits": Case(
        GREY_12, streams.lossless_jpeg(GREY_12, 16), JPEGLosslessSV1, JPEGLosslessSV1, changes=BITS_12
    ),
    "lossless signed": Case(
        SIGNED,
        streams.lossless_jpeg(SIGNED.view("u2"), 16),
        JPEGLosslessSV1,
        JPEGLosslessSV1,
        -2048,
        changes=BITS_12,
    ),
    "lossless predicted otherwise": Case(
        GREY, streams.lossless_jpeg(GREY, 8, predictor=6), JPEGLossless, JPEGLossless
    ),
    "lossless colour": Case(
        COLOUR, streams.lossless_jpeg(COLOUR, 8), JPEGLosslessSV1, JPEGLosslessSV1, 0, "RGB", "RGB"
    ),
    "JPEG-LS": Case(GREY_12, streams.jpeg_ls(GREY_12), JPEGLSLossless, JPEGLSLossless, changes=BITS_12),
    "JPEG-LS colour": Case(COLOUR, streams.jpeg_ls(COLOUR), JPEGLSLossless, JPEGLSLossless, 0, "RGB", "RGB"),
    "JPEG-LS near lossless": Case(GREY, streams.jpeg_ls(GREY, 3), JPEGLSNearLossless, JPEGLSLossless),
    "JPEG 2000": Case(GREY, streams.jpeg_2000(GREY), JPEG2000Lossless, JPEG2000Lossless),
    "JPEG 2000 signed": Case(
        SIGNED,
        streams.jpeg_2000(SIGNED, 12),
        JPEG2000Lossless,
        JPEG2000Lossless,
        -2048,
        changes=BITS_12,
    ),
    "JPEG 2000 with boxes": Case(GREY, streams.jp2(GREY), JPEG2000Lossless, JPEG2000Lossless),
    "JPEG 2000 colour": Case(
        COLOUR,
        streams.jpeg_2000(COLOUR, mct=True),
        JPEG2000Lossless,
        JPEG2000Lossless,
        0,
        "YBR_RCT",
        "YBR_RCT",
    ),
    "JPEG 2000 without transform": Case(
        COLOUR, streams.jpeg_2000(COLOUR), JPEG2000Lossless, JPEG2000Lossless, 0, "RGB", "RGB"
    ),
    "JPEG 2000 lossy": Case(
        COLOUR,
        streams.jpeg_2000(COLOUR, mct=True, reversible=False),
        JPEG2000,
        JPEG2000,
        0,
        "YBR_ICT",
        "YBR_RCT",
    ),
}
#: what is not blanked, and why
HELD = {
    "a frame of another size": (Case(GREY, streams.jpeg(GREY[:8]), JPEGBaseline8Bit, ""), "another size"),
    "colour said to be grey": (Case(GREY, streams.jpeg(COLOUR), JPEGBaseline8Bit, ""), "another size"),
    "a frame cut off": (Case(GREY, streams.jpeg(GREY)[:-2], JPEGBaseline8Bit, ""), "damaged"),
    "no frame": (Case(GREY, b"Doe^Jane", JPEG2000, ""), "damaged"),
    "another process": (Case(GREY, streams.jpeg(GREY), JPEGLosslessSV1, ""), "not the transfer syntax's"),
    "nonsense between markers": (
        Case(GREY, streams.jpeg_ls(GREY)[:60] + b"\xff\xd9", JPEGLSLossless, ""),
        "cannot be decoded",
    ),
    "more bits than a cell": (Case(GREY, streams.jpeg_12(GREY_12), JPEGExtended12Bit, ""), "samples that"),
    "bits beside the samples": (
        Case(
            GREY_12, streams.jpeg_ls(GREY_12), JPEGLSLossless, "", changes={"BitsStored": 12, "HighBit": 15}
        ),
        "samples that",
    ),
    "signed of fewer bits": (
        Case(SIGNED, streams.lossless_jpeg(GREY_12, 12), JPEGLosslessSV1, ""),
        "samples that",
    ),
    "another sign": (
        Case(SIGNED, streams.jpeg_2000(GREY_12, 12), JPEG2000, "", changes=BITS_12),
        "a sign that",
    ),
    "RGB said to be YBR": (
        Case(COLOUR, streams.jpeg(COLOUR), JPEGBaseline8Bit, "", photometric="YBR_FULL"),
        "colours that",
    ),
    "YBR without loss said to be RGB": (
        Case(
            COLOUR,
            with_segment(streams.jpeg_ls(COLOUR), segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")),
            JPEGLSLossless,
            "",
            photometric="RGB",
        ),
        "colours that",
    ),
    "a transform in JPEG-LS": (
        Case(
            COLOUR,
            with_segment(streams.jpeg_ls(COLOUR), segment(0xE8, b"mrfx\1")),
            JPEGLSLossless,
            "",
            photometric="RGB",
        ),
        "colours that",
    ),
    "a transform that is none": (
        Case(COLOUR, streams.jpeg_2000(COLOUR), JPEG2000Lossless, "", photometric="YBR_RCT"),
        "colours that",
    ),
    "unknown colours": (
        Case(COLOUR, streams.jpeg(COLOUR), JPEGBaseline8Bit, "", photometric="YBR_PARTIAL_420"),
        "PhotometricInterpretation",
    ),
}
