"""Names that nobody told us: behind a title, and beside what was cut.

The vocabulary cuts names that are no words. What it leaves of them are initials, particles and names that are
words as well (`Dr Who`, `J. Long`); these go by the company they keep.
"""

from collections.abc import Iterator, Sequence

from shared.deid.text.known import Sought
from shared.deid.text.name_words import PARTICLES
from shared.deid.text.spelling import words_in
from shared.deid.text.view import Chunk, Span, View

#: titles in any case
_TITLES = words_in(
    "frau herr herrn fru herre mme mlle madame monsieur mademoiselle signora signor signore sigra señor"
    " señora sra dhr mevr mevrouw meneer pani dott dottor dottore dottssa docteur doktor docent prof"
    " professor professeur professore profesor dra κος κα господин госпожа доктор проф врач"
)
# Titles that are also words: MR, DR and MRS are images, MS is a disease, hr an hour and Sr an isotope. Behind
# the weak ones a word is a word, unless it is a name as well: `Mr Brain` is an image in small letters.
_TITLES_AS_SPELLED = frozenset(
    {"Dr", "dr", "Drs", "Mr", "Mrs", "Ms", "Miss", "Sig", "Sr", "Sir", "Doctor", "Lord", "Lady"}
)
_TITLE_WORDS = _TITLES | {title.lower() for title in _TITLES_AS_SPELLED} | {"hr"}
_WEAK_TITLES = frozenset({"hr", "mr", "ms", "sig", "sr"})
_TITLES_WITH_STOP = frozenset({"dr", "hr"})
_DEGREES = words_in("med dent rer nat phil hc h c habil vet sc jur dr prof drs mr mrs m ing dipl univ pd")
_CREDITS = words_in(
    "by physician physicians doctor attending referrer referring reader surgeon nurse tech technologist"
    " operator radiologist consultant arzt ärztin médecin médico medico lekarz"
)
_COLON = ":"
_SUFFIXES = frozenset({"jr", "sr", "md", "phd", "frcr", "mbbs"})
_SUFFIXES_OF_KNOWN = _SUFFIXES | {"ii", "iii", "iv"}
_CLOSE = frozenset(" .,-'_^")
_LONGEST_PREFIX = 3
_LENGTH_OF_POSTCODE = 4
_WIDEST_GAP = 3
_MOST_BESIDE = 4


def names(view: View) -> Iterator[Span]:
    """Yield names that a title or an initial tells."""
    if not view.words.isdisjoint(_TITLE_WORDS):
        yield from _titled(view)
    if not view.words.isdisjoint(view.vocabulary.surnames):
        yield from _initialed(view)
        yield from _credited(view)


def _titled(view: View) -> Iterator[Span]:
    """Yield titles with the name behind them."""
    chunks, place = view.chunks, 0
    while place < len(chunks):
        last = place
        if _is_title(view, place):
            last = _end_of_name(view, place)
            if last > place or chunks[place].folded in _TITLES:
                yield chunks[place].start, chunks[last].end
        place = last + 1


def _is_title(view: View, place: int) -> bool:
    chunk = view.chunks[place]
    if chunk.spelling in _TITLES_AS_SPELLED or chunk.folded in _TITLES:
        return True
    return chunk.folded in _TITLES_WITH_STOP and view.folded.startswith(".", chunk.end)


def _end_of_name(view: View, title: int) -> int:
    """The last chunk of a title and its name: degrees, initials and particles, a word and what goes on."""
    chunks, last = view.chunks, title
    while _is_close(view, last) and (chunks[last + 1].folded in _DEGREES or _is_title(view, last + 1)):
        last += 1
    lead = last
    while lead - last < _MOST_BESIDE and _is_close(view, lead) and _is_before_name(chunks[lead + 1]):
        lead += 1
    if not _is_close(view, lead) or not _is_name_behind(view, lead + 1, chunks[title]):
        return last
    last = lead + 1
    while _is_close(view, last) and _goes_on(view, last):
        last += 1
    return last


def _is_before_name(chunk: Chunk) -> bool:
    return chunk.folded in PARTICLES or (len(chunk.folded) == 1 and chunk.is_capitalised)


def _is_name_behind(view: View, place: int, title: Chunk) -> bool:
    """Tell whether a word behind a title is a name: it has a capital, and behind Mr it is no other word."""
    chunk = view.chunks[place]
    if title.folded in _WEAK_TITLES and chunk.folded in view.vocabulary:
        return _is_surname(view, place)
    return not chunk.is_number and (chunk.is_capitalised or chunk.is_run or title.folded == "dr")


def _goes_on(view: View, place: int) -> bool:
    """Tell whether the next word belongs to the name before it: by a hyphen, or as it is a name as well."""
    following = view.chunks[place + 1]
    is_name = following.is_title_case and following.folded in view.vocabulary.surnames
    return is_name or (view.between(place, place + 1) == "-" and following.is_capitalised)


