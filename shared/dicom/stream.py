"""Walk a data set of any size through a small window (PS3.5 section 7), one step an element or delimiter.

`shared.dicom.scan` finds the elements of bytes that are at hand; this module moves its window over a source
that is too large for that.
"""

from collections.abc import Iterator
from typing import NamedTuple

from shared.dicom.dictionary import PIXEL_DATA_TAGS
from shared.dicom.pixel_data import locate_pixel_data, walk_fragments
from shared.dicom.read import DataSetStart
from shared.dicom.scan import (
    FOREIGN_GROUPS,
    ITEM,
    ITEM_DELIMITATION,
    SEQUENCE_DELIMITATION,
    UNDEFINED_LENGTH,
    Encoding,
    EndOfWindow,
    Limits,
    Scanner,
)
from shared.dicom.source import ByteSource
from shared.errors import LimitExceeded, Malformed, Truncated

_WINDOW_BYTES = 256 << 10
_LARGEST_VALUE = 16 << 20


class Value(NamedTuple):
    """An element with its value's bytes; `encoding` is that of the data set which it stands in."""

    tag: int
    vr: str
    raw: bytes
    encoding: Encoding


class Bulk(NamedTuple):
    """An element that is too large to be held, or encapsulated: the source's bytes `start` to `end`."""

    tag: int
    vr: str
    start: int
    end: int


class SequenceBegins(NamedTuple):
    """A sequence; `encoding` is that of the data set which it stands in, its items follow."""

    tag: int
    vr: str
    encoding: Encoding


class ItemBegins(NamedTuple):
    """An item; `encoding` is that of its elements."""

    encoding: Encoding


class ItemEnds(NamedTuple):
    """The end of the innermost item."""

    encoding: Encoding


class SequenceEnds(NamedTuple):
    """The end of the innermost sequence; `encoding` is that of its items."""

    encoding: Encoding


Step = Value | Bulk | SequenceBegins | ItemBegins | ItemEnds | SequenceEnds


class _Level(NamedTuple):
    """What the walk stands in: a data set or the items of a sequence; delimited where `end` is None."""

    end: int | None
    bound: int
    encoding: Encoding
    holds_items: bool


class _Window:
    """The part of a source that is in memory, as a scanner of it."""

    def __init__(self, source: ByteSource, encoding: Encoding, limits: Limits) -> None:
        self._source = source
        self._encoding = encoding
        self._limits = limits
        self._move(0)

    def _move(self, start: int, length: int = _WINDOW_BYTES) -> None:
        self._start = start
        self._buffer = self._source.read(start, length)
        self._scanner = Scanner(self._buffer, self._encoding, self._limits, base=start)

    def element_header(self, position: int, encoding: Encoding) -> tuple[int, str, int, int]:
        """Tag, VR, length and value offset of the element at `position`."""
        for _ in range(2):
            try:
                tag, vr, length, value = self._scanner.element_header(position - self._start, encoding)
            except EndOfWindow:
                self._move(position)
            else:
                return tag, vr, length, value + self._start
        raise Truncated(part="data set")

    def item_header(self, position: int, encoding: Encoding) -> tuple[int, int]:
        """Tag and length of the item or delimiter at `position`."""
        for _ in range(2):
            try:
                return self._scanner.item_header(position - self._start, encoding)
            except EndOfWindow:
                self._move(position)
        raise Truncated(part="data set")

    def value(self, position: int, length: int) -> bytes:
        """The bytes of a value."""
        offset = position - self._start
        if offset < 0 or offset + length > len(self._buffer):
            self._move(position, max(length, _WINDOW_BYTES))
            offset = 0
        return self._buffer[offset : offset + length]


