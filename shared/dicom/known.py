"""Headers of a series differ in values, hardly ever in where their elements lie: one scan does for all.

What was found in one block holds for every other whose tags, Value Representations and lengths are the same
bytes, which one comparison proves.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from shared.dicom.pattern import Pattern, Span
from shared.dicom.scan import Element

_TEMPORAL_VRS = frozenset({"DA", "DT", "TM"})
_MOST_BLOCKS = 16
_LARGEST_BLOCK = 64 << 10
_MOST_VALUES = 4096


class Level(tuple[Element, ...]):  # noqa: SLOT001 - what is worked out once is kept in its __dict__
    """The elements of a data set in their order, with what follows from where they lie."""

    @cached_property
    def by_tag(self) -> dict[int, Element]:
        """Each by its tag; of several with one tag the last."""
        return {element.tag: element for element in self}

    @cached_property
    def leaves(self) -> tuple[Element, ...]:
        """The elements at every depth that have a value of their own, by rising offset."""
        return tuple(_leaves(self))

    @cached_property
    def temporal(self) -> tuple[Element, ...]:
        """The dates and times at every depth."""
        return tuple(each for each in self.leaves if each.vr in _TEMPORAL_VRS)

    @cached_property
    def lowest_tag(self) -> int:
        """The lowest tag at any depth; that of an empty level is above all."""
        return min((each.tag for level in _levels(self) for each in level), default=0xFFFFFFFF)

    @cached_property
    def repeats(self) -> bool:
        """Whether a tag comes twice in one level, at any depth."""
        return any(len({each.tag for each in level}) != len(level) for level in _levels(self))


def _levels(elements: Sequence[Element]) -> Iterator[Sequence[Element]]:
    yield elements
    for element in elements:
        for item in element.items or ():
            yield from _levels(item.elements)


def _leaves(elements: Sequence[Element]) -> Iterator[Element]:
    for element in elements:
        if element.items is None:
            yield element
        for item in element.items or ():
            yield from _leaves(item.elements)


class KnownLevels:
    """The levels that were seen last, by what decides about them besides their bytes; for any thread."""

    def __init__(self) -> None:
        """Know none."""
        self._known: tuple[tuple[object, Pattern, Level], ...] = ()

    def find(self, buffer: bytes, start: int, key: object) -> Level | None:
        """The elements of the block at `start`, if they lie as in a known one."""
        known = self._known
        for number, (its_key, pattern, level) in enumerate(known):
            if its_key == key and pattern.is_at(buffer, start):
                if number:
                    self._known = (known[number], *known[:number], *known[number + 1 :])
                return level
        return None

    def add(self, buffer: bytes, start: int, end: int, key: object, level: Level) -> None:
        """Remember the elements of a block, unless it is large, and forget the one not seen for longest."""
        if end - start > _LARGEST_BLOCK or len(level.leaves) > _MOST_VALUES:
            return
        # Items of encapsulated pixels in a sequence are no value: their lengths have to be the same.
        values: list[Span] = [
            (each.value - start, each.end - start)
            for each in level.leaves
            if each.end > each.value and not each.undefined
        ]
        known = (key, Pattern(buffer[start:end], values), level)
        self._known = (known, *self._known[: _MOST_BLOCKS - 1])
