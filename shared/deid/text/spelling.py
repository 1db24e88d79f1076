"""One spelling for all: text as it is compared, and the way back to the text as it stands.

Compared text is in lower case, without accents and invisible characters, with ASCII digits and one kana. What
cannot be told (control characters, pictures, private and unassigned code points) becomes a letter of no
alphabet, so that the word around it is in no vocabulary and goes.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from shared.deid.text.letters import PLAIN

#: stands for what cannot be told
UNREADABLE = "\ufffd"

# Apostrophes, strokes and dashes; hiragana is like katakana.
_MARKS = {
    "'": "\u2018\u2019\u201b\u02bc\u02b9`\xb4",
    "/": "\u2044",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
}
_KANA = {chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)}
_PLAIN_CHARACTERS = str.maketrans(
    PLAIN | _KANA | {written: mark for mark, forms in _MARKS.items() for written in forms}
)
_SYMBOLS = frozenset("°©®\0\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
# A character, or the two or three conjoining letters of one Korean syllable.
_CLUSTER = re.compile("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|.", re.DOTALL)
_ASCII_CLASSES = str.maketrans(
    {chr(code): "0" if chr(code).isdigit() else "a" if chr(code).isalpha() else " " for code in range(128)}
)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1b\x7f]")
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff"  # Thai, Lao, Burmese, jamo, Khmer
    "\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"  # Han, kana, Yi, Hangul
)
# Soft hyphens, joiners and marks of direction; of other format characters one could make letters.
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


class Reading(NamedTuple):
    """A text and how it is compared.

    Attributes:
        text: as it stands.
        folded: as it is compared.
        classes: for each character of `folded` an `a` (letter), `z` (letter of a script without spaces), `0`
            (digit) or a space (anything else).
        origins: for each character of `folded` the place in `text` that it comes from; none if equal.
    """

    text: str
    folded: str
    classes: str
    origins: tuple[int, ...] | None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of `folded` stands in `text`, with the accents behind it."""
        if self.origins is None:
            return start, end
        first, last = self.origins[start], self.origins[end - 1]
        beyond = self.origins[end] if end < len(self.origins) else len(self.text)
        return first, max(beyond, last + 1)

    def original(self, start: int, end: int) -> str:
        """How a part of `folded` is spelled in `text`."""
        first, beyond = self.place(start, end)
        return self.text[first:beyond]


def read(text: str) -> Reading:
    """Make a text comparable."""
    if text.isascii() and _CONTROL.search(text) is None:
        return Reading(text, text.lower(), text.translate(_ASCII_CLASSES), None)
    folded, classes, origins = [], [], list[int]()
    for match in _CLUSTER.finditer(text):
        characters, kinds = _cluster(match[0])
        folded.append(characters)
        classes.append(kinds)
        origins.extend([match.start()] * len(characters))
    return Reading(text, "".join(folded), "".join(classes), tuple(origins))


def fold(text: str) -> str:
    """The text as it is compared."""
    if text.isascii() and _CONTROL.search(text) is None:
        return text.lower()
    return "".join([_cluster(each)[0] for each in _CLUSTER.findall(text)])


def words_in(text: str) -> frozenset[str]:
    """The words of a text with spaces between them, as they are compared."""
    return frozenset(fold(text).split())


def is_spaceless(text: str) -> bool:
    """Tell whether a part of a folded text is of a script without spaces: Thai, Han, kana or Hangul."""
    return not text.isascii() and _SPACELESS.search(text) is not None


@lru_cache(maxsize=1 << 14)
def _cluster(cluster: str) -> tuple[str, str]:
    """What a character is compared as, and the class of each character of that."""
    decomposed = unicodedata.normalize("NFKD", cluster)
    bare = "".join(each for each in decomposed if not _is_invisible(each))
    lower = unicodedata.normalize("NFC", bare).casefold().translate(_PLAIN_CHARACTERS)
    characters = "".join(_digit_or_self(each) for each in lower)
    return characters, "".join(_class(each) for each in characters)


def _is_invisible(character: str) -> bool:
    return unicodedata.combining(character) != 0 or character in _INVISIBLE


def _digit_or_self(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    is_symbol = category[0] in "LPZ" or category in {"Sm", "Sc", "Sk", "Mn", "Mc"} or character in _SYMBOLS
    return character if is_symbol else UNREADABLE


def _class(character: str) -> str:
    if character == UNREADABLE:
        return "a"
    if character.isdigit():
        return "0"
    if character.isalpha() or unicodedata.category(character)[0] == "M":
        return "z" if _SPACELESS.search(character) else "a"
    return " "
