"""What was made of a value is made once: dictionaries that fill themselves, and empty themselves when large.

The key is the value's bytes. Nothing here is state that a result depends on; emptying costs time alone.
"""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec

from shared.deid.gate.harvest import Source, Token, tokens_of
from shared.deid.gate.residue import LARGEST_LISTED, Outgoing
from shared.deid.readings.said import words_in

_MOST_ENTRIES = 4096
_MOST_BYTES = 4 << 20
_NO_WORDS: frozenset[bytes] = frozenset()

V = TypeVar("V")


class _Filling(dict[bytes, V]):
    """A dictionary that makes what it does not have."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = 0

    def __missing__(self, source: bytes) -> V:
        self._bytes += len(source)
        if len(self) >= _MOST_ENTRIES or self._bytes > _MOST_BYTES:
            self.clear()
            self._bytes = len(source)
        made = self[source] = self.make(source)
        return made

    @abstractmethod
    def make(self, source: bytes, /) -> V:
        """Make it."""


class Piece(msgspec.Struct, gc=False):
    """A part of the output and its words, by which the release gate sees at once what cannot be in it.

    Attributes:
        words: None where they are too many to be listed.
        cleared: the words that were last found to be none of its own.
    """

    content: bytes
    words: frozenset[bytes] | None
    cleared: frozenset[bytes] | None = None


class Memo(_Filling[Piece]):
    """Makes pieces of the output."""

    @abstractmethod
    def outgoing(self, content: bytes, /, *wanted: frozenset[bytes]) -> Iterator[Outgoing]:
        """Yield the values in a piece that this memo made, at least those that have a wanted word."""


class Literal(Memo):
    """Always the same bytes, which Airlock itself writes."""

    def __init__(self, content: bytes) -> None:
        """Take the bytes."""
        super().__init__()
        self._piece = Piece(content, _NO_WORDS)

    def make(self, _source: bytes) -> Piece:
        """The same for every source."""
        return self._piece

    def outgoing(self, _content: bytes, *_wanted: frozenset[bytes]) -> Iterator[Outgoing]:
        """What Airlock writes is no residue."""
        return iter(())


class WordMemo(_Filling[frozenset[bytes]]):
    """The words of values of one kind."""

    def __init__(self, vr: str, character_sets: tuple[str, ...]) -> None:
        super().__init__()
        self._vr = vr
        self._character_sets = character_sets

    def make(self, source: bytes) -> frozenset[bytes]:
        """The words of a value."""
        return words_in(self._vr, source, self._character_sets)


@lru_cache(maxsize=256)
def word_memo(vr: str, character_sets: tuple[str, ...]) -> WordMemo:
    """The one memo for all values of a VR and character set, whose words are the same in every layout."""
    return WordMemo(vr, character_sets)


class Copied(NamedTuple):
    """What is copied: the elements of one kind, and what lists their words."""

    tag: int
    vr: str
    character_sets: tuple[str, ...]
    in_standard_code: bool
    words: WordMemo


#: where a value stands in a run that is copied, from its first byte to behind its last one, and what it is
Place = tuple[int, int, Copied]


class Copy(Memo):
    """A run of elements that stay byte for byte."""

    def __init__(self, places: Sequence[Place]) -> None:
        """Take the places of the values in the run."""
        super().__init__()
        self._places = places

    def make(self, source: bytes) -> Piece:
        """The source itself, with the words of its values."""
        if len(source) > LARGEST_LISTED:
            return Piece(source, None)
        words: set[bytes] = set()
        for start, end, copied in self._places:
            words |= copied.words[source[start:end]]
        return Piece(source, frozenset(words))

    def outgoing(self, content: bytes, *wanted: frozenset[bytes]) -> Iterator[Outgoing]:
        """Yield the values of the run that have a wanted word, or are too large to tell."""
        for start, end, (tag, vr, character_sets, in_standard_code, memo) in self._places:
            raw = content[start:end]
            if len(raw) > LARGEST_LISTED or not all(words.isdisjoint(memo[raw]) for words in wanted):
                yield Outgoing(tag, vr, raw, character_sets, in_standard_code)


class Harvested(NamedTuple):
    """The identifiers in a value, and the words without which none of them stands anywhere."""

    tokens: frozenset[Token]
    keys: frozenset[bytes]


#: the identifiers of one block
Group = tuple[Harvested, ...]


class TokenMemo(_Filling[Harvested]):
    """Harvests values of one kind."""

    def __init__(self, kind: Source, character_sets: tuple[str, ...]) -> None:
        """Take what the values are."""
        super().__init__()
        self._kind = kind
        self._character_sets = character_sets

    def make(self, source: bytes) -> Harvested:
        """The tokens of a value."""
        tokens = tokens_of(self._kind, source, self._character_sets)
        return Harvested(tokens, frozenset(token.key for token in tokens))


@lru_cache(maxsize=256)
def token_memo(kind: Source, character_sets: tuple[str, ...]) -> TokenMemo:
    """The one memo for all values of a kind, whose tokens are the same in every layout."""
    return TokenMemo(kind, character_sets)
