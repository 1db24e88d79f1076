"""Identifiers in wrong forms: Value Representations, padding, character sets, UIDs where none belong."""

from struct import pack
from typing import Any

from tests.images import item
from tests.score.draft import EVERYONE, Draft, Plant, Probe, at, element, even, raw, replacing

_STAYS = 0x00541103  # Reconstruction Method: text of machines, which no profile cleans
_CLASS = "1.2.840.10008.5.1.4.1.1.2"


def _sequence_as_un(draft: Draft) -> None:
    """Of defined length, its items in implicit VR, as converters write it that do not know the attribute."""
    value = even(draft.secret.encode())
    name = pack("<HHI", 0x0008, 0x1070, len(value)) + value
    draft.front += element(0x0018A001, "UN", pack("<HHI", 0xFFFE, 0xE000, len(name)) + name)


def _reference(**values: Any) -> Plant:
    def plant(draft: Draft) -> None:
        told = {key: value.format(draft.secret) for key, value in values.items()}
        draft.data_set.ReferencedInstanceSequence = [item(**{"ReferencedSOPClassUID": _CLASS, **told})]

    return plant


def _known(text: str) -> Plant:
    """The secret is the patient's, and stands in text that stays."""

    def plant(draft: Draft) -> None:
        draft.data_set.ReconstructionMethod = text.format(draft.secret)

    return plant


def _in_script(character_sets: list[str], name: str, stays: str = "") -> Plant:
    """A patient of another script; where `stays` has a codec, the name also stands in text that stays."""

    def plant(draft: Draft) -> None:
        data_set = draft.data_set
        data_set.SpecificCharacterSet = character_sets
        data_set.PatientName = data_set.OperatorsName = name
        data_set.InstitutionName = draft.secret
        if stays:
            draft.behind += element(_STAYS, "LO", even(f"see {draft.secret}".encode(stays)))

    return plant


_SCRIPTS: dict[str, tuple[list[str], str, str, str]] = {
    "Latin-1": (["ISO_IR 100"], "Größmüller^Jürgen", "Größmüller", "utf-8"),
    "Greek": (["ISO_IR 126"], "Παπαδόπουλος^Γεώργιος", "Παπαδόπουλος", "utf-8"),
    "Cyrillic": (["ISO_IR 144"], "Добровольский^Аркадий", "Добровольский", "utf-8"),
    "Arabic": (["ISO_IR 127"], "القحطاني^عبدالعزيز", "القحطاني", "utf-8"),
    "Japanese": (["", "ISO 2022 IR 87"], "Hasegawa^Yukiko=長谷川^由紀子", "長谷川", "iso2022_jp"),
    "Korean": (["", "ISO 2022 IR 149"], "Namgung^Minseok=南宮^敏碩", "南宮", "utf-8"),
    "Chinese": (["GB18030"], "Ouyang^Xiaodong=欧阳^晓东", "欧阳", "gb18030"),
}
_FORMS: dict[str, Plant] = {
    **{f"name as {vr}": replacing("PatientName", vr) for vr in ("LO", "OB", "UN", "UT", "CS", "IS")},
    **{f"operator as {vr}": replacing("OperatorsName", vr) for vr in ("SH", "OW", "UN", "DS", "AE")},
    **{f"description as {vr}": replacing("StudyDescription", vr) for vr in ("OB", "UT", "UN", "PN", "US")},
    "birth date as LO": replacing("PatientBirthDate", "LO"),
    "study date as text": replacing("StudyDate", "LO"),
    "time of day as text": replacing("StudyTime", "LO"),
    "time of day as UN": replacing("StudyTime", "UN"),
    "UID as text": replacing("FrameOfReferenceUID", "LO"),
    "sequence as bytes": replacing("ContentSequence", "OB"),
    "sequence as UN": _sequence_as_un,
    "an unlisted text as UN": raw(_STAYS, "UN"),
    "an unlisted UID as text": raw(0x00209161, "LO"),
    "text behind a date": replacing("StudyDate", "", "20200315{}"),
    "text behind a date and NUL": replacing("StudyDate", "", "20200315\0{}"),
    "text behind a time": replacing("StudyTime", "", "101530 {}"),
    "text behind a time and NUL": replacing("ContentTime", "", "101530\0{}"),
    "text behind a date and time": raw(0x00189074, "DT", "20200315101530{}"),
    "text behind a UID": replacing("FrameOfReferenceUID", "", "1.2.3.4\0{}"),
    "text behind an age": replacing("PatientAge", "", "054Y\0{}"),
    "text behind a UID of a class": raw(0x0008001A, "UI", _CLASS + "\0{}"),
}
_NAMED: dict[str, Plant] = {
    "patient in text that stays": _known("ask {} first"),
    "patient in capitals": lambda draft: setattr(
        draft.data_set, "ReconstructionMethod", draft.secret.upper()
    ),
    "patient behind NUL": raw(_STAYS, "LO", "linear\0\0{}"),
    "patient in a code string": raw(0x00280004, "CS", "MONOCHROME2\\{}"),
    "patient in a number": raw(0x00180060, "DS", "120\\{}"),
    "patient in an integer": raw(0x00201208, "IS", "{}"),
    "patient in a binary number": raw(0x00280010, "US"),
    "patient in bulk": raw(0x00281201, "OW"),
    "patient in a profile of colours": raw(0x00282000, "OB", "ICC profile of {}"),
    "patient in a unit": at("MeasurementUnitsCodeSequence", "CodingSchemeDesignator"),
    "patient in the character set": replacing("SpecificCharacterSet", "", "ISO_IR 100\\{}"),
    "patient in the modality": replacing("Modality", "", "{told}\\{}"),
}
_UIDS: dict[str, Plant] = {
    "UID in a reference": _reference(ReferencedSOPInstanceUID="{}"),
    "UID with NUL before it": raw(0x00209164, "UI", "\0{}"),
    "UID with spaces": raw(0x00209164, "UI", "{}  "),
    "UID beside others": raw(0x00209164, "UI", "1.2.3\\{}\\1.2.4"),
    "UID in a description": at("SeriesDescription"),
    "UID in an address": at("RetrieveURI"),
    "UID in an unknown element": raw(0x0018FFF1, "UI"),
}
_KNOWN = [
    *(Probe(name, plant, "name") for name, plant in _NAMED.items()),
    Probe("Patient ID in text that stays", _known("slice of {}"), "number"),
    Probe("Patient ID in a name of a file", _known("copy_of_{}.dcm"), "number"),
    Probe("Study Instance UID in text", _known("study {}"), "study"),
    Probe("Study Instance UID as a coding scheme", raw(0x0008010C, "UI"), "study"),
    *(
        Probe(f"character set {script} in text that stays", _in_script(sets, name, codec), secret=secret)
        for script, (sets, name, secret, codec) in _SCRIPTS.items()
    ),
]
PROBES = [
    *(Probe(f"form {name}", plant) for name, plant in _FORMS.items()),
    Probe("form name as SQ", replacing("PatientName", "SQ"), held=EVERYONE),
    *(probe._replace(held=EVERYONE) for probe in _KNOWN),
    *(Probe(name, plant, "uid") for name, plant in _UIDS.items()),
    Probe("Study Instance UID as a class", _reference(ReferencedSOPClassUID="{}"), "study"),
    *(
        Probe(f"character set {script}", _in_script(sets, name), secret=secret)
        for script, (sets, name, secret, _) in _SCRIPTS.items()
    ),
]
