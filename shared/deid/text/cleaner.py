"""The cleaner of free text: what carries no identity stays, word by word (PS3.15 section E.3.5).

What is known of the patient goes in any spelling, what looks like a date, a number of somebody, an address or
a name goes, and every word that the vocabulary does not have. This is repeated until nothing changes, so that
a clean text stays as it is. What cannot be read goes.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from shared.deid.text import dates, numbers, people, places
from shared.deid.text.known import KnownIdentifiers, Sought, sought
from shared.deid.text.settings import PatternClass, TextSettings
from shared.deid.text.tidy import without
from shared.deid.text.view import Chunk, Span, View
from shared.deid.text.vocabulary import Vocabulary

#: longer texts go whole
LONGEST_TEXT = 1 << 16
#: as often is a text read; one that still changes goes whole
MOST_ROUNDS = 8

_SEEKERS: dict[PatternClass, Callable[[View], Iterable[Span]]] = {
    "address": places.addresses,
    "age": numbers.ages,
    "date": dates.dates,
    "device": numbers.devices,
    "email": places.emails,
    "id": numbers.ids,
    "name": people.names,
    "network": places.networks,
    "number": numbers.numbers,
    "phone": numbers.phones,
    "time": dates.times,
    "uid": numbers.uids,
    "url": places.urls,
}
_CUT = b"\1"
_COVERED = re.compile(b"\1+")
_UNCUT = re.compile(b"\0+")
# PS3.5 section 6.1.2.5.1: the code table of what stands behind it is unknown
_ESCAPE = "\x1b"


class TextCleaner:
    """Cleans texts by a vocabulary and settings; equal texts and identifiers give equal results anywhere."""

    def __init__(self, vocabulary: Vocabulary, settings: TextSettings) -> None:
        self._vocabulary = vocabulary.extended(settings.vocabulary)
        self._seekers = [_SEEKERS[name] for name in settings.classes]
        self._knows_dates = "date" in settings.classes
        self._patterns = [re.compile(pattern) for pattern in settings.patterns]

    def clean(self, text: str, known: KnownIdentifiers) -> str:
        """The text without what identifies, empty if nothing is left; never fails."""
        if len(text) > LONGEST_TEXT or _ESCAPE in text:
            return ""
        wanted = sought(known)
        for _ in range(MOST_ROUNDS):
            cleaned = self._cleaned(text, wanted)
            if cleaned == text:
                return text
            text = cleaned
        return ""

    def holds_known(self, text: str, known: KnownIdentifiers) -> bool:
        """Tell whether a known identifier stands in the text, in any spelling."""
        view, wanted = View(text, self._vocabulary), sought(known)
        return any(True for _ in self._known(view, wanted)) or any(map(wanted.is_name, view.words))

    def _known(self, view: View, wanted: Sought) -> Iterator[Span]:
        yield from wanted.spans(view.reading)
        yield from dates.known_dates(view, wanted.dates, only_parts=self._knows_dates)

    def _cleaned(self, text: str, wanted: Sought) -> str:
        """The text after one reading."""
        view = View(text, self._vocabulary)
        mask = self._mask(view, wanted)
        is_cut = [self._is_cut(chunk, mask, wanted) for chunk in view.chunks]
        if not any(is_cut) and _CUT not in mask:
            return text
        for place in [*people.beside(view, is_cut, wanted)]:
            is_cut[place] = True
        for chunk, cut in zip(view.chunks, is_cut, strict=True):
            if cut and not chunk.is_run:
                # the stop behind an initial is a part of it
                is_initial = len(chunk.folded) == 1 and view.folded.startswith(".", chunk.end)
                _cover(mask, chunk.start, chunk.end + is_initial)
        if not any(mask.find(0, chunk.start, chunk.end) >= 0 for chunk in view.chunks):
            return ""
        return without(text, _places(view, mask))

    def _mask(self, view: View, wanted: Sought) -> bytearray:
        """What goes by its shape or because it is known: a one for each character of the folded text."""
        mask = bytearray(len(view.folded))
        for start, end in self._known(view, wanted):
            _cover(mask, start, end)
        for seek in self._seekers:
            for start, end in seek(view):
                _cover(mask, start, end)
        for pattern in self._patterns:
            for match in pattern.finditer(view.folded):
                _cover(mask, *match.span())
        return mask

    def _is_cut(self, chunk: Chunk, mask: bytearray, wanted: Sought) -> bool:
        if chunk.is_run:
            return self._cut_run(chunk, mask, wanted)
        if not chunk.word.is_kept or mask.find(1, chunk.start, chunk.end) >= 0:
            return True
        return any(map(wanted.is_name, chunk.word.parts))

    def _cut_run(self, chunk: Chunk, mask: bytearray, wanted: Sought) -> bool:
        """Cut what of a run without spaces is no vocabulary, and one-character names that lead to a cut."""
        for match in _UNCUT.finditer(mask, chunk.start, chunk.end):
            piece = chunk.folded[match.start() - chunk.start : match.end() - chunk.start]
            kept = piece.rstrip(wanted.single) if match.end() < chunk.end and wanted.single else piece
            is_kept = self._vocabulary.is_run(kept)
            _cover(mask, match.start() + (len(kept) if is_kept else 0), match.end())
        return mask.find(1, chunk.start, chunk.end) >= 0


def _cover(mask: bytearray, start: int, end: int) -> None:
    mask[start:end] = _CUT * (end - start)


def _places(view: View, mask: bytearray) -> Iterator[Span]:
    """Yield where the text as it stands is cut, in order and apart."""
    beyond = 0
    for match in _COVERED.finditer(mask):
        start, end = view.reading.place(*match.span())
        if end > beyond:
            yield max(start, beyond), end
            beyond = end