def _is_close(view: View, place: int, also: str = "") -> bool:
    """Tell whether the next chunk stands close behind this one."""
    if place < 0 or place + 1 >= len(view.chunks):
        return False
    gap = view.between(place, place + 1)
    return 0 < len(gap) <= _WIDEST_GAP and _CLOSE.issuperset(gap.replace(also, "") if also else gap)


def _initialed(view: View) -> Iterator[Span]:
    """Yield words that are names as well, beside an initial: `J. Long`, `Long, J.`."""
    chunks = view.chunks
    for place, chunk in enumerate(chunks):
        if not (chunk.is_title_case and chunk.folded in view.vocabulary.surnames):
            continue
        if place and _is_initial(chunks[place - 1]) and view.between(place - 1, place) in {". ", "."}:
            yield chunks[place - 1].start, chunk.end
        if _is_close(view, place) and "," in view.between(place, place + 1) and _has_stop(view, place + 1):
            yield chunk.start, chunks[place + 1].end


def _credited(view: View) -> Iterator[Span]:
    """Yield words that are names as well, behind one that says who did something: `read by Long`."""
    for place, chunk in enumerate(view.chunks):
        if chunk.folded in _CREDITS and _is_close(view, place, _COLON) and _is_surname(view, place + 1):
            yield view.chunks[place + 1].start, view.chunks[place + 1].end


def _is_initial(chunk: Chunk) -> bool:
    return len(chunk.folded) == 1 and chunk.is_capitalised


def _has_stop(view: View, place: int) -> bool:
    """Tell whether a letter is abbreviated, as initials are."""
    chunk = view.chunks[place]
    is_letter = len(chunk.folded) == 1 and chunk.folded.isalpha()
    return is_letter and view.folded[chunk.end : chunk.end + 1] == "."


def beside(view: View, is_cut: Sequence[bool], sought: Sought) -> Iterator[int]:
    """Yield the places of what belongs to names that were cut: initials, particles, a part that is a word."""
    for place, chunk in enumerate(view.chunks):
        if is_cut[place] and chunk.folded.isalpha() and not chunk.is_run:
            is_known = sought.is_name(chunk.folded)
            initials = sought.initials if is_known else frozenset[str]()
            yield from _before(view, is_cut, place, initials)
            yield from _behind(view, is_cut, place, initials)


def _before(view: View, is_cut: Sequence[bool], name: int, initials: frozenset[str]) -> Iterator[int]:
    """Yield what leads to a name: initials, particles, another name, the postcode of a town."""
    is_name = view.chunks[name].is_capitalised or bool(initials)
    for place in range(name - 1, max(name - 1 - _MOST_BESIDE, -1), -1):
        if is_cut[place] or not _is_close(view, place):
            return
        chunk, gap = view.chunks[place], view.between(place, place + 1)
        is_postcode = chunk.is_number and len(chunk.folded) == _LENGTH_OF_POSTCODE and gap == " "
        is_leading = is_name and (chunk.folded in PARTICLES or is_postcode or _is_surname(view, place))
        if not (is_leading or _is_attached(chunk, gap) or _is_initial_of(view, place, initials)):
            return
        yield place


def _behind(view: View, is_cut: Sequence[bool], name: int, initials: frozenset[str]) -> Iterator[int]:
    """Yield what follows a name: its genitive, initials, suffixes, another name."""
    is_name = view.chunks[name].is_capitalised or bool(initials)
    suffixes = _SUFFIXES_OF_KNOWN if initials else _SUFFIXES
    for place in range(name + 1, min(name + 1 + _MOST_BESIDE, len(view.chunks))):
        if is_cut[place] or not _is_close(view, place - 1):
            return
        chunk, gap = view.chunks[place], view.between(place - 1, place)
        is_initial = len(chunk.folded) == 1 and chunk.folded.isalpha() and "," in gap
        is_following = is_name and (chunk.folded in suffixes or _is_surname(view, place))
        is_following = is_following or is_initial or _is_attached(chunk, gap)
        if not (is_following or _is_initial_of(view, place, initials)):
            return
        yield place


def _is_attached(chunk: Chunk, gap: str) -> bool:
    """Tell whether something short is tied to the name by an apostrophe: `O'Brien`, `Smith's`, `d'Arc`."""
    return gap == "'" and len(chunk.folded) <= _LONGEST_PREFIX


def _is_initial_of(view: View, place: int, initials: frozenset[str]) -> bool:
    return _has_stop(view, place) or view.chunks[place].folded in initials


def _is_surname(view: View, place: int) -> bool:
    chunk = view.chunks[place]
    return chunk.is_capitalised and chunk.folded in view.vocabulary.surnames
