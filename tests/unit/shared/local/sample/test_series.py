"""The sample's images are DICOM that the oracle reads."""

from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from shared.identifiers import is_uid
from shared.local.sample.header import Uids
from shared.local.sample.patients import GENSOU, NEBYLITSK, QUIRINSFELD


@pytest.fixture(scope="session")
def images(contents: dict[str, bytes]) -> dict[str, Dataset]:
    """The synthetic good instances, decoded."""
    wanted = ("CT/", "MR/", "archive.zip/")
    return {
        name: pydicom.dcmread(BytesIO(content))
        for name, content in contents.items()
        if name.startswith(wanted) and name.endswith(".dcm")
    }


def axial(images: dict[str, Dataset]) -> list[Dataset]:
    """The axial images of the first patient."""
    return [i for name, i in images.items() if name.startswith("CT/") and i.ImageType[2] == "AXIAL"]


def test_the_ct_is_one_series_of_equally_spaced_slices(images: dict[str, Dataset]) -> None:
    """Forty axial slices share study, series and frame of reference and are 3 mm apart."""
    slices = axial(images)
    heights = [float(image.ImagePositionPatient[2]) for image in slices]

    assert len(slices) == 40
    assert len({(i.StudyInstanceUID, i.SeriesInstanceUID, i.FrameOfReferenceUID) for i in slices}) == 1
    assert set(np.diff(heights)) == {3.0}
    assert {float(image.SliceThickness) for image in slices} == {3.0}


def test_the_ct_image_module_is_complete(images: dict[str, Dataset]) -> None:
    """The CT Image and Image Plane Modules describe a head-and-neck scan (PS3.3 C.8.2.1)."""
    image = axial(images)[0]

    assert list(image.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert list(image.ImageOrientationPatient) == [1, 0, 0, 0, 1, 0]
    assert list(image.PixelSpacing) == [1, 1]
    assert (image.Rows, image.Columns) == (256, 256)
    assert (image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation) == (
        16,
        16,
        15,
        1,
    )
    assert (image.RescaleIntercept, image.RescaleSlope) == (-1024, 1)
    assert (image.PatientPosition, image.BodyPartExamined, image.Modality) == ("HFS", "HEADNECK", "CT")
    assert (image.KVP, image.XRayTubeCurrent, image.ConvolutionKernel) == (120, 240, "B30s")


def test_stored_values_rescale_to_hounsfield_units(images: dict[str, Dataset]) -> None:
    """Air at the edge is about -1000 HU after rescaling."""
    image = axial(images)[20]
    hu = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)

    assert -1020 < hu[:5].mean() < -980


def test_one_localizer_is_in_the_series_and_one_beside_it(images: dict[str, Dataset]) -> None:
    """A localizer shares the axial series, another is a series of its own; both are of the same study."""
    localizers = [image for image in images.values() if image.ImageType[2] == "LOCALIZER"]
    series = axial(images)[0].SeriesInstanceUID

    assert [image.SeriesInstanceUID == series for image in localizers] == [True, False]
    assert {image.StudyInstanceUID for image in localizers} == {axial(images)[0].StudyInstanceUID}


def test_each_series_has_its_character_set_and_transfer_syntax(images: dict[str, Dataset]) -> None:
    """Three patients write in three character sets, and their names decode to what was meant."""
    firsts = {name.split("/")[0]: image for name, image in reversed(images.items())}

    assert {folder: str(image.PatientName) for folder, image in firsts.items()} == {
        "CT": QUIRINSFELD.name,
        "MR": GENSOU.name,
        "archive.zip": NEBYLITSK.name,
    }
    assert firsts["CT"].SpecificCharacterSet == "ISO_IR 192"
    assert list(firsts["MR"].SpecificCharacterSet) == ["", "ISO 2022 IR 87"]
    assert firsts["archive.zip"].SpecificCharacterSet == "ISO_IR 144"
    assert firsts["CT"].file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert firsts["MR"].file_meta.TransferSyntaxUID == ImplicitVRLittleEndian


def test_every_instance_is_a_different_one(images: dict[str, Dataset]) -> None:
    """No two instances share a SOP Instance UID, and the file meta names the same one."""
    uids = [image.SOPInstanceUID for image in images.values()]

    assert len(set(uids)) == len(uids) == 53
    assert all(is_uid(uid) for uid in uids)
    assert [image.file_meta.MediaStorageSOPInstanceUID for image in images.values()] == uids


def test_every_value_is_valid(images: dict[str, Dataset]) -> None:
    """Every element of every series decodes without a complaint, which pytest would turn into an error."""
    for image in (images["CT/CT0001.dcm"], images["MR/MR0001.dcm"], images["CT/CT0042.dcm"]):
        image.decode()
        elements = list(image.iterall())

        assert len(elements) > 80


def test_identifiers_lie_in_sequences_and_private_elements(images: dict[str, Dataset]) -> None:
    """The name stands in private texts, bytes and sequences, the former one in nested items."""
    image = axial(images)[0]
    block = image.private_block(0x0029, "QUIRINIA HEADER 1.1")
    before = image.OriginalAttributesSequence[0].ModifiedAttributesSequence[0]

    assert str(block[0x01].value) == QUIRINSFELD.name
    assert QUIRINSFELD.name.encode() in block[0x10].value
    assert str(block[0x20].value[0].PatientName) == QUIRINSFELD.name
    assert str(before.PatientName) == QUIRINSFELD.former_name


def test_mr_signal_is_bright_in_fat_and_dark_in_air(images: dict[str, Dataset]) -> None:
    """The MR's contrast is not the CT's: air is almost black and something is close to white."""
    signal = images["MR/MR0004.dcm"].pixel_array

    assert signal.shape == (64, 64)
    assert signal[:4].max() < 50
    assert 700 < signal.max() < 4096


def test_uids_depend_on_seed_and_label_alone() -> None:
    """The same seed and label give the same UID under 2.25, in any order; another seed gives another."""
    first, second = Uids(1), Uids(1)
    one, two = first.make("a"), first.make("b")

    assert (second.make("b"), second.make("a")) == (two, one)
    assert Uids(2).make("a") != one
    assert one.startswith("2.25.")
    assert first.made == (one, two)
