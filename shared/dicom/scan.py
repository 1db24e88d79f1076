"""Find the elements of an encoded data set without interpreting their values (PS3.5 section 7).

One pass over the bytes yields tags, Value Representations and offsets; values stay where they are. This is
the one parser of the product: validation, rules, de-identification and the release gate all work on what it
finds.
"""

from contextlib import suppress
from struct import Struct
from typing import NamedTuple

import msgspec

from shared.dicom.dictionary import PIXEL_DATA_TAGS, vr_of
from shared.errors import LimitExceeded, Malformed

UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM = 0xFFFEE000
ITEM_DELIMITATION = 0xFFFEE00D
SEQUENCE_DELIMITATION = 0xFFFEE0DD

# PS3.5 Table 7.1-1: these have two reserved bytes and a 32-bit length.
LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
SHORT_VRS = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST"}
    | {"TM", "UI", "UL", "US"}
)
# Each level takes some calls within calls, of which Python allows a thousand.
_DEEPEST = 128
_IMPLICIT_HEADER = Struct("<HHI")
#: by byte order: the header of an element up to a short length, that of an item, a long length
_STRUCTS = {order: (Struct(order + "HH2sH"), Struct(order + "HHI"), Struct(order + "I")) for order in "<>"}
#: groups that no data set has (PS3.5 sections 7.1 and 7.5): a tag of theirs means that the scan lost its way
FOREIGN_GROUPS = {0x0000: "command element in a data set", 0xFFFE: "item outside a sequence"}
_VR_BY_BYTES = {vr.encode(): (vr, vr in LONG_VRS) for vr in LONG_VRS | SHORT_VRS}


class EndOfWindow(Exception):
    """The bytes at hand end inside an element; the file may go on."""


class Encoding(NamedTuple):
    """How a data set is encoded: with Value Representations or without, and in which byte order."""

    explicit: bool
    little: bool

    @property
    def byte_order(self) -> str:
        """The prefix of `struct` formats."""
        return "<" if self.little else ">"

    def inside(self, vr: str) -> "Encoding":
        """That of the items of a sequence: of one of VR UN they are in implicit VR (PS3.5 section 6.2.2)."""
        return IMPLICIT_LITTLE if vr == "UN" else self


EXPLICIT_LITTLE = Encoding(explicit=True, little=True)
IMPLICIT_LITTLE = Encoding(explicit=False, little=True)
EXPLICIT_BIG = Encoding(explicit=True, little=False)


class Element(msgspec.Struct, frozen=True, gc=False):
    """Where one element lies: `buffer[start:value]` is its header, `buffer[value:end]` its value.

    A sequence has `items`; its value then holds every item and delimiter. `undefined` tells that its length
    is undefined.
    """

    tag: int
    vr: str
    start: int
    value: int
    end: int
    items: "tuple[Item, ...] | None" = None
    undefined: bool = False


class Item(msgspec.Struct, frozen=True, gc=False):
    """One item of a sequence, from its item tag to its end."""

    start: int
    end: int
    elements: tuple[Element, ...]
    undefined: bool


class Limits(NamedTuple):
    """What a file may ask of us; `frame_bytes` is the decoded size of all frames."""

    file_bytes: int = 8 << 30
    header_bytes: int = 64 << 20
    sequence_depth: int = 32
    element_count: int = 500_000
    frame_bytes: int = 16 << 30


