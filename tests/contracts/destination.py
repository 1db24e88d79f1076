"""What every destination does, and a synthetic series in a package to do it with."""

import hashlib
import io
import tracemalloc
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import google_crc32c
import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from shared.errors import ConfigurationError, DestinationRejected
from shared.ports.destination import Destination
from shared.ports.keys import TokenPair

MEBIBYTE = 1 << 20
ROOT = "1.2.826.0.1.3680043.8.498.1"
ROWS, COLUMNS = 64, 80
SPACING = (2.0, 1.5)
CENTRE_ROW, CENTRE_COLUMN = 30, 40
BODY_RADIUS_MM, BONE_RADIUS_MM = 40.0, 12.0
TEMPLATE = b"""name: Head and neck
protocol: DRAW
models:
  14:
    name: Body
    config: 3d_fullres
    trainer_name: nnUNetTrainer
    postprocess: none
    map:
      1: External
      2: Bones
"""


class MemoryReader:
    """A package in memory as a BlobReader; `streams` counts how often it was streamed."""

    def __init__(self, content: bytes, *, chunk: int = 65536) -> None:
        self._content = content
        self._chunk = chunk
        self.streams = 0

    @property
    def crc32c(self) -> str:
        """The checksum."""
        return f"{google_crc32c.value(self.read(0, self.size)):08x}"

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self._content)

    def read(self, offset: int, length: int) -> bytes:
        """Read a range."""
        return self._content[offset : offset + length]

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes in chunks."""
        self.streams += 1
        end = self.size if length is None else offset + length
        for start in range(offset, end, self._chunk):
            yield self._content[start : min(end, start + self._chunk)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Nothing is open."""


class FileReader(MemoryReader):
    """A package in a file as a BlobReader, in chunks of 1 MiB."""

    def __init__(self, path: Path) -> None:
        """Read from `path` whenever asked."""
        super().__init__(b"")
        self._path = path

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self._path.stat().st_size

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes in chunks."""
        with self._path.open("rb") as file:
            yield from iter(lambda: file.read(MEBIBYTE), b"")


class MemorySecrets:
    """Token pairs in memory, with a count of how often one was stored."""

    def __init__(self, pairs: Mapping[str, TokenPair]) -> None:
        self.pairs = dict(pairs)
        self.stored = 0

    def tokens(self, destination: str) -> TokenPair:
        """Read the current pair."""
        if destination not in self.pairs:
            raise ConfigurationError(destination=destination)
        return self.pairs[destination]

    def store_tokens(self, destination: str, tokens: TokenPair) -> None:
        """Store a refreshed pair."""
        self.pairs[destination] = tokens
        self.stored += 1


def disc(radius_mm: float) -> np.ndarray:
    """A mask of the pixels within `radius_mm` of the centre; shape (ROWS, COLUMNS)."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    distance = np.hypot((rows - CENTRE_ROW) * SPACING[0], (columns - CENTRE_COLUMN) * SPACING[1])
    return np.asarray(distance <= radius_mm)


def hounsfield() -> np.ndarray:
    """A body of water with an airway and a bone in it, in air; Hounsfield units."""
    values = np.full((ROWS, COLUMNS), -1000, dtype=np.int16)
    values[disc(BODY_RADIUS_MM)] = 40
    values[20:24, 38:42] = -900
    values[disc(BONE_RADIUS_MM)] = 900
    return values


