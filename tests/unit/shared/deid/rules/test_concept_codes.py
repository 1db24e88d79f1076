"""Codes of concepts that identify: none is mistyped."""

import pytest
from pydicom.sr._concepts_dict import concepts

from shared.deid.rules.concept_codes import AGES, CHARACTERISTICS, IDENTIFYING, IDENTIFYING_IN_DCM

CODES = sorted(AGES | CHARACTERISTICS | IDENTIFYING)
# The dihedral group of ten elements, and what it permutes digits by.
PRODUCTS = [
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
]
PERMUTATIONS = [
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
]


def luhn(digits: str) -> int:
    """The check digit of a LOINC code: each second digit from the right counts twice."""
    doubled = str(int(digits[::-1][::2][::-1]) * 2)
    return -sum(map(int, digits[::-1][1::2] + doubled)) % 10


def verhoeff(digits: str) -> int:
    """Zero for a SNOMED CT identifier with its check digit."""
    found = 0
    for place, digit in enumerate(reversed(digits)):
        found = int(PRODUCTS[found][int(PERMUTATIONS[place % 8][int(digit)])])
    return found


@pytest.mark.parametrize("code", [code for code, scheme in CODES if scheme == "LN"])
def test_loinc_codes_have_their_check_digit(code: str) -> None:
    """A digit that is wrong would let the concept pass."""
    number, _, check = code.partition("-")

    assert luhn(number) == int(check)


@pytest.mark.parametrize("code", [code for code, scheme in CODES if scheme == "SCT"])
def test_snomed_codes_have_their_check_digit(code: str) -> None:
    """A digit that is wrong, or two that are exchanged, would let the concept pass."""
    assert verhoeff(code) == 0


def test_codes_of_the_standard_are_there() -> None:
    """Each code of DCM is one of PS3.16 Annex D that pydicom knows."""
    known = {code for codes in concepts["DCM"].values() for code in codes}
    told = IDENTIFYING_IN_DCM | {code for code, scheme in CODES if scheme == "DCM"}

    assert told - known == set()
    assert {scheme for _, scheme in CODES} == {"DCM", "LN", "SCT"}
