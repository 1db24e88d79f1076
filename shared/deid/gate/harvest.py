"""Collect from an original what identifies its patient, in every form in which it may stand elsewhere.

An identifier is taken in the bytes in which it stands there and as text: decoded, without accents, in lower
case and in UTF-8. Of names there are the words and what logins and file names make of them, of numbers the
form without leading zeros, of the dates of birth and study the forms in which people write them.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Literal, NamedTuple

from shared.deid.readings.days import days_of
from shared.deid.readings.spelled_dates import spellings, written, written_of_birth
from shared.deid.readings.words import FOREIGN, fold, has_no_word_breaks, words_of
from shared.deid.rules.well_known import is_well_known
from shared.deid.text.letters import DIGRAPHS, look_alikes
from shared.deid.text.name_words import WEAK
from shared.dicom.charset import decode
from shared.dicom.dictionary import entry_of, tag_for_keyword

Kind = Literal["name", "short name", "id", "date", "spelled date", "institution", "uid"]
#: what an element holds, from which tokens of several kinds may come
Source = Literal["name", "id", "birth date", "study date", "institution", "uid"]


class Token(NamedTuple):
    """Something that identifies, in lower case, and what it is."""

    text: bytes
    kind: Kind

    @property
    def key(self) -> bytes:
        """The word without which it stands nowhere: its longest."""
        return _key(self.text, self.kind)


@lru_cache(maxsize=1 << 14)
def _key(text: bytes, kind: Kind) -> bytes:
    if kind == "uid" and text.replace(b".", b"").isdigit():
        return max(text.split(b"."), key=len)
    if kind == "spelled date":
        # The year: the words around it may be of any language.
        return text.partition(b"-")[0]
    if not text.isascii() and has_no_word_breaks(text.decode("utf-8", "ignore")):
        return FOREIGN
    return max(words_of(text), key=len, default=FOREIGN)


_INSTITUTION_KEYWORDS = (
    "InstitutionAddress",
    "InstitutionName",
    "InstitutionalDepartmentName",
    "ResponsibleOrganization",
)
_ID_KEYWORDS = (
    "AccessionNumber",
    "AdmissionID",
    "ContainerIdentifier",
    "ClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID",
    "DeviceSerialNumber",
    "FillerOrderNumberImagingServiceRequest",
    "FillerOrderNumberImagingServiceRequestRetired",
    "FillerOrderNumberProcedure",
    "InsurancePlanIdentification",
    "IssuerOfPatientID",
    "MedicalRecordLocator",
    "OrderCallbackPhoneNumber",
    "OrderCallbackTelecomInformation",
    "OtherPatientIDs",
    "PatientAddress",
    "PatientID",
    "PatientTelecomInformation",
    "PatientTelephoneNumbers",
    "PerformedProcedureStepID",
    "PersonAddress",
    "PersonTelephoneNumbers",
    "PlacerOrderNumberImagingServiceRequest",
    "PlacerOrderNumberImagingServiceRequestRetired",
    "PlacerOrderNumberProcedure",
    "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers",
    "RequestedProcedureID",
    "ScheduledProcedureStepID",
    "ServiceEpisodeID",
    "SpecimenAccessionNumber",
    "SpecimenIdentifier",
    "StudyID",
)
_KIND_BY_TAG: dict[int | None, Source] = {
    **{tag_for_keyword(keyword): "id" for keyword in _ID_KEYWORDS},
    **{tag_for_keyword(keyword): "institution" for keyword in _INSTITUTION_KEYWORDS},
    tag_for_keyword("PatientBirthDate"): "birth date",
    tag_for_keyword("StudyDate"): "study date",
}
_PERSON_IDENTIFICATION_CODE_SEQUENCE = tag_for_keyword("PersonIdentificationCodeSequence")
#: of a person's code
_KIND_IN_CODE: dict[int | None, Source] = {
    tag_for_keyword("CodeMeaning"): "name",
    tag_for_keyword("CodeValue"): "id",
    tag_for_keyword("LongCodeValue"): "id",
}
_KIND_BY_VR: dict[str, Source] = {"PN": "name", "UI": "uid"}

_SHORTEST_WORD = 4
_SHORTEST_SHORT_NAME = 2
_SHORTEST_NUMBER = 5
_SHORTEST_JOINED = 6
_SHORTEST_TELEPHONE_NUMBER = 7
_SHORTEST_STREET = 8
_DIGIT, _LETTERS = re.compile(r"\d"), re.compile(r"[^\W\d_]{3}")
_WORDS = re.compile(r"[^\W_]+")
# An id such as MRN-4711-0815, which people also write without the letters in front.
_LETTERED = re.compile(r"[^\W\d_]++[\W_]*+0*+(?P<number>\d(?:[\W_]*+\d)++)")
# Mueller is also written Müller, which is compared as muller.
_DIGRAPHS = re.compile("(?<=.)([aou])e(?=.)")
# Letters of ASCII and of another script in one word, or bytes that a character set does not define.
_FARTHER = "[\u0370-\u1fff\u2e80-\U0003ffff]"
_MISREAD = re.compile(f"\ufffd|[A-Za-z]{_FARTHER}|{_FARTHER}[A-Za-z]")
_SEPARATORS = bytes.maketrans(b"^=,\\", b"    ")


@lru_cache(maxsize=4096)
def kind_of(tag: int, vr: str, parent: int | None = None) -> Source | None:
    """What an element holds, by its Value Representation in the file or the Standard, or by its tag.

    `parent` is the tag of the sequence around it, unless that has a code of the Standard's.
    """
    if parent is not None and parent == _PERSON_IDENTIFICATION_CODE_SEQUENCE and tag in _KIND_IN_CODE:
        return _KIND_IN_CODE[tag]
    entry = entry_of(tag)
    return _KIND_BY_TAG.get(tag) or _KIND_BY_VR.get(vr) or _KIND_BY_VR.get(entry.vr if entry else "")


def tokens_of(source: Source, raw: bytes, character_sets: tuple[str, ...]) -> frozenset[Token]:
    """Every form in which the value of one element may stand elsewhere."""
    bare = raw.strip(b"\0 ")
    if source == "uid":
        return frozenset(Token(uid, source) for uid in _own_uids(bare))
    if source == "birth date":
        return frozenset(chain(_dates(bare, of_birth=True), _tokens("date", bare, character_sets)))
    if source == "study date":
        return frozenset(_dates(bare, of_birth=False))
    return frozenset(_tokens(source, bare, character_sets))


def _tokens(kind: Kind, raw: bytes, character_sets: tuple[str, ...]) -> Iterator[Token]:
    if kind == "name" or not raw.isascii():
        yield from (Token(form, kind) for form in _raw_forms(raw.lower()))
    spellings = (each for text in _texts(raw, character_sets) for each in _spellings(text))
    for spelling in {fold(each) for each in spellings}:
        yield from _names(spelling) if kind == "name" else _ids(spelling, kind)


def _texts(raw: bytes, character_sets: tuple[str, ...]) -> Iterator[str]:
    """What a value may say: its character set may be missing, or another than is declared."""
    declared = decode(raw, character_sets)
    yield declared
    if raw.isascii():
        return
    try:
        yield raw.decode("utf-8")
    except UnicodeDecodeError:
        if _MISREAD.search(declared):
            yield raw.decode("latin_1")


def _spellings(text: str) -> Iterator[str]:
    """The text, with two letters for one with an accent, and in Latin letters that look like its own."""
    yield text
    if not text.isascii():
        yield text.lower().translate(DIGRAPHS)
        yield text.translate(look_alikes())


def _dates(raw: bytes, *, of_birth: bool) -> Iterator[Token]:
    """The forms in which people write a date; of that of birth also those with two digits of the year."""
    for day in days_of(raw.decode("ascii", "replace")):
        forms = chain(written(day), written_of_birth(day)) if of_birth else written(day)
        yield from (Token(form.encode(), "date") for form in forms)
        yield from (Token(form, "spelled date") for form in spellings(day, of_birth=of_birth))


def _own_uids(raw: bytes) -> Iterator[bytes]:
    """Yield the UIDs that are not everybody's."""
    for uid in raw.lower().split(b"\\"):
        bare = uid.strip(b"\0 ")
        if len(bare) > _SHORTEST_NUMBER and not is_well_known(bare.decode("ascii", "replace")):
            yield bare


