"""The release gate: no identifier of the original may stand in the output (outside untouched pixels).

The identifiers are harvested from the original itself, in the bytes in which they stand there and in UTF-8,
and searched in all bytes of the output without regard to case. The policy on what is weak:

* parts of names under four letters, ids under four characters, digits only under five are not searched;
* words that mean "nobody" are not searched;
* a token counts only where it is not part of a longer word or number;
* a number found in a number (VR IS, DS) is no residue: every small number is somebody's accession number;
* an institution found in Manufacturer or Manufacturer's Model Name is no residue: makers scan at home, too;
* a word found in a Code Meaning of the Standard's coding schemes is no residue: a person may be called Head.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from shared.deid.rules import Action, Rules
from shared.dicom.charset import decode
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import DICOM_UID_ROOT, keyword_of, tag_for_keyword
from shared.dicom.scan import Element, Encoding, Limits, Scanner
from shared.errors import Residue

Kind = Literal["name", "id", "institution", "uid"]


class Token(NamedTuple):
    """Something that identifies, in lower case, and what it is."""

    text: bytes
    kind: Kind


_INSTITUTION_KEYWORDS = ("InstitutionAddress", "InstitutionName", "InstitutionalDepartmentName")
_ID_KEYWORDS = (
    "AccessionNumber",
    "AdmissionID",
    "DeviceSerialNumber",
    "FillerOrderNumberImagingServiceRequest",
    "IssuerOfPatientID",
    "MedicalRecordLocator",
    "OtherPatientIDs",
    "PatientAddress",
    "PatientBirthDate",
    "PatientID",
    "PatientTelecomInformation",
    "PatientTelephoneNumbers",
    "PersonAddress",
    "PersonTelephoneNumbers",
    "PlacerOrderNumberImagingServiceRequest",
    "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers",
    "RequestedProcedureID",
    "ScheduledProcedureStepID",
    "ServiceEpisodeID",
    "StudyID",
)
_KIND_BY_TAG: dict[int | None, Kind] = {
    **{tag_for_keyword(keyword): "id" for keyword in _ID_KEYWORDS},
    **{tag_for_keyword(keyword): "institution" for keyword in _INSTITUTION_KEYWORDS},
}
_KIND_BY_VR: dict[str, Kind] = {"PN": "name", "UI": "uid"}
_MAKER_TAGS = frozenset({0x00080070, 0x00081090})
_CODE_MEANING, _CODING_SCHEME_DESIGNATOR = 0x00080104, 0x00080102
_STANDARD_SCHEMES = frozenset({"DCM", "SRT", "SCT", "SNM3", "UCUM", "LN", "FMA", "RADLEX", "NCIt"})
_NOBODY = frozenset(
    {b"anon", b"anonymous", b"anonymised", b"anonymized", b"deidentified", b"nobody", b"none", b"patient"}
    | {b"removed", b"test", b"unknown", b"undefined"}
)
_NAME_SEPARATORS = bytes.maketrans(b"^=,\\", b"    ")
_SHORTEST_WORD = 4
_SHORTEST_NUMBER = 5
#: letters, digits, and every byte beyond ASCII
_WORD = frozenset(byte for byte in range(256) if byte > 0x7F or chr(byte).isalnum())


def harvest(original: DataSet, rules: Rules) -> frozenset[Token]:
    """Collect what identifies the patient, the people around them and the original objects.

    An attribute that the profile keeps on purpose is no residue and is left out.
    """
    return frozenset(token for level, element in original.walk() for token in _tokens(level, element, rules))


def _tokens(level: DataSet, element: Element, rules: Rules) -> Iterator[Token]:
    kind = _KIND_BY_VR.get(element.vr) or _KIND_BY_TAG.get(element.tag)
    if kind is None:
        return
    if element.tag >> 16 & 1 == 0 and rules.action(element.tag, element.vr) is Action.KEEP:
        return
    raw = level.buffer[element.value : element.end].strip(b"\0 ").lower()
    if kind == "uid":
        yield from (Token(uid, kind) for uid in raw.split(b"\\") if _is_own_uid(uid))
        return
    for form in {raw, _utf8(raw, level.character_sets)}:
        words = (form, *form.translate(_NAME_SEPARATORS).split()) if kind == "name" else (form,)
        yield from (Token(word, kind) for word in words if _is_strong(word))


def _utf8(raw: bytes, character_sets: tuple[str, ...]) -> bytes:
    return raw if raw.isascii() else decode(raw, character_sets).lower().encode("utf-8", "replace")


def _is_strong(token: bytes) -> bool:
    shortest = _SHORTEST_NUMBER if token.isdigit() else _SHORTEST_WORD
    return len(token) >= shortest and token not in _NOBODY and any(byte in _WORD for byte in token)


def _is_own_uid(uid: bytes) -> bool:
    return len(uid) > _SHORTEST_NUMBER and not uid.startswith(DICOM_UID_ROOT.encode())


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
    found = _found(tokens, (meta + data_set).lower())
    if not found:
        return
    elements, _ = Scanner(data_set, encoding, Limits()).data_set(0, len(data_set))
    places = list(_places(found, DataSet(data_set, elements, encoding)))
    outside = _found(found, meta.lower())
    if places or outside:
        where = places[0] if places else "File Meta Information"
        raise Residue(element=where, places=len(places) + len(outside))


def _found(tokens: Iterable[Token], haystack: bytes) -> list[Token]:
    return [token for token in tokens if token.text in haystack and _stands_alone(token.text, haystack)]


def _stands_alone(text: bytes, haystack: bytes) -> bool:
    position = haystack.find(text)
    while position >= 0:
        end = position + len(text)
        before = position > 0 and haystack[position - 1] in _WORD
        if not before and not (end < len(haystack) and haystack[end] in _WORD):
            return True
        position = haystack.find(text, position + 1)
    return False


def _places(found: list[Token], output: DataSet) -> Iterator[str]:
    """Yield the keyword of each element that holds one of the tokens and has no excuse."""
    for level, element in output.walk():
        if element.items is None:
            value = level.buffer[element.value : element.end].lower()
            hits = [token for token in _found(found, value) if not _is_excused(token, level, element)]
            if hits:
                yield keyword_of(element.tag)


def _is_excused(token: Token, level: DataSet, element: Element) -> bool:
    if element.tag == _CODE_MEANING:
        return level.text(_CODING_SCHEME_DESIGNATOR) in _STANDARD_SCHEMES
    if element.tag in _MAKER_TAGS:
        return token.kind == "institution"
    return element.vr in {"IS", "DS"} and token.text.isdigit()
