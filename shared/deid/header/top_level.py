"""Read the header of an instance section by section: blocks in memory, and long sequences item by item.

A block is proved to have a known layout, or scanned and compiled. A sequence of the top level with more than
`LONG_BYTES` passes through a small window, so that a header of any size takes little memory.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, cast

from shared.deid.header.layout import Layout, Layouts
from shared.deid.header.sections import LONG_BYTES, Block, Compiles, Context, LongSequence
from shared.deid.header.window import Window
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import PIXEL_DATA_TAGS
from shared.dicom.read import DataSetStart
from shared.dicom.scan import UNDEFINED_LENGTH, Element, EndOfWindow, Limits
from shared.errors import LimitExceeded, Malformed, Truncated

_BYTE_ORDERS: dict[bool, Literal["little", "big"]] = {True: "little", False: "big"}
# as they stand in little and in big endian
_PIXEL_DATA_TAGS = {
    little: frozenset(
        (tag >> 16).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order) for tag in PIXEL_DATA_TAGS
    )
    for little, order in _BYTE_ORDERS.items()
}


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
            Malformed: the bytes are no data set, or stand in wrong order around a long sequence.
            LimitExceeded: the header asks for more than the limits allow.
        """
        long_: LongSequence | None = None
        while not self._is_at_end():
            block, long_ = self._known() or self._new()
            block = block or self._added(long_)
            if block is not None:
                yield block
            if long_ is not None:
                yield long_
                self._go_on(long_.end or 0, long_.tag, long_.tag)
        if long_ is not None and (block := self._added(None)):
            yield block

    def _is_at_end(self) -> bool:
        """Whether Pixel Data begins here, or the source ends; in most instances nothing more is read."""
        if self.position >= self._source.size:
            return True
        offset = self._window.at(self.position, 4)
        return self._window.buffer[offset : offset + 4] in self._pixel_data_tags

    def _known(self) -> tuple[Block, LongSequence | None] | None:
        """A block of a known layout, and the long sequence behind it; None if it is new, or goes on."""
        offset = self._window.at(self.position, LONG_BYTES)
        layout = self._layouts.find(self.context, self._window.buffer, offset, self._fits)
        if layout is None:
            return None
        offset = self._window.at(self.position, layout.size)
        content = self._window.buffer[offset : offset + layout.size]
        long_ = self._next(layout.size) if layout.precedes_long else None
        return self._block(layout, content), long_ if isinstance(long_, LongSequence) else None

    def _fits(self, layout: Layout) -> bool:
        """Whether behind a known block stands what it was made for: a long sequence, or none."""
        if layout.precedes_long:
            return isinstance(self._next(layout.size), LongSequence)
        return bool(layout.follower) or self.position + layout.size >= self._source.size

    def _ends_at(self, offset: int) -> bool:
        """Whether Pixel Data begins so many bytes from here, or the source ends."""
        return self.position + offset >= self._source.size or self._header(offset)[0] in PIXEL_DATA_TAGS

    def _header(self, offset: int) -> tuple[int, str, int, int]:
        scanner = self._window.scanner(self.position, offset + LONG_BYTES, self._encoding)
        try:
            return scanner.element_header(offset, self._encoding)
        except EndOfWindow as error:
            raise Truncated(part="data set") from error

    def _go_on(self, position: int, first_tag: int, last_tag: int) -> None:
        # What passed item by item is out already, and nothing can be put before it.
        if first_tag <= self.context.after:
            raise Malformed(reason="wrong order around a long sequence", offset=self.position)
        self.position = position
        self.context = self.context._replace(after=last_tag)

    def _block(self, layout: Layout, content: bytes) -> Block:
        if layout.next_context is None:
            self._go_on(self.position, layout.first_tag, layout.last_tag)
            told = self.context._replace(character_sets=layout.character_sets, scope=layout.scope)
            layout.next_context = told
        self.context = cast("Context", layout.next_context)
        self.position += layout.size
        return Block(layout, content)

    def _new(self) -> tuple[Block | None, LongSequence | None]:
        elements, long_ = self._scan()
        if not elements:
            return None, long_
        size = elements[-1].end
        offset = self._window.at(self.position, size + 4)
        content = self._window.buffer[offset : offset + size]
        layout = self._compiled(content, elements, long_)
        layout.follower = self._window.buffer[offset + size : offset + size + 4]
        self._layouts.add(self.context, layout)
        return self._block(layout, content), long_

    def _compiled(self, content: bytes, elements: Sequence[Element], long_: LongSequence | None) -> Layout:
        data_set = DataSet(content, elements, self._encoding, self.context.character_sets)
        layout = self._compile(data_set, self.context, None if long_ is None else long_.tag)
        layout.precedes_long = long_ is not None
        layout.lowest_tag = self.context.after + 1
        return layout

    def _added(self, long_: LongSequence | None) -> Block | None:
        """What is put in behind a long sequence where no element is; None if that is nothing."""
        key = self.context, long_ and long_.tag
        layout = self._layouts.find(key, b"", 0)
        if layout is None:
            layout = self._compiled(b"", (), long_)
            self._layouts.add(key, layout)
        return Block(layout, b"") if layout.makers else None

    def _scan(self) -> tuple[list[Element], LongSequence | None]:
        """Scan up to Pixel Data, a long sequence or the end; offsets count from the first element."""
        elements = self._window.scanner(self.position, LONG_BYTES, self._encoding).elements(LONG_BYTES)
        end = elements[-1].end if elements else 0
        while not self._ends_at(end):
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
                is_long = element.undefined and element.end - start > LONG_BYTES
                return self._long(tag, vr, value, None) if is_long and element.items is not None else element

    def _long(self, tag: int, vr: str, value: int, end: int | None) -> LongSequence:
        return LongSequence(
            self._source,
            self._limits,
            Element(tag, vr, self.position, self.position + value, self.position + value),
            None if end is None else self.position + end,
            self._encoding,
        )
