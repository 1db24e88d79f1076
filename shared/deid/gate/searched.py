"""A text in which identifiers are sought: as whole words and numbers, and as no parts of others.

An instance may have thousands of identifiers and a megabyte of text. Where many are sought in one text, the
places where its words begin are sorted once.
"""

import re
from collections.abc import Iterator
from functools import cached_property

from shared.deid.gate.harvest import Token
from shared.deid.readings.said import Said
from shared.deid.readings.spelled_dates import SpelledDates
from shared.deid.readings.words import has_no_word_breaks
from shared.deid.text.suffixes import Suffixes, is_worth_sorting, occurrences

_FEWEST_DIGITS_IN_DISGUISE = 6
# What is larger is no text; its words may take many times its size.
_LARGEST_SORTED = 1 << 22
_WORD = re.compile(rb"[a-z\x80-\xff]++|[0-9]++")
# In UTF-8, where a character of a script without spaces begins, and others as well.
_CHARACTER = re.compile(rb"[\xe0-\xff]")
_RUNS = re.compile(rb"[a-z0-9\x80-\xff]+")


class Searched:
    """A text in lower case.

    Attributes:
        text: the text.
    """

    def __init__(self, text: bytes) -> None:
        """Take the text; nothing of it is sorted before it is worth it."""
        self.text = text
        self._searches = 0

    def has(self, token: Token) -> bool:
        """Tell whether the token is found as a whole word or number."""
        if token.kind == "spelled date":
            return self._dates.has(token.text)
        if _is_spaceless(token.text):
            return any(True for _ in self._places(token.text, _CHARACTER))
        # A UID may begin with letters, which belong to no word.
        pattern = _WORD if token.kind != "uid" or token.text[:1].isdigit() else None
        return any(self._stands_alone(token, place) for place in self._places(token.text, pattern))

    def _places(self, wanted: bytes, pattern: re.Pattern[bytes] | None) -> Iterator[int]:
        """Yield where it stands; at least there where something that `pattern` finds begins."""
        self._searches += 1
        first = pattern.search(wanted) if pattern else None
        is_large = len(self.text) > _LARGEST_SORTED
        if first is None or is_large or not is_worth_sorting(len(self.text), self._searches):
            yield from occurrences(self.text, wanted)
            return
        before, suffixes = first.start(), self._characters if pattern is _CHARACTER else self._words
        for place in suffixes.of(wanted[before:]):
            if place >= before and self.text.startswith(wanted, place - before):
                yield place - before

    @cached_property
    def _words(self) -> Suffixes[bytes]:
        return Suffixes(self.text, [match.start() for match in _WORD.finditer(self.text)])

    @cached_property
    def _characters(self) -> Suffixes[bytes]:
        return Suffixes(self.text, [match.start() for match in _CHARACTER.finditer(self.text)])

    @cached_property
    def _dates(self) -> SpelledDates:
        return SpelledDates(self.text)

    def _stands_alone(self, token: Token, place: int) -> bool:
        text, end = self.text, place + len(token.text)
        before, after = text[max(place - 2, 0) : place], text[end : end + 2]
        return not (_goes_on(token, token.text[:1], before[::-1]) or _goes_on(token, token.text[-1:], after))


class SearchedValue:
    """What a value says, in which identifiers are sought."""

    def __init__(self, said: Said) -> None:
        """Take what it says."""
        self._open = [Searched(part) for part in said[:2] if part]
        self._hidden = Searched(said.hidden)

    def has(self, token: Token) -> bool:
        """Tell whether a token stands there, and is strong enough where it is in disguise."""
        if any(part.has(token) for part in self._open) or (is_strong(token) and self._hidden.has(token)):
            return True
        # Of several words only the words count: St. Mary's (East) is St Mary's East.
        spaced = _spaced(token.text)
        is_phrase = token.kind in {"id", "institution"} and b" " in spaced
        return is_phrase and any(part.has(token._replace(text=spaced)) for part in self._spaced)

    @cached_property
    def _spaced(self) -> list[Searched]:
        return [Searched(_spaced(part.text)) for part in self._open]


def is_strong(token: Token) -> bool:
    """Tell whether a token is no short name and no small number, which stand in any noise."""
    if token.text.isdigit():
        return len(token.text) >= _FEWEST_DIGITS_IN_DISGUISE
    return token.kind != "short name"


def _is_spaceless(text: bytes) -> bool:
    return not text.isascii() and has_no_word_breaks(text.decode("utf-8", "ignore"))


def _spaced(lowered: bytes) -> bytes:
    """The words with one space between them."""
    return b" ".join(_RUNS.findall(lowered))


def _goes_on(token: Token, edge: bytes, neighbours: bytes) -> bool:
    """Tell whether a word or number goes on beyond its edge, where these two bytes stand next."""
    beside = neighbours[:1]
    if token.kind == "uid":
        return beside.isdigit() or (beside == b"." and neighbours[1:].isdigit())
    if token.kind == "short name":
        return _is_letter(beside) or beside.isdigit()
    return beside.isdigit() if edge.isdigit() else _is_letter(edge) and _is_letter(beside)


def _is_letter(byte: bytes) -> bool:
    return byte.isalpha() or byte > b"\x7f"
