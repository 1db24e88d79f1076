"""The files of a bucket in a folder, and where each object's lies."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from shared.adapters.disk_failures import disk_failures
from shared.adapters.folder_identity import FileIdentity
from shared.adapters.folder_index import IndexRow
from shared.adapters.folder_names import is_hidden, name_at, places
from shared.adapters.folder_streams import FolderReader

# Patients' data: the group may read as far as the umask allows it, others never.
FOLDER_MODE = 0o770
_NOT_A_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class FolderFiles:
    """The files in the folder `home`, by their places; most methods may raise OSError.

    Args:
        home: the bucket's folder, which exists.
        caseless: whether its file system takes names that differ only in case for one.
    """

    def __init__(self, home: Path, *, caseless: bool) -> None:
        self._home = home
        self._start = f"{home}/"
        self._caseless = caseless

    def open(self, place: str) -> FolderReader | None:
        """Open the file at `place`; None if there is none."""
        try:
            return FolderReader(self._path(place))
        except OSError as exc:
            if exc.errno not in _NOT_A_FILE:
                raise
            return None

    def identity(self, place: str) -> FileIdentity | None:
        """The identity of the file at `place`; None if there is none."""
        try:
            status = os.lstat(self._path(place))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return FileIdentity.of(status) if stat.S_ISREG(status.st_mode) else None

    def holds(self, row: IndexRow) -> bool:
        """Tell whether the file that was finalised is still there, untouched."""
        return self.identity(row.place) == row.identity

    def preferred(self, name: str) -> str:
        """The place where `name` lies unless it clashed with another object when it was written."""
        return places(name, caseless=self._caseless)[0]

    def install(self, source: str, name: str, known: str | None) -> str:
        """Move the file `source` to a place of `name`, first of all to the `known` one; return the place."""
        candidates = places(name, caseless=self._caseless)
        if known is not None and self._move(source, known):
            return known
        for place in candidates[:-1]:
            if self._move(source, place):
                return place
        # Nothing clashes with the flat place; what fails there is the disk's failure.
        self._move_into_folder(source, candidates[-1])
        return candidates[-1]

    def adopt(self, place: str, name: str) -> str:
        """Move a file that a person put at `place` to a place of `name`, unless it is one."""
        if place in places(name, caseless=self._caseless):
            return place
        return self.install(self._path(place), name, None)

    def remove(self, place: str) -> None:
        """Remove the file at `place` and the folders that are empty then."""
        path = Path(self._path(place))
        path.unlink()
        with suppress(OSError):  # not empty
            for folder in self._folders(path):
                folder.rmdir()

    def name_at(self, place: str) -> str:
        """The name of the object whose file lies at `place`, as far as the place tells."""
        return name_at(place, caseless=self._caseless)

    def walk(self) -> Iterator[str]:
        """Yield the places of all files; hidden ones are left out, links and special ones are not.

        Raises:
            StorageUnavailable: a folder cannot be read.
        """
        folders = [""]
        while folders:
            folder = folders.pop()
            for entry in self._entries(folder):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{folder}{entry.name}/")
                else:
                    yield f"{folder}{entry.name}"

    @disk_failures()
    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._path(folder)) as entries:
                return [entry for entry in entries if not is_hidden(entry.name)]
        except FileNotFoundError:
            return []  # removed meanwhile

    def _path(self, place: str) -> str:
        return f"{self._start}{place}"

    def _move(self, source: str, place: str) -> bool:
        try:
            self._move_into_folder(source, place)
        except (NotADirectoryError, IsADirectoryError, FileExistsError):
            return False
        return True

    def _move_into_folder(self, source: str, place: str) -> None:
        target = Path(self._path(place))
        try:
            Path(source).replace(target)
        except FileNotFoundError:
            # Only now, because the folder is nearly always there.
            for folder in reversed(self._folders(target)):
                folder.mkdir(FOLDER_MODE, exist_ok=True)
            Path(source).replace(target)

    def _folders(self, file: Path) -> list[Path]:
        """The folders between the bucket's and the file, innermost first."""
        return [self._home / folder for folder in file.relative_to(self._home).parents[:-1]]