class Scanner:
    """Scans one buffer that starts at the byte `base` of the file, which only error messages tell."""

    def __init__(self, buffer: bytes, encoding: Encoding, limits: Limits, base: int = 0) -> None:
        self._buffer = buffer
        self._base = base
        self._encoding = encoding
        self._limits = limits
        self._size = len(buffer)
        self._deepest = min(limits.sequence_depth, _DEEPEST)
        self._elements_left = limits.element_count
        # Apart from the elements: an item may have none.
        self._items_left = limits.element_count
        self._explicit_header, self._item_struct, self._length = _STRUCTS[encoding.byte_order]

    def data_set(self, start: int, end: int) -> tuple[list[Element], int]:
        """Scan a top-level data set up to Pixel Data; return its elements and where the scan stopped.

        Raises:
            EndOfWindow: the buffer ends inside an element.
            Malformed: the bytes are no data set.
            LimitExceeded: there are more elements or levels than the limits allow.
        """
        elements: list[Element] = []
        position = start
        while position < end:
            element = self._element(position, end, 0, self._encoding)
            if element.tag in PIXEL_DATA_TAGS:
                return elements, position
            elements.append(element)
            position = element.end
        return elements, position

    def elements(self, longest_sequence: int) -> list[Element]:
        """Scan what is whole in the buffer, up to Pixel Data or a sequence with more bytes than that.

        Raises:
            Malformed: the bytes are no data set.
            LimitExceeded: there are more elements or levels than the limits allow.
        """
        elements: list[Element] = []
        position = 0
        with suppress(EndOfWindow):
            while position < self._size:
                element = self._element(position, self._size, 0, self._encoding)
                is_long = element.items is not None and element.end - position > longest_sequence
                if is_long or element.tag in PIXEL_DATA_TAGS:
                    break
                elements.append(element)
                position = element.end
        return elements

    def next_element(self, position: int) -> Element:
        """Scan the one element at `position`."""
        return self._element(position, self._size, 0, self._encoding)

    def item(self, position: int) -> Item:
        """Scan the one item at `position`."""
        tag, length = self.item_header(position, self._encoding)
        if tag != ITEM:
            raise self._malformed("something else than an item in a sequence", position)
        return self._item(position, length, self._size, 1, self._encoding)

    def element_header(self, position: int, encoding: Encoding) -> tuple[int, str, int, int]:
        """Read the tag, VR, length and value offset of the element at `position`; a delimiter has VR `""`."""
        if position + 8 > self._size:
            raise EndOfWindow
        if not encoding.explicit:
            group, number, length = _IMPLICIT_HEADER.unpack_from(self._buffer, position)
            tag = group << 16 | number
            return tag, vr_of(tag), length, position + 8
        group, number, raw_vr, length = self._explicit_header.unpack_from(self._buffer, position)
        tag = group << 16 | number
        if group == 0xFFFE:
            return tag, "", self._length.unpack_from(self._buffer, position + 4)[0], position + 8
        known = _VR_BY_BYTES.get(raw_vr)
        if known is None:
            raise self._malformed("unknown Value Representation", position)
        if not known[1]:
            return tag, known[0], length, position + 8
        if position + 12 > self._size:
            raise EndOfWindow
        return tag, known[0], self._length.unpack_from(self._buffer, position + 8)[0], position + 12

    def _element(self, position: int, end: int, depth: int, encoding: Encoding) -> Element:
        tag, vr, length, value = self.element_header(position, encoding)
        if depth == 0 and tag in PIXEL_DATA_TAGS:
            return Element(tag, vr, position, value, value)
        self._elements_left -= 1
        if self._elements_left < 0:
            raise LimitExceeded(limit="element_count", allowed=self._limits.element_count)
        if tag >> 16 in FOREIGN_GROUPS:
            raise self._malformed(FOREIGN_GROUPS[tag >> 16], position)
        if length == UNDEFINED_LENGTH:
            return self._undefined(Element(tag, vr, position, value, value), end, depth, encoding)
        if value + length > end:
            raise self._overrun(end, position)
        if vr != "SQ":
            return Element(tag, vr, position, value, value + length)
        items, _ = self._items(value, value + length, depth, encoding, delimited=False)
        return Element(tag, vr, position, value, value + length, items)

    def _undefined(self, element: Element, end: int, depth: int, encoding: Encoding) -> Element:
        if element.vr in {"OB", "OW"}:
            end_of_pixels = self._fragments(element.value, end)
            return msgspec.structs.replace(element, end=end_of_pixels, undefined=True)
        if element.vr not in {"SQ", "UN"}:
            raise self._malformed("undefined length outside a sequence", element.start)
        inside = encoding.inside(element.vr)
        items, stop = self._items(element.value, end, depth, inside, delimited=True)
        return msgspec.structs.replace(element, items=items, end=stop, undefined=True)

    def _fragments(self, position: int, end: int) -> int:
        """Pass over encapsulated pixels inside a sequence, such as an icon's; return where they end."""
        while True:
            tag, length = self.item_header(position, self._encoding)
            position += 8
            if tag == SEQUENCE_DELIMITATION:
                return position
            if tag != ITEM or length == UNDEFINED_LENGTH:
                raise self._malformed("fragment expected", position)
            position += length
            if position > end:
                raise self._overrun(end, position)

    def _items(
        self, position: int, end: int, depth: int, encoding: Encoding, *, delimited: bool
    ) -> tuple[tuple[Item, ...], int]:
        items: list[Item] = []
        while position < end:
            tag, length = self.item_header(position, encoding)
            if tag == SEQUENCE_DELIMITATION and delimited:
                return tuple(items), position + 8
            if tag != ITEM:
                raise self._malformed("something else than an item in a sequence", position)
            items.append(self._item(position, length, end, depth + 1, encoding))
            position = items[-1].end
        if delimited:
            raise self._overrun(end, position)
        return tuple(items), position

    def item_header(self, position: int, encoding: Encoding) -> tuple[int, int]:
        """Read the tag and length of the item or delimiter at `position`."""
        if position + 8 > self._size:
            raise EndOfWindow
        header = self._item_struct if encoding.explicit else _IMPLICIT_HEADER
        group, number, length = header.unpack_from(self._buffer, position)
        return group << 16 | number, length

    def _item(self, start: int, length: int, end: int, depth: int, encoding: Encoding) -> Item:
        self._items_left -= 1
        if self._items_left < 0:
            raise LimitExceeded(limit="element_count", allowed=self._limits.element_count)
        if depth > self._deepest:
            raise LimitExceeded(limit="sequence_depth", allowed=self._deepest)
        position = start + 8
        stop = end if length == UNDEFINED_LENGTH else position + length
        if stop > end:
            raise self._overrun(end, start)
        elements: list[Element] = []
        while position < stop:
            if length == UNDEFINED_LENGTH and self.item_header(position, encoding)[0] == ITEM_DELIMITATION:
                return Item(start, position + 8, tuple(elements), undefined=True)
            elements.append(self._element(position, stop, depth, encoding))
            position = elements[-1].end
        if length == UNDEFINED_LENGTH:
            raise self._overrun(end, start)
        return Item(start, position, tuple(elements), undefined=False)

    def _overrun(self, end: int, position: int) -> Exception:
        """Beyond the window's end more may follow; beyond any other end the parent is too short."""
        if end == self._size:
            return EndOfWindow()
        return self._malformed("longer than what holds it", position)

    def _malformed(self, reason: str, position: int) -> Malformed:
        return Malformed(reason=reason, offset=self._base + position)
