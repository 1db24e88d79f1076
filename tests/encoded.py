"""Items and sequences of either kind of length, encoded for tests."""

from shared.deid.header import encode
from shared.dicom.scan import Encoding


def encoded_item(content: bytes, encoding: Encoding, *, undefined: bool = False) -> bytes:
    """One item of a sequence."""
    if undefined:
        return encode.item_begins(encoding) + content + encode.item_ends(encoding)
    return encode.item(content, encoding)


def encoded_sequence(tag: int, items: bytes, encoding: Encoding, *, undefined: bool = False) -> bytes:
    """A sequence from its encoded items."""
    if undefined:
        content = items + encode.sequence_ends(encoding)
        return encode.element(tag, "SQ", content, encoding, undefined=True)
    return encode.sequence(tag, items, encoding)
