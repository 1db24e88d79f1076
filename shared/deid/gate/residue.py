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

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.deid.gate.defined_terms import has_defined_terms, is_defined_term
from shared.deid.gate.harvest import Token
from shared.deid.gate.searched import Searched, SearchedValue, is_strong
from shared.deid.readings.said import Said, said_beside_pixels, said_by
from shared.deid.readings.words import FOREIGN, FREE_TEXT_VRS, pieces, words_of
from shared.deid.rules.codes import CODE_TAGS, CODING_SCHEME_DESIGNATOR, STANDARD_SCHEMES
from shared.deid.rules.scope import MARKERS
from shared.deid.rules.terms import is_setting
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import entry_of, tag_for_keyword

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
            searched = SearchedValue(said)
            return [each for each in self._in(said) if not _is_excused(each, value) and searched.has(each)]
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


def found_in_meta(wanted: Wanted, meta: bytes) -> list[Token]:
    """The tokens in the File Meta Information, which holds UIDs and a version, and nothing of a person's."""
    lowered = meta.lower()
    strong = (
        token
        for token in wanted.among(set(words_of(lowered)))
        if token.kind != "short name" and not token.text.isdigit()
    )
    searched = Searched(lowered)
    return [token for token in strong if searched.has(token)]


def found_beside_pixels(wanted: Wanted, text: bytes) -> list[Token]:
    """The tokens in text inside a compressed frame; short names and numbers stand in any noise."""
    said = said_beside_pixels(text)
    searched, strong = Searched(said), filter(is_strong, wanted.among_words_of(said))
    is_noise = len(text) > LARGEST_LISTED
    return [each for each in strong if not (is_noise and each.kind == "spelled date") and searched.has(each)]


def outgoing(data_set: DataSet) -> Iterator[Outgoing]:
    """Yield every value of a data set, at every depth."""
    for level, element in data_set.walk():
        if element.items is None:
            raw = level.buffer[element.value : element.end]
            in_standard_code = (
                element.tag in CODE_TAGS and level.text(CODING_SCHEME_DESIGNATOR) in STANDARD_SCHEMES
            )
            vr = searched_vr(element.tag, element.vr)
            yield Outgoing(element.tag, vr, raw, level.character_sets, in_standard_code)


def searched_vr(tag: int, vr: str) -> str:
    """The VR that a value is searched as: text is text, even if the file calls it a number or a date."""
    entry = entry_of(tag) if vr in _NUMERIC_VRS else None
    return entry.vr if entry is not None and entry.vr in FREE_TEXT_VRS else vr


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
