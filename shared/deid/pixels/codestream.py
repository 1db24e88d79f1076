"""What a compressed frame says of itself, whatever the JPEG it is in."""

from typing import NamedTuple

from shared.errors import PixelsUncleanable

#: segments or boxes of one frame; more are made to be costly, and none is taken apart
MOST_PARTS = 1 << 20


class Damaged(Exception):
    """The bytes are not the codestream that they should be; nobody knows what is in them."""


class Codestream(NamedTuple):
    """The head of a codestream.

    Attributes:
        process: the JPEG process by the second byte of its marker; 0 for JPEG 2000.
        precision: the bits of a sample.
        colour: what the stream itself says of its three components: `rgb`, `ybr`, both, or nothing.
        transformed: whether decoding makes RGB of its components (JPEG 2000 Annex G, HP's in JPEG-LS).
        reversible: whether that, and its wavelet, lose nothing.
    """

    process: int
    rows: int
    columns: int
    components: int
    precision: int
    signed: bool = False
    colour: str = ""
    transformed: bool = False
    reversible: bool = True


def uncleanable(reason: str) -> PixelsUncleanable:
    """The error to raise about a frame."""
    return PixelsUncleanable(reason=reason)
