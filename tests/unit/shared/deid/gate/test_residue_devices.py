"""The release gate and what names devices."""

import pytest
from pydicom.dataelem import DataElement

from shared.errors import Residue
from tests.images import ct_image, part10, released


@pytest.mark.parametrize(
    ("tag", "vr", "text"),
    [
        (0x00181000, "LO", "MRN-4711-0815"),  # Device Serial Number
        (0x00181002, "UT", "MRN-4711-0815"),  # Device UID
        (0x00181002, "UT", "OTHER-9163-2750"),
    ],
)
def test_the_serial_number_of_a_device_is_no_excuse_for_an_id(tag: int, vr: str, text: str) -> None:
    """What names devices stays under an option, but not where it names the patient or is no UID."""
    image = ct_image(OtherPatientIDs=text, ContrastBolusRoute=text)
    image.add(DataElement(tag, vr, text))

    with pytest.raises(Residue):
        released(part10(image), "extended")


def test_the_serial_number_of_a_device_may_be_another_id() -> None:
    """Where the option keeps it, it is no residue elsewhere."""
    text = "OTHER-9163-2750"

    assert released(
        part10(ct_image(OtherPatientIDs=text, DeviceSerialNumber=text, DeviceID=text)), "extended"
    )
