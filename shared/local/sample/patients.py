"""The invented patients: names, numbers and addresses that belong to nobody and resemble no other word.

Each patient writes in a different character set, because a search for one spelling in UTF-8 alone would miss
the same name in another (PS3.5 section 6.1.2).
"""

import re
from typing import NamedTuple

_ESCAPE = re.compile(rb"\x1b[$()][A-Z@]")


class Patient(NamedTuple):
    """What a hospital knows of a patient and of the visit, as it stands in DICOM attributes.

    Attributes:
        character_set: values of Specific Character Set (0008,0005).
        codec: Python's name of the encoding that they mean.
    """

    character_set: tuple[str, ...]
    codec: str
    name: str
    former_name: str
    mother_birth_name: str
    patient_id: str
    former_id: str
    birth_date: str
    sex: str
    address: str
    phone: str
    physician: str
    operator: str
    institution: str
    institution_address: str
    accession_number: str
    admission_id: str
    station: str
    serial_number: str
    study_date: str

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The texts that must not get out: whole values, and the parts of names that say something alone."""
        names = (self.name, self.former_name, self.mother_birth_name, self.physician, self.operator)
        parts = (part for name in names for part in re.split(r"[\^=-]", name))
        telling = (part for part in parts if len(part) >= 4 or (part and not part.isascii()))
        return tuple(dict.fromkeys((*names, *telling, *self._values)))

    @property
    def _values(self) -> tuple[str, ...]:
        """The identifiers that are no names."""
        return (
            self.patient_id,
            self.former_id,
            self.birth_date,
            self.address,
            self.phone,
            self.institution,
            self.institution_address,
            self.accession_number,
            self.admission_id,
            self.station,
            self.serial_number,
        )

    def encoded(self, text: str) -> bytes:
        """The bytes of a text in this patient's character set."""
        return text.encode(self.codec)

    @property
    def encoded_identifiers(self) -> frozenset[bytes]:
        """Every identifier in the own character set, with and without escape sequences, and in UTF-8."""
        own = {self.encoded(text) for text in self.identifiers}
        bare = {_ESCAPE.sub(b"", form) for form in own}
        return frozenset(own | bare | {text.encode() for text in self.identifiers})


QUIRINSFELD = Patient(
    character_set=("ISO_IR 192",),
    codec="utf-8",
    name="Brömmelhübner-Quastenzwirn^Änneliese",
    former_name="Knöterichsdorf^Änneliese",
    mother_birth_name="Grützenbachin^Walpurgine",
    patient_id="HNQ-7731904",
    former_id="OLDQ-1180946",
    birth_date="19370713",
    sex="F",
    address="Zwirbelgässchen 417, 90999 Quirinsfeld",
    phone="+49 5999 0417733",
    physician="Spornitzkyreuth^Hademarius",
    operator="Wendelmuthin^Isegrimma",
    institution="Klinikum Sankt Quirinsfeld",
    institution_address="Am Hühnerbühl 88, 90999 Quirinsfeld",
    accession_number="ACCZ4471908",
    admission_id="ADMX6620417",
    station="QFCTSTATION9",
    serial_number="SNQF-00419377",
    study_date="20190317",
)
"""The head-and-neck CT: German, UTF-8."""

GENSOU = Patient(
    character_set=("", "ISO 2022 IR 87"),
    codec="iso2022_jp",
    name="Teshigaharada^Ryunosukero=勅使河原田^龍之介郎=てしがはらだ^りゅうのすけろう",
    former_name="Kutsukakezawa^Ryunosukero=沓掛沢^龍之介郎",
    mother_birth_name="Onitsukabara^Kikuyone=鬼塚原^菊代音",
    patient_id="MRQ-5520187",
    former_id="OLDJ-7714403",
    birth_date="19420923",
    sex="M",
    address="幻想県架空市夢見町四丁目一七番",
    phone="+81 3 5999 74185",
    physician="Mushanokojima^Saneatsuro=武者小路間^実篤郎",
    operator="Hyakumangokuda^Torajirota=百万石田^寅次郎太",
    institution="幻想大学附属架空病院",
    institution_address="架空市桃源町九丁目八番",
    accession_number="ACCJ9930175",
    admission_id="ADMJ3304981",
    station="GNMRSTATION4",
    serial_number="SNGN-77301842",
    study_date="20200611",
)
"""The head MR: Japanese, ASCII with escapes to JIS X 0208."""

NEBYLITSK = Patient(
    character_set=("ISO_IR 144",),
    codec="iso8859_5",
    name="Жемчуговский-Старинин^Елизарий",
    former_name="Подорожников^Елизарий",
    mother_birth_name="Клюквинская-Ветлуга^Пелагеюшка",
    patient_id="ARQ-8840263",
    former_id="OLDR-5509172",
    birth_date="19291105",
    sex="M",
    address="улица Выдуманная 417, Небылицк",
    phone="+7 999 041773326",
    physician="Златогривов^Мстиславий",
    operator="Кувшинникова^Ермолаевна",
    institution="Небылицкая областная больница",
    institution_address="площадь Сказочная 88, Небылицк",
    accession_number="ACCR2217504",
    admission_id="ADMR8850613",
    station="NBCTSTATION2",
    serial_number="SNNB-41120958",
    study_date="20210422",
)
"""The CT in the archive: Russian, ISO 8859-5."""
