"""Class-data-sharing archives: a JVM that maps one starts in half the time and a third less memory.

A JVM that runs without one writes it when it ends. It goes on without an archive of another JVM, but a broken
one can end it, so whoever starts it must be ready to start it once more without.
"""

import hashlib
import os
import uuid
from contextlib import suppress
from pathlib import Path


class ClassArchive:
    """The archive of one jar for one Java, in the cache folder.

    Args:
        jar: the program.
        java: the interpreter.
    """

    def __init__(self, jar: Path, java: Path) -> None:
        self.path = cache_folder() / f"{jar.stem}-{_fingerprint(jar, java)}.jsa"
        # Each JVM writes a file of its own; the finished one takes the archive's name in one step.
        self._draft = self.path.with_suffix(f".{uuid.uuid4().hex}.draft")

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.path.is_file()

    @property
    def options(self) -> tuple[str, ...]:
        """What the JVM is told: to use the archive if it is there, else to write it at its end."""
        if self.exists:
            return (f"-XX:SharedArchiveFile={self.path}", "-Xshare:auto")
        if not _made(self.path.parent):
            return ()
        return (f"-XX:ArchiveClassesAtExit={self._draft}",)

    def finish(self) -> None:
        """Keep what the JVM wrote; to be called when it has ended by itself."""
        with suppress(OSError):
            self._draft.replace(self.path)

    def discard(self) -> None:
        """Drop the archive: the JVM did not start with it."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Drop what the JVM may have begun to write: it was killed, or ended by a failure."""
        with suppress(OSError):
            self._draft.unlink(missing_ok=True)


def cache_folder() -> Path:
    """Airlock's folder below `XDG_CACHE_HOME`, or else below `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "airlock"


def _fingerprint(*files: Path) -> str:
    facts = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def _made(folder: Path) -> bool:
    # A cache is a help only: a machine with a read-only home starts its emulators without one.
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
