"""UIDs that are the same for everybody, and identify nobody (PS3.6 Annex A)."""

from shared.deid.rules.iod import knows
from shared.dicom.dictionary import DICOM_UID_ROOT, sop_classes, transfer_syntaxes

# PS3.6 Tables: frames of reference and instances that are the same for everybody
_WELL_KNOWN = frozenset(
    DICOM_UID_ROOT + ending
    for ending in (
        *(f"1.4.1.{number}" for number in range(1, 19)),
        *("1.4.2.1", "1.4.2.2", "1.4.3.1", "1.4.3.2", "1.4.3.3", "1.4.4.1", "1.4.5.1"),
        *("1.4.6.1", "1.4.6.2", "1.4.6.3", "15.1.1"),
        *(f"1.5.{number}" for number in range(1, 9)),
        *("1.20.1.1", "1.20.2.1", "1.40.1", "1.42.1", "5.1.1.17", "5.1.1.17.376", "5.1.1.25", "5.1.1.40.1"),
        *("5.1.4.1.1.201.1.1", "5.1.4.34.5", "5.1.4.34.5.1"),
    )
)


def is_well_known(uid: str) -> bool:
    """Tell whether PS3.6 Annex A registers this UID; not every UID under the Standard's root is.

    Classes that are younger than our copy of it have an IOD all the same.
    """
    return uid.startswith(DICOM_UID_ROOT) and (
        uid in _WELL_KNOWN or uid in sop_classes() or uid in transfer_syntaxes() or knows(uid)
    )
