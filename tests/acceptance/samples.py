"""Small files for whole runs: series of a few small slices, and everything that a hospital gets wrong."""

import struct
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.uid import CTImageStorage, MediaStorageDirectoryStorage

from shared.local.sample.header import Uids
from shared.local.sample.patients import GENSOU, NEBYLITSK, QUIRINSFELD, Patient
from shared.local.sample.series import Study, ct_series, file_of, localizer, mr_series

SIDE = 32
SLICE_MM = 3.0

_ENCRYPTED = 0x1
_LOCAL_FLAGS, _CENTRAL_FLAGS = (b"PK\3\4", 6), (b"PK\1\2", 8)
_ZIP_DATE = (2024, 1, 1, 0, 0, 0)

#: claims what the ruleset `head_and_neck_ct` claims, with the same priority
SECOND_OPINION = f"""\
name: second_opinion
description: The same series as head_and_neck_ct, with the same priority.
priority: 10
when: {{attribute: SOPClassUID, equals: {CTImageStorage}}}
profile: basic
destination: autosegmentation
template: head_and_neck
"""


def ct(label: str, count: int, *, patient: Patient = QUIRINSFELD) -> list[Dataset]:
    """The axial CT of one study, `count` slices; the same label gives the same UIDs and bytes."""
    heights = SLICE_MM * np.arange(count, dtype=np.float64)
    study = Study(patient, Uids(0), label)
    return [_copied(image) for image in ct_series(study, _hounsfield(count), heights)]


def mr(label: str, count: int, *, patient: Patient = GENSOU) -> list[Dataset]:
    """The axial MR of one study."""
    heights = SLICE_MM * np.arange(count, dtype=np.float64)
    hu = _hounsfield(count).astype(np.float32)
    return [_copied(image) for image in mr_series(Study(patient, Uids(0), label), hu, heights)]


def topogram(label: str, *, patient: Patient = QUIRINSFELD) -> Dataset:
    """The localizer that lies in the axial series of a study, which the rules leave out."""
    heights = SLICE_MM * np.arange(SIDE, dtype=np.float64)
    study = Study(patient, Uids(0), label)
    return localizer(study, _hounsfield(SIDE), heights, lateral=False, series="axial")


def changed(image: Dataset, **values: object) -> bytes:
    """The file of an image with other values of attributes; None leaves an attribute out."""
    other = _copied(image)
    for keyword, value in values.items():
        if value is None:
            delattr(other, keyword)
        else:
            setattr(other, keyword, value)
    return file_of(other)


def without_meta(content: bytes) -> bytes:
    """The data set of a file alone, as some devices write it: no preamble, no File Meta Information."""
    (length,) = struct.unpack_from("<I", content, 140)
    return content[144 + length :]


def replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    """The content with one place changed, which must be there once."""
    if content.count(old) != 1 or len(old) != len(new):
        raise ValueError("the place is not there once, or would move what stands behind it")
    return content.replace(old, new)


def archive(members: Mapping[str, bytes]) -> bytes:
    """A deflated ZIP whose bytes depend on its members alone."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, member in members.items():
            target.writestr(zipfile.ZipInfo(name, date_time=_ZIP_DATE), member, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def encrypted(content: bytes, name: str) -> bytes:
    """The ZIP with one member marked as encrypted, in both of its headers."""
    flagged = bytearray(content)
    for start, flags in _headers(content, name):
        flagged[start + flags] |= _ENCRYPTED
    return bytes(flagged)


def damaged(content: bytes, name: str) -> bytes:
    """The ZIP with one member whose compressed bytes are no longer what they were."""
    start, _ = next(_headers(content, name))
    with zipfile.ZipFile(BytesIO(content)) as source:
        size = source.getinfo(name).compress_size
    data = start + 30 + len(name)
    return content[:data] + b"\xff" * size + content[data + size :]


def media_directory() -> bytes:
    """A DICOMDIR: File Meta Information that says so, and an empty file set (PS3.3 F.3)."""
    directory = Dataset()
    directory.FileSetID = "DISK"
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.FileSetConsistencyFlag = 0
    directory.DirectoryRecordSequence = []
    meta = dcmread(BytesIO(file_of(ct("directory", 2)[0]))).file_meta
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta = meta
    content = BytesIO()
    directory.save_as(content, enforce_file_format=True)
    return content.getvalue()


def disks(label: str, patient: Patient = NEBYLITSK) -> bytes:
    """A ZIP as it comes off two disks: base names repeat, and there is more than images on them."""
    first, second = (file_of(image) for image in ct(label, 2, patient=patient))
    members = {
        "export/DISK1/IM0001.dcm": first,
        "export/DISK2/IM0001.dcm": second,
        "export/DISK1/DICOMDIR": media_directory(),
        "export/readme.txt": b"Two disks of one series. The viewer is not included.\r\n",
        "export/DISK2/secret.dcm": second,
    }
    return encrypted(archive(members), "export/DISK2/secret.dcm")


def write_series(folder: Path, label: str, count: int = 2, /, **values: object) -> Path:
    """Write the axial CT of a study, with other values of attributes; return the folder of its files."""
    images = enumerate(ct(label, count))
    return write(folder / label, {f"{number:02d}.dcm": changed(image, **values) for number, image in images})


def write(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """Write files below a folder; return the folder."""
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _hounsfield(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """A disc of soft tissue with a bone inside it, in air: shape (count, SIDE, SIDE)."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    radius = np.hypot(rows, columns)
    disc = np.where(radius < SIDE / 8, 700, np.where(radius < SIDE / 3, 40, -1000)).astype(np.int16)
    return np.stack([disc + np.int16(number) for number in range(count)])


def _copied(image: Dataset) -> Dataset:
    """A copy of an image of its own, as if it had been read from its file."""
    return dcmread(BytesIO(file_of(image)))


def _headers(content: bytes, name: str) -> Iterator[tuple[int, int]]:
    """Where the local and the central header of a member start, and where in them the flags lie."""
    for (magic, flags), length in ((_LOCAL_FLAGS, 30), (_CENTRAL_FLAGS, 46)):
        start = content.index(magic)
        while content[start + length : start + length + len(name)] != name.encode():
            start = content.index(magic, start + 1)
        yield start, flags
