"""The gate alone, on the output of any tool."""

from struct import pack

import pytest

from shared.deid.verify import residue
from shared.dicom.source import MemorySource
from shared.errors import LimitExceeded
from tests.images import PROFILES, ct_image, part10, released

MANY = 500_001


def file(elements: bytes = b"") -> MemorySource:
    """A CT image in implicit VR, with more elements behind it."""
    return MemorySource(part10(ct_image(PixelData=None), "1.2.840.10008.1.2") + elements)


def test_tells_where_an_identifier_is_left() -> None:
    """An output that is its own original still has everything."""
    assert "PatientName" in residue(file(), file(), PROFILES["basic"])


def test_text_behind_a_native_image_is_found() -> None:
    """What a file holds behind the image that its header describes is searched, as it is before a release."""
    image = ct_image()
    image.PixelData += b"Quarrington^Zebulon "

    assert residue(file(), MemorySource(part10(image)), PROFILES["basic"])[-1:] == ["PixelData"]


def test_what_a_profile_keeps_in_one_place_is_no_residue_in_another() -> None:
    """As for the gate before a release: a serial number may also be a procedure's."""
    original = part10(ct_image(DeviceSerialNumber="SN-77881", PerformedProcedureStepID="SN-77881"))
    made = released(original, "device_identity")

    assert b"SN-77881" in made
    assert residue(MemorySource(original), MemorySource(made), PROFILES["device_identity"]) == []


def test_the_patients_own_id_is_residue_wherever_it_stands() -> None:
    """Also where the profile keeps an attribute that has it."""
    image = ct_image(DeviceSerialNumber="MRN-4711-0815")

    found = residue(MemorySource(part10(image)), MemorySource(part10(image)), PROFILES["device_identity"])
    assert "DeviceSerialNumber" in found


@pytest.mark.parametrize("place", ["original", "output"])
def test_an_endless_header_is_refused_before_it_takes_the_memory(place: str) -> None:
    """More elements than a header may have are an error with a code, of the original and of the output."""
    many = file(
        b"".join(pack("<HHI", 0x0029 + 2 * (n // 0xE000), 0x1000 + n % 0xE000, 0) for n in range(MANY))
    )
    sources = (many, file()) if place == "original" else (file(), many)

    with pytest.raises(LimitExceeded):
        residue(*sources, PROFILES["basic"])
