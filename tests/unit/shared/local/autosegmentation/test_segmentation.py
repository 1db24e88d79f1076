"""What the double draws."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import JPEG2000Lossless, MRImageStorage, PositronEmissionTomographyImageStorage

from shared.errors import AirlockError, AttributeMissing, ImageInconsistent
from shared.local.autosegmentation.contours import area
from shared.local.autosegmentation.package import read_package
from shared.local.autosegmentation.segmentation import Structure, segment
from tests.contracts.destination import (
    BODY_RADIUS_MM,
    BONE_RADIUS_MM,
    COLUMNS,
    ROWS,
    SPACING,
    ct_series,
    disc,
    package_of,
)


def drawn(tmp_path: Path, datasets: list[Dataset]) -> list[Structure]:
    """The structures of a series."""
    path = tmp_path / "package.zip"
    path.write_bytes(package_of(datasets))
    return segment(read_package(path))


def as_modality(dataset: Dataset, sop_class_uid: str, modality: str, brightness: int) -> Dataset:
    """The dataset as an MR or PT image of a disc of this brightness on a background of a twentieth of it."""
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = sop_class_uid
    dataset.Modality = modality
    pixels = np.full((ROWS, COLUMNS), brightness // 20, dtype=np.uint16)
    pixels[disc(BODY_RADIUS_MM)] = brightness
    dataset.PixelData = pixels.tobytes()
    del dataset.RescaleSlope
    del dataset.RescaleIntercept
    return dataset


def test_a_disc_is_drawn_with_its_area(tmp_path: Path) -> None:
    """Body and bone of a CT are drawn in every slice, with the area that they have in millimetres."""
    external, bones = drawn(tmp_path, ct_series(3))

    assert (external.name, len(external.contours), bones.name, len(bones.contours)) == (
        "External",
        3,
        "Bones",
        3,
    )
    for structure, radius in ((external, BODY_RADIUS_MM), (bones, BONE_RADIUS_MM)):
        areas = [area(contour.points[:, :2]) for contour in structure.contours]

        assert areas == pytest.approx([np.pi * radius**2] * 3, rel=0.08)


def test_points_lie_within_the_image(tmp_path: Path) -> None:
    """Every point lies on its slice, within the centres of the outermost pixels."""
    for structure in drawn(tmp_path, ct_series(2)):
        for contour in structure.contours:
            origin = np.array(contour.instance.header.ImagePositionPatient, dtype=float)
            extent = np.array([(COLUMNS - 1) * SPACING[1], (ROWS - 1) * SPACING[0], 0])

            assert np.all(contour.points >= origin)
            assert np.all(contour.points <= origin + extent)


def test_contours_follow_the_positions(tmp_path: Path) -> None:
    """The contours go up through the patient, in whatever order the instances came."""
    external = drawn(tmp_path, ct_series(4))[0]
    heights = [float(contour.points[0, 2]) for contour in external.contours]

    assert heights == [0.0, 3.0, 6.0, 9.0]


@pytest.mark.parametrize(
    ("sop_class_uid", "modality"),
    [(MRImageStorage, "MR"), (PositronEmissionTomographyImageStorage, "PT")],
)
def test_the_brightest_slice_sets_the_threshold(tmp_path: Path, sop_class_uid: str, modality: str) -> None:
    """MR and PT have no bones, and what is below a tenth of the series' brightest value is background."""
    bright, dim = ct_series(2)
    as_modality(bright, sop_class_uid, modality, 2000)
    as_modality(dim, sop_class_uid, modality, 100)
    structures = drawn(tmp_path, [bright, dim])
    drawn_on = [contour.instance.sop_instance_uid for contour in structures[0].contours]

    assert [structure.name for structure in structures] == ["External"]
    assert drawn_on == [bright.SOPInstanceUID]


def test_a_dark_series_has_an_empty_outline(tmp_path: Path) -> None:
    """Where there is nothing there is nothing to draw."""
    dataset = as_modality(ct_series(1)[0], MRImageStorage, "MR", 0)

    assert [structure.contours for structure in drawn(tmp_path, [dataset])] == [[]]


def without_geometry(dataset: Dataset) -> None:
    """Take the plane away."""
    del dataset.ImagePositionPatient


def with_another_frame(dataset: Dataset) -> None:
    """Put it into a frame of reference of its own."""
    dataset.FrameOfReferenceUID = "1.2.3"


def with_short_pixels(dataset: Dataset) -> None:
    """Take half of the pixels away."""
    dataset.PixelData = dataset.PixelData[: len(dataset.PixelData) // 2]


def without_pixels(dataset: Dataset) -> None:
    """Take all of the pixels away."""
    del dataset.PixelData


def with_frames(dataset: Dataset) -> None:
    """Say that it has two frames."""
    dataset.NumberOfFrames = 2
    dataset.PixelData *= 2


def compressed(dataset: Dataset) -> None:
    """Say that it is compressed in a way that needs a codec."""
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00\xff\x4f\xff\x51"
    dataset["PixelData"].is_undefined_length = True


@pytest.mark.parametrize(
    ("spoil", "error", "reason"),
    [
        (without_geometry, AttributeMissing, "geometry is missing"),
        (with_frames, ImageInconsistent, "geometry is missing"),
        (with_another_frame, ImageInconsistent, "more than one frame of reference"),
        (with_short_pixels, ImageInconsistent, "pixel data cannot be decoded"),
        (without_pixels, ImageInconsistent, "pixel data cannot be decoded"),
        (compressed, ImageInconsistent, "pixel data cannot be decoded"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    tmp_path: Path, spoil: object, error: type[AirlockError], reason: str
) -> None:
    """One slice without a place or without pixels fails the series, with a reason in words."""
    datasets = ct_series(2)
    spoil(datasets[1])

    with pytest.raises(error) as caught:
        drawn(tmp_path, datasets)

    assert caught.value.details["reason"] == reason
