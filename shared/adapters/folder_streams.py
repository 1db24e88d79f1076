"""The bytes of an object in a folder: a reader of a finished file, and a writer of a partial one."""

import fcntl
import functools
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import google_crc32c

from shared.adapters.disk_failures import disk_failure, disk_failures
from shared.adapters.folder_identity import FileIdentity
from shared.adapters.streaming import CHUNK_BYTES, streamed
from shared.errors import ObjectNotFound
from shared.ports.blobs import BlobStat

# Patients' data: the group may read as far as the umask allows it, others never.
_FILE_MODE = 0o660
# A link or a pipe that somebody put in an object's place must neither be followed nor block.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class FolderReader:
    """A file, open for ranged reads; it stays readable also when the object is overwritten or deleted.

    Raises:
        OSError: it cannot be opened, or is a link.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, _READ)
        self.identity = FileIdentity.of(os.fstat(self._descriptor))
        #: in bytes
        self.size = self.identity.size
        #: as the bucket's index has it; set by who looked it up
        self.crc32c = ""

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the object ends.

        Raises:
            ObjectNotFound: the file was cut off since it was opened.
            StorageUnavailable: the disk failed.
        """
        wanted = min(length, self.size - offset)
        if wanted <= 0:
            return b""
        data = self._read_some(offset, wanted)
        while len(data) < wanted:
            data += self._read_some(offset + len(data), wanted - len(data))
        return data

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `offset` (`length` of them, or all) in chunks of at most 1 MiB.

        Raises:
            StorageUnavailable: all of an object was read, and its bytes are not those of its checksum.
        """
        return streamed(self, offset, length, self.crc32c)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        os.close(self._descriptor)
        self._descriptor = -1  # its number may be another file's from now on

    def _read_some(self, offset: int, length: int) -> bytes:
        try:
            data = os.pread(self._descriptor, length, offset)
        except OSError as error:
            raise disk_failure(error) from error
        if not data:
            raise ObjectNotFound(problem="its file was cut off")
        return data


class PartialFile:
    """A file that is to become an object, gone when closed before; locked as long as somebody writes it.

    Raises:
        SpaceExhausted: the disk is full; so do all methods.
        StorageUnavailable: the disk failed; so do all methods.
    """

    @disk_failures()
    def __init__(self, folder: str) -> None:
        self.path = f"{folder}/{secrets.token_hex(16)}"
        self.crc32c = 0
        self._moved = False
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    @disk_failures()
    def append(self, data: bytes) -> None:
        """Append `data` and carry the checksum on."""
        self.crc32c = google_crc32c.extend(self.crc32c, data)
        while data:
            data = data[os.write(self._descriptor, data) :]

    @disk_failures()
    def sync(self) -> None:
        """Force the content to the disk."""
        os.fsync(self._descriptor)

    @disk_failures()
    def identity(self) -> FileIdentity:
        """The file's identity; final when nothing is appended any more."""
        return FileIdentity.of(os.fstat(self._descriptor))

    def moved(self) -> None:
        """Say that the file lies in an object's place now."""
        self._moved = True

    @disk_failures()
    def close(self) -> None:
        """Close the file, and remove it unless it was moved."""
        os.close(self._descriptor)
        self._descriptor = -1  # its number may be another file's from now on
        if not self._moved:
            Path(self.path).unlink(missing_ok=True)


class FolderWriter:
    """An object being written; nobody sees it before its context ends without an error."""

    def __init__(self, partial: PartialFile) -> None:
        self._partial = partial
        self._stat: BlobStat | None = None

    def write(self, data: bytes | memoryview) -> int:
        """Append `data`; return its length in bytes.

        Raises:
            SpaceExhausted: the disk is full.
            StorageUnavailable: the disk failed.
        """
        if isinstance(data, bytes):
            self._partial.append(data)
            return len(data)
        view = memoryview(data).cast("B")
        for start in range(0, view.nbytes, CHUNK_BYTES):
            # The checksum takes bytes only: copied in pieces, so that a large view is not in memory twice.
            self._partial.append(bytes(view[start : start + CHUNK_BYTES]))
        return view.nbytes

    @property
    def stat(self) -> BlobStat:
        """What was finalised; only after the context has ended."""
        if self._stat is None:
            raise RuntimeError("the object is not finalised before its context has ended")
        return self._stat

    def finalise(self, stat: BlobStat) -> None:
        """Say what the object became."""
        self._stat = stat


def is_abandoned(path: str) -> bool:
    """Tell whether nobody writes the partial file any more: its lock ends with the writer's process."""
    descriptor = os.open(path, _READ)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def checksum(reader: FolderReader) -> int:
    """The CRC-32C of all that a reader gives."""
    return functools.reduce(google_crc32c.extend, reader.stream(), 0)
