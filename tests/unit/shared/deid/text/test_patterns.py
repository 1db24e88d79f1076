"""What goes by its shape although nobody told it."""

import pytest

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import PatternClass, TextSettings
from shared.deid.text.vocabulary import Vocabulary
from tests.unit.shared.deid.text.cases import cases


class Everything(Vocabulary):
    """A vocabulary that keeps every word, so that only patterns cut."""

    def _is_made_of_words(self, pieces: list[str], letters: list[str], camels: list[str]) -> bool:
        return True

    def is_run(self, run: str) -> bool:
        """Every run stays, too."""
        return True


EVERYTHING = Everything([], surnames=["long", "young"])


def cut_by(name: PatternClass, text: str) -> str:
    """What one class of patterns leaves of a text."""
    cleaner = TextCleaner(EVERYTHING, TextSettings(classes=(name,)))
    return cleaner.clean(text, KnownIdentifiers())


@pytest.mark.parametrize(
    "text",
    cases(
        "2024-03-12 | 20240312 | 2024.03.12 | 2024/3/12 | 2024_03_12 | 12.03.2024 | 12.3.24"
        " | 12/03/2024 | 3/12/24 | 12-03-2024 | 12 / 03 / 2024 | 12. März 2024 | 12 March 2024"
        " | March 12, 2024 | Mar 12 2024 | 12-Mar-24 | 12MAR2024 | 12th of March | March 2024"
        " | 2024 March 12 | 12 Mar | MAR 12 2024 | 1er avril 2022 | 3 de mayo de 2021 | 12 maggio 2020"
        " | 12 maart 2020 | 12 maja 2020 | 12 мая 2020 | 12 Μαΐου 2020 | 12 mars 2020 | 2024年3月12日"
        " | 令和6年3月12日 | R6.3.12 | 2024년 3월 12일 | 3月12日 | 24.12. | 03/2024 | 2024-03"
        " | 2019-2021 | 1998/99 | 2024-W11 | 12_03_24 | 2024-03-12T14:05:33.123Z | 20240312_1405"
        " | 12.03.2024 um 14:05 Uhr | 3/12/24 at 2:30 pm"
    ),
)
def test_dates(text: str) -> None:
    """In the languages of hospitals, with the time of day behind them."""
    assert cut_by("date", f"CT {text} head") == "CT head"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("since 1980, x", "since, x"),
        ("seit 1999", "seit"),
        ("depuis 2010 x", "depuis x"),
        ("born 1951 x", "born x"),
    ],
)
def test_a_year_behind_a_word_that_says_so(text: str, expected: str) -> None:
    """The year goes, the word stays."""
    assert cut_by("date", text) == expected


@pytest.mark.parametrize("text", ["*1925", "* 1925", "(*1925)"])
def test_the_year_of_birth_behind_an_asterisk(text: str) -> None:
    """So it is written in German; the asterisk goes as well."""
    assert "1925" not in cut_by("date", f"CT {text} head")


