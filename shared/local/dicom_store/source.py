"""A file on disk as the DICOM reader takes it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from shared.local.dicom_store.multipart import CHUNK


class FileSource:
    """The bytes of an open file by range; a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            FileNotFoundError: it is gone.
        """
        self._descriptor = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._descriptor).st_size

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only at the end."""
        return os.pread(self._descriptor, length, offset)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def file_chunks(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with FileSource(path) as source:
        for start in range(0, source.size, CHUNK):
            yield source.read(start, CHUNK)
