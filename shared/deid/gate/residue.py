"""The release gate: no identifier of the original may stand in the output (outside untouched pixels).

The identifiers are harvested from the original itself, and searched in all bytes of the output without regard
to case; in text beyond ASCII without regard to accents, look-alike letters and character set, too;
and in what is encoded for transport. The policy on what is weak:

* parts of names under four letters count only as whole words in free text, single letters nowhere; ids under
  four characters and digits only under five are not searched; in disguise digits only under six are not;
* words that mean "nobody", Airlock's own name, titles and particles of names are not searched;
* a token counts only where it is not part of a longer word or number; scripts without spaces have no words;
* what is found in a plain number, date or time is no residue, and digits in a UID are none (VR IS, DS, DA,
  DT, TM, UI): every small number is somebody's accession number;
* an institution or a short name found where makers name themselves and their machines is no residue: makers
  scan at home, too;
* a short name in the settings of machines is none: Rescale Type is HU, and many are called Hu;
* what is found in a code of the Standard's coding schemes is no residue: a person may be called Head;
* nor is what is the body part in Body Part Examined or in the explanation of a window, the Value Type of a
  content item, a defined term in Image Type, a usual kernel or filter in Convolution Kernel and Filter Type,
  or a maker in Manufacturer;
* an institution found in a Station Name that an option keeps is no residue: stations are called after it;
* what Airlock itself writes about the de-identification is no residue.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.deid.gate.defined_terms import has_defined_terms, is_defined_term
from shared.deid.gate.harvest import Token
from shared.deid.readings.said import Said, said_beside_pixels, said_by
from shared.deid.readings.spelled_dates import is_spelled_in
from shared.deid.readings.words import FOREIGN, FREE_TEXT_VRS, has_no_word_breaks, pieces, words_of
from shared.deid.rules.codes import CODE_TAGS, CODING_SCHEME_DESIGNATOR, STANDARD_SCHEMES
from shared.deid.rules.scope import MARKERS
from shared.deid.rules.terms import is_setting
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of, tag_for_keyword
from shared.dicom.scan import Encoding, Limits, Scanner
from shared.errors import Residue

#: the words of a larger value are not listed, for they may take many times its size
LARGEST_LISTED = 1 << 20
_NUMERIC_VRS = frozenset({"DA", "DS", "DT", "IS", "TM", "UI"})
_MAKER_KEYWORDS = ("Manufacturer", "ManufacturerModelName")
_MACHINE_KEYWORDS = (
    "CodingSchemeDesignator",
    "ConvolutionKernel",
    "FilterType",
    "ImagedNucleus",
    "PositionReferenceIndicator",
    "PulseSequenceName",
    "ReceiveCoilName",
    "SequenceName",
    "SoftwareVersions",
    "TransmitCoilName",
)
_MAKER_TAGS = frozenset(tag_for_keyword(keyword) for keyword in _MAKER_KEYWORDS)
_MACHINE_TAGS = _MAKER_TAGS | {tag_for_keyword(keyword) for keyword in _MACHINE_KEYWORDS}
_FEWEST_DIGITS_IN_DISGUISE = 6
_RUNS = re.compile(rb"[a-z0-9\x80-\xff]+")
#: makers that are called like people
_MAKERS = frozenset(
    {b"bruker", b"canon", b"esaote", b"fuji", b"kodak", b"konica", b"marconi", b"minolta", b"nikon"}
    | {b"philips", b"picker", b"shimadzu", b"siemens", b"sirona", b"topcon", b"varian", b"zeiss", b"ziehm"}
)
_STATION_NAME = 0x00081010


class Outgoing(NamedTuple):
    """A value as it goes out, and what the policy needs to know of it.

    Attributes:
        character_sets: the values of Specific Character Set that it stands under.
        in_standard_code: it belongs to a code whose coding scheme is one of the Standard's.
    """

    tag: int
    vr: str
    raw: bytes
    character_sets: tuple[str, ...]
    in_standard_code: bool = False


class Wanted:
    """The identifiers of one original, by the word without which each of them stands nowhere."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        """Sort the tokens by their keys."""
        self._by_key: dict[bytes, list[Token]] = {}
        for token in tokens:
            self._by_key.setdefault(token.key, []).append(token)

    def among(self, words: Iterable[bytes]) -> Iterator[Token]:
        """Yield the tokens that can stand where there are these words."""
        for key in self._by_key.keys() & words:
            yield from self._by_key[key]

    def among_words_of(self, lowered: bytes) -> Iterator[Token]:
        """Yield the tokens that can stand in bytes in lower case, whose words may be too many to list."""
        found = set[bytes]()
        for piece in pieces(lowered):
            found |= self._by_key.keys() & set(words_of(piece))
        return self.among(found)

    def found_in(self, value: Outgoing) -> list[Token]:
        """The tokens that stand in a value and have no excuse."""
        if said := said_by(value.vr, value.raw, value.character_sets):
            return [each for each in self._in(said) if not _is_excused(each, value) and _is_said(each, said)]
        return []

    def _in(self, said: Said) -> Iterator[Token]:
        """Yield the tokens that can stand there; the words of a large value may be too many to list."""
        if len(said.literal) <= LARGEST_LISTED:
            yield from self.among(said.words)
            return
        # What is larger is no text: nobody writes a date with the name of a month there.
        for part in (said.literal, said.read, said.hidden):
            yield from (token for token in self.among_words_of(part) if token.kind != "spelled date")
        if said.is_foreign:
            yield from self.among({FOREIGN})


def check(tokens: Iterable[Token], meta: bytes, data_set: bytes, encoding: Encoding) -> None:
    """Hold what still carries an identifier of its original.

    Args:
        tokens: the identifiers of the original.
        meta: preamble and File Meta Information of the output.
        data_set: all elements of the output but Pixel Data.
        encoding: how `data_set` is encoded.

    Raises:
        Residue: with where and how many; never what.
    """
    wanted = Wanted(tokens)
    elements, _ = Scanner(data_set, encoding, Limits()).data_set(0, len(data_set))
    places = [
        keyword_of(value.tag)
        for value in outgoing(DataSet(data_set, elements, encoding))
        if wanted.found_in(value)
    ]
    places += ["File Meta Information"] * len(found_in_meta(wanted, meta))
    if places:
        raise Residue(element=places[0], places=len(places))


def found_in_meta(wanted: Wanted, meta: bytes) -> list[Token]:
    """The tokens in the File Meta Information, which holds UIDs and a version, and nothing of a person's."""
    lowered = meta.lower()
    strong = (
        token
        for token in wanted.among(set(words_of(lowered)))
        if token.kind != "short name" and not token.text.isdigit()
    )
    return [token for token in strong if _stands_in(token, lowered)]