@pytest.mark.parametrize(
    "text",
    cases(
        "2000 | TR 2000 | L4/5 | C1-C7 | T10/11/12 | 1.0 | 0.5x0.5 | 3/4 | T2 MAR | 3 MAR"
        " | data 3 SET | OCT 5 lines | 12.5 | 1.2.3.4.5 | 512 x 512 | 5 min | 2.5 mm | may be | 100 %"
        " | b 1000 | T2*1999 | 2 * 1950.5"
    ),
)
def test_what_is_no_date(text: str) -> None:
    """Numbers of machines and of the spine."""
    assert cut_by("date", text) == text


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("time", "14:05 | 14:05:33 | 2:30 pm | 14h30 | 14.05 Uhr | 9:15:00 | 11 a.m."),
        (
            "phone",
            (
                "+49 30 1234567 | +1 (555) 123-4567 | (555) 123-4567 | 555-1234 | 555.123.4567"
                " | 06 12 34 56 78 | 0171/1234567 | 089 / 4400-0 | +33 6 12 34 56 78"
            ),
        ),
        ("email", "a.b@c.org | jane_doe+x@mail.hospital.example | x @ y.org | a%b'c@d.org"),
        (
            "url",
            "https://a.b/c?d=5 | www.x.org/y | pacs.hospital.local | ftp://x | pacs01.klinik.uni.de | a.org",
        ),
        (
            "network",
            "aa:bb:cc:dd:ee:ff | 00-1B-44-11-3A-B7 | fe80::1ff:fe23:4567:890a | 001b.4411.3ab7",
        ),
        ("uid", "1.2.840.10008.1.2 | 10.1.2.3 | 2.25.123456789012345678"),
        (
            "number",
            (
                "12345 | 123456789 | A1234567 | 12345-67/8 | 123-45-6789 | 324-58-2995/6"
                " | 756.1234.5678.97 | 850709-9805 | 943 476 5919 | QQ 12 34 56 C | 2024/123 | 1234 5678"
                " | 123.45678"
            ),
        ),
        (
            "id",
            (
                "MRN: 123 | MRN 0012 | Pat.-Nr. 44 | Patienten-ID 4711 | pat id=77 | Acc# X"
                " | Accession No. A-12/24 | Fallnr. 123/24 | case no 7 | order #88 | ID: x5"
                " | Room no. 12 | Fall 2231/19 | Befund 4411/2019 | case 22319/19"
            ),
        ),
        (
            "device",
            "S/N: 12AB | s/n 44-2 | Serial No. 12X | serial number: 55-12 | Seriennr. 4711 | sn: AB12",
        ),
        (
            "age",
            (
                "93 years old | 93yo | 93 J. | 93-year-old | 095Y | 97 ans | 101 anni | 91歳"
                " | aged 95 | Alter: 93 | 92 лет | 90 y/o"
            ),
        ),
        (
            "address",
            (
                "12 High Street | 221B Baker St. | Hauptstraße 5 | Hauptstr. 5a | Bahnhofweg 3"
                " | 12 rue de Rivoli | Via Roma 3 | Calle Mayor 5 | Storgatan 5 | ul. Długa 12"
                " | PO Box 77 | SW1A 1AA | K1A 0B1 | IL 62701"
            ),
        ),
        (
            "name",
            (
                "Dr. Meyer | Dr Who | dr who | DR. MEYER | Mr Jones | Mrs. Long | Frau Klug"
                " | Herrn Prof. Dr. med. A. Lang | Dr. van der Berg | Mme Dupont | Sig. Rossi"
                " | Dr. Meyer-Long | J. Long | Young, J. | проф Иванов"
            ),
        ),
    ],
)
def test_other_patterns(name: PatternClass, texts: str) -> None:
    """Each class in its many spellings."""
    assert {text: cut_by(name, f"CT {text} head") for text in cases(texts)} == dict.fromkeys(
        cases(texts), "CT head"
    )


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("time", "1:10 | 4:3 | 14:05:99:1 | 12 | T1:20"),
        ("phone", "512x512 | 120 kV | 0.625 | 100-120 | b0-500-1000 | 5 10 15"),
        ("email", "5mm @ 120kV | 1 @ 1.5T | 3mm@120kV | a @ b"),
        ("url", "T1.SE | ax.t2 | Z.n. | i.v."),
        ("network", "1:2 | T1-T2-T3-T4"),
        ("uid", "1.2.3 | 0.5"),
        ("number", "1234 | 1024x768 | 0.9765625 | b 0 500 1000 | 512 512"),
        ("id", "MR brain | patient no contrast | study of 5 | case 3 | order | acc 2 | fall 2/3 m"),
        ("device", "series 3 | serial images | S N | system"),
        ("age", "89 years | 63 y | 120 kV | 95 % | 90 mm | 100 ms"),
        ("address", "via catheter 3 | 5 mm | T2 1ST | C7 2ND rib | 3 mm st"),
        (
            "name",
            "MR Brain | DR Thorax | MRS Brain | 24 hr | MS Brain | doctor asked | Long axis | Sr 89 | 24 Hr",
        ),
    ],
)
def test_what_is_none_of_these(name: PatternClass, texts: str) -> None:
    """Words and numbers of radiology that look a little like them."""
    assert {text: cut_by(name, text) for text in cases(texts)} == {text: text for text in cases(texts)}


@pytest.mark.parametrize(
    ("text", "expected"), [("read by Long, head", "read by, head"), ("Physician: YOUNG", "Physician")]
)
def test_who_did_something(text: str, expected: str) -> None:
    """A word that is a name as well goes behind a word that names somebody."""
    assert cut_by("name", text) == expected


def test_the_number_of_an_east_asian_id() -> None:
    """It goes, a label in other letters stays."""
    assert cut_by("id", "患者ID:A123 头部") == "患者 头部"
    assert cut_by("id", "检查号 5512 头部") == "检查号 头部"
