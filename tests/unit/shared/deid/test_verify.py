"""The gate alone, on the output of any tool."""

from struct import pack

import pytest

from shared.deid.verify import residue
from shared.dicom.source import MemorySource
from shared.errors import LimitExceeded
from tests.images import PROFILES, ct_image, part10

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


@pytest.mark.parametrize("place", ["original", "output"])
def test_an_endless_header_is_refused_before_it_takes_the_memory(place: str) -> None:
    """More elements than a header may have are an error with a code, of the original and of the output."""
    many = file(
        b"".join(pack("<HHI", 0x0029 + 2 * (n // 0xE000), 0x1000 + n % 0xE000, 0) for n in range(MANY))
    )
    sources = (many, file()) if place == "original" else (file(), many)

    with pytest.raises(LimitExceeded):
        residue(*sources, PROFILES["basic"])
