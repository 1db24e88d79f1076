"""Files taken apart into trees of their elements, and put together again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import pack
from typing import Self

from shared.dicom.read import Header, read_header
from shared.dicom.scan import IMPLICIT_LITTLE, LONG_VRS, Element, Encoding
from shared.dicom.source import MemorySource

_UNDEFINED = 0xFFFFFFFF


@dataclass
class Node:
    """One element: its value, or its items."""

    tag: int
    vr: str
    value: bytes = b""
    items: "list[list[Node]] | None" = None
    undefined: bool = False
    open_items: bool = False

    def encode(self, encoding: Encoding) -> bytes:
        """The element; in VR UN its items are in implicit VR little endian (PS3.5 section 6.2.2)."""
        inner = IMPLICIT_LITTLE if self.vr == "UN" else encoding
        value = self.value if self.items is None else self._encoded_items(inner)
        length = _UNDEFINED if self.undefined else len(value)
        return _header(self.tag, self.vr, length, encoding) + value

    def _encoded_items(self, encoding: Encoding) -> bytes:
        content = b""
        for item in self.items or ():
            inside = b"".join(each.encode(encoding) for each in item)
            length = _UNDEFINED if self.open_items else len(inside)
            content += _delimiter(0xE000, length, encoding) + inside
            content += _delimiter(0xE00D, 0, encoding) if self.open_items else b""
        return content + (_delimiter(0xE0DD, 0, encoding) if self.undefined else b"")

    def copy(self) -> "Node":
        """The same element once more, for another place."""
        items = None if self.items is None else [[each.copy() for each in item] for item in self.items]
        return Node(self.tag, self.vr, self.value, items, self.undefined, self.open_items)


def _header(tag: int, vr: str, length: int, encoding: Encoding) -> bytes:
    order = encoding.byte_order
    if not encoding.explicit:
        return pack("<HHI", tag >> 16, tag & 0xFFFF, length)
    if vr in LONG_VRS:
        return pack(order + "HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)
    return pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), length)


def _delimiter(number: int, length: int, encoding: Encoding) -> bytes:
    return pack(encoding.byte_order + "HHI", 0xFFFE, number, length)


@dataclass
class Rewritten:
    """A file as a tree; what stands before its data set and from Pixel Data on stays bytes."""

    head: bytes
    nodes: list[Node]
    tail: bytes
    encoding: Encoding
    behind: list[Node] = field(default_factory=list)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Take a file apart.

        Raises:
            ValidationError: it cannot be read.
        """
        header = read_header(MemorySource(content), force=True)
        start = min((each.start for each in header.elements), default=len(header.buffer))
        tail = b""
        if header.pixel_data is not None:
            tail = header.source.read(header.pixel_data.start, header.source.size)
        # What was inflated is not deflated again.
        head = _inflated_meta(header) if header.source.read(0, 1 << 30) != content else header.buffer[:start]
        return cls(head, [*_nodes(header.buffer, header.elements)], tail, header.encoding)

    def copy(self) -> "Rewritten":
        """One that can be changed alone."""
        return Rewritten(self.head, [each.copy() for each in self.nodes], self.tail, self.encoding)

    def content(self) -> bytes:
        """The file."""
        data_set, behind = (
            b"".join(each.encode(self.encoding) for each in part) for part in (self.nodes, self.behind)
        )
        return self.head + data_set + self.tail + behind


def _inflated_meta(header: Header) -> bytes:
    start = min((each.start for each in header.elements), default=len(header.buffer))
    return header.buffer[:start].replace(
        b"UI\x16\x001.2.840.10008.1.2.1.99", b"UI\x14\x001.2.840.10008.1.2.1\0"
    )


def _nodes(buffer: bytes, elements: Sequence[Element]) -> Iterator[Node]:
    for element in elements:
        value = buffer[element.value : element.end]
        if element.items is None:
            yield Node(element.tag, element.vr, value, undefined=element.undefined)
            continue
        items = [[*_nodes(buffer, item.elements)] for item in element.items]
        is_open = any(item.undefined for item in element.items)
        yield Node(element.tag, element.vr, items=items, undefined=element.undefined, open_items=is_open)
