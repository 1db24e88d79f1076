"""The release gate: no identifier of the original may stand in the output (outside untouched pixels).

The identifiers are harvested from the original itself, and searched in all bytes of the output without regard
to case; in text beyond ASCII without regard to accents and character set, too. The policy on what is weak:

* parts of names under four letters count only as whole words in free text, single letters nowhere; ids under
  four characters and digits only under five are not searched;
* words that mean "nobody", Airlock's own name, titles and particles of names are not searched;
* a token counts only where it is not part of a longer word or number; scripts without spaces have no words;
* digits found in a number, a date, a time or a UID (VR IS, DS, DA, DT, TM, UI) are no residue: every small
  number is somebody's accession number;
* an institution or a short name found where makers name themselves and their machines is no residue: makers
  scan at home, too;
* what is found in a code of the Standard's coding schemes is no residue: a person may be called Head;
* nor is a name that is the body part in Body Part Examined, for the same reason;
* what Airlock itself writes about the de-identification is no residue.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from shared.deid.harvest import Token, fold, has_no_word_breaks
from shared.deid.rules import MARKERS
from shared.dicom.charset import decode
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of, tag_for_keyword
from shared.dicom.scan import Element, Encoding, Limits, Scanner
from shared.errors import Residue

_FREE_TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_NUMERIC_VRS = frozenset({"DA", "DS", "DT", "IS", "TM", "UI"})
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
_CODE_TAGS = frozenset({0x00080100, 0x00080104, 0x00080119})
_CODING_SCHEME_DESIGNATOR = 0x00080102
_STANDARD_SCHEMES = frozenset({"DCM", "SRT", "SCT", "SNM3", "UCUM", "LN", "FMA", "RADLEX", "NCIt"})
_BODY_PART_EXAMINED = 0x00180015
#: PS3.16 Annex L: the defined terms that are also names of people
_BODY_PARTS = frozenset(
    {b"abdomen", b"ankle", b"back", b"bone", b"brain", b"breast", b"cheek", b"chest", b"chin", b"elbow"}
    | {b"face", b"finger", b"foot", b"hand", b"head", b"heart", b"heel", b"hips", b"kidney", b"knee"}
    | {b"liver", b"lung", b"mouth", b"neck", b"nose", b"pelvis", b"shoulder", b"skull", b"spine", b"thigh"}
    | {b"thumb", b"tongue", b"trunk", b"vein", b"wrist"}
)
# An accented letter in a word: a text may spell a name otherwise than the original does. FE begins item tags.
_ACCENTED = re.compile(rb"[a-z][\x80-\xfd]{1,2}[a-z]|[a-z]{3}[\x80-\xfd]|[\x80-\xfd][a-z]{3}")
_ESCAPE = b"\x1b"


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
    sought, haystack = list(tokens), data_set.lower()
    outside = [token for token in _found(sought, meta.lower()) if not _is_weak_in_meta(token)]
    present = [token for token in sought if token.text in haystack]
    places: list[str] = []
    # A hit counts only inside one value: lengths and tags beside it may look like letters.
    if present or _may_hold_other_spellings(sought, haystack):
        elements, _ = Scanner(data_set, encoding, Limits()).data_set(0, len(data_set))
        places.extend(_places(DataSet(data_set, elements, encoding), present, sought))
    if places or outside:
        where = places[0] if places else "File Meta Information"
        raise Residue(element=where, places=len(places) + len(outside))


def _is_weak_in_meta(token: Token) -> bool:
    """The File Meta Information holds UIDs and a version, and nothing of a person's."""
    return token.kind == "short name" or token.text.isdigit()


def _may_hold_other_spellings(sought: Sequence[Token], haystack: bytes) -> bool:
    return any(not token.text.isascii() for token in sought) or (
        bool(sought) and _ACCENTED.search(haystack) is not None
    )


def _places(output: DataSet, present: Sequence[Token], sought: Sequence[Token]) -> Iterator[str]:
    """Yield the keyword of each element that holds one of the tokens and has no excuse.

    The bytes are searched for those that are present in them, text beyond ASCII for all.
    """
    for level, element in output.walk():
        if element.items is None:
            raw = level.buffer[element.value : element.end]
            is_foreign = element.vr in _FREE_TEXT_VRS and not (raw.isascii() and _ESCAPE not in raw)
            hits = _found(present, raw.lower()) if present else []
            if is_foreign:
                hits += _found(sought, _readings(raw, level.character_sets))
            if any(not _is_excused(token, level, element) for token in hits):
                yield keyword_of(element.tag)


def _readings(raw: bytes, character_sets: tuple[str, ...]) -> bytes:
    """What text beyond ASCII may mean, written as the harvest writes it: the character set may be wrong."""
    texts = (decode(raw, character_sets), raw.decode("utf-8", "replace"), raw.decode("latin_1"))
    return "\n".join(fold(text) for text in texts).encode("utf-8", "replace")


def _found(sought: Iterable[Token], haystack: bytes) -> list[Token]:
    return [token for token in sought if token.text in haystack and _stands_alone(token, haystack)]


def _stands_alone(token: Token, haystack: bytes) -> bool:
    """Tell whether the token is found as a whole word or number."""
    text = token.text
    if not text.isascii() and has_no_word_breaks(text.decode("utf-8", "ignore")):
        return True
    position = haystack.find(text)
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


def _is_excused(token: Token, level: DataSet, element: Element) -> bool:
    tag = element.tag
    if token.kind == "short name" and (element.vr not in _FREE_TEXT_VRS or tag in _MACHINE_TAGS):
        return True
    if tag in _CODE_TAGS:
        return level.text(_CODING_SCHEME_DESIGNATOR) in _STANDARD_SCHEMES
    if tag == _BODY_PART_EXAMINED:
        return token.text in _BODY_PARTS
    if tag in _MAKER_TAGS:
        return token.kind == "institution"
    return tag in MARKERS or (element.vr in _NUMERIC_VRS and token.text.isdigit())
