"""The content of generations: each is a file of its own, so that none is ever overwritten.

`root/<bucket>/<name>#<generation>` holds it, under the rules of places of the folder adapter;
`root/.object-store/` holds the catalog and what is still arriving.
"""

import os
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from shared.adapters.disk_failures import disk_failures
from shared.adapters.folder_files import FOLDER_MODE, FolderFiles
from shared.adapters.folder_streams import FolderReader
from shared.local.object_store.checksums import Checksums, Digest
from shared.local.object_store.records import Generation

HIDDEN = ".object-store"
# Patients' data: the group may read as far as the umask allows it, others never.
_FILE_MODE = 0o660
_CHUNK_BYTES = 1 << 20


class Spool:
    """Content that is still arriving, in the file `path`; what lies there already is taken up again.

    Every method may raise SpaceExhausted or StorageUnavailable; `append` does when somebody has closed it.
    """

    @disk_failures()
    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = Digest()
        # Nobody may write to the number of a file that was closed: it is another file's from then on.
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _FILE_MODE)
        while data := os.pread(self._descriptor, _CHUNK_BYTES, self.size):
            self._count(data)

    @disk_failures()
    def append(self, data: bytes) -> None:
        """Append `data` and carry the checksums on."""
        with self._lock:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            self._count(data)

    @property
    def checksums(self) -> Checksums:
        """The checksums of what has arrived."""
        return self._digest.checksums

    @disk_failures()
    def close(self) -> None:
        """Close the file; it stays where it is."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    @disk_failures()
    def discard(self) -> None:
        """Close the file and remove it, unless it was moved away."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _count(self, data: bytes) -> None:
        self._digest.update(data)
        self.size += len(data)


class Content:
    """The files below the folder `root`; every method may raise SpaceExhausted or StorageUnavailable."""

    @disk_failures()
    def __init__(self, root: Path) -> None:
        self._root = root
        self._spools = root / HIDDEN / "spool"
        self._spools.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        self._caseless = (root / HIDDEN.upper()).exists()
        # A folder that is empty is removed; nobody may be about to move a file into it.
        self._moving = threading.Lock()

    def spool(self, name: str | None = None) -> Spool:
        """A new spool, or the one of this name."""
        return Spool(self._spools / (name or secrets.token_hex(16)))

    @disk_failures()
    def install(self, path: Path, bucket: str, name: str, generation: int) -> str:
        """Move the file `path` to the place of a generation; return the place."""
        files = self._files(bucket)
        with self._moving:
            return files.install(str(path), file_name(name, generation), None)

    @disk_failures()
    def linked(self, generation: Generation) -> Path | None:
        """A second name for the content, to be installed; None if it is gone."""
        path = self._spools / secrets.token_hex(16)
        try:
            path.hardlink_to(self._root / generation.bucket / generation.place)
        except FileNotFoundError:
            return None
        return path

    @disk_failures()
    def open(self, generation: Generation) -> FolderReader | None:
        """Open the content; None if it is gone."""
        return self._files(generation.bucket).open(generation.place)

    @disk_failures()
    def remove(self, generations: Iterable[Generation]) -> None:
        """Remove the content of generations that the catalog has forgotten."""
        for each in generations:
            with self._moving, suppress(FileNotFoundError):
                self._files(each.bucket).remove(each.place)

    def walk(self, bucket: str) -> Iterator[tuple[str, str]]:
        """Yield the places of a bucket's files, and the names that they stand for."""
        files = self._files(bucket)
        for place in files.walk():
            yield place, files.name_at(place)

    @disk_failures()
    def remove_file(self, bucket: str, place: str) -> None:
        """Remove a file that no generation has."""
        with self._moving, suppress(FileNotFoundError):
            self._files(bucket).remove(place)

    @disk_failures()
    def remove_bucket(self, bucket: str) -> None:
        """Remove a bucket's folder with all that lies in it."""
        with self._moving, suppress(FileNotFoundError):
            shutil.rmtree(self._root / bucket)

    @disk_failures()
    def spool_names(self) -> list[str]:
        """The names of the spools."""
        return [path.name for path in self._spools.iterdir()]

    @disk_failures()
    def remove_spool(self, name: str) -> None:
        """Remove a spool that nobody writes."""
        (self._spools / name).unlink(missing_ok=True)

    def _files(self, bucket: str) -> FolderFiles:
        home = self._root / bucket
        home.mkdir(FOLDER_MODE, exist_ok=True)
        return FolderFiles(home, caseless=self._caseless)


def file_name(name: str, generation: int) -> str:
    """What the file of a generation is called; with the generation no name is another's folder."""
    return f"{name}#{generation}"
