"""Valid, invented instances as pydicom writes them, and sources that keep count."""

from io import BytesIO
from typing import NamedTuple

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filewriter import dcmwrite

from shared.dicom.read import Header, read_header
from shared.dicom.scan import Limits
from shared.dicom.source import MemorySource
from shared.dicom.validate import validate
from shared.errors import AirlockError

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
BASIC_TEXT_SR_STORAGE = "1.2.840.10008.5.1.4.1.1.88.11"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
RLE = "1.2.840.10008.1.2.5"
NATIVE_SYNTAXES = (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN)


class CountingSource:
    """Bytes in memory that note every range that is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ranges: list[tuple[int, int]] = []

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    @property
    def bytes_read(self) -> int:
        """How many bytes all ranges have."""
        return sum(length for _, length in self.ranges)

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        data = self.content[offset : offset + length]
        self.ranges.append((offset, len(data)))
        return data


class Tag(NamedTuple):
    """An element by its bytes, for what pydicom refuses to write; explicit VR little endian."""

    tag: int
    vr: str
    value: bytes

    def encode(self) -> bytes:
        """The element with a 16-bit length, or a 32-bit one where its VR has it."""
        tag = (self.tag >> 16).to_bytes(2, "little") + (self.tag & 0xFFFF).to_bytes(2, "little")
        if self.vr in {"OB", "OW", "SQ", "UN", "UT"}:
            return tag + self.vr.encode() + b"\0\0" + len(self.value).to_bytes(4, "little") + self.value
        return tag + self.vr.encode() + len(self.value).to_bytes(2, "little") + self.value


def image(*, rows: int = 4, columns: int = 6) -> Dataset:
    """A CT image of 16 bits with a code sequence, private elements and native pixels."""
    data_set = _common(CT_IMAGE_STORAGE)
    data_set.Modality = "CT"
    data_set.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "T-A0100", "SRT", "Brain"
    data_set.AnatomicRegionSequence = [code]
    block = data_set.private_block(0x0009, "AIRLOCK TESTS", create=True)
    block.add_new(0x01, "SH", "PRIVATE")
    data_set.SamplesPerPixel, data_set.PhotometricInterpretation = 1, "MONOCHROME2"
    data_set.Rows, data_set.Columns = rows, columns
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = 16, 12, 11
    data_set.PixelRepresentation = 0
    size = rows * columns * 2
    data_set.add_new(0x7FE00010, "OW", (bytes(range(256)) * (size // 256 + 1))[:size])
    return data_set


def encapsulated_image(frames: int = 2) -> Dataset:
    """An image of 8 bits in encapsulated frames that nobody could decode."""
    data_set = image()
    data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit = 8, 8, 7
    data_set.NumberOfFrames = frames
    data_set.add_new(0x7FE00010, "OB", encapsulate([bytes([frame]) * 10 for frame in range(frames)]))
    data_set["PixelData"].is_undefined_length = True
    return data_set


def with_private_bytes(size: int) -> Dataset:
    """An image whose header has a private element of `size` bytes."""
    data_set = image()
    data_set.private_block(0x0009, "AIRLOCK TESTS").add_new(0x02, "OB", bytes(size))
    return data_set


def document() -> Dataset:
    """A structured report without pixels."""
    data_set = _common(BASIC_TEXT_SR_STORAGE)
    data_set.Modality = "SR"
    return data_set


def _common(sop_class_uid: str) -> Dataset:
    data_set = Dataset()
    data_set.SpecificCharacterSet = "ISO_IR 192"
    data_set.SOPClassUID, data_set.SOPInstanceUID = sop_class_uid, "1.2.826.0.1.3680043.10.1337.3"
    data_set.StudyInstanceUID = "1.2.826.0.1.3680043.10.1337.1"
    data_set.SeriesInstanceUID = "1.2.826.0.1.3680043.10.1337.2"
    data_set.PatientID, data_set.PatientName = "PATIENT-1", "Doe^Jane"
    data_set.PatientBirthDate, data_set.PatientSex = "19700101", "F"
    data_set.StudyDate, data_set.StudyTime = "20200229", "235959.5"
    return data_set


def written(data_set: Dataset, transfer_syntax_uid: str = EXPLICIT) -> bytes:
    """The data set as a DICOM file; not changed."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = data_set.get("SOPClassUID") or CT_IMAGE_STORAGE
    meta.MediaStorageSOPInstanceUID = data_set.get("SOPInstanceUID") or "1.2.3"
    meta.TransferSyntaxUID = transfer_syntax_uid
    data_set.file_meta = meta
    output = BytesIO()
    dcmwrite(output, data_set, enforce_file_format=True)
    del data_set.file_meta
    return output.getvalue()


def bare(data_set: Dataset, *, implicit: bool) -> bytes:
    """The data set without preamble and File Meta Information, in little endian."""
    output = BytesIO()
    dcmwrite(output, data_set, implicit_vr=implicit, little_endian=True)
    return output.getvalue()


def meta(*elements: Tag) -> bytes:
    """A preamble and File Meta Information of just these elements."""
    return bytes(128) + b"DICM" + b"".join(element.encode() for element in elements)


def meta_for(transfer_syntax_uid: str) -> bytes:
    """The least File Meta Information that can be read."""
    return meta(Tag(0x00020010, "UI", transfer_syntax_uid.encode()))


def header_of(content: bytes, *, force: bool = False, **limits: int) -> Header:
    """Read the header of a file in memory."""
    return read_header(MemorySource(content), Limits(**limits), force=force)


def outcome(content: bytes, *, force: bool = False) -> str:
    """The error code of reading and validating; `ok` without an error."""
    try:
        validate(header_of(content, force=force), frame_bytes_limit=1 << 30)
    except AirlockError as error:
        return error.code
    return "ok"


def tags(header: Header) -> list[int]:
    """The tags before Pixel Data."""
    return [element.tag for element in header.elements]
