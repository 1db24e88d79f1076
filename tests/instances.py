"""DICOM files for tests, written by pydicom: small CT images of invented patients."""

import io
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from tests.factories import series_ref, uid

#: the patient of every instance unless a test says otherwise
PATIENT_NAME, PATIENT_ID = "Zylberquist^Ottokar", "PID-7730914"


def ct_image(number: int = 1, *, series: int = 1, pixels: bytes = bytes(128), **attributes: Any) -> bytes:
    """Axial CT image number `number` of series number `series` of `tests.factories`, as a DICOM file.

    Args:
        number: which instance it is.
        series: which series, in a study of its own.
        pixels: 16 bits a pixel, in rows of eight, or of 512 from 64 KiB on.
        attributes: other or further attributes by keyword; None leaves one out.
    """
    image = _header(number, series, pixels)
    for keyword, value in attributes.items():
        if value is None:
            delattr(image, keyword)
        else:
            setattr(image, keyword, value)
    return _file(image, ExplicitVRLittleEndian)


def media_directory() -> bytes:
    """A DICOMDIR without records (PS3.10 section 8)."""
    directory = Dataset()
    directory.FileSetID = "DISC"
    directory.SOPClassUID = MediaStorageDirectoryStorage
    directory.SOPInstanceUID = uid(99)
    return _file(directory, ExplicitVRLittleEndian)


def without_meta(file: bytes) -> bytes:
    """The data set of a file alone, as some old systems write it."""
    length = int.from_bytes(file[140:144], "little")
    return file[144 + length :]


def _header(number: int, series: int, pixels: bytes) -> Dataset:
    ref = series_ref(series)
    image = Dataset()
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.SOPClassUID = CTImageStorage
    image.SOPInstanceUID = uid(number)
    image.StudyDate = "20240229"
    image.Modality = "CT"
    image.BodyPartExamined = "HEADNECK"
    image.PatientName = PATIENT_NAME
    image.PatientID = PATIENT_ID
    image.StudyInstanceUID = ref.study_instance_uid
    image.SeriesInstanceUID = ref.series_instance_uid
    image.InstanceNumber = number
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Columns = 8 if len(pixels) < 64 << 10 else 512
    image.Rows = len(pixels) // 2 // image.Columns
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 0
    image.add_new("PixelData", "OW", pixels)
    return image


def _file(data_set: Dataset, transfer_syntax_uid: UID) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax_uid
    meta.ImplementationClassUID = UID("2.25.999")
    data_set.file_meta = meta
    content = io.BytesIO()
    dcmwrite(content, data_set, enforce_file_format=True)
    return content.getvalue()
