"""CT images for tests of de-identification, written by pydicom, and their way through it in memory.

Written by pydicom, so that the product's own reader and writer are judged by another's.
"""

import hmac
import io
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from struct import pack
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from shared.adapters.imaging import imaging_from
from shared.deid.instance import Deidentified, Deidentifier
from shared.deid.pixels.cleaner import Imaging
from shared.deid.pixels.policy import parse_policy
from shared.deid.rules.load import load_profiles
from shared.deid.rules.profile import Profile
from shared.dicom.read import Header, read_header
from shared.dicom.source import MemorySource

_RULESETS = Path(__file__).parents[1] / "rulesets"
PROFILES = load_profiles(_RULESETS / "deidentify")
#: those that treat texts alike
MAIN_PROFILES = ("basic", "draw", "modified_dates")
IMAGING = imaging_from(_RULESETS / "pixels")
#: judges no pixels, for tests about headers
HEADERS_ALONE = IMAGING._replace(
    policies={
        "default": parse_policy(
            "name: default\ndescription: All.\notherwise: keep\nrules:\n"
            "  - {name: only, reason: All., when: {attribute: SOPClassUID, exists: true}, action: keep}\n",
            "pixels/default.yaml",
        )
    }
)
NATIVE_SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}
ENCAPSULATED_SYNTAX = JPEGBaseline8Bit
PIXELS = bytes(range(32))
FRAGMENTS = (b"\xff\xd8 first \xff\xd9", b"\xff\xd8 second fragment \xff\xd9")


class FixedKeys:
    """Keys of a test: derived from a text."""

    def __init__(self, secret: str = "one") -> None:
        self._secret = secret.encode()

    def derive(self, purpose: str) -> bytes:
        """Derive the key of one purpose."""
        return hmac.digest(self._secret, purpose.encode(), sha256)


def ct_image(**changes: Any) -> Dataset:
    """A complete CT image of a patient; `changes` by keyword, None leaves an attribute out."""
    image = Dataset()
    values: dict[str, Any] = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": "1.3.6.1.4.1.99999.1.1",
        "StudyDate": "20200315",
        "StudyTime": "101530.25",
        "AccessionNumber": "",
        "Modality": "CT",
        "Manufacturer": "Acme",
        "PatientName": "Quarrington^Zebulon",
        "PatientID": "MRN-4711-0815",
        "PatientBirthDate": "19510204",
        "PatientSex": "O",
        "StudyInstanceUID": "1.3.6.1.4.1.99999.1",
        "SeriesInstanceUID": "1.3.6.1.4.1.99999.1.0",
        "FrameOfReferenceUID": "1.3.6.1.4.1.99999.1.9",
        "InstanceNumber": "1",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 4,
        "Columns": 4,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
        "PixelData": PIXELS,
        **changes,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(image, keyword, value)
    return image


def part10(
    data_set: Dataset,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
    preamble: bytes = bytes(128),
    **meta: Any,
) -> bytes:
    """Write a DICOM file; `meta` are further elements of the File Meta Information by keyword."""
    file_meta = FileMetaDataset()
    file_meta.TransferSyntaxUID = UID(transfer_syntax_uid)
    file_meta.ImplementationClassUID = UID("2.25.999")
    for keyword, value in meta.items():
        setattr(file_meta, keyword, value)
    data_set.file_meta = file_meta
    data_set.preamble = preamble
    content = io.BytesIO()
    data_set.save_as(content, enforce_file_format=True)
    return content.getvalue()


def item(**values: Any) -> Dataset:
    """An item of a sequence."""
    content = Dataset()
    for keyword, value in values.items():
        setattr(content, keyword, value)
    return content


def encapsulated(fragments: Iterable[bytes]) -> bytes:
    """The value of encapsulated Pixel Data with an empty Basic Offset Table (PS3.5 Annex A.4)."""
    even = [b"", *(fragment + b"\0" * (len(fragment) % 2) for fragment in fragments)]
    return b"".join(pack("<HHI", 0xFFFE, 0xE000, len(fragment)) + fragment for fragment in even)


def raw_element(tag: int, vr: str, value: bytes) -> bytes:
    """A short element in explicit VR little endian."""
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value


def with_elements(*extra: bytes, **changes: Any) -> bytes:
    """A CT image with raw elements put between its file meta information and its data set."""
    content = part10(ct_image(**changes))
    start = 144 + int.from_bytes(content[140:144], "little")
    return content[:start] + b"".join(extra) + content[start:]


def levels(data_set: Dataset) -> Iterator[Dataset]:
    """The data set and all items at every depth."""
    yield data_set
    for element in data_set:
        for inner in element.value if element.VR == "SQ" else ():
            yield from levels(inner)


def read(content: bytes) -> FileDataset:
    """Read with pydicom, whose warnings are errors in tests."""
    return dcmread(io.BytesIO(content))


def header_of(content: bytes) -> Header:
    """The header of a file in memory."""
    return read_header(MemorySource(content))


def deidentifier(profile: str = "basic", secret: str = "one", imaging: Imaging = IMAGING) -> Deidentifier:
    """A de-identifier with a shipped profile."""
    return Deidentifier(PROFILES[profile], FixedKeys(secret), imaging)


def released(content: bytes, profile: str = "basic", secret: str = "one") -> bytes:
    """De-identify a file in memory."""
    return written(deidentifier(profile, secret).deidentify(MemorySource(content)))


def released_by(profile: Profile, content: bytes) -> bytes:
    """De-identify a file in memory by a profile that is not shipped."""
    return written(Deidentifier(profile, FixedKeys(), IMAGING).deidentify(MemorySource(content)))


def written(instance: Deidentified) -> bytes:
    """The file that is released."""
    return b"".join(instance.content())
