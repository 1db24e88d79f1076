"""The whole sample in a folder: what a hospital might drop, the good and the bad."""

import zipfile
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.local.sample.header import Uids
from shared.local.sample.patients import GENSOU, NEBYLITSK, QUIRINSFELD
from shared.local.sample.phantom import head_and_neck
from shared.local.sample.series import Study, ct_series, file_of, localizer, mr_series

_PYDICOM_FILES = ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "liver_1frame.dcm", "rtdose_1frame.dcm")
_PATIENTS = (QUIRINSFELD, GENSOU, NEBYLITSK)
_ZIP_DATE = (2024, 1, 1, 0, 0, 0)


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What was written, and what must not be found again on the other side.

    Attributes:
        folder: where the sample lies.
        identifiers: every planted identifier of the synthetic patients, their original UIDs included.
        encoded_identifiers: the same as bytes: in the file's own character set and in UTF-8.
        instance_count: good instances, loose and in the archive, that a pipeline has to account for.
        bad_count: loose files that cannot be accepted.
        other_count: archive members that are no instances.
    """

    folder: Path
    identifiers: tuple[str, ...]
    encoded_identifiers: frozenset[bytes]
    instance_count: int
    bad_count: int
    other_count: int


def make_sample(folder: Path, *, seed: int = 0) -> Sample:
    """Write the sample; the same seed gives the same bytes.

    - `CT/`: 40 axial slices of a head and neck with a localizer in the same series, and one localizer more as
      a series of its own; UTF-8.
    - `MR/`: six slices of a second patient; ISO 2022 IR 87, implicit VR.
    - `pydicom/`: five of pydicom's own test files: CT, MR, compressed Secondary Capture, Segmentation, SR.
    - `archive.zip`: five CT slices of a third patient (ISO_IR 144) in two folders with the same member names,
      a DICOMDIR and a text file.
    - `bad/`: a truncated instance, a file that is not DICOM, one without Study and Series Instance UID.

    Args:
        folder: where to write; it is created if need be, files of the same names are overwritten.
        seed: decides the UIDs, the patients' build and the noise.

    Raises:
        OSError: the folder cannot be written, or pydicom is installed without its test files.
    """
    uids, rng = Uids(seed), np.random.default_rng(seed)
    loose = {
        **_named("CT", _ct_files(uids, rng)),
        **_named("MR", _mr_files(uids, rng)),
        **{f"pydicom/{name}": _pydicom_file(name) for name in _PYDICOM_FILES},
    }
    bad = _bad_files(uids, rng)
    members, others = _archive_members(uids, rng)
    for name, content in {**loose, **bad, "archive.zip": _archive({**members, **others})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    texts = tuple(dict.fromkeys(text for patient in _PATIENTS for text in patient.identifiers))
    return Sample(
        folder=folder,
        identifiers=(*texts, *uids.made),
        encoded_identifiers=frozenset().union(
            *(patient.encoded_identifiers for patient in _PATIENTS), (uid.encode() for uid in uids.made)
        ),
        instance_count=len(loose) + len(members),
        bad_count=len(bad),
        other_count=len(others),
    )


def _heights(first: float, step: float, count: int) -> NDArray[np.float64]:
    """The positions of `count` slices in mm."""
    return first + step * np.arange(count, dtype=np.float64)


def _named(folder: str, contents: Iterator[bytes]) -> dict[str, bytes]:
    """Files numbered from one within a folder."""
    return {f"{folder}/{folder}{number:04d}.dcm": content for number, content in enumerate(contents, start=1)}


def _ct_files(uids: Uids, rng: np.random.Generator) -> Iterator[bytes]:
    """The first patient's CT: 40 slices, then the localizer of the same series, then the other one."""
    study, heights = Study(QUIRINSFELD, uids, "ct"), _heights(0, 3, 40)
    hu = head_and_neck(heights, 256, rng)
    for image in ct_series(study, hu, heights):
        yield file_of(image)
    yield file_of(localizer(study, hu, heights, lateral=False, series="axial"))
    yield file_of(localizer(study, hu, heights, lateral=True, series="localizer"))


def _mr_files(uids: Uids, rng: np.random.Generator) -> Iterator[bytes]:
    """The second patient's MR: six slices from the orbits to the ventricles."""
    heights = _heights(84, 6, 6)
    fine = head_and_neck(heights, 128, rng)
    hu = fine.reshape(len(heights), 64, 2, 64, 2).mean(axis=(2, 4), dtype=np.float32)
    for image in mr_series(Study(GENSOU, uids, "mr"), hu, heights):
        yield file_of(image)


def _pydicom_file(name: str) -> bytes:
    """One of the test files that pydicom's own package carries."""
    return files("pydicom").joinpath("data", "test_files", name).read_bytes()


def _archive_members(uids: Uids, rng: np.random.Generator) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The archive's instances, whose base names repeat, and its other members."""
    heights = _heights(78, 3, 5)
    images = ct_series(Study(NEBYLITSK, uids, "archive"), head_and_neck(heights, 128, rng), heights)
    root = NEBYLITSK.patient_id
    instances = {
        f"{root}/DISK{1 + number // 3}/IM{1 + number % 3:04d}.dcm": file_of(image)
        for number, image in enumerate(images)
    }
    others = {
        f"{root}/DICOMDIR": _pydicom_file("dicomdirtests/DICOMDIR"),
        f"{root}/readme.txt": b"Two disks of one series. The viewer is not included.\r\n",
    }
    return instances, others


def _archive(members: dict[str, bytes]) -> bytes:
    """A deflated ZIP whose bytes depend on its members alone."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=_ZIP_DATE), member, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _bad_files(uids: Uids, rng: np.random.Generator) -> dict[str, bytes]:
    """Three files that must be rejected, each for its own reason; they carry identifiers all the same."""
    heights = _heights(40, 3, 2)
    images = ct_series(Study(QUIRINSFELD, uids, "bad"), head_and_neck(heights, 64, rng), heights)
    whole = file_of(next(images))
    nameless = next(images)
    del nameless.StudyInstanceUID, nameless.SeriesInstanceUID
    letter = f"Dear {QUIRINSFELD.physician},\nthank you for sending {QUIRINSFELD.name}.\n" * 40
    return {
        "bad/truncated.dcm": whole[: len(whole) - 64 * 64],
        "bad/not_dicom.dcm": letter.encode(),
        "bad/missing_uids.dcm": file_of(nameless),
    }