def _raw_forms(raw: bytes) -> Iterator[bytes]:
    """The value as it stands, and its parts where the declared character set may be the wrong one."""
    forms = {raw} if raw.isascii() else {raw, *raw.translate(_SEPARATORS).split()}
    return (form for form in forms if _is_strong(form.decode("latin_1")))


def _ids(text: str, kind: Kind) -> Iterator[Token]:
    for value in text.split("\\"):
        bare = value.strip("\0 ")
        joined = "".join(_WORDS.findall(bare))
        forms = {bare, bare.lstrip("0") if bare.isdigit() else bare}
        if kind == "id" and len(joined) >= _SHORTEST_JOINED:
            forms |= {joined, *_numbers(bare), *_national(bare), *_streets(bare)}
        yield from (Token(form.encode(), kind) for form in forms if _is_strong(form))


def _numbers(value: str) -> Iterator[str]:
    """The number of an id without the letters in front of it, with its separators and without."""
    if match := _LETTERED.fullmatch(value):
        joined = "".join(_WORDS.findall(match["number"]))
        if len(joined) >= _SHORTEST_JOINED:
            yield from (match["number"], joined)


def _streets(value: str) -> Iterator[str]:
    """The parts of an address that have a street and a number, which people also write alone."""
    parts = [part.strip() for part in re.split(r"[\^,;\n]", value)]
    if len(parts) > 1:
        streets = (each for each in parts if _DIGIT.search(each) and _LETTERS.search(each))
        yield from (each for each in streets if len(each) >= _SHORTEST_STREET)