class Walk:
    """Walks a data set from its start to the end of its source; iterate once.

    Raises:
        Malformed: the bytes are no data set.
        Truncated: they end inside an element.
        LimitExceeded: there are more elements with their items, or levels, than the limits allow.
    """

    def __init__(self, start: DataSetStart, limits: Limits) -> None:
        """Take what `find_data_set` found."""
        self._source = source = start.source
        self._position = start.position
        self._limits = limits
        self._elements_left = limits.element_count
        self._window = _Window(source, start.encoding, limits)
        self._levels = [_Level(source.size, source.size, start.encoding, holds_items=False)]

    def __iter__(self) -> Iterator[Step]:
        while len(self._levels) > 1 or self._position < self._source.size:
            level = self._levels[-1]
            if self._position == level.end:
                yield self._leave()
            elif level.holds_items:
                yield self._next_item(level)
            else:
                yield self._next_element(level)

    def _leave(self) -> ItemEnds | SequenceEnds:
        left = self._levels.pop()
        return SequenceEnds(left.encoding) if left.holds_items else ItemEnds(left.encoding)

    def _enter(self, end: int | None, encoding: Encoding, *, holds_items: bool) -> None:
        parent = self._levels[-1]
        bound = parent.bound if end is None else end
        if bound > parent.bound:
            raise self._overrun(parent)
        # Each item and each sequence is a level here.
        if len(self._levels) > 2 * self._limits.sequence_depth:
            raise LimitExceeded(limit="sequence_depth", allowed=self._limits.sequence_depth)
        self._levels.append(_Level(end, bound, encoding, holds_items))

    def _next_item(self, level: _Level) -> Step:
        tag, length = self._window.item_header(self._position, level.encoding)
        start = self._position
        self._position += 8
        if tag == SEQUENCE_DELIMITATION and level.end is None:
            return self._leave()
        if tag != ITEM:
            raise Malformed(reason="something else than an item in a sequence", offset=start)
        self._count()
        end = None if length == UNDEFINED_LENGTH else self._position + length
        self._enter(end, level.encoding, holds_items=False)
        return ItemBegins(level.encoding)

    def _next_element(self, level: _Level) -> Step:
        if self._position >= level.bound:
            raise self._overrun(level)
        tag, vr, length, value = self._window.element_header(self._position, level.encoding)
        if tag == ITEM_DELIMITATION and level.end is None:
            self._position = value
            return self._leave()
        if tag >> 16 in FOREIGN_GROUPS:
            raise Malformed(reason=FOREIGN_GROUPS[tag >> 16], offset=self._position)
        self._count()
        if tag in PIXEL_DATA_TAGS and len(self._levels) == 1:
            return self._pixel_data(level)
        if length == UNDEFINED_LENGTH:
            return self._undefined(tag, vr, value, level)
        if value + length > level.bound:
            raise self._overrun(level)
        if vr == "SQ":
            return self._sequence(tag, vr, value, value + length, level)
        start, self._position = self._position, value + length
        if length > _LARGEST_VALUE:
            return Bulk(tag, vr, start, self._position)
        return Value(tag, vr, self._window.value(value, length), level.encoding)

    def _count(self) -> None:
        self._elements_left -= 1
        if self._elements_left < 0:
            raise LimitExceeded(limit="element_count", allowed=self._limits.element_count)

    def _sequence(self, tag: int, vr: str, value: int, end: int | None, level: _Level) -> SequenceBegins:
        """Inside an element of VR UN the items are implicit VR little endian (PS3.5 section 6.2.2)."""
        self._position = value
        self._enter(end, level.encoding.inside(vr), holds_items=True)
        return SequenceBegins(tag, vr, level.encoding)

    def _undefined(self, tag: int, vr: str, value: int, level: _Level) -> Step:
        if vr in {"SQ", "UN"}:
            return self._sequence(tag, vr, value, None, level)
        if vr not in {"OB", "OW"}:
            raise Malformed(reason="undefined length outside a sequence", offset=self._position)
        position = value
        for offset, length in walk_fragments(self._source, value, self._limits):
            position = offset + length
        start, self._position = self._position, position + 8
        if self._position > level.bound:
            raise self._overrun(level)
        return Bulk(tag, vr, start, self._position)

    def _pixel_data(self, level: _Level) -> Bulk:
        pixel_data = locate_pixel_data(self._source, self._position, level.encoding, self._limits)
        self._position = pixel_data.end
        return Bulk(pixel_data.tag, pixel_data.vr, pixel_data.start, pixel_data.end)

    def _overrun(self, level: _Level) -> Malformed | Truncated:
        if level.bound == self._source.size:
            return Truncated(part="data set")
        return Malformed(reason="longer than what holds it", offset=self._position)
