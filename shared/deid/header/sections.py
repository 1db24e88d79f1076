"""The sections of a header: blocks in memory, and long sequences that pass item by item."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from shared.deid.header.layout import Layout, Layouts
from shared.deid.header.window import Window
from shared.deid.rules.scope import Scope
from shared.dicom.dataset import DataSet
from shared.dicom.scan import (
    SEQUENCE_DELIMITATION,
    Element,
    Encoding,
    EndOfWindow,
    Limits,
)
from shared.dicom.source import ByteSource
from shared.errors import LimitExceeded, Malformed, Truncated

#: a sequence of the top level that is longer passes item by item
LONG_BYTES = 32 << 10


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
