"""Scans of a study: CT slices, and ultrasound with the patient's name on the screen around the picture."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
)

from shared.deid.pixels.geometry import Rectangle
from tests.images import item
from tests.lettering import lettering
from tests.pixels import Frames, fragments_value, noise
from tests.score.author import Author
from tests.unit.shared.deid.pixels import streams

#: native transfer syntaxes, among which the slices of a study take turns
NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)
#: how ultrasound is encoded, by the number of the study
ULTRASOUND = (ExplicitVRLittleEndian, RLELossless, JPEGLosslessSV1, JPEG2000Lossless)
_SLICE = Rectangle(0, 0, 8, 6)
_ROWS, _COLUMNS, _BANNER, _EDGE = 60, 96, 16, 4
_PICTURE = Rectangle(_EDGE, _BANNER, _COLUMNS - 2 * _EDGE, _ROWS - _BANNER - _EDGE)
_SCREEN = (
    Rectangle(0, 0, _COLUMNS, _BANNER),
    Rectangle(0, _ROWS - _EDGE, _COLUMNS, _EDGE),
    Rectangle(0, _BANNER, _EDGE, _PICTURE.height),
    Rectangle(_COLUMNS - _EDGE, _BANNER, _EDGE, _PICTURE.height),
)


class Made(NamedTuple):
    """An object, how it is encoded, and what of its pixels has to go and to stay."""

    data_set: Dataset
    syntax: str = ExplicitVRLittleEndian
    hidden: Sequence[Rectangle] = ()
    retained: Sequence[Rectangle] = ()


def ct_series(author: Author, count: int = 3) -> list[Made]:
    """Slices of one series in one frame of reference, each in another native transfer syntax."""
    shared = {
        "SeriesInstanceUID": author.uids.new(),
        "FrameOfReferenceUID": author.uids.new(),
        "SeriesDescription": author.describes(),
        "ProtocolName": author.describes(),
        "ImageComments": author.says("Patient moved during scan.", "Call {phone}, {stranger}"),
    }
    return [
        Made(_slice(author, number, shared), NATIVE[number % len(NATIVE)], retained=[_SLICE])
        for number in range(count)
    ]


def _slice(author: Author, number: int, shared: dict[str, Any]) -> Dataset:
    frames = Frames(noise(1, _SLICE.height, _SLICE.width, seed=number + 1))
    image = author.object_of(
        CTImageStorage,
        **{**frames.attributes, "NumberOfFrames": None, "Modality": "CT"},
        **shared,
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        InstanceNumber=str(number + 1),
        AcquisitionDate=author.day(),
        AcquisitionTime=f"1016{number:02d}",
        AcquisitionDateTime=f"{author.day()}101530.5+0100",
        KVP="120",
        SliceThickness="2.5",
        ConvolutionKernel="B31f",
        BodyPartExamined="ABDOMEN",
        PatientPosition="HFS",
        ImagePositionPatient=["0", "0", f"{number}.5"],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        PixelSpacing=["0.9765625", "0.9765625"],
        RescaleIntercept="-1024",
        RescaleSlope="1",
        WindowCenter="40",
        WindowWidth="400",
        ContrastBolusAgent="Omnipaque",
        PixelData=frames.native,
    )
    image["PixelData"].VR = "OW"
    _add_private(image, author)
    return image


def _add_private(image: Dataset, author: Author) -> None:
    """What Table E.3.10-1 of PS3.15 knows to be safe, what it does not, and a block of nobody knows whom."""
    safe = image.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    safe.add_new(0x0C, "IS", "1000")
    safe.add_new(0x08, "CS", f"QX{author.study.study_id}")
    vendor = image.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    vendor.add_new(0x10, "OB", author.study.physician.encode())
    other = image.private_block(0x0009, "HOSPITAL ARCHIVE", create=True)
    other.add_new(0x01, "LO", author.study.accession)
    other.add_new(0x02, "PN", author.study.operator)


def ultrasound(author: Author) -> Made:
    """A screen with a region: in grey or colour, of one or of several frames, native or compressed."""
    kind = author.rng.randrange(len(ULTRASOUND))
    syntax = ULTRASOUND[kind]
    samples, count = author.rng.choice([1, 3]), author.rng.choice([1, 2])
    frames = Frames(_screens(count, samples), "RGB" if samples == 3 else "MONOCHROME2")
    image = author.object_of(
        UltrasoundImageStorage if count == 1 else UltrasoundMultiFrameImageStorage,
        **{**frames.attributes, "Modality": "US", "NumberOfFrames": None if count == 1 else count},
        SeriesInstanceUID=author.uids.new(),
        SeriesDescription=author.says("US ABDOMEN COMPLETE {name}", "US Thyroid"),
        ImageType=["ORIGINAL", "PRIMARY", "ABDOMINAL"],
        InstanceNumber="1",
        SequenceOfUltrasoundRegions=[_region()],
        FrameIncrementPointer=None if count == 1 else 0x00181063,
        FrameTime=None if count == 1 else "33.3",
        BurnedInAnnotation="YES",
        PixelData=frames.native,
    )
    _encode(image, frames, syntax)
    return Made(image, syntax, hidden=_SCREEN, retained=[_PICTURE])


def _region() -> Dataset:
    return item(
        RegionSpatialFormat=1,
        RegionDataType=1,
        RegionFlags=0,
        RegionLocationMinX0=_PICTURE.x,
        RegionLocationMinY0=_PICTURE.y,
        RegionLocationMaxX1=_PICTURE.right - 1,
        RegionLocationMaxY1=_PICTURE.bottom - 1,
    )


def _screens(count: int, samples: int) -> NDArray[Any]:
    """Noise in the picture, and text all around it."""
    frames = noise(count, _ROWS, _COLUMNS, samples, kind="u1")
    for area in _SCREEN:
        frames[:, area.y : area.bottom, area.x : area.right] = 10
    drawn = lettering("PATIENT 2374", 1).astype("u1") * 200
    frames[:, 4 : 4 + drawn.shape[0], 2 : 2 + drawn.shape[1]] += drawn[..., None]
    frames[:, :, (0, -1)] = np.arange(_ROWS, dtype="u1")[:, None, None]
    frames[:, -2] = np.arange(_COLUMNS, dtype="u1")[:, None]
    return frames[..., 0] if samples == 1 else frames


def _encode(image: Dataset, frames: Frames, syntax: str) -> None:
    """Put the frames in as native or encapsulated Pixel Data."""
    image["PixelData"].VR = "OB"
    if syntax == RLELossless:
        pixels = frames.array[0] if len(frames.array) == 1 else frames.array
        image.compress(RLELossless, pixels, generate_instance_uid=False)
    elif syntax != ExplicitVRLittleEndian:
        fragments = [_compressed(frame, syntax) for frame in frames.array]
        image.PixelData = fragments_value(fragments)
        image["PixelData"].is_undefined_length = True


def _compressed(frame: NDArray[Any], syntax: str) -> bytes:
    return streams.lossless_jpeg(frame, 8) if syntax == JPEGLosslessSV1 else streams.jpeg_2000(frame)
