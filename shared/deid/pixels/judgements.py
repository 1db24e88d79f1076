"""What was decided about images, by the few attributes that were asked for.

Instances of a series are judged alike, whatever their layouts.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from shared.deid.header.layout import Layout, Slices, slices
from shared.deid.header.sections import Block
from shared.deid.pixels.decision import Decision
from shared.deid.pixels.facts import ImageFacts, layout_of
from shared.deid.pixels.windows import windows
from shared.dicom.dataset import DataSet
from shared.dicom.pixel_data import PixelData
from shared.dicom.source import ByteSource
from shared.errors import PixelsUncleanable

_MOST_LAYOUTS = 64
_MOST_JUDGEMENTS = 8
_NOWHERE = (0, 0)
#: how much behind the pixels is searched at a time, and how much of it twice, for a name may lie across
_WINDOW = 256 << 10


class Judgement(NamedTuple):
    """What was decided about an image.

    Attributes:
        decision: what the profile does with it.
        native_bytes: how long native Pixel Data is; None where the header does not say it.
    """

    decision: Decision
    native_bytes: int | None

    def behind(self, source: ByteSource, pixel_data: PixelData) -> Iterator[bytes]:
        """Yield what native Pixel Data has behind the image that its header describes."""
        return behind_image(source, pixel_data, self.native_bytes)


def behind_image(source: ByteSource, pixel_data: PixelData, native_bytes: int | None) -> Iterator[bytes]:
    """Yield what native Pixel Data has behind an image of so many bytes; nothing if nobody knows how many."""
    if native_bytes is not None and pixel_data.fragments is None:
        yield from windows(source, pixel_data.value + native_bytes, pixel_data.end, _WINDOW)


def native_bytes_of(facts: ImageFacts) -> int | None:
    """How long native Pixel Data is; None where the header does not say it."""
    try:
        return layout_of(facts).native_bytes
    except PixelsUncleanable:
        return None


class _Known(NamedTuple):
    """A judgement, and all that it was made by: the attributes that were asked for, and what they told."""

    asked: Sequence[int]
    told: tuple[object, ...]
    judgement: Judgement


class _InLayout(NamedTuple):
    """The same where these attributes lie in the same places."""

    slices: Slices
    told: tuple[bytes, ...]
    judgement: Judgement


class Judgements:
    """Judges images, each like one before in which the attributes that were asked for have the same bytes."""

    def __init__(self, judge: Callable[[ImageFacts], Decision]) -> None:
        """Take what decides about an image that is new."""
        self._judge = judge
        self._recent: list[_Known] = []
        self._by_layout: dict[int, tuple[Layout, list[_InLayout]]] = {}

    def of(self, blocks: Sequence[Block]) -> Judgement:
        """Judge an image by the blocks of its top level."""
        if len(blocks) != 1:
            return self._judged(facts_of(blocks))
        layout, content = blocks[0]
        in_layout = self._in_layout(layout)
        for known in in_layout:
            if known.slices(content) == known.told:
                return known.judgement
        asked, _, judgement = self._known(layout.data_set.with_buffer(content))
        spans = slices([_span(layout.data_set, tag) for tag in asked])
        del in_layout[_MOST_JUDGEMENTS - 1 :]
        in_layout.insert(0, _InLayout(spans, spans(content), judgement))
        return judgement

    def _in_layout(self, layout: Layout) -> list[_InLayout]:
        known = self._by_layout.get(id(layout))
        if known is None or known[0] is not layout:
            if len(self._by_layout) >= _MOST_LAYOUTS:
                self._by_layout.clear()
            known = self._by_layout[id(layout)] = layout, []
        return known[1]

    def _known(self, data_set: DataSet) -> _Known:
        for known in self._recent:
            if _told(data_set, known.asked) == known.told:
                return known
        noted = _Noted(data_set)
        judgement = self._judged(noted)
        asked = tuple(noted.asked)
        known = _Known(asked, _told(data_set, asked), judgement)
        self._recent = [known, *self._recent[: _MOST_JUDGEMENTS - 1]]
        return known

    def _judged(self, facts: ImageFacts) -> Judgement:
        return Judgement(self._judge(facts), native_bytes_of(facts))


def _told(data_set: DataSet, tags: Iterable[int]) -> tuple[object, ...]:
    """All that can make a difference to what the attributes say."""
    elements = map(data_set.element, tags)
    values = (each and (each.vr, data_set.buffer[each.value : each.end]) for each in elements)
    return (data_set.encoding, data_set.character_sets, *values)


def _span(data_set: DataSet, tag: int) -> tuple[int, int]:
    element = data_set.element(tag)
    return _NOWHERE if element is None else (element.value, element.end)


def facts_of(blocks: Sequence[Block]) -> ImageFacts:
    """The attributes of an image."""
    data_sets = [block.layout.data_set.with_buffer(block.content) for block in blocks]
    return data_sets[0] if len(data_sets) == 1 else _Joined(data_sets)


class _Noted:
    """Facts that note which attributes were asked for."""

    def __init__(self, facts: DataSet) -> None:
        self._facts = facts
        self.asked: dict[int, None] = {}

    def __contains__(self, tag: int) -> bool:
        return tag in self._asking(tag)

    def text(self, tag: int) -> str:
        return self._asking(tag).text(tag)

    def number(self, tag: int) -> int | None:
        return self._asking(tag).number(tag)

    def items(self, tag: int) -> Iterable[ImageFacts]:
        return self._asking(tag).items(tag)

    def _asking(self, tag: int) -> DataSet:
        self.asked[tag] = None
        return self._facts


class _Joined:
    """The facts of a top level that came in several blocks; each attribute stands in one of them."""

    def __init__(self, parts: Sequence[DataSet]) -> None:
        self._parts = parts

    def __contains__(self, tag: int) -> bool:
        return any(tag in part for part in self._parts)

    def text(self, tag: int) -> str:
        return self._holding(tag).text(tag)

    def number(self, tag: int) -> int | None:
        return self._holding(tag).number(tag)

    def items(self, tag: int) -> Iterable[ImageFacts]:
        return self._holding(tag).items(tag)

    def _holding(self, tag: int) -> DataSet:
        return next((part for part in self._parts if tag in part), self._parts[0])
