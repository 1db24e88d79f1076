"""Concepts of structured content that name people, organizations and what is theirs (PS3.16 Annex D)."""

from shared.dicom.dataset import DataSet

_CONCEPT_NAME_CODE_SEQUENCE = 0x0040A043
_CODE_VALUE, _CODING_SCHEME_DESIGNATOR = 0x00080100, 0x00080102

#: codes of DCM: people, organizations and what they are called by
_IDENTIFYING = frozenset(
    {
        "110190",  # Issuer of Identifier
        "113870",  # Person Name
        "113871",  # Person ID
        "113872",  # Person ID Issuer
        "113873",  # Organization Name
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
        "121114",  # Performing Physician
        "128774",  # Person Observer's Login Name
    }
)


def identifies(data_set: DataSet) -> bool:
    """Tell whether a content item's concept is somebody's identity, so that its value must say nothing."""
    return any(
        concept.text(_CODING_SCHEME_DESIGNATOR) == "DCM" and concept.text(_CODE_VALUE) in _IDENTIFYING
        for concept in data_set.items(_CONCEPT_NAME_CODE_SEQUENCE)
    )
