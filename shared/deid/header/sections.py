"""Read the header of an instance section by section: blocks in memory, and long sequences item by item.

A block is proved to have a known layout, or scanned and compiled. A sequence of the top level with more than
`LONG_BYTES` passes through a small window, so that a header of any size takes little memory.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple, Protocol, cast

from shared.deid.header.layout import Layout, Layouts
from shared.deid.header.window import Window
from shared.deid.rules.scope import Scope
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import PIXEL_DATA_TAGS
from shared.dicom.read import DataSetStart
from shared.dicom.scan import (
    SEQUENCE_DELIMITATION,
    UNDEFINED_LENGTH,
    Element,
    Encoding,
    EndOfWindow,
    Limits,
)
from shared.dicom.source import ByteSource
from shared.errors import LimitExceeded, Malformed, Truncated

#: a sequence of the top level that is longer passes item by item
LONG_BYTES = 32 << 10
_BYTE_ORDERS: dict[bool, Literal["little", "big"]] = {True: "little", False: "big"}
# as they stand in little and in big endian
_PIXEL_DATA_TAGS = {
    little: frozenset(
        (tag >> 16).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order) for tag in PIXEL_DATA_TAGS
    )
    for little, order in _BYTE_ORDERS.items()
}


class Block(NamedTuple):
    """Consecutive elements of the top level, or one item, in memory."""

    layout: Layout
    content: bytes


class Context(NamedTuple):
    """What decides about a block besides its bytes.

    Attributes:
        encoding: its encoding.
        character_sets: those of the enclosing data set.
        scope: its rules; None before the SOP Class is known.
        after: at the top level the last tag before it.
    """

    encoding: Encoding
    character_sets: tuple[str, ...] = ()
    scope: Scope | None = None
    after: int = 0


class Compiles(Protocol):
    """Makes the layout of a block that is new."""

    def __call__(self, data_set: DataSet, context: Context, follower: int | None, /) -> Layout:
        """Compile a block; `follower` is the tag behind it at the top level, None where that ends."""
        ...


class LongSequence:
    """A long sequence: its items pass through a window of its own; iterate as often as needed.

    Attributes:
        encoding: that of its items.
        end: where it ends in the source; known once its items have passed.
    """

    def __init__(
        self, source: ByteSource, limits: Limits, element: Element, end: int | None, encoding: Encoding
    ) -> None:
        """Take the element, whose offsets are the source's; `end` is None if it is delimited."""
        self._source = source
        self._limits = limits
        self._start = element.value
        self.encoding = encoding.inside(element.vr)
        self._is_delimited = end is None
        self.tag, self.vr = element.tag, element.vr
        self.end = end

    def items(self, layouts: Layouts, compile_: Compiles, context: Context) -> Iterator[Block]:
        """Yield the items; `context` is that of the sequence's inside, but for the encoding.

        Raises:
            Truncated: the source ends inside an item.
            Malformed: something else than an item stands there.
            LimitExceeded: it has more items, or elements in them, than the limits allow.
        """
        left = self._limits.element_count
        context = context._replace(encoding=self.encoding)
        window, position = Window(self._source, self._limits), self._start
        while position != self.end or self._is_delimited:
            offset = window.at(position, LONG_BYTES)
            layout = layouts.find(context, window.buffer, offset)
            if layout is None:
                content, elements, delimits = self._scan(window, position)
                if delimits:
                    self.end = position + 8
                    return
                data_set = DataSet(content, elements, self.encoding, context.character_sets)
                layout = compile_(data_set, context, None)
                layouts.add(context, layout)
                yield Block(layout, content)
            else:
                yield Block(layout, window.buffer[offset : offset + layout.size])
            position += layout.size
            self._require_inside(position)
            left -= max(len(layout.data_set.elements), 1)
            if left < 0:
                raise LimitExceeded(limit="element_count", allowed=self._limits.element_count)

    def _require_inside(self, position: int) -> None:
        if not self._is_delimited and self.end is not None and position > self.end:
            raise Malformed(reason="longer than what holds it", offset=self.end)

    def _scan(self, window: Window, position: int) -> tuple[bytes, tuple[Element, ...], bool]:
        """Scan one item; offsets count from its tag. True tells that the delimiter stands there instead."""
        length = LONG_BYTES
        while True:
            scanner = window.scanner(position, length, self.encoding)
            try:
                tag, _ = scanner.item_header(0, self.encoding)
                if tag == SEQUENCE_DELIMITATION and self._is_delimited:
                    return b"", (), True
                item = scanner.item(0)
            except EndOfWindow as error:
                if window.is_last:
                    raise Truncated(part="data set") from error
                length *= 8
            else:
                offset = window.at(position, item.end)
                return window.buffer[offset : offset + item.end], item.elements, False


