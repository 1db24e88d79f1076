"""Series of images as DICOM files in memory: CT with its localizers, and MR."""

from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

from shared.local.sample.header import Uids, series_header
from shared.local.sample.patients import Patient
from shared.local.sample.phantom import FIELD_OF_VIEW, pixel_positions

_RESCALE_INTERCEPT = -1024
_IMPLEMENTATION = "2.25.329800735698586629295641978511506172918"
_AXIAL = ["1", "0", "0", "0", "1", "0"]
_CORONAL = ["1", "0", "0", "0", "0", "-1"]
_SAGITTAL = ["0", "1", "0", "0", "0", "-1"]
_T1_SIGNAL = (-240, -120, -80, 0, 8, 23, 60, 250, 500), (4, 900, 900, 140, 140, 600, 420, 60, 20)


class Study(NamedTuple):
    """Whose images, under which UIDs: `label` tells the studies of one sample apart."""

    patient: Patient
    uids: Uids
    label: str

    def uid(self, of: str) -> str:
        """The UID of one of this study's parts."""
        return self.uids.make(f"{self.label} {of}")


def ct_series(study: Study, hu: NDArray[np.int16], heights: NDArray[np.float64]) -> Iterator[Dataset]:
    """Make one axial CT image after the other (CT Image IOD, PS3.3 A.3).

    Args:
        study: whose images they are.
        hu: Hounsfield units, shape (slices, rows, columns).
        heights: the slices' positions in mm, equally spaced and ascending.
    """
    spacing = FIELD_OF_VIEW / hu.shape[1]
    image = _ct_header(study, "axial", ["ORIGINAL", "PRIMARY", "AXIAL"])
    image.SeriesNumber = 2
    image.SliceThickness = image.SpacingBetweenSlices = _decimal(heights[1] - heights[0])
    image.ImageOrientationPatient = _AXIAL
    first = float(pixel_positions(hu.shape[1])[0])
    for number, (pixels, height) in enumerate(zip(hu, heights, strict=True), start=1):
        image.SliceLocation = _decimal(height)
        image.ImagePositionPatient = [_decimal(first), _decimal(first), _decimal(height)]
        yield _numbered(image, study.uid(f"axial {number}"), number, _stored(pixels), (spacing, spacing))


def localizer(
    study: Study, hu: NDArray[np.int16], heights: NDArray[np.float64], *, lateral: bool, series: str
) -> Dataset:
    """Make the projection image that a scanner takes first, from the front or from the side.

    Args:
        study: whose image it is.
        hu: Hounsfield units of the axial slices, shape (slices, rows, columns).
        heights: the slices' positions in mm.
        lateral: from the side; from the front otherwise.
        series: the label of the series that it belongs to.
    """
    image = _ct_header(study, series, ["ORIGINAL", "PRIMARY", "LOCALIZER"])
    step = heights[1] - heights[0]
    image.SeriesNumber = 2 if series == "axial" else 1
    image.SliceThickness = _decimal(FIELD_OF_VIEW)
    image.ImageOrientationPatient = _SAGITTAL if lateral else _CORONAL
    edge, top = _decimal(float(pixel_positions(hu.shape[1])[0])), _decimal(heights[-1])
    image.ImagePositionPatient = ["0", edge, top] if lateral else [edge, "0", top]
    across = (hu.astype(np.float32) + 1000).mean(axis=2 if lateral else 1)[::-1] * 2.2 - 1000
    pixels = np.clip(np.rint(across), -1024, 3071).astype(np.int16)
    spacing = (step, FIELD_OF_VIEW / hu.shape[1])
    return _numbered(image, study.uid(f"{series} localizer"), 901, _stored(pixels), spacing)


def mr_series(study: Study, hu: NDArray[np.float32], heights: NDArray[np.float64]) -> Iterator[Dataset]:
    """Make axial T1-weighted images out of radiodensities: bone and air dark, fat bright (MR IOD, PS3.3 A.4).

    Args:
        study: whose images they are.
        hu: Hounsfield units, shape (slices, rows, columns).
        heights: the slices' positions in mm, equally spaced and ascending.
    """
    image = _mr_header(study)
    image.SliceThickness = image.SpacingBetweenSlices = _decimal(heights[1] - heights[0])
    first, spacing = float(pixel_positions(hu.shape[1])[0]), FIELD_OF_VIEW / hu.shape[1]
    signal = np.interp(hu, *_T1_SIGNAL).astype(np.uint16)
    for number, (pixels, height) in enumerate(zip(signal, heights, strict=True), start=1):
        image.SliceLocation = _decimal(height)
        image.ImagePositionPatient = [_decimal(first), _decimal(first), _decimal(height)]
        yield _numbered(image, study.uid(f"axial {number}"), number, pixels, (spacing, spacing))


