"""The port to image codecs, and which transfer syntax a blanked image gets (PS3.5 section 8.2, Annex A.4)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

Family = Literal["rle", "jpeg", "jpeg-ls", "jpeg2000", "htj2k"]

_ROOT = "1.2.840.10008.1.2."


class Target(NamedTuple):
    """What becomes of an encapsulated transfer syntax.

    Attributes:
        family: which codec reads it.
        uid: the transfer syntax of the blanked image; where it is the same, untouched frames stay untouched.
        processes: the JPEG processes that its frames may be of; empty where there is but one.
        written_by: which codec writes the blanked image, if not the one that reads it.
    """

    family: Family
    uid: str
    processes: frozenset[int] = frozenset()
    written_by: Family | None = None


_SEQUENTIAL = frozenset({0xC0, 0xC1})
_LOSSLESS = frozenset({0xC3})
_JPEG_LS = frozenset({0xF7})

#: every encapsulated transfer syntax whose frames can be blanked; all others are held
TARGETS: Mapping[str, Target] = {
    _ROOT + "5": Target("rle", _ROOT + "5"),
    _ROOT + "4.50": Target("jpeg", _ROOT + "4.70", _SEQUENTIAL),
    _ROOT + "4.51": Target("jpeg", _ROOT + "4.70", _SEQUENTIAL),
    _ROOT + "4.57": Target("jpeg", _ROOT + "4.57", _LOSSLESS),
    _ROOT + "4.70": Target("jpeg", _ROOT + "4.70", _LOSSLESS),
    _ROOT + "4.80": Target("jpeg-ls", _ROOT + "4.80", _JPEG_LS),
    _ROOT + "4.81": Target("jpeg-ls", _ROOT + "4.80", _JPEG_LS),
    _ROOT + "4.90": Target("jpeg2000", _ROOT + "4.90"),
    _ROOT + "4.91": Target("jpeg2000", _ROOT + "4.91"),
    _ROOT + "4.201": Target("htj2k", _ROOT + "4.201"),
    _ROOT + "4.202": Target("htj2k", _ROOT + "4.201"),
    _ROOT + "4.203": Target("htj2k", _ROOT + "4.203"),
}


#: the same for images in colour, where it differs: JPEG 2000 makes them a third of what lossless JPEG does
COLOUR_TARGETS: Mapping[str, Target] = {
    _ROOT + "4.50": Target("jpeg", _ROOT + "4.90", _SEQUENTIAL, written_by="jpeg2000"),
    _ROOT + "4.51": Target("jpeg", _ROOT + "4.90", _SEQUENTIAL, written_by="jpeg2000"),
}


def target_of(transfer_syntax_uid: str, samples: int) -> Target | None:
    """What becomes of an image of so many samples a pixel; None if it cannot be blanked."""
    in_colour = COLOUR_TARGETS.get(transfer_syntax_uid) if samples > 1 else None
    return in_colour or TARGETS.get(transfer_syntax_uid)


class Samples(NamedTuple):
    """A decoded frame.

    Attributes:
        array: rows, columns and, of several samples, samples; signed only if the codestream is.
        precision: the bits of a sample in the codestream.
        transformed: whether the codestream holds RGB as something else (JPEG 2000's component transform).
    """

    array: "NDArray[Any]"
    precision: int
    transformed: bool = False


class FrameCodec(Protocol):
    """Decodes and encodes one frame; colours stay as they are stored, but for JPEG 2000's own transform."""

    def decode(self, family: Family, frame: bytes) -> "NDArray[Any]":
        """Decode a frame to rows, columns and, of several samples, samples, in memory that is its own.

        Raises:
            PixelsUncleanable: it cannot be decoded.
        """
        ...

    def encode(self, family: Family, samples: Samples) -> bytes:
        """Encode a frame without loss, and without a word about what its components mean.

        Args:
            family: which codec writes it; `jpeg` writes process 14, selection value 1.
            samples: what to encode; `transformed` asks for the transform that loses nothing (RCT).

        Raises:
            PixelsUncleanable: it cannot be encoded.
        """
        ...
