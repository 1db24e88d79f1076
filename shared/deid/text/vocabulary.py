"""The words that carry no identity: what is not among them goes (PS3.15 section E.3.5, Clean Descriptors).

`words/generated.txt` has the words of the Standard's own concepts, attributes and UIDs; the other files are
kept by hand. They load in a few milliseconds, when the first text is cleaned.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from shared.deid.text.name_words import PARTICLES
from shared.deid.text.spelling import UNREADABLE, fold

#: the files of words; `roi_names` are those of AAPM TG-263, `radiology` the language of machines
GENERATED = "generated"
LANGUAGES = ("de", "el", "en", "es", "fr", "it", "ja", "ko", "nl", "nordic", "pl", "pt", "ru", "zh")
SUBJECTS = ("eponyms", "radiology", "roi_names")
#: words that are names of people as well, which counts where they stand beside what was cut
SURNAMES = "surnames"
# What has a plural with an `s`; in other languages names end so: Torres, Campos.
_INFLECTED = ("en", "radiology", "roi_names", GENERATED)
# Languages that write compounds in one word.
_COMPOUNDING = ("de", "nl", "nordic")

_WORDS = re.compile(r"[^\W_]+")
_PIECES = re.compile("[0-9]+|[^0-9]+")
_CAMEL = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_DIMENSIONS = re.compile("[0-9]{1,4}(?:x[0-9]{1,4}){1,3}(?:mm|cm)?")
# Kernels, vertebrae, weightings: B31f, T12, 3D, b1000.
_LETTER_AND_NUMBER = re.compile("[^0-9]?[0-9]{1,3}(?:[^0-9][0-9]?)?|b[0-9]{4}")
# Two vertebrae, T11T12, and the width and level of a window, W350L40.
_PAIR = re.compile(
    "(?:(?:[cdlst]|th)(?:1[0-2]|[1-9])){2}|w[0-9]{1,4}[cl][0-9]{1,3}|[cl][0-9]{1,3}w[0-9]{1,4}"
)
# What has a number of any size beside it: settings, units, and targets with their dose.
_MEASURED = frozenset(
    {"b", "cm", "ctv", "fa", "fov", "gtv", "hu", "itv", "kev", "kv", "kvp", "ma", "mas", "mm", "ms", "ptv"}
    | {"te", "ti", "tr"}
)
# A name's particle is no word of a compound, as in VanLong; but AVNode is a node, and GatedBin a bin.
_WORDS_ALL_THE_SAME = {"al", "av", "bin", "den", "dos", "el", "ten", "ter", "the", "zu", "zum"}
_NO_PARTS = PARTICLES - _WORDS_ALL_THE_SAME
_LONGEST_WORD = 48
_LONGEST_NUMBER = 4
_MOST_NUMBERS = 2
_SHORTEST_PLURAL = 5
_SHORTEST_PART = 4
_SHORTEST_LONGER = 2
# Begins a word of a list that stands only beside longer ones.
_BOUND = "-"
_SHORTEST_COMPOUND = 9
# What links the parts of a compound: Lunge-n-embolie, Becken-über-sicht needs none.
_LINKS = ("", "s", "n", "en", "e", "er")


class Word(NamedTuple):
    """What the vocabulary says of a word.

    Attributes:
        is_kept: it is in the vocabulary.
        parts: its parts of letters, folded, each of which may be a name: `SpinalCord2` has three.
    """

    is_kept: bool
    parts: tuple[str, ...]


class Vocabulary:
    """The words that stay, in their folded spelling.

    Attributes:
        surnames: those of them that are also names of people.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        bound: Iterable[str] = (),
        inflected: Iterable[str] = (),
        compounding: Iterable[str] = (),
        surnames: Iterable[str] = (),
    ) -> None:
        """Take folded words.

        Args:
            words: all of them.
            bound: characters that stand only beside longer words of a script without spaces.
            inflected: those that have a plural with an `s`.
            compounding: those that are written together with others.
            surnames: those that are names as well.
        """
        self._words = frozenset(words)
        self.surnames = frozenset(surnames)
        self._characters = self._words.union(bound)
        self._inflected = frozenset(inflected) - self.surnames
        self._compounding = frozenset(compounding)
        self._longest_run = max((len(word) for word in self._words if not word.isascii()), default=0)
        self.look_up = lru_cache(maxsize=1 << 14)(self._look_up)

    def __contains__(self, word: str) -> bool:
        """Tell whether a folded word is one of the listed."""
        return word in self._words

    def extended(self, words: Iterable[str]) -> "Vocabulary":
        """This vocabulary with a hospital's own words, which are then no surnames."""
        own = {part for word in words for part in _WORDS.findall(fold(word))}
        if not own:
            return self
        return Vocabulary(
            self._words | own,
            bound=self._characters - self._words,
            inflected=self._inflected,
            compounding=self._compounding,
            surnames=self.surnames - own,
        )

    def is_run(self, run: str) -> bool:
        """Tell whether a run of a script without spaces is wholly made of words of the vocabulary.

        Names are made of single characters: these stand only alone or beside longer words, and in kana and
        Hangul only behind them.
        """
        if len(run) < _SHORTEST_LONGER:
            return not run or run in self._words
        behind_longer, behind_single = {0} if _is_han(run[0]) else set[int](), set[int]()
        starts = {0}
        for start in range(len(run)):
            if start in behind_longer and run[start] in self._characters:
                behind_single.add(start + 1)
            if start in starts or start in behind_longer or start in behind_single:
                ends = range(start + _SHORTEST_LONGER, min(start + self._longest_run, len(run)) + 1)
                behind_longer.update(end for end in ends if run[start:end] in self._words)
        return len(run) in behind_longer or len(run) in behind_single

    def _look_up(self, spelling: str, folded: str) -> Word:
        """Judge letters and digits that have nothing between them, as spelled and as compared."""
        if folded.isdigit():
            return Word(is_kept=True, parts=())
        if len(folded) > _LONGEST_WORD or UNREADABLE in folded:
            return Word(is_kept=False, parts=())
        pieces = _PIECES.findall(folded)
        letters = [piece for piece in pieces if not piece[0].isdigit()]
        camels = [piece.lower() for piece in _CAMEL.findall(spelling)] if spelling.isascii() else letters
        is_kept = folded in self._words or self._is_made_of_words(pieces, letters, camels)
        return Word(is_kept, tuple({*letters, *camels}))

    def _is_made_of_words(self, pieces: list[str], letters: list[str], camels: list[str]) -> bool:
        numbers = [piece for piece in pieces if piece[0].isdigit()]
        folded = "".join(pieces)
        if any(each.fullmatch(folded) for each in (_DIMENSIONS, _LETTER_AND_NUMBER, _PAIR)):
            return True
        if not _MEASURED.issuperset(letters) and _is_like_an_id(numbers):
            return False
        if len(numbers) > _MOST_NUMBERS or any(len(number) > _LONGEST_NUMBER for number in numbers):
            return False
        if all(len(piece) == 1 for piece in letters):
            return not letters or not numbers
        return all(map(self._is_word, letters)) or self._is_camel_case(letters, camels)

    def _is_camel_case(self, letters: list[str], camels: list[str]) -> bool:
        """Words written together with capitals between them: SpinalCord, AxT2."""
        return (
            len(camels) > len(letters)
            and not _NO_PARTS.intersection(camels)
            and sum(len(piece) == 1 for piece in camels) <= 1
            and all(map(self._is_word, camels))
        )

    def _is_word(self, word: str) -> bool:
        return len(word) == 1 or word in self._words or self._is_plural(word) or self._is_compound(word)

    def _is_plural(self, word: str) -> bool:
        return len(word) >= _SHORTEST_PLURAL and word[-1] == "s" and word[:-1] in self._inflected

    def _is_compound(self, word: str) -> bool:
        """Two words of a language that writes compounds in one: Kniegelenk."""
        return len(word) >= _SHORTEST_COMPOUND and any(
            word[cut:] in self._compounding and self._is_first_part(word[:cut])
            for cut in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
        )

    def _is_first_part(self, part: str) -> bool:
        return any(
            part.endswith(link) and part.removesuffix(link) in self._compounding
            for link in _LINKS
            if len(part) - len(link) >= _SHORTEST_PART
        )