def _national(value: str) -> Iterator[str]:
    """A telephone number with the one to three digits of its country, and as it is dialled there."""
    if not value.startswith("+"):
        return
    digits = "".join(_WORDS.findall(value.replace("(0)", "")))
    if digits.isdigit():
        yield digits
        for length in range(1, 4):
            if len(number := digits[length:]) >= _SHORTEST_TELEPHONE_NUMBER:
                yield from (number, f"0{number}")


def _names(text: str) -> Iterator[Token]:
    for group in re.split(r"[=\\]", text):
        components = [_WORDS.findall(component) for component in re.split(r"[\^,]", group)]
        words = [word for component in components for word in component]
        joined = ["".join(component) for component in components if component]
        bare = [each for word in words if len(each := _DIGRAPHS.sub(r"\1", word)) >= _SHORTEST_WORD]
        for word in {*words, *bare, *joined, *_logins(joined if len(joined) > 1 else words)}:
            if _is_strong(word):
                yield Token(word.encode(), "name")
            elif _is_short_name(word):
                yield Token(word.encode(), "short name")


def _logins(parts: list[str]) -> Iterator[str]:
    """What logins and file names make of family and given name."""
    if len(parts) > 1:
        family, given = parts[:2]
        forms = (family + given, given + family, given[0] + family, family + given[0])
        yield from (form for form in forms if len(form) >= _SHORTEST_WORD or has_no_word_breaks(form))


def _is_strong(text: str) -> bool:
    if not _WORDS.search(text) or text in WEAK:
        return False
    if has_no_word_breaks(text):
        return len(text) > 1
    return len(text) >= (_SHORTEST_NUMBER if text.isdigit() else _SHORTEST_WORD)


def _is_short_name(word: str) -> bool:
    return len(word) >= _SHORTEST_SHORT_NAME and word.isalpha() and word not in WEAK
