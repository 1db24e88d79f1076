"""The files of all instances in one folder, under names that say nothing."""

import hashlib
import uuid
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple


class Spooled(NamedTuple):
    """What was written of a part: `whole` tells that it was not cut at the limit."""

    path: Path
    size: int
    sha256: str
    whole: bool


class InstanceFiles:
    """Writes files first, and shows them under their names once they are known to be good."""

    def __init__(self, folder: Path) -> None:
        """Make the folders; what was being written when the process ended is removed."""
        self._instances = _made(folder / "instances")
        self._spool = _made(folder / "spool")
        for abandoned in self._spool.iterdir():
            abandoned.unlink()

    def spool(self, chunks: Iterable[bytes], limit: int) -> Spooled:
        """Write a part; of one with more than `limit` bytes the rest is read and dropped."""
        path = self._spool / uuid.uuid4().hex
        with ExitStack() as undoing:
            # The body may break off, or the disk may be full.
            undoing.callback(path.unlink, missing_ok=True)
            spooled = _written(path, chunks, limit)
            undoing.pop_all()
        return spooled

    def keep(self, spooled: Spooled) -> str:
        """Move a part among the instances; the name of its file."""
        spooled.path.replace(self._instances / spooled.path.name)
        return spooled.path.name

    def path(self, name: str) -> Path:
        """Where the file of an instance lies."""
        return self._instances / name

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that are open can be read to their ends."""
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def remove_all_but(self, names: set[str]) -> None:
        """Remove the files that no instance has, which a crash may leave."""
        self.remove(path.name for path in self._instances.iterdir() if path.name not in names)


def _written(path: Path, chunks: Iterable[bytes], limit: int) -> Spooled:
    digest, size, whole = hashlib.sha256(), 0, True
    with path.open("xb") as file:
        for chunk in chunks:
            size += len(chunk)
            whole = whole and size <= limit
            if whole:
                digest.update(chunk)
                file.write(chunk)
    return Spooled(path, size, digest.hexdigest(), whole)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