def file_of(image: Dataset) -> bytes:
    """Encode an image as a DICOM file (PS3.10 section 7): CT with explicit VRs, MR with implicit ones."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = image.SOPClassUID
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    explicit = image.SOPClassUID == CTImageStorage
    meta.TransferSyntaxUID = ExplicitVRLittleEndian if explicit else ImplicitVRLittleEndian
    meta.ImplementationClassUID = UID(_IMPLEMENTATION)
    meta.ImplementationVersionName = "SAMPLE_1"
    image.file_meta = meta
    content = BytesIO()
    dcmwrite(content, image, enforce_file_format=True)
    return content.getvalue()


def _ct_header(study: Study, series: str, image_type: list[str]) -> Dataset:
    """What the CT images of a series share (CT Image Module, PS3.3 C.8.2.1)."""
    image = series_header(study.patient, study.uids, f"{study.label} study", f"{study.label} {series} series")
    values = {
        "SOPClassUID": CTImageStorage,
        "Modality": "CT",
        "ImageType": image_type,
        "PatientPosition": "HFS",
        "BodyPartExamined": "HEADNECK",
        "ProtocolName": "Head and neck",
        "SeriesDescription": "Neck 3.0 mm" if image_type[2] == "AXIAL" else "Topogram",
        "KVP": "120",
        "XRayTubeCurrent": 240,
        "ExposureTime": 750,
        "FilterType": "FLAT",
        "ConvolutionKernel": "B30s",
        "ReconstructionDiameter": _decimal(FIELD_OF_VIEW),
        "GantryDetectorTilt": "0",
        "TableHeight": "142",
        "RotationDirection": "CW",
        "RescaleIntercept": str(_RESCALE_INTERCEPT),
        "RescaleSlope": "1",
        "RescaleType": "HU",
        "WindowCenter": "40",
        "WindowWidth": "400",
    }
    return _with(image, values)


def _mr_header(study: Study) -> Dataset:
    """What the MR images share (MR Image Module, PS3.3 C.8.3.1)."""
    image = series_header(study.patient, study.uids, f"{study.label} study", f"{study.label} axial series")
    values = {
        "SOPClassUID": MRImageStorage,
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "SE"],
        "ImageOrientationPatient": _AXIAL,
        "PatientPosition": "HFS",
        "BodyPartExamined": "HEAD",
        "SeriesDescription": "T1 axial",
        "SeriesNumber": 1,
        "ScanningSequence": "SE",
        "SequenceVariant": "NONE",
        "ScanOptions": "",
        "MRAcquisitionType": "2D",
        "RepetitionTime": "500",
        "EchoTime": "12",
        "EchoTrainLength": 1,
        "MagneticFieldStrength": "1.5",
        "WindowCenter": "450",
        "WindowWidth": "900",
    }
    return _with(image, values)


def _with(image: Dataset, values: dict[str, object]) -> Dataset:
    """Set attributes by keyword."""
    for keyword, value in values.items():
        setattr(image, keyword, value)
    return image


def _numbered(
    image: Dataset, uid: str, number: int, pixels: NDArray[np.generic], spacing: tuple[float, float]
) -> Dataset:
    """Make the next image of the series in place: its UID, its number and its pixels (PS3.3 C.7.6.3)."""
    image.SOPInstanceUID = uid
    image.AcquisitionNumber = 1
    image.InstanceNumber = number
    image.ImageComments = f"{image.PatientName} {number}"
    image.BurnedInAnnotation = "NO"
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = pixels.shape
    image.PixelSpacing = [_decimal(spacing[0]), _decimal(spacing[1])]
    image.BitsAllocated = 16
    image.BitsStored = 16 if pixels.dtype == np.int16 else 12
    image.HighBit = image.BitsStored - 1
    image.PixelRepresentation = int(pixels.dtype == np.int16)
    image.add_new("PixelData", "OW", pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())
    return image


def _stored(hu: NDArray[np.int16]) -> NDArray[np.int16]:
    """Stored values from Hounsfield units (PS3.3 C.11.1)."""
    return hu - np.int16(_RESCALE_INTERCEPT)


def _decimal(value: float) -> str:
    """A number as a Decimal String of at most 16 characters (PS3.5 section 6.2)."""
    return f"{value:.6g}"
