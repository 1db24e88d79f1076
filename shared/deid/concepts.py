"""Concepts of structured content that name people, organizations and what is theirs (PS3.16 Annex D)."""

from shared.dicom.dataset import DataSet

_CONCEPT_NAME_CODE_SEQUENCE = 0x0040A043
_CODE_VALUE, _CODING_SCHEME_DESIGNATOR = 0x00080100, 0x00080102

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
        "121033",  # Subject Age
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


def identifies(data_set: DataSet) -> bool:
    """Tell whether a content item's concept is somebody's identity, so that its value must say nothing.

    That goes for its number, too, which may be an age over 89 years.
    """
    return any(
        concept.text(_CODING_SCHEME_DESIGNATOR) == "DCM" and concept.text(_CODE_VALUE) in _IDENTIFYING
        for concept in data_set.items(_CONCEPT_NAME_CODE_SEQUENCE)
    )
