"""What is known to identify the patient, and where it stands in a text in any case or spelling."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from itertools import accumulate

import msgspec

from shared.deid.text.name_words import WEAK
from shared.deid.text.spelling import Reading, fold, is_spaceless, read
from shared.deid.text.suffixes import Suffixes

_PARTS = re.compile("a+|0+|z+")
_ASCII_PARTS = re.compile("[a-z]+|[0-9]+")
# An id such as PAT00123, which may also be written PAT123 or 123.
_PREFIXED = re.compile("(?P<prefix>[a-z]+)0*(?P<number>[1-9][0-9]*)")
_DIGRAPHS = re.compile("([aou])e|a(?=a)")
_SHORTEST_NAME = 2
_SHORTEST_LOGIN = 5
_SHORTEST_PLURAL = 5
#: in names: two, and where umlauts are spelled with two letters half as much again
_LONGEST_LOGIN = 3
_SHORTEST_PHRASE = 4
#: as many characters must a word or an id have to be found across more than one separator
_SHORTEST_SPREAD = 5
# To sort a text takes as long as so many searches.
_MOST_SEARCHES = 1000


class KnownIdentifiers(msgspec.Struct, frozen=True):
    """What identifies the patient and the people around them; `of` takes it in any spelling.

    Attributes:
        words: all parts of the names of patient, relatives, physicians and operators, in any script.
        phrases: ids, accession and telephone numbers, names of institutions, addresses: whole values.
        dates: the date of birth and the dates of this study.
    """

    words: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()
    dates: frozenset[date] = frozenset()

    @classmethod
    def of(
        cls, words: Iterable[str] = (), phrases: Iterable[str] = (), dates: Iterable[date] = ()
    ) -> "KnownIdentifiers":
        """Take identifiers as they stand in a data set: `words` may be whole names."""
        return cls(frozenset(map(fold, words)), frozenset(map(fold, phrases)), frozenset(dates))


class Sought:
    """Known identifiers, made ready to be found."""

    def __init__(self, known: KnownIdentifiers) -> None:
        parts = {part for word in known.words for part in _letters_and_digits(word)}
        spelled = {part for part in parts if len(part) >= _SHORTEST_NAME and not part.isdigit()} - WEAK
        self.names = spelled | {_without_digraphs(name) for name in spelled}
        self._longest = max(map(len, self.names), default=0)
        self.initials = frozenset(part[0] for part in parts if not part.isdigit())
        self.single = "".join(sorted(part for part in parts if len(part) == 1 and is_spaceless(part)))
        self.dates = known.dates
        self._whole = frozenset(_whole_forms(known))
        self._memo: dict[str, bool] = {}

    def is_name(self, word: str) -> bool:
        """Tell whether a word (letters only) is a name: also its genitive, or a login made of two."""
        if len(word) > _LONGEST_LOGIN * self._longest:
            return False
        known = self._memo.get(word)
        if known is None:
            if len(self._memo) > 1 << 12:
                self._memo.clear()
            known = self._memo[word] = self._is_name(word) or self._is_name(_without_digraphs(word))
        return known

    def _is_name(self, word: str) -> bool:
        names = self.names
        if word in names or (len(word) >= _SHORTEST_PLURAL and word[-1] == "s" and word[:-1] in names):
            return True
        return len(word) >= _SHORTEST_LOGIN and (
            (word[1:] in names and word[0] in self.initials)
            or (word[:-1] in names and word[-1] in self.initials)
            or any(word[:cut] in names and word[cut:] in names for cut in range(2, len(word) - 1))
        )

    def spans(self, reading: Reading) -> Iterator[tuple[int, int]]:
        """Yield where whole values stand in the folded text, whatever stands between their parts."""
        squeezed = Squeezed(reading)
        for form in squeezed.among(self._whole):
            yield from squeezed.spans(form)


class Squeezed:
    """A text without anything between its letters and digits."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._parts = [match.span() for match in _PARTS.finditer(reading.classes)]
        self.text = "".join([reading.folded[start:end] for start, end in self._parts])

    @cached_property
    def _starts(self) -> list[int]:
        """Where each part begins in the squeezed text, and where the last one ends."""
        return [0, *accumulate(end - start for start, end in self._parts)]

    def among(self, forms: Collection[str]) -> Iterator[str]:
        """Yield those of `forms` that stand in the squeezed text, which is not read for each of very many."""
        if len(forms) <= _MOST_SEARCHES:
            yield from (form for form in forms if form in self.text)
            return
        suffixes = Suffixes(self.text, range(len(self.text)))
        yield from (form for form in forms if any(True for _ in suffixes.of(form)))

    def spans(self, form: str) -> Iterator[tuple[int, int]]:
        """Yield the places of `form` that begin and end with a word or number, leading zeros left aside."""
        position = self.text.find(form)
        while position >= 0:
            end = position + len(form)
            first, last = self._part_at(position), self._part_at(end - 1)
            if self._is_whole(form, position, end, first, last):
                yield self._place(position, first), self._place(end - 1, last) + 1
            position = self.text.find(form, position + 1)

    def _is_whole(self, form: str, position: int, end: int, first: int, last: int) -> bool:
        if is_spaceless(form):
            return True
        before = self.text[self._starts[first] : position]
        is_at_edges = not before.strip("0") and end == self._starts[last + 1]
        return is_at_edges and (len(form) >= _SHORTEST_SPREAD or self._is_one(len(form), first, last))

    def _is_one(self, length: int, first: int, last: int) -> bool:
        """Tell whether short parts belong together: at most one separator, or l-e-t-t-e-r-s."""
        if last - first == 1:
            return self._parts[last][0] - self._parts[first][1] <= 1
        return first == last or (last - first + 1 == length and self.text[self._starts[first]].isalpha())

    def _part_at(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1

    def _place(self, position: int, part: int) -> int:
        return self._parts[part][0] + position - self._starts[part]


@lru_cache(maxsize=64)
def sought(known: KnownIdentifiers) -> Sought:
    """Make known identifiers ready, once for the texts of an instance."""
    return Sought(known)


def _letters_and_digits(text: str) -> list[str]:
    """The words and numbers of a text, as they are compared."""
    reading = read(text)
    if reading.folded.isascii():
        return _ASCII_PARTS.findall(reading.folded)
    return [reading.folded[slice(*match.span())] for match in _PARTS.finditer(reading.classes)]


def _whole_forms(known: KnownIdentifiers) -> Iterator[str]:
    """What is sought across separators: words and values without theirs and without leading zeros."""
    for word in known.words:
        parts = _letters_and_digits(word)
        yield from (form for form in {*parts, "".join(parts)} if _is_sought(form, _SHORTEST_PHRASE))
    for phrase in known.phrases:
        squeezed = "".join(_letters_and_digits(phrase)).lstrip("0")
        forms = [squeezed]
        if match := _PREFIXED.fullmatch(squeezed):
            forms += [match["prefix"] + match["number"], match["number"]]
        yield from (form for form in forms if _is_sought(form, _SHORTEST_PHRASE))


def _is_sought(form: str, at_least: int) -> bool:
    """Tell whether a form is long enough; in scripts without spaces two characters are."""
    return form not in WEAK and len(form) >= (2 if is_spaceless(form) else at_least)


def _without_digraphs(word: str) -> str:
    """Write ae, oe, ue and aa as the accented letters are compared: a, o, u and a."""
    return _DIGRAPHS.sub(r"\1", word) if len(word) > _SHORTEST_NAME else word
