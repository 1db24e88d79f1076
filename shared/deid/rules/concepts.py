"""Concepts of structured content that name people, organizations and what is theirs."""

from shared.deid.rules.codes import CODE_MEANING, STANDARD_SCHEMES, code_of
from shared.deid.rules.concept_codes import (
    AGES,
    CHARACTERISTICS,
    CONCEPT_NAME_CODE_SEQUENCE,
    IDENTIFYING,
    IDENTIFYING_IN_DCM,
    IDENTIFYING_MEANINGS,
    MEASURED_VALUE_SEQUENCE,
    MEASUREMENT_UNITS_CODE_SEQUENCE,
)
from shared.dicom.dataset import DataSet

_SOMEBODYS = AGES | IDENTIFYING
#: 90 years, which stand for all ages over 89, in units of UCUM
_NINETY_YEARS = {"a": "90", "mo": "1080", "wk": "4696", "d": "32872", "h": "788928", "min": "47335680"}


def identifies(data_set: DataSet, *, keeps_characteristics: bool) -> bool:
    """Tell whether a content item's concept is somebody's identity or age: its value must say nothing.

    That goes for its number and its code, too; for sex, size and weight unless these stay.
    """
    return any(
        _names_somebody(concept) or (not keeps_characteristics and code_of(concept) in CHARACTERISTICS)
        for concept in data_set.items(CONCEPT_NAME_CODE_SEQUENCE)
    )


def _names_somebody(concept: DataSet) -> bool:
    """By its code, or by what a hospital's own code is called."""
    value, scheme = code_of(concept)
    if (value, scheme) in _SOMEBODYS or (scheme == "DCM" and value in IDENTIFYING_IN_DCM):
        return True
    meaning = " ".join(concept.text(CODE_MEANING).casefold().split())
    return scheme not in STANDARD_SCHEMES and meaning in IDENTIFYING_MEANINGS


def ninety_years(data_set: DataSet) -> str:
    """The number for 90 years in the unit of a content item that is an age; empty if it is none."""
    if AGES.isdisjoint(_codes(data_set, CONCEPT_NAME_CODE_SEQUENCE)):
        return ""
    measured = (data_set, *data_set.items(MEASURED_VALUE_SEQUENCE))
    units = {code for each in measured for code in _codes(each, MEASUREMENT_UNITS_CODE_SEQUENCE)}
    value, scheme = units.pop() if len(units) == 1 else ("", "")
    return _NINETY_YEARS.get(value, "") if scheme == "UCUM" else ""


def _codes(data_set: DataSet, sequence: int) -> set[tuple[str, str]]:
    """Code values with their schemes."""
    return {code_of(each) for each in data_set.items(sequence)}
