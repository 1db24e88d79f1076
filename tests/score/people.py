"""Invented people in many scripts, and the ways in which others write them into free text."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple


class Script(NamedTuple):
    """How a hospital writes names.

    Attributes:
        character_sets: Specific Character Set (0008,0005).
        names: family and given names, each a PN of its own kind of component groups (PS3.5 section 6.2.1).
        languages: keys of the descriptions.
    """

    character_sets: tuple[str, ...]
    names: tuple[str, ...]
    languages: tuple[str, ...]


SCRIPTS = {
    "ascii": Script(
        (),
        ("Quarrington^Zebulon", "Hutchinson^Margaret^A", "O'Connell^Siobhan", "Young^Lily", "Nguyen^Bao"),
        ("en",),
    ),
    "latin": Script(
        ("ISO_IR 100",),
        ("Größmüller^Jürgen", "Desrosières^Hélène", "Kjærgård^Søren"),
        ("de", "es", "it", "nl"),
    ),
    "utf-8": Script(
        ("ISO_IR 192",),
        ("Grześkowiak^Łucja", "Çavuşoğlu^Gülşen", "Dvořáček^Řehoř"),
        ("fr", "pt", "pl", "nordic"),
    ),
    "japanese": Script(
        ("", "ISO 2022 IR 87"),
        ("Yamashita^Takehiko=山下^武彦=やました^たけひこ", "Hasegawa^Yukiko=長谷川^由紀子=はせがわ^ゆきこ"),
        ("ja",),
    ),
    "korean": Script(
        ("", "ISO 2022 IR 149"),
        ("Namgung^Minseok=南宮^敏碩=남궁^민석", "Hwangbo^Seoyeon=皇甫^瑞姸=황보^서연"),
        ("ko",),
    ),
    "chinese": Script(("GB18030",), ("Ouyang^Xiaodong=欧阳^晓东", "Zhuge^Jianhua=诸葛^建华"), ("zh",)),
    "greek": Script(("ISO_IR 126",), ("Παπαδόπουλος^Γεώργιος", "Οικονόμου^Ευτυχία"), ("el",)),
    "cyrillic": Script(("ISO_IR 144",), ("Добровольский^Аркадий", "Кузнецова^Евдокия"), ("ru",)),
    "arabic": Script(("ISO_IR 127",), ("القحطاني^عبدالعزيز", "الشمري^فاطمة"), ("en",)),
}

#: as those write who have no such keys
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_HOSPITALS = (
    "St Bartholomew Infirmary",
    "Klinikum Quellenhof",
    "Mercy Falls Hospital",
    "Hopital Beaumarchais",
)
_STREETS = ("12 High Street", "47 Larchmont Avenue", "8 Rue de Rivoli")
_PHYSICIANS = ("Fitzgerald^Cornelius", "Wojciechowska^Agata", "Abernathy^Josephine", "Lindqvist^Torbjorn")


class Spelling(NamedTuple):
    """An identifier as somebody wrote it, and the words of it that may not be left."""

    text: str
    words: tuple[str, ...]


class Patient(NamedTuple):
    """A patient; `number` is the place in the collection."""

    number: int
    name: str
    script: Script
    patient_id: str
    issuer: str
    birth: date
    age: str
    sex: str
    phone: str
    address: str
    mother: str

    @property
    def name_words(self) -> tuple[str, ...]:
        """Family, given and middle names in every component group, initials left out."""
        parts = self.name.replace("=", "^").replace("'", "^").split("^")
        return tuple(part for part in parts if len(part) > 1)


class Study(NamedTuple):
    """What a hospital writes into every object of one study."""

    patient: Patient
    number: int
    uid: str
    day: date
    accession: str
    study_id: str
    hospital: str
    hospital_address: str
    physician: str
    operator: str


def patient(rng: random.Random, number: int, script: str) -> Patient:
    """Invent a patient; equal states of `rng` give equal ones."""
    chosen = SCRIPTS[script]
    digits = f"{rng.randrange(10**7, 10**8)}"
    return Patient(
        number=number,
        name=rng.choice(chosen.names),
        script=chosen,
        patient_id=rng.choice([digits, f"MRN-{digits[:4]}-{digits[4:]}", f"QX{digits}"]),
        issuer=f"ZENTRUM{rng.randrange(100, 1000)}",
        birth=date(1930, 1, 1) + timedelta(days=rng.randrange(25_000)),
        age=rng.choice(["093Y", "054Y", "007M"]),
        sex=rng.choice("FMO"),
        phone=f"(555) {rng.randrange(100, 1000)}-{rng.randrange(1000, 10_000)}",
        address=rng.choice(_STREETS),
        mother=rng.choice(["Pemberton", "Vandenberghe", "Castellanos"]),
    )


def study(rng: random.Random, of: Patient, number: int, uid: str, day: date) -> Study:
    """Invent a study of a patient."""
    return Study(
        patient=of,
        number=number,
        uid=uid,
        day=day,
        accession=f"ACC{rng.randrange(10**6, 10**7)}",
        study_id=f"ST{rng.randrange(10**4, 10**5)}",
        hospital=rng.choice(_HOSPITALS),
        hospital_address=rng.choice(["99 Infirmary Lane Xenburgh", "Quellenhofweg 7 Xanten"]),
        physician=rng.choice(_PHYSICIANS),
        operator=rng.choice(["Nightingale^Persephone", "Zimmerli^Ursina"]),
    )


def spellings(told: Study) -> dict[str, list[Spelling]]:
    """The identifiers of a study by kind, each in the ways in which they stand in free text."""
    patient_, day = told.patient, told.day
    return {
        "name": [*_names(patient_.name)],
        "physician": [*_physicians(told.physician)],
        "id": [*_ids(patient_.patient_id)],
        "accession": [Spelling(form.format(told.accession), (told.accession,)) for form in ("{}", "Acc# {}")],
        "hospital": [Spelling(form, (told.hospital,)) for form in (told.hospital, told.hospital.upper())],
        "phone": [Spelling(form.format(patient_.phone), (patient_.phone[-8:],)) for form in ("{}", "tel {}")],
        "address": [Spelling(patient_.address, (patient_.address,))],
        "date": [*_dates(day)],
        "birth": [*_dates(patient_.birth)],
        "stranger": [*_STRANGERS],
        "contact": [*_CONTACTS],
    }


_STRANGERS = (
    Spelling("Dr. Winterbottom", ("Winterbottom",)),
    Spelling("Mr Featherstone", ("Featherstone",)),
    Spelling("Dr. Long", ("Long",)),
    Spelling("J. Young", ("Young",)),
    Spelling("Prof. T. Aaltonen", ("Aaltonen",)),
)
_CONTACTS = (
    Spelling("z.quill@infirmary.example", ("quill", "infirmary")),
    Spelling("https://pacs.example.org/x?id=77", ("pacs", "77")),
    Spelling("1.3.6.1.4.1.99999.7.7", ("99999",)),
    Spelling("SSN 123-45-6789", ("123-45", "6789")),
)


def _names(name: str) -> Iterator[Spelling]:
    """Of each component group: as in the attribute, in a sentence, in capitals, and as one word."""
    for group in name.split("="):
        family, given = group.split("^")[:2]
        if family.isascii() or not _has_no_spaces(family):
            yield Spelling(f"{family}, {given}", (family, given))
            yield Spelling(f"{given} {family}", (family, given))
            yield Spelling(f"{given[0]}. {family}".upper(), (family,))
            yield Spelling(f"{family}_{given}", (family, given))
            yield Spelling(f"{given} {family}".lower(), (family, given))
            if family.isalpha() and given.isalpha():
                yield Spelling(f"{given[0]}{family}".lower(), (family,))
            if family.translate(_UMLAUTS) != family:
                yield Spelling(f"{given} {family}".translate(_UMLAUTS), (family.translate(_UMLAUTS),))
        else:
            yield Spelling(family + given, (family, given))
            yield Spelling(f"{family} {given}", (family, given))


def _has_no_spaces(word: str) -> bool:
    """Whether the script of a word writes without spaces; kana and ideographs do, Hangul hardly."""
    return all(ord(letter) >= 0x2E80 for letter in word)


def _physicians(name: str) -> Iterator[Spelling]:
    family, given = name.split("^")
    yield Spelling(f"Dr. {family}", (family,))
    yield Spelling(f"{given[0]} {family}", (family,))
    yield Spelling(family.upper(), (family,))


def _ids(patient_id: str) -> Iterator[Spelling]:
    joined = "".join(filter(str.isalnum, patient_id))
    gone = (patient_id, joined[-6:])
    yield Spelling(patient_id, gone)
    yield Spelling(f"MRN: {patient_id}", gone)
    yield Spelling(joined, gone)


def _dates(day: date) -> Iterator[Spelling]:
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d %B %Y", "%b %d %Y"):
        yield Spelling(day.strftime(form), (day.strftime(form), f"{day.year}"))
