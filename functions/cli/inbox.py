"""A folder that people drop files into: each is taken in once nobody has written to it for a while."""

from collections.abc import Callable
from pathlib import Path

from functions.cli.intake import Source, sources, take_in
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock

#: of a file: its size, and when it was last written to, in nanoseconds
Version = tuple[int, int]


class Inbox:
    """Takes in what lies in a folder and is not written to any more; the files stay where they are.

    Args:
        folder: the folder, made if it is not there.
        clinical: where files are taken in.
        clock: the time.
        quiet_period: so many seconds a file must not have changed.
        taken: is called for every file that was taken in.
    """

    def __init__(
        self,
        folder: Path,
        clinical: Blobs,
        clock: Clock,
        *,
        quiet_period: float,
        taken: Callable[[], None] = lambda: None,
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clinical = clinical
        self._clock = clock
        self._quiet_period = quiet_period
        self._taken = taken
        self._seen: dict[Path, Version] = {}
        self._done: dict[Path, Version] = {}

    def look(self) -> int:
        """Take in what has been quiet since the last look; return how many files that were.

        A file that cannot be read is left for the next look.
        """
        return sum(self._take(source) for source in sources([self._folder]))

    def _take(self, source: Source) -> bool:
        try:
            version = _version(source.path)
            quiet = self._seen.get(source.path) == version and self._is_old(version)
            self._seen[source.path] = version
            if not quiet or self._done.get(source.path) == version:
                return False
            take_in(source, self._clinical)
        except OSError:
            return False
        self._done[source.path] = version
        self._taken()
        return True

    def _is_old(self, version: Version) -> bool:
        return self._clock.now() - version[1] / 1e9 >= self._quiet_period


def _version(path: Path) -> Version:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
