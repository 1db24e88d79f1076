"""A folder that people drop files into: each is taken in once nobody has written to it for a while."""

from pathlib import Path
from typing import NamedTuple

from functions.cli.intake import Source, sources, take_in
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock


class Version(NamedTuple):
    """What tells a file from itself after a change."""

    inode: int
    size: int
    written_ns: int


class Inbox:
    """Takes in what lies in a folder and is not written to any more; the files stay where they are.

    Args:
        folder: the folder, made if it is not there.
        clinical: where files are taken in.
        clock: the time; the dates of files are not trusted, for a copy may keep that of its original.
        quiet_period: so many seconds a file must not have changed.
    """

    def __init__(self, folder: Path, clinical: Blobs, clock: Clock, *, quiet_period: float) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clinical = clinical
        self._clock = clock
        self._quiet_period = quiet_period
        self._seen: dict[Path, tuple[Version, float]] = {}
        self._done: dict[Path, Version] = {}

    def look(self) -> int:
        """Take in what has been quiet for long enough; return how many files that were.

        A file that cannot be read is left for the next look.

        Raises:
            StorageError: an object cannot be written.
        """
        found = {source.path: source for source in sources([self._folder])}
        for known in (self._seen, self._done):
            for path in known.keys() - found.keys():
                del known[path]
        return sum(map(self._take, found.values()))

    def _take(self, source: Source) -> bool:
        try:
            version = _version(source.path)
            if not self._is_quiet(source.path, version) or self._done.get(source.path) == version:
                return False
            take_in(source, self._clinical)
        except OSError:
            return False
        self._done[source.path] = version
        return True

    def _is_quiet(self, path: Path, version: Version) -> bool:
        now = self._clock.now()
        before, since = self._seen.get(path, (None, now))
        if before != version:
            self._seen[path] = version, now
            return False
        return now - since >= self._quiet_period


def _version(path: Path) -> Version:
    status = path.stat()
    return Version(status.st_ino, status.st_size, status.st_mtime_ns)
