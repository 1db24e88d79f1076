"""Take parts out of a text and mend what is left around each of them.

The rule: what stays keeps its spelling, its punctuation and its order. Where something went,

* brackets and quotes that are empty now go;
* of the separators on both sides one side stays: the first with punctuation, else the first with a line
  break, else the first; of those between two parts that went, brackets and line breaks count as well;
* none stays at the beginning and the end of the text and inside of a bracket.
"""

from collections.abc import Iterable

_WIDE = 0xFEE0


def _and_wide(characters: str) -> str:
    """Characters of ASCII, and as East Asian text writes them."""
    return characters + "".join(chr(ord(character) + _WIDE) for character in characters)


_OPENING = _and_wide("([{<") + "「『【〈《"
_CLOSING = _and_wide(")]}>") + "」』】〉》"
_PAIRS = frozenset(zip(_OPENING, _CLOSING, strict=True))
_QUOTES = "\"'`\xb4«»\u2039\u203a\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_PUNCTUATION = _and_wide("!#&*+,-./:;=?@\\^_|~") + "·•…、。・〜" + _DASHES
_SPACES = "\0" + "".join(filter(str.isspace, map(chr, range(0x3001))))
_BETWEEN = _PUNCTUATION + _QUOTES + _SPACES
_SEPARATORS = _BETWEEN + _OPENING + _CLOSING
_LASTING = _OPENING + _CLOSING + "\n\r"


def without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Take out `spans`, which are in order and apart; without any, the text is as it was."""
    pieces = _pieces(text, spans)
    kept: list[str] = []
    tail = ""
    for number, piece in enumerate(pieces):
        head, body, rest = _parted(piece)
        is_last = number == len(pieces) - 1
        if not (body or is_last) and number:
            head = "".join(each for each in head if each in _LASTING)
        gap = _mended(tail, head, is_start=not kept, is_end=is_last and not body) if number else head
        if body:
            kept += [gap, body]
        tail = rest if body else gap
    return "".join(kept) + tail


def _pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[str]:
    pieces, position = [], 0
    for start, end in spans:
        pieces.append(text[position:start])
        position = end
    return [*pieces, text[position:]]


def _parted(piece: str) -> tuple[str, str, str]:
    """Separators, what stays, separators. A plus that is written to a word is a part of it: `KM+`."""
    body = piece.lstrip(_SEPARATORS)
    head = piece[: len(piece) - len(body)]
    bare = body.rstrip(_SEPARATORS)
    rest = body[len(bare) :]
    plus = rest[: len(rest) - len(rest.lstrip("+"))] if bare else ""
    return head, bare + plus, rest[len(plus) :]


def _mended(left: str, right: str, *, is_start: bool, is_end: bool) -> str:
    """What stays of the separators on both sides of what went."""
    left, right = _without_empty_brackets(left, right)
    before, after = left.rstrip(_BETWEEN), right.lstrip(_BETWEEN)
    if is_start and not before:
        return right.lstrip(_BETWEEN + _CLOSING)
    if is_end and not after:
        return left.rstrip(_BETWEEN + _OPENING)
    if (before and before[-1] in _OPENING) or (after and after[0] in _CLOSING):
        return before + after
    return before + _stronger(left[len(before) :], right[: len(right) - len(after)]) + after


def _without_empty_brackets(left: str, right: str) -> tuple[str, str]:
    while left and right:
        if left[-1] in _QUOTES and right[0] in _QUOTES:
            left, right = left[:-1], right[1:]
            continue
        before, after = left.rstrip(_BETWEEN), right.lstrip(_BETWEEN)
        if (before[-1:], after[:1]) not in _PAIRS:
            break
        left, right = before[:-1], after[1:]
    return left, right


def _stronger(left: str, right: str) -> str:
    return left if _strength(left) >= _strength(right) else right


def _strength(separators: str) -> int:
    """Punctuation is stronger than a line break, that stronger than spaces, and these than nothing."""
    if separators.strip(_SPACES):
        return 3
    return 2 if "\n" in separators or "\r" in separators else bool(separators)