def ct_slice(number: int, *, position: float) -> Dataset:
    """A de-identified axial CT image; `position` is its z in millimetres."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = UID(f"{ROOT}.3.{number}")
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{ROOT}.1", f"{ROOT}.2"
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = f"{ROOT}.4", ""
    dataset.PatientName, dataset.PatientID, dataset.PatientSex = "Pseudonym^One", "P-0001", "O"
    dataset.PatientBirthDate, dataset.AccessionNumber, dataset.StudyID = "", "", ""
    dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", "Synthetic"
    dataset.StudyDate, dataset.StudyTime, dataset.ReferringPhysicianName = "20200102", "101112", ""
    dataset.Modality, dataset.InstanceNumber, dataset.ImageType = (
        "CT",
        number,
        ["ORIGINAL", "PRIMARY", "AXIAL"],
    )
    dataset.ImagePositionPatient = [-60.0, -50.0, position]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing, dataset.SliceThickness = list(SPACING), 3
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
    dataset.PhotometricInterpretation, dataset.PixelRepresentation = "MONOCHROME2", 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = (hounsfield() + 1024).astype(np.uint16).tobytes()
    return dataset


def ct_series(slices: int = 3) -> list[Dataset]:
    """A CT series, its slices 3 mm apart and not in the order of their positions."""
    return [ct_slice(number, position=3.0 * (slices - number)) for number in range(1, slices + 1)]


def encoded(dataset: Dataset) -> bytes:
    """The dataset as a Part 10 file."""
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def package_of(datasets: Sequence[Dataset], extra: Mapping[str, bytes] | None = None) -> bytes:
    """A package: the datasets, and `extra` members (the template, if they are not given)."""
    file = io.BytesIO()
    members = {f"{index:06d}.dcm": encoded(dataset) for index, dataset in enumerate(datasets)}
    members |= {"autosegmentation_template.yml": TEMPLATE} if extra is None else extra
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return file.getvalue()


def sha256_of(content: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def fetched(destination: Destination, transaction_id: str) -> tuple[str | None, bytes]:
    """Download a result; return the announced checksum and the bytes."""
    with destination.download(transaction_id) as download:
        return download.sha256, b"".join(download.stream())


class DestinationContract:
    """Subclass it and override `destination`; one that accepts work and makes a result without waiting."""

    @pytest.fixture
    def destination(self) -> Destination:
        """A destination that has nothing yet."""
        raise NotImplementedError

    @pytest.fixture
    def package(self) -> bytes:
        """A package that the destination accepts."""
        return package_of(ct_series())

    @pytest.fixture
    def transaction_id(self, destination: Destination, package: bytes) -> str:
        """The transaction of a package that was uploaded."""
        return destination.upload(MemoryReader(package), sha256=sha256_of(package))

    def test_it_is_ready(self, destination: Destination) -> None:
        """A destination that accepts work says so without an error."""
        destination.wait_until_ready()

    def test_an_upload_has_a_transaction_id(self, transaction_id: str) -> None:
        """The transaction id of an upload is a text that is not empty."""
        assert isinstance(transaction_id, str)
        assert transaction_id

    def test_a_result_becomes_ready(self, destination: Destination, transaction_id: str) -> None:
        """A transaction has a status text, a result, and is not closed before it was confirmed."""
        status = destination.status(transaction_id)

        assert (bool(status.text), status.result_ready, status.closed) == (True, True, False)

    def test_a_result_has_its_checksum(self, destination: Destination, transaction_id: str) -> None:
        """The bytes of a result have the SHA-256 that is announced with them."""
        destination.status(transaction_id)

        announced, content = fetched(destination, transaction_id)

        assert content
        assert announced == sha256_of(content)

    def test_a_result_can_be_fetched_again(self, destination: Destination, transaction_id: str) -> None:
        """Until it is confirmed, a result is ready and fetched with the same bytes as often as one likes."""
        destination.status(transaction_id)
        first = fetched(destination, transaction_id)

        assert destination.status(transaction_id).result_ready
        assert fetched(destination, transaction_id) == first

    def test_a_confirmed_transaction_is_closed(self, destination: Destination, transaction_id: str) -> None:
        """After the confirmation, and after another one, the transaction is closed."""
        destination.status(transaction_id)
        fetched(destination, transaction_id)
        destination.confirm(transaction_id)
        destination.confirm(transaction_id)

        status = destination.status(transaction_id)

        assert (status.result_ready, status.closed) == (False, True)

    def test_resending_keeps_its_promise(
        self, destination: Destination, transaction_id: str, package: bytes
    ) -> None:
        """Where a resend is safe, the same package has the same transaction."""
        if not destination.resend_is_safe:
            pytest.skip("this destination promises nothing about a resend")

        again = destination.upload(MemoryReader(package), sha256=sha256_of(package))

        assert again == transaction_id

    def test_a_package_is_never_whole_in_memory(self, destination: Destination, tmp_path: Path) -> None:
        """50 MB are sent in far less memory than that, that of a double in the same process included."""
        path = tmp_path / "large.zip"
        members = {"autosegmentation_template.yml": TEMPLATE, "manifest.json": bytes(50 * MEBIBYTE)}
        path.write_bytes(package_of(ct_series(1), members))
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        del members
        tracemalloc.start()
        destination.upload(FileReader(path), sha256=sha256)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak < 20 * MEBIBYTE

    def test_a_wrong_checksum_is_rejected(self, destination: Destination, package: bytes) -> None:
        """A package that is not what its checksum says is rejected for good."""
        with pytest.raises(DestinationRejected):
            destination.upload(MemoryReader(package), sha256=sha256_of(b"another package"))

    def test_an_unknown_transaction_is_rejected(self, destination: Destination) -> None:
        """Nothing can be asked of a transaction that the destination does not have."""
        for ask in (destination.status, destination.download, destination.confirm):
            with pytest.raises(DestinationRejected):
                ask("no-such-transaction")
