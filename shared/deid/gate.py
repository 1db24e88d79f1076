"""The release gate: no identifier of the original may stand in the output (outside untouched pixels).

The identifiers are harvested from the original itself, and searched in all bytes of the output without regard
to case; in text beyond ASCII without regard to accents and character set, too. The policy on what is weak:

* parts of names under four letters count only as whole words in free text, single letters nowhere; ids under
  four characters and digits only under five are not searched;
* words that mean "nobody", Airlock's own name, titles and particles of names are not searched;
* a token counts only where it is not part of a longer word or number; scripts without spaces have no words;
* what is found in a plain number, date or time is no residue, and digits in a UID are none (VR IS, DS, DA,
  DT, TM, UI): every small number is somebody's accession number;
* an institution or a short name found where makers name themselves and their machines is no residue: makers
  scan at home, too;
* what is found in a code of the Standard's coding schemes is no residue: a person may be called Head;
* nor is a name that is the body part in Body Part Examined, or the Value Type of a content item;
* an institution found in a Station Name that an option keeps is no residue: stations are called after it;
* what Airlock itself writes about the de-identification is no residue.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.deid.harvest import Token
from shared.deid.rules import MARKERS
from shared.deid.words import FOREIGN, has_no_word_breaks, is_foreign, pieces, readings, words_of
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of, tag_for_keyword
from shared.dicom.scan import Encoding, Limits, Scanner
from shared.errors import Residue

#: the words of a larger value are not listed, for they may take many times its size
LARGEST_LISTED = 1 << 20
FREE_TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_NUMERIC_VRS = frozenset({"DA", "DS", "DT", "IS", "TM", "UI"})
_NUMBERS = re.compile(
    rb"(?: *+[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)? *+(?:\\(?!$)|$))++"
)
_OF_UIDS = b"0123456789.\0"
_PLAIN = {
    "DA": re.compile(rb"[0-9]{8}"),
    "DS": _NUMBERS,
    "DT": re.compile(rb"[0-9]{4,14}(?:\.[0-9]{1,6})?(?:[+-][0-9]{4})? ?"),
    "IS": _NUMBERS,
    "TM": re.compile(rb"[0-9]{2,6}(?:\.[0-9]{1,6})? *"),
}
_MAKER_KEYWORDS = ("Manufacturer", "ManufacturerModelName")
_MACHINE_KEYWORDS = (
    "CodingSchemeDesignator",
    "ConvolutionKernel",
    "FilterType",
    "ImagedNucleus",
    "PulseSequenceName",
    "ReceiveCoilName",
    "SequenceName",
    "SoftwareVersions",
    "TransmitCoilName",
)
_MAKER_TAGS = frozenset(tag_for_keyword(keyword) for keyword in _MAKER_KEYWORDS)
_MACHINE_TAGS = _MAKER_TAGS | {tag_for_keyword(keyword) for keyword in _MACHINE_KEYWORDS}
CODE_TAGS = frozenset({0x00080100, 0x00080104, 0x00080119})
CODING_SCHEME_DESIGNATOR = 0x00080102
STANDARD_SCHEMES = frozenset({"DCM", "SRT", "SCT", "SNM3", "UCUM", "LN", "FMA", "RADLEX", "NCIt"})
_FEWEST_DIGITS_BESIDE_PIXELS = 6
#: PS3.16 Annex L: the defined terms that are also names of people
_BODY_PARTS = frozenset(
    {b"abdomen", b"ankle", b"back", b"bone", b"brain", b"breast", b"cheek", b"chest", b"chin", b"elbow"}
    | {
        b"face",
        b"finger",
        b"foot",
        b"hand",
        b"head",
        b"headneck",
        b"heart",
        b"heel",
        b"hips",
        b"kidney",
        b"knee",
    }
    | {b"liver", b"lung", b"mouth", b"neck", b"nose", b"pelvis", b"shoulder", b"skull", b"spine", b"thigh"}
    | {b"thumb", b"tongue", b"trunk", b"vein", b"wrist"}
)


#: PS3.3 Table C.17.3-7: one of them may be taken for a name, since people leave forms as they are
_VALUE_TYPES = frozenset(
    {b"code", b"composite", b"container", b"date", b"datetime", b"image", b"num", b"pname", b"scoord"}
    | {b"scoord3d", b"table", b"tcoord", b"text", b"time", b"uidref", b"waveform"}
)
#: Body Part Examined and Value Type, with the words that they may have
_TERMS = {0x00180015: _BODY_PARTS, 0x0040A040: _VALUE_TYPES}
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

    def _in_large(self, value: Outgoing) -> Iterator[Token]:
        if _is_plain(value.vr, value.raw):
            return
        yield from self.among_words_of(value.raw.lower())
        if is_foreign(value.raw):
            yield from self.among({FOREIGN})
            if value.vr in FREE_TEXT_VRS:
                yield from self.among_words_of(readings(value.raw, value.character_sets))

    def found_in(self, value: Outgoing) -> list[Token]:
        """The tokens that stand in a value and have no excuse."""
        if len(value.raw) > LARGEST_LISTED:
            return [token for token in self._in_large(value) if is_residue(token, value)]
        words = words_in(value.vr, value.raw, value.character_sets)
        return [token for token in self.among(words) if is_residue(token, value)]


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
    lowered = text.lower()
    strong = (
        token
        for token in wanted.among_words_of(lowered)
        if token.kind != "short name"
        and (not token.text.isdigit() or len(token.text) >= _FEWEST_DIGITS_BESIDE_PIXELS)
    )
    return [token for token in strong if _stands_in(token, lowered)]


def outgoing(data_set: DataSet) -> Iterator[Outgoing]:
    """Yield every value of a data set, at every depth."""
    for level, element in data_set.walk():
        if element.items is None:
            raw = level.buffer[element.value : element.end]
            in_standard_code = (
                element.tag in CODE_TAGS and level.text(CODING_SCHEME_DESIGNATOR) in STANDARD_SCHEMES
            )
            yield Outgoing(element.tag, element.vr, raw, level.character_sets, in_standard_code)


def words_in(vr: str, raw: bytes, character_sets: tuple[str, ...]) -> frozenset[bytes]:
    """The words of a value, as it stands and, where it is text beyond ASCII, as what it may mean.

    A plain number, date or time has none: whatever is found in one has an excuse.
    """
    if _is_plain(vr, raw):
        return frozenset()
    if vr == "UI" and not raw.translate(None, _OF_UIDS):
        return frozenset(raw.rstrip(b"\0").split(b"."))
    words = words_of(raw.lower())
    if is_foreign(raw):
        words.append(FOREIGN)
        if vr in FREE_TEXT_VRS:
            words += words_of(readings(raw, character_sets))
    return frozenset(words)


def _is_plain(vr: str, raw: bytes) -> bool:
    plain = _PLAIN.get(vr)
    return plain is not None and plain.fullmatch(raw) is not None


def is_residue(token: Token, value: Outgoing) -> bool:
    """Tell whether a token stands in a value, by the policy above."""
    if _is_excused(token, value):
        return False
    if _stands_in(token, value.raw.lower()):
        return True
    is_text = value.vr in FREE_TEXT_VRS and is_foreign(value.raw)
    return is_text and _stands_in(token, readings(value.raw, value.character_sets))


def _is_excused(token: Token, value: Outgoing) -> bool:
    tag = value.tag
    if token.kind == "short name" and (value.vr not in FREE_TEXT_VRS or tag in _MACHINE_TAGS):
        return True
    if tag in CODE_TAGS:
        return value.in_standard_code
    if tag in _TERMS:
        return token.text in _TERMS[tag]
    if tag in _MAKER_TAGS or tag == _STATION_NAME:
        return token.kind == "institution"
    return tag in MARKERS or (value.vr in _NUMERIC_VRS and token.text.isdigit())


def _stands_in(token: Token, haystack: bytes) -> bool:
    """Tell whether the token is found as a whole word or number."""
    text = token.text
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
