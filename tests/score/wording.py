"""Free texts of radiology in which every word is harmless, with places for what identifies somebody."""

import random
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tests.score.people import Spelling

_SLOT = re.compile(r"\{(\w+)\}")

#: texts by language, as scanners, protocols and physicians write them; a slot names a kind of identifier
DESCRIPTIONS: Mapping[str, Sequence[str]] = {
    "en": (
        "CT ABDOMEN W CONTRAST 5MM",
        "CT ABDOMEN W CONTRAST 5MM {name}",
        "{name} CT CHEST W/O CONTRAST",
        "CHEST CT LOW DOSE LUNG CANCER SCREENING",
        "AX T1 FSE POST GAD FS {id}",
        "SAG T2 FLAIR",
        "Thorax 1.0 B31f {date}",
        "ABD/PELVIS 3.0 x 3.0 PORTAL VENOUS",
        "Neck with contrast 2.5 mm, {physician}",
        "Ultrasound guided biopsy {accession}",
        "PET WB FDG CTAC",
        "DWI b1000 ADC Map",
        "t1_mprage_sag_p2_iso",
        "RENAL STONE PROTOCOL {hospital}",
        "MIP COR {name}",
        "Delayed 10 min",
        "Perfusion CBF",
        "TOF MRA circle of Willis",
        "LOW DOSE SCREENING {birth}",
        "BARIUM SWALLOW",
        "OB 2ND TRIMESTER {name}",
        "MAMMO SCREENING R CC",
        "HAND LEFT 3 VIEWS {phone}",
        "SIMULATION CT H&N {stranger}",
        "BREAST MRI BILATERAL W WO CONTRAST",
        "4DCT 50%",
        "STIR COR {contact}",
    ),
    "de": (
        "MRT Kopf nativ + KM {physician}",
        "CT Abdomen/Becken mit KM {name}",
        "Röntgen Thorax p.a.",
        "Knie links ap/seitl. {date}",
        "Verlaufskontrolle nach Operation {id}",
        "Abdomen portalvenös",
    ),
    "es": ("TC de abdomen con contraste {name}", "Radiografía de tórax {id}", "Columna cervical"),
    "it": ("TC encefalo senza mdc {name}", "RM ginocchio destro {date}", "Ecografia addome superiore"),
    "nl": ("CT-thorax met contrast {name}", "MRI hersenen", "Echo bovenbuik {id}"),
    "fr": (
        "IRM cérébrale sans et avec injection",
        "Scanner thoracique {name}",
        "Radiographie du genou droit {id}",
    ),
    "pt": ("TC tórax com contraste {name}", "Ressonância do crânio"),
    "pl": ("TK głowy {name}", "RTG klatki piersiowej", "USG jamy brzusznej {id}"),
    "nordic": ("DT thorax med kontrast {name}", "MR hjärna"),
    "ja": ("胸部CT 造影", "頭部MRI {name}", "腹部単純CT {id}", "経過観察 {name}"),
    "ko": ("복부 CT 조영", "흉부 CT {name}", "뇌 MRI {id}", "조영 증강"),
    "zh": ("腹部CT平扫", "胸部CT增强 {name}", "头部MRI {id}", "腰椎间盘 {name}", "肺窗"),
    "el": ("ΑΞΟΝΙΚΗ ΘΩΡΑΚΟΣ", "Μαγνητική εγκεφάλου {name}", "Υπέρηχος κοιλίας {id}"),
    "ru": (
        "КТ органов грудной клетки",  # noqa: RUF001 - Cyrillic
        "МРТ головного мозга {name}",  # noqa: RUF001 - Cyrillic
        "Контроль после операции {date}",
        "СКТ легких в двух проекциях {id}",  # noqa: RUF001 - Cyrillic
    ),
}
#: sentences of reports and comments
SENTENCES = (
    "No evidence of metastasis.",
    "History of lung cancer, seen by {stranger} on {date}.",
    "Left breast mass, {name} was informed.",
    "Follow-up of nodule in right upper lobe, call {phone}.",
    "Contrast injected 80 ml at 3 ml/s, questions to {contact}.",
    "Status post resection, {birth}, lives at {address}.",
    "Patient moved during scan.",
    "Measured in slice 12 of 40, compare {accession} of {hospital}.",
)
#: names of regions of interest: of treatment planning, and as people give them
ROI_NAMES = ("Parotid_L", "SpinalCord", "GTV primary", "PTV 60Gy", "Larynx {name}", "Heart {physician}")


class Phrase(NamedTuple):
    """A free text, the words of it that stay and those that go."""

    text: str
    kept: tuple[str, ...]
    gone: tuple[str, ...]


def descriptions(languages: Sequence[str]) -> Sequence[str]:
    """What a hospital writes that speaks these languages; everybody's scanners speak English as well."""
    return [text for language in dict.fromkeys(["en", *languages]) for text in DESCRIPTIONS[language]]


def phrase(rng: random.Random, template: str, known: Mapping[str, Sequence[Spelling]]) -> Phrase:
    """Put identifiers into the slots of a text."""
    gone: list[str] = []

    def filled(slot: re.Match[str]) -> str:
        spelling = rng.choice(known[slot[1]])
        gone.extend(spelling.words)
        return spelling.text

    return Phrase(_SLOT.sub(filled, template), words(_SLOT.sub(" ", template)), tuple(gone))


def words(text: str) -> tuple[str, ...]:
    """The words of a text without the punctuation around them."""
    stripped = (word.strip(".,;:()") for word in text.split())
    return tuple(word for word in stripped if any(map(str.isalnum, word)))
