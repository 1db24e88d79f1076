"""Where many strings stand in one text, without a search through all of it for each of them."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import AnyStr, Generic

# So much of what stands at a place is sorted: it takes memory for each place.
_SORTED = 48
# So many strings are sought one by one: to sort takes as long.
_FEWEST = 4
_MOST_READ = 1 << 22
_MOST_ALIKE = 1000


class Suffixes(Generic[AnyStr]):
    """The places of a text at which something may begin, in the order of what stands there."""

    def __init__(self, text: AnyStr, starts: Iterable[int]) -> None:
        """Sort the places."""
        self._text: AnyStr = text
        self._starts = sorted(starts, key=lambda start: text[start : start + _SORTED])

    def of(self, wanted: AnyStr) -> Iterator[int]:
        """Yield those of the places at which `wanted` begins; of others some at most, if it is long."""
        text, head = self._text, wanted[:_SORTED]
        length = len(head)
        first = bisect_left(self._starts, head, key=lambda start: text[start : start + length])
        if len(wanted) > _SORTED and self._goes_on(head, first):
            yield from occurrences(text, wanted)
            return
        for place in range(first, len(self._starts)):
            start = self._starts[place]
            if not text.startswith(head, start):
                return
            if length < _SORTED or text.startswith(wanted, start):
                yield start

    def _goes_on(self, head: AnyStr, first: int) -> bool:
        """Tell whether so much begins alike that one search through the text takes less time."""
        place = first + _MOST_ALIKE
        return place < len(self._starts) and self._text.startswith(head, self._starts[place])


def occurrences(text: AnyStr, wanted: AnyStr) -> Iterator[int]:
    """Yield every place at which `wanted` begins, in order."""
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def is_worth_sorting(length: int, searches: int) -> bool:
    """Tell whether so many strings are sought in a text of such a length that to sort it takes less time."""
    return searches > _FEWEST and length * searches > _MOST_READ
