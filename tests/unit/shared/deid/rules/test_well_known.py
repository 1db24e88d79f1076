"""Well-known UIDs: all that the Standard registers."""

from pydicom.uid import UID_dictionary

from shared.deid.rules.well_known import is_well_known


def test_the_well_known_uids_are_those_of_the_standard() -> None:
    """Frames of reference, instances, classes and transfer syntaxes of pydicom's registry are known."""
    types = {
        *("SOP Class", "Transfer Syntax", "Well-known frame of reference", "Well-known SOP Instance"),
        "Synchronization Frame of Reference",
    }
    registered = {uid for uid, row in UID_dictionary.items() if row[1] in types}

    assert {uid for uid in registered if not is_well_known(uid)} == set()
