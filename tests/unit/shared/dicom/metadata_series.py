"""Invented instances of series, as headers, for the tests of the metadata."""

from array import array
from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
    RTStructureSetStorage,
)

from shared.dicom.metadata import describe
from shared.dicom.metadata.document import SeriesMetadata
from shared.dicom.metadata.hounsfield import HounsfieldCheck
from shared.dicom.read import Header, read_header
from shared.dicom.source import ByteSource, MemorySource

AXIAL = (1, 0, 0, 0, 1, 0)
CORONAL = (1, 0, 0, 0, 0, -1)
SAGITTAL = (0, 1, 0, 0, 0, -1)

SIDE = 64
_OUTSIDE, _FAT, _MUSCLE, _BONE = -1000, -100, 40, 700


class CountingSource:
    """A source that notes from where it is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.offsets: list[int] = []

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        self.offsets.append(offset)
        return self.content[offset : offset + length]


def body(*, shift: int = 0, scale: float = 1.0) -> list[int]:
    """Hounsfield units of a disc of muscle with fat and bone in air, noise of a few units, row by row."""
    return [
        round(scale * (_tissue(column, row) + (column * 7 + row * 13) % 41 - 20)) + shift
        for row in range(SIDE)
        for column in range(SIDE)
    ]


def _tissue(column: int, row: int) -> int:
    distance = ((column - SIDE / 2) ** 2 + (row - SIDE / 2) ** 2) ** 0.5
    if distance < 4:
        return _BONE
    if distance < 20:
        return _MUSCLE
    return _FAT if distance < 24 else _OUTSIDE


def words(values: list[int], *, offset: int = 1024) -> bytes:
    """Stored values of 16 bits, little endian, that an intercept of minus `offset` turns back."""
    return array("H", [(value + offset) & 0xFFFF for value in values]).tobytes()


def ct(number: int = 1, z: float = 0.0, **changes: Any) -> Dataset:
    """An axial CT slice at height `z` in mm; a change of None removes an attribute."""
    values = {
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "KVP": "120",
        "XRayTubeCurrent": 240,
        "SliceThickness": "2.5",
        "RescaleSlope": "1",
        "RescaleIntercept": "-1024",
        "RescaleType": "HU",
    }
    return _image(CTImageStorage, number, z, {**values, **changes})


def mr(number: int = 1, z: float = 0.0, **changes: Any) -> Dataset:
    """An axial MR slice at height `z` in mm."""
    values = {"Modality": "MR", "EchoTime": "12.5", "RepetitionTime": "500", "MagneticFieldStrength": "1.5"}
    return _image(MRImageStorage, number, z, {**values, **changes})


def pt(number: int = 1, z: float = 0.0, **changes: Any) -> Dataset:
    """An axial PET slice at height `z` in mm."""
    values = {"Modality": "PT", "Units": "BQML", "DecayCorrection": "START"}
    return _image(PositronEmissionTomographyImageStorage, number, z, {**values, **changes})


def enhanced_ct(heights: list[float], **changes: Any) -> Dataset:
    """An enhanced CT image with one axial frame at every height in mm, described by functional groups."""
    per_frame = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, height])],
            CTExposureSequence=[item(XRayTubeCurrentInmA=100.0 + number)],
        )
        for number, height in enumerate(heights)
    ]
    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=list(AXIAL))],
        PixelMeasuresSequence=[item(PixelSpacing=[0.5, 0.5], SliceThickness=2)],
        PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU")],
        CTReconstructionSequence=[item(ConvolutionKernel="B30f")],
    )
    values = {
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
        "NumberOfFrames": len(heights),
        "PixelData": words(body()) * len(heights),
        "SharedFunctionalGroupsSequence": [shared],
        "PerFrameFunctionalGroupsSequence": per_frame,
        "ImageOrientationPatient": None,
        "ImagePositionPatient": None,
        "PixelSpacing": None,
    }
    return _image(EnhancedCTImageStorage, 1, 0.0, {**values, **changes})


def rtstruct(**changes: Any) -> Dataset:
    """A structure set of two regions: one with three contours, one without any."""
    series = item(SeriesInstanceUID="2.25.20", ContourImageSequence=[item(), item()])
    study = item(ReferencedSOPInstanceUID="2.25.10", RTReferencedSeriesSequence=[series])
    values = {
        "Modality": "RTSTRUCT",
        "StructureSetLabel": "Plan 1",
        "ReferencedFrameOfReferenceSequence": [
            item(FrameOfReferenceUID="2.25.30", RTReferencedStudySequence=[study])
        ],
        "StructureSetROISequence": [
            item(ROINumber=1, ROIName="Cord", ROIGenerationAlgorithm="AUTOMATIC"),
            item(ROINumber=7, ROIName="PTV 60", ROIGenerationAlgorithm="MANUAL"),
        ],
        "ROIContourSequence": [item(ReferencedROINumber=7, ContourSequence=[item(), item(), item()])],
        "RTROIObservationsSequence": [item(ReferencedROINumber=7, RTROIInterpretedType="PTV")],
    }
    return changed(_common(RTStructureSetStorage, 1), {**values, **changes})


def item(**values: Any) -> Dataset:
    """A sequence's item with these attributes."""
    return changed(Dataset(), values)


