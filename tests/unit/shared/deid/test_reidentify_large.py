"""A result of any size comes back through a small window."""

from typing import NamedTuple

from pydicom.uid import ExplicitVRLittleEndian

from shared.deid.reidentify import Returning
from tests.images import item, part10, read
from tests.unit.shared.deid.results import INSTANCES, led_back, released_series, structure_set

RELEASED = released_series(SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Jörg")
_PIECE = 1 << 20


class Watched(NamedTuple):
    """A source that notes how much is asked of it at once."""

    content: bytes
    lengths: list[int]

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        """Read a range."""
        self.lengths.append(length)
        return self.content[offset : offset + length]


def large_structure_set() -> bytes:
    """Some 8 MB: one structure with many contours."""
    result = structure_set(RELEASED.images, SpecificCharacterSet="ISO_IR 100")
    result.StructureSetROISequence[0].ROIName = "größer"
    image = result.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0]
    contour = item(
        ContourImageSequence=[image],
        ContourGeometricType="CLOSED_PLANAR",
        NumberOfContourPoints="2000",
        ContourData=["123.5"] * 6000,
    )
    result.ROIContourSequence[0].ContourSequence = [contour] * 220
    return part10(result, ExplicitVRLittleEndian)


LARGE = large_structure_set()


def test_a_large_result_is_read_and_written_in_small_pieces() -> None:
    """Neither what is read nor what is written at once grows with the result."""
    source = Watched(LARGE, [])
    chunks = list(Returning(source, RELEASED.crosswalk).content())

    assert len(LARGE) > 7 * _PIECE
    assert max(source.lengths) < _PIECE
    assert max(map(len, chunks)) < _PIECE
    assert sum(map(len, chunks)) > 7 * _PIECE


def test_every_contour_of_a_large_result_comes_back() -> None:
    """Contours are unchanged and reference the original image; text is in the patient's character set."""
    result = read(led_back(LARGE, RELEASED.crosswalk))
    contours = result.ROIContourSequence[0].ContourSequence

    assert len(contours) == 220
    assert {each.ContourImageSequence[0].ReferencedSOPInstanceUID for each in contours} == {INSTANCES[0]}
    assert all(each.ContourData == [123.5] * 6000 for each in contours)
    assert result.StructureSetROISequence[0].ROIName == "größer"
    assert str(result.PatientName) == "Müller^Jörg"
