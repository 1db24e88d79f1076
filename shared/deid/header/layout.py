"""A layout: where everything lies in a block of elements, proved for the next block by one comparison.

Instances of a series differ in values, hardly ever in tags, Value Representations and lengths. What was
worked out for one block holds for every other whose headers are the same bytes: one unpacking takes all
headers out of a block, one comparison tells whether it has this layout. Values that steer the rules, such as
private creators and character sets, are compared like headers.
"""

from collections.abc import Callable, Sequence
from itertools import starmap
from operator import itemgetter
from typing import NamedTuple

from shared.deid.header.memos import Group, Memo, TokenMemo
from shared.deid.header.writing import WriteKey
from shared.deid.rules.scope import Scope
from shared.dicom.dataset import DataSet
from shared.dicom.pattern import Pattern, Span

_MOST_LAYOUTS = 16
# The file says in part what decides about a block, such as character sets.
_MOST_KEYS = 256
_LARGEST_LAYOUT = 4096
_MOST_BYTES = 64 << 20

Slices = Callable[[bytes], tuple[bytes, ...]]


class Segment(NamedTuple):
    """A part of the output: made from the bytes of `span`, by a memo of its own or one of the subject's."""

    span: Span
    maker: Memo | WriteKey


class Harvest:
    """Where identifiers stand in a block, and what they are."""

    def __init__(self, places: Sequence[tuple[Span, TokenMemo]]) -> None:
        """Take the places and what harvests each of them."""
        self._memos = [memo for _, memo in places]
        self._sources = slices([span for span, _ in places])
        self._last: tuple[tuple[bytes, ...], Group] = (), ()

    def of(self, block: bytes) -> Group:
        """The identifiers in a block; the same object for a block that has the same as the last."""
        sources = self._sources(block)
        if sources != self._last[0]:
            found = tuple([memo[source] for memo, source in zip(self._memos, sources, strict=True)])
            self._last = sources, found
        return self._last[1]


class Layout:
    """What becomes of a block of elements; offsets count from its first byte.

    Attributes:
        size: the block's length in bytes.
        follower: the four bytes behind the block, fewer where the source ends; None if they do not matter.
        data_set: the block that it was made from.
        scope: the rules of its level.
        precedes_long: whether a long sequence stands behind it at the top level.
        first_tag, last_tag: the lowest and the highest tag in it.
        lowest_tag: the lowest that has its place in it at the top level.
        makers: what makes the output, segment by segment.
        people, uids: the identifiers in it; `kept` are those that stay on purpose.
        has_method_codes: whether the codes of the method of de-identification are put into it.
        next_context: what decides about what stands behind it, once that is known.
        sources, facts: take the bytes of the segments and facts out of a block.
    """

    def __init__(
        self,
        data_set: DataSet,
        scope: Scope,
        *,
        skipped: Sequence[Span],
        segments: Sequence[Segment],
        people: Sequence[tuple[Span, TokenMemo]],
        uids: Sequence[tuple[Span, TokenMemo]],
        kept: Sequence[tuple[Span, TokenMemo]],
        facts: Sequence[Span],
    ) -> None:
        """Take what was found in a block; `skipped` are the values that may differ, by rising offset."""
        block = data_set.buffer
        self._pattern = Pattern(block, skipped)
        self.size = len(block)
        self.follower: bytes | None = None
        self.precedes_long = False
        self.lowest_tag = 0
        self.data_set = data_set
        self.scope = scope
        self.character_sets = data_set.character_sets
        self.next_context: object = None
        self.has_method_codes = False
        self.first_tag = min(data_set.tags, default=0)
        self.last_tag = max(data_set.tags, default=0)
        self.makers = [segment.maker for segment in segments]
        self.people = Harvest(people)
        self.uids = Harvest(uids)
        self.kept = Harvest(kept)
        self.sources = slices([segment.span for segment in segments])
        self.facts = slices(facts)

    def is_at(self, buffer: bytes, start: int) -> bool:
        """Tell whether the block at `start` has this layout and the same follower."""
        end = start + self.size
        follows = self.follower is None or buffer[end : end + 4] == self.follower
        return follows and self._pattern.is_at(buffer, start)


def slices(spans: Sequence[Span]) -> Slices:
    """Take many slices at once; `itemgetter` of one or none gives no tuple."""
    if len(spans) < 2:
        return lambda block: tuple(block[start:end] for start, end in spans)
    return itemgetter(*starmap(slice, spans))


class Layouts:
    """The layouts that were seen last, by what decides about them besides their bytes."""

    def __init__(self) -> None:
        """Know none."""
        self._by_key: dict[object, list[Layout]] = {}
        self._bytes = 0

    def find(
        self, key: object, buffer: bytes, start: int, fits: Callable[[Layout], bool] | None = None
    ) -> Layout | None:
        """The layout of what lies at `start`, if it is a known one, and fits to what stands behind it."""
        known = self._by_key.get(key, ())
        for position, layout in enumerate(known):
            if layout.is_at(buffer, start) and (fits is None or fits(layout)):
                if position:
                    self._by_key[key] = [layout, *(each for each in known if each is not layout)]
                return layout
        return None

    def add(self, key: object, layout: Layout) -> None:
        """Remember a layout, and forget the one not seen for longest, or all where they are large or many."""
        if len(layout.makers) <= _LARGEST_LAYOUT:
            known = self._by_key.get(key, [])
            fallen = known[_MOST_LAYOUTS - 1 :]
            self._bytes += layout.size - sum(each.size for each in fallen)
            if self._bytes > _MOST_BYTES or (not known and len(self._by_key) >= _MOST_KEYS):
                self._by_key.clear()
                self._bytes, known = layout.size, []
            self._by_key[key] = [layout, *known[: _MOST_LAYOUTS - 1]]