class TopLevel:
    """Reads the elements of the top level up to Pixel Data.

    Attributes:
        position: where it has come to.
        context: what decides about the next block.
    """

    def __init__(self, start: DataSetStart, limits: Limits, layouts: Layouts, compile_: Compiles) -> None:
        """Take where the data set starts; `compile_` makes the layout of a block that is new."""
        self._source = start.source
        self._limits = limits
        self._layouts = layouts
        self._compile = compile_
        self._window = Window(start.source, limits, start.window)
        self._encoding = start.encoding
        self._pixel_data_tags = _PIXEL_DATA_TAGS[start.encoding.little]
        self.position = start.position
        self.context = Context(start.encoding)

    def sections(self) -> Iterator[Block | LongSequence]:
        """Yield the sections; the items of a long sequence must have passed before the next one is asked for.

        Raises:
            Truncated: the source ends inside an element.
            Malformed: the bytes are no data set, or a long sequence stands in wrong order.
            LimitExceeded: the header asks for more than the limits allow.
        """
        while self.position < self._source.size:
            # Before Pixel Data, which is all that stands here in most instances, nothing more is read.
            offset = self._window.at(self.position, 4)
            if self._window.buffer[offset : offset + 4] in self._pixel_data_tags:
                return
            offset = self._window.at(self.position, LONG_BYTES)
            layout = self._layouts.find(self.context, self._window.buffer, offset)
            if layout is not None:
                yield self._block(layout, self._window.buffer[offset : offset + layout.size])
                continue
            elements, long_ = self._scan()
            if elements:
                yield self._new(elements)
            if long_ is not None:
                yield long_
                self._go_on(long_.end or 0, long_.tag)

    def _tag_at(self, offset: int) -> int | None:
        """The tag so many bytes from here; None where Pixel Data begins or the source ends."""
        if self.position + offset >= self._source.size:
            return None
        tag = self._header(offset)[0]
        return None if tag in PIXEL_DATA_TAGS else tag

    def _header(self, offset: int) -> tuple[int, str, int, int]:
        scanner = self._window.scanner(self.position, offset + LONG_BYTES, self._encoding)
        try:
            return scanner.element_header(offset, self._encoding)
        except EndOfWindow as error:
            raise Truncated(part="data set") from error

    def _go_on(self, position: int, tag: int) -> None:
        if tag <= self.context.after:
            raise Malformed(reason="a long sequence in wrong order", offset=self.position)
        self.position = position
        self.context = self.context._replace(after=tag)

    def _block(self, layout: Layout, content: bytes) -> Block:
        if layout.next_context is None:
            self._go_on(self.position, layout.last_tag)
            told = self.context._replace(character_sets=layout.character_sets, scope=layout.scope)
            layout.next_context = told
        self.context = cast("Context", layout.next_context)
        self.position += layout.size
        return Block(layout, content)

    def _new(self, elements: list[Element]) -> Block:
        size = elements[-1].end
        follower = self._tag_at(size)
        offset = self._window.at(self.position, size + 4)
        content = self._window.buffer[offset : offset + size]
        data_set = DataSet(content, elements, self._encoding, self.context.character_sets)
        layout = self._compile(data_set, self.context, follower)
        layout.follower = self._window.buffer[offset + size : offset + size + 4]
        # What is added goes up to the follower, which may be a block of its own the next time.
        layout.last_tag = max(layout.last_tag, (follower or 0) - 1)
        self._layouts.add(self.context, layout)
        return self._block(layout, content)

    def _scan(self) -> tuple[list[Element], LongSequence | None]:
        """Scan up to Pixel Data, a long sequence or the end; offsets count from the first element."""
        elements = self._window.scanner(self.position, LONG_BYTES, self._encoding).elements(LONG_BYTES)
        end = elements[-1].end if elements else 0
        while self._tag_at(end) is not None:
            found = self._next(end)
            if isinstance(found, LongSequence):
                return elements, found
            elements.append(found)
            if len(elements) > self._limits.element_count:
                raise LimitExceeded(limit="element_count", allowed=self._limits.element_count)
            end = found.end
        return elements, None

    def _next(self, start: int) -> Element | LongSequence:
        tag, vr, value_length, value = self._header(start)
        if vr == "SQ" and LONG_BYTES < value_length < UNDEFINED_LENGTH:
            return self._long(tag, vr, value, value + value_length)
        length = start + LONG_BYTES
        while True:
            scanner = self._window.scanner(self.position, length, self._encoding)
            try:
                element = scanner.next_element(start)
            except EndOfWindow as error:
                if self._window.is_last:
                    raise Truncated(part="data set") from error
                if value_length == UNDEFINED_LENGTH and vr in {"SQ", "UN"}:
                    return self._long(tag, vr, value, None)
                length = max(8 * length, value + value_length)
            else:
                is_long = element.items is not None and element.end - start > LONG_BYTES
                return self._long(tag, vr, value, None) if is_long else element

    def _long(self, tag: int, vr: str, value: int, end: int | None) -> LongSequence:
        return LongSequence(
            self._source,
            self._limits,
            Element(tag, vr, self.position, self.position + value, self.position + value),
            None if end is None else self.position + end,
            self._encoding,
        )
