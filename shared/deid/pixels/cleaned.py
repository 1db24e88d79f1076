"""What came of cleaning: new Pixel Data, and what its header has to say."""

from collections.abc import Callable, Iterator
from struct import pack
from typing import NamedTuple

from shared.deid.header import encode
from shared.dicom.scan import Encoding


class Change(NamedTuple):
    """An attribute that has to be in the new header; with the value None it must not be there."""

    tag: int
    vr: str
    value: str | int | bytes | None

    def encoded(self, encoding: Encoding) -> bytes:
        """The element to write; nothing for an attribute that goes."""
        value = self.value
        if value is None:
            return b""
        if isinstance(value, str):
            value = value.encode()
        elif isinstance(value, int):
            value = pack(encoding.byte_order + "H", value)
        return encode.element(self.tag, self.vr, value, encoding)


class Cleaned(NamedTuple):
    """New Pixel Data, and what its header has to say.

    Attributes:
        transfer_syntax_uid: the new one, often the old one.
        length: the bytes that `chunks` yields.
        encapsulated: whether they are items and their end marker, under an undefined length, and not a value
            of this length.
        chunks: the value; it can be iterated once.
        changes: attributes by rising tag.
        removed_groups: groups of overlays whose bits are gone.
        close: drops what waits on disk, where `chunks` is not iterated to its end.
    """

    transfer_syntax_uid: str
    length: int
    encapsulated: bool
    chunks: Iterator[bytes]
    changes: tuple[Change, ...]
    removed_groups: tuple[int, ...] = ()
    close: Callable[[], None] = lambda: None