def found_beside_pixels(wanted: Wanted, text: bytes) -> list[Token]:
    """The tokens in text inside a compressed frame; short names and numbers stand in any noise."""
    said = said_beside_pixels(text)
    strong: Iterator[Token] = filter(_is_strong, wanted.among_words_of(said))
    if len(text) > LARGEST_LISTED:
        strong = (token for token in strong if token.kind != "spelled date")
    return [token for token in strong if _stands_in(token, said)]


def _is_strong(token: Token) -> bool:
    """Tell whether a token is no short name and no small number, which stand in any noise."""
    if token.text.isdigit():
        return len(token.text) >= _FEWEST_DIGITS_IN_DISGUISE
    return token.kind != "short name"


def outgoing(data_set: DataSet) -> Iterator[Outgoing]:
    """Yield every value of a data set, at every depth."""
    for level, element in data_set.walk():
        if element.items is None:
            raw = level.buffer[element.value : element.end]
            in_standard_code = (
                element.tag in CODE_TAGS and level.text(CODING_SCHEME_DESIGNATOR) in STANDARD_SCHEMES
            )
            yield Outgoing(element.tag, element.vr, raw, level.character_sets, in_standard_code)


def _is_said(token: Token, said: Said) -> bool:
    if _stands_in(token, said.literal) or _stands_in(token, said.read):
        return True
    if _is_strong(token) and _stands_in(token, said.hidden):
        return True
    # Of several words only the words count: St. Mary's (East) is St Mary's East.
    spaced = _spaced(token.text)
    is_phrase = token.kind in {"id", "institution"} and b" " in spaced
    return is_phrase and any(_stands_in(token._replace(text=spaced), _spaced(part)) for part in said[:2])


def _spaced(lowered: bytes) -> bytes:
    """The words with one space between them."""
    return b" ".join(_RUNS.findall(lowered))


def _is_excused(token: Token, value: Outgoing) -> bool:
    tag = value.tag
    is_machine = tag in _MACHINE_TAGS or is_setting(tag)
    if token.kind == "short name" and (value.vr not in FREE_TEXT_VRS or is_machine):
        return True
    if tag in CODE_TAGS:
        return value.in_standard_code
    if has_defined_terms(tag):
        return is_defined_term(tag, token.text)
    if tag in _MAKER_TAGS and token.text in _MAKERS:
        return True
    if tag in _MAKER_TAGS or tag == _STATION_NAME:
        return token.kind == "institution"
    return tag in MARKERS or (value.vr in _NUMERIC_VRS and token.text.isdigit())


def _stands_in(token: Token, haystack: bytes) -> bool:
    """Tell whether the token is found as a whole word or number."""
    text = token.text
    if token.kind == "spelled date":
        return is_spelled_in(text, haystack)
    position = haystack.find(text)
    if position >= 0 and not text.isascii() and has_no_word_breaks(text.decode("utf-8", "ignore")):
        return True
    while position >= 0:
        end = position + len(text)
        before, after = haystack[max(position - 2, 0) : position], haystack[end : end + 2]
        if not (_goes_on(token, text[:1], before[::-1]) or _goes_on(token, text[-1:], after)):
            return True
        position = haystack.find(text, position + 1)
    return False


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
