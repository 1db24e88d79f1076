"""The cleaner as a whole, with descriptions as hospitals write them."""

import random
import time

import pytest

from shared.deid.text.cleaner import LONGEST_TEXT, TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import TextSettings
from shared.deid.text.vocabulary import shipped_vocabulary
from tests.unit.shared.deid.text.cases import cases

CLEANER = TextCleaner(shipped_vocabulary(), TextSettings())
NOBODY = KnownIdentifiers()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thorax^ZZPHI_STUDYDESC routine (Adult)", "Thorax^routine (Adult)"),
        ("MRT Kopf nativ + KM, Dr. Meyer", "MRT Kopf nativ + KM"),
        ("checked by Dr Who", "checked by"),
        ("smoker since 1980, call wife at 555-1234", "smoker since, call wife at"),
        ("324-58-2995/6", ""),
        ("INVESTIGATORS^Borjan", "INVESTIGATORS"),
        ("CT chest (Smith, John) with contrast", "CT chest with contrast"),
        ("Transferred from Johns Hopkins Hospital, Baltimore MD 21287", "Transferred from Hospital"),
        ("Überweiser: Praxis Dr. Lang, Tel. 0711/123456", "Tel"),
        ("Sig. Rossi, TC torace", "TC torace"),
        ("田中太郎 頭部CT", "頭部CT"),
        ("Петров Иван, голова", "голова"),
        ("김철수 복부 CT", "복부 CT"),
        ("John Long axis view", "axis view"),
        ("O'Brien knee", "knee"),
        ("KOPF NATIV Hr. Schmidt geb. 12.03.51", "KOPF NATIV"),
        ("Sch\ufffddel nativ", "nativ"),
        ("Brain \U0001f600 axial", "Brain axial"),
    ],
)
def test_what_identifies_goes(text: str, expected: str) -> None:
    """And the rest stays as it was written."""
    assert CLEANER.clean(text, NOBODY) == expected


@pytest.mark.parametrize(
    "text",
    cases(
        "CT Abd/Pelvis w/ contrast | Scanner CT du thorax sans injection | t1_mprage_sag_p2_iso"
        " | AX T2 FSE FS | Thorax 1.0 B31f | PET CT skull base to mid-thigh | HEAD W/O CONTRAST 5mm"
        " | L4/5, C1-C7 3D 0.5x0.5 120kV | MRI BRAIN WITHOUT AND WITH CONTRAST"
        " | CT^THORAX_ABD_PELVIS_IV_CON (ADULT) | *tfl3d1_16ns | SE - TI 2500 | 70 % 1.0  B30f"
        " | 5.8 TAP : 4 HELICES (SANS/ART/AP PORT/TARDIF) | T/S/C RF FAST PILOT | Water: AX LAVA"
        " | V.a. Lungenembolie | Schädel nativ, Ausschluss Blutung | CT-Abdomen mit KM i.v. und oral"
        " | TAC de tórax sin contraste | Radiographie du genou droit face + profil | TC torace senza mdc"
        " | MRI hersenen | TK klatki piersiowej z kontrastem | RTG stawu kolanowego prawego"
        " | CT hals med kontrast | Røntgen af højre knæ | снимок органов грудной клетки"
        " | Αξονική τομογραφία θώρακος | 胸部CT平扫+增强 | 単純CT 胸腹部 | 복부 CT (조영제)"
        " | ep2d_diff_b50_400_800_ADC | Gated, 0.0% | RT PLAN LUNG SBRT 50 GY/5 FX"
        " | 5 yo with cough and fever x 3 days | Knee (R) | e+1 MR BRAIN | L3-S1^L1-L4 | #1 | ^^^^"
        " | DTI 32 dir | sub-01_ses-02_T1w | Mr Brain Without Contrast | 24 Hr Uptake | 5mm @ 120kV"
    ),
)
def test_descriptions_without_identity_stay(text: str) -> None:
    """Byte for byte, in many languages."""
    assert CLEANER.clean(text, NOBODY) == text


def test_a_text_is_cleaned_until_it_is_clean() -> None:
    """What one cut brings together is judged again."""
    assert CLEANER.clean("CT 555 Qvist-1234 head", NOBODY) == "CT head"


def test_a_text_that_never_comes_to_rest_goes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what it would still lose."""
    monkeypatch.setattr("shared.deid.text.cleaner.MOST_ROUNDS", 1)

    assert CLEANER.clean("CT Qvist head", NOBODY) == ""


@pytest.mark.parametrize("text", ["x" * (LONGEST_TEXT + 1), "head " * LONGEST_TEXT, "head \x1b$B;3ED\x1b(B"])
def test_what_is_not_handled_goes_whole(text: str) -> None:
    """A text that is too long, and one in code tables that nobody decoded."""
    assert CLEANER.clean(text, NOBODY) == ""


@pytest.mark.parametrize("text", ["", " ", "--", "\n"])
def test_a_text_without_words_stays(text: str) -> None:
    """There is nothing to judge."""
    assert CLEANER.clean(text, NOBODY) == text


def test_long_lines_keep_their_breaks() -> None:
    """A comment of several lines."""
    text = "Findings: nodule in left lung.\nReported by Xaver Qvist\nDr. Meyer\nNo change since 2019.\n"

    assert CLEANER.clean(text, NOBODY) == "Findings: nodule in left lung.\nReported by\nNo change since"


UNITS = cases(
    "a|1|1-|1.|a.|.1|@|a@b|Dr. |Dr |J. |(|()|王|王1|小 x|12.03.|12 March x|2024-|tel 1|+1|id:|S/N 1"
    "|a-|smith x|ü|ß|\u0301|\u0e01|x@|http://|www.|a:|1:|0:|::|mr no 1 x|Hauptstr 5 x|12 High Street x"
    "|rue de x|van der x|0 0|0/|93 years|1a|aB|'|'s x|mar 1|1 mar|12 12 x|12345 x|s m i t h x|MAR 1MAR"
    "|0-|a/|/|aa:|1 x|Long, J. x|%|a%|'%"
)


@pytest.mark.parametrize("unit", [*UNITS, "mixed"])
def test_no_text_takes_long(unit: str) -> None:
    """No text of the longest hangs, whatever it is made of; the bound is far beyond what it takes."""
    shuffled = "".join(random.Random(unit).choices(UNITS, k=LONGEST_TEXT))
    text = (unit * LONGEST_TEXT if unit != "mixed" else shuffled)[:LONGEST_TEXT]
    known = KnownIdentifiers.of(["Smith", "Aa"], ["12345678", "1111", "121212", "aaaaaaaa"])
    start = time.process_time()
    CLEANER.clean(text, known)

    assert time.process_time() - start < 20


@pytest.mark.parametrize("unit", ["%", "'", "'%", "a%", "+", ".", "-", "a"])
def test_a_text_of_four_times_the_length_takes_no_sixteen_times_as_long(unit: str) -> None:
    """A run that is like the name in front of an `@` is read once, wherever in it one could begin."""
    short, long = (f"{unit * (size // len(unit))} @" for size in (LONGEST_TEXT // 5, LONGEST_TEXT // 5 * 4))

    assert _seconds(long) < 8 * _seconds(short) + 0.2


def _seconds(text: str) -> float:
    start = time.process_time()
    CLEANER.clean(text, NOBODY)
    return time.process_time() - start


def test_addresses_that_a_percent_sign_parts_go_both() -> None:
    """Where one ends, another begins."""
    assert CLEANER.clean("head a@liver.ch%bone@liver.ch", NOBODY) == "head %"