def _is_like_an_id(numbers: list[str]) -> bool:
    """Tell numbers that hospitals give from those in names of devices and techniques: AB12CD34, PX4711."""
    is_long = any(len(number) == _LONGEST_NUMBER and not number.endswith("00") for number in numbers)
    return is_long or sum(len(number) > 1 for number in numbers) > 1


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"


@cache
def shipped_vocabulary() -> Vocabulary:
    """The vocabulary that comes with Airlock."""
    words = {each: frozenset(words_of(each)) for each in (GENERATED, *LANGUAGES, *SUBJECTS)}
    listed = frozenset().union(*words.values())
    bound = frozenset(word for word in listed if word[0] == _BOUND)
    return Vocabulary(
        listed - bound,
        bound=(word.removeprefix(_BOUND) for word in bound),
        inflected=frozenset().union(*(words[each] for each in _INFLECTED)),
        compounding=frozenset().union(*(words[each] for each in _COMPOUNDING)),
        surnames=(listed - bound).intersection(words_of(SURNAMES)) | words["eponyms"],
    )


def words_of(name: str) -> list[str]:
    """The words of one file, folded."""
    words = [word for line in lines_of(name) for word in line.lower().split()]
    return [word if word.isascii() else fold(word) for word in words]


def lines_of(name: str) -> list[str]:
    """The lines of one file of words; what begins with a number sign is a comment."""
    text = files("shared.deid.text").joinpath("words", f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
