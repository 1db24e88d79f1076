"""Concepts of structured content that name people, organizations and what is theirs (PS3.16 Annex D)."""

from shared.dicom.dataset import DataSet

_CONCEPT_NAME_CODE_SEQUENCE = 0x0040A043
_CODE_VALUE, _CODING_SCHEME_DESIGNATOR = 0x00080100, 0x00080102
_MEASUREMENT_UNITS_CODE_SEQUENCE = 0x004008EA
#: it is of Type 2 (PS3.3 section C.18.1)
MEASURED_VALUE_SEQUENCE = 0x0040A300
#: Numeric Value, and as a floating point number and a fraction
NUMBERS = frozenset({0x0040A30A, 0x0040A161, 0x0040A162, 0x0040A163})
#: where codes of content decide about more than themselves
DECIDING_SEQUENCES = frozenset({_CONCEPT_NAME_CODE_SEQUENCE, _MEASUREMENT_UNITS_CODE_SEQUENCE})

#: codes of DCM: people, organizations and what they are called by
_IDENTIFYING = frozenset(
    {
        "110119",  # Station AE Title
        "110122",  # Login
        "110190",  # Issuer of Identifier
        "111700",  # Specimen Container Identifier
        "111705",  # Parent Specimen Identifier
        "111706",  # Issuer of Parent Specimen Identifier
        "111724",  # Issuer of Specimen Identifier
        "113511",  # Radiopharmaceutical Dispense Unit Identifier
        "113514",  # Radionuclide Vial Identifier
        "113516",  # Prescription Identifier
        "113870",  # Person Name
        "113871",  # Person ID
        "113872",  # Person ID Issuer
        "113873",  # Organization Name
        "113877",  # Device Name
        "113880",  # Device Serial Number
        "121008",  # Person Observer Name
        "121009",  # Person Observer's Organization Name
        "121013",  # Device Observer Name
        "121016",  # Device Observer Serial Number
        "121017",  # Device Observer Physical Location During Observation
        "121020",  # Placer Number
        "121021",  # Filler Number
        "121022",  # Accession Number
        "121029",  # Subject Name
        "121030",  # Subject ID
        "121031",  # Subject Birth Date
        "121036",  # Mother of fetus
        "121040",  # Specimen Accession Number
        "121041",  # Specimen Identifier
        "121081",  # Physician
        "121114",  # Performing Physician
        "121148",  # Unit Serial Identifier
        "121193",  # Device Subject Name
        "121196",  # Device Subject Serial Number
        "121197",  # Device Subject Physical Location during observation
        "121434",  # Service Delivery Location
        "125010",  # Identifier
        "126070",  # Subject Time Point Identifier
        "128774",  # Person Observer's Login Name
        "128775",  # Identifier within Person Observer's Role
    }
)
#: concepts of somebody's age
_AGES = frozenset(
    {
        ("121033", "DCM"),  # Subject Age
        ("30525-0", "LN"),  # Age
        ("21612-7", "LN"),  # Age - Reported
        ("29553-5", "LN"),  # Age calculated
        ("397669002", "SCT"),  # Age
        ("424144002", "SCT"),  # Current chronological age
    }
)
#: 90 years, which stand for all ages over 89, in units of UCUM
_NINETY_YEARS = {"a": "90", "mo": "1080", "wk": "4696", "d": "32872", "h": "788928", "min": "47335680"}


def identifies(data_set: DataSet) -> bool:
    """Tell whether a content item's concept is somebody's identity or age: its value must say nothing.

    That goes for its number, too.
    """
    return any(
        code in _AGES or (code[1] == "DCM" and code[0] in _IDENTIFYING)
        for code in _codes(data_set, _CONCEPT_NAME_CODE_SEQUENCE)
    )


def ninety_years(data_set: DataSet) -> str:
    """The number for 90 years in the unit of a content item that is an age; empty if it is none."""
    if _AGES.isdisjoint(_codes(data_set, _CONCEPT_NAME_CODE_SEQUENCE)):
        return ""
    measured = (data_set, *data_set.items(MEASURED_VALUE_SEQUENCE))
    units = {code for each in measured for code in _codes(each, _MEASUREMENT_UNITS_CODE_SEQUENCE)}
    value, scheme = units.pop() if len(units) == 1 else ("", "")
    return _NINETY_YEARS.get(value, "") if scheme == "UCUM" else ""


def _codes(data_set: DataSet, sequence: int) -> set[tuple[str, str]]:
    """Code values with their schemes."""
    items = data_set.items(sequence)
    return {(each.text(_CODE_VALUE), each.text(_CODING_SCHEME_DESIGNATOR)) for each in items}
