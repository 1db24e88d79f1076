"""A text as the seekers of patterns see it: its words, and what kind of pattern it could hold at all."""

import re
from functools import cached_property
from typing import NamedTuple

from shared.deid.text.spelling import Reading, read
from shared.deid.text.vocabulary import Vocabulary, Word

Span = tuple[int, int]

_CHUNKS = re.compile("[a0]+|z+")
_RUN = Word(is_kept=True, parts=())


class Chunk(NamedTuple):
    """Letters and digits with nothing between them; `start` and `end` count in the folded text.

    Attributes:
        spelling: as it stands in the text.
        folded: as it is compared.
        is_run: it is of a script without spaces.
        word: what the vocabulary says, of a run nothing.
    """

    start: int
    end: int
    spelling: str
    folded: str
    is_run: bool
    word: Word

    @property
    def is_number(self) -> bool:
        """Tell whether it has digits only."""
        return self.folded.isdigit()

    @property
    def is_capitalised(self) -> bool:
        """Tell whether it begins with a capital letter."""
        return self.spelling[:1].isupper()

    @property
    def is_title_case(self) -> bool:
        """Tell whether only its first letter is a capital."""
        return self.spelling[:1].isupper() and self.spelling[1:].islower()


class Lazy:
    """A regular expression that is compiled when it is needed: most texts need few of them.

    Attributes:
        pattern: its text, with white space that does not count.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The expression."""
        return re.compile(self.pattern, re.VERBOSE)

    def spans(self, text: str) -> list[Span]:
        """Where it stands; of a pattern with a group `cut`, where that stands."""
        group = "cut" if "cut" in self.regex.groupindex else 0
        return [match.span(group) for match in self.regex.finditer(text)]


class View:
    """A text, read and taken apart."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.reading: Reading = read(text)
        self.folded = self.reading.folded
        self.digits = self.reading.classes.count("0")
        spans = [match.span() for match in _CHUNKS.finditer(self.reading.classes)]
        self.chunks = [self._chunk(start, end) for start, end in spans]
        self.words = frozenset([part for chunk in self.chunks for part in chunk.word.parts])

    def _chunk(self, start: int, end: int) -> Chunk:
        reading, folded = self.reading, self.folded[start:end]
        spelling = reading.text[start:end] if reading.origins is None else reading.original(start, end)
        is_run = reading.classes[start] == "z"
        return Chunk(
            start,
            end,
            spelling,
            folded,
            is_run,
            _RUN if is_run else self.vocabulary.look_up(spelling, folded),
        )

    def between(self, first: int, second: int) -> str:
        """What stands between two chunks."""
        return self.folded[self.chunks[first].end : self.chunks[second].start]