def changed(data_set: Dataset, values: dict[str, Any]) -> Dataset:
    """Set attributes by keyword; None removes one."""
    for keyword, value in values.items():
        if value is None:
            data_set.pop(keyword, None)
        else:
            setattr(data_set, keyword, value)
    return data_set


def _common(sop_class_uid: str, number: int) -> Dataset:
    data_set = Dataset()
    data_set.SOPClassUID, data_set.SOPInstanceUID = sop_class_uid, f"2.25.4{number}"
    data_set.StudyInstanceUID, data_set.SeriesInstanceUID = "2.25.10", "2.25.20"
    data_set.PatientName, data_set.PatientID = "Doe^Jane", "PATIENT-1"
    data_set.InstanceNumber = number
    return data_set


def _image(sop_class_uid: str, number: int, z: float, values: dict[str, Any]) -> Dataset:
    data_set = _common(sop_class_uid, number)
    data_set.FrameOfReferenceUID = "2.25.30"
    data_set.ImageOrientationPatient = list(AXIAL)
    data_set.ImagePositionPatient = [-16, -16, z]
    data_set.PixelSpacing = [0.5, 0.5]
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.Rows = data_set.Columns = SIDE
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = 16, 16, 15
    data_set.PixelRepresentation = 0
    data_set.add_new("PixelData", "OW", words(body()))
    return changed(data_set, values)


def written(data_set: Dataset, transfer_syntax_uid: str = ExplicitVRLittleEndian) -> bytes:
    """The instance as a file."""
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = transfer_syntax_uid
    output = BytesIO()
    dcmwrite(output, data_set, enforce_file_format=True)
    return output.getvalue()


def header(
    data_set: Dataset, transfer_syntax_uid: str = ExplicitVRLittleEndian, source: ByteSource | None = None
) -> Header:
    """The instance's header; its pixels are read from `source` if there is one."""
    found = read_header(MemorySource(written(data_set, transfer_syntax_uid)))
    return found if source is None else found._replace(source=source)


def described(*data_sets: Dataset) -> SeriesMetadata:
    """The metadata of a series of these instances."""
    return describe(header(data_set) for data_set in data_sets)


def ct_series(**changes: Any) -> list[Dataset]:
    """Five CT slices."""
    return [ct(number, 2.5 * number, **changes) for number in range(5)]


def checked(*data_sets: Dataset) -> HounsfieldCheck:
    """The check of a series of these instances."""
    found = described(*data_sets).hounsfield
    assert found is not None
    return found


def of_pixels(values: list[int], *, intercept: int = -1024, **changes: Any) -> HounsfieldCheck:
    """The check of a slice with these Hounsfield units, stored less the intercept."""
    pixels = words(values, offset=-intercept)
    return checked(ct(RescaleIntercept=str(intercept), PixelData=pixels, **changes))
