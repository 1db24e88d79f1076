"""The index of a bucket in a folder: which file is which generation, in SQLite."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from shared.adapters.folder_identity import FileIdentity
from shared.adapters.sqlite_database import Row, SqliteDatabase

APPLICATION_ID = int.from_bytes(b"AirB")

#: The columns are the fields of `IndexRow` and `Announcement` in their order.
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS objects (
        name TEXT NOT NULL PRIMARY KEY,
        generation INTEGER NOT NULL,
        size INTEGER NOT NULL,
        crc32c TEXT NOT NULL,
        place TEXT NOT NULL,
        inode INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS announcements (
        generation INTEGER NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        crc32c TEXT NOT NULL,
        overwrote INTEGER
    )""",
    "CREATE TABLE IF NOT EXISTS counter (last_generation INTEGER NOT NULL)",
    "INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT * FROM counter)",
)

_FIND = "SELECT * FROM objects WHERE name = ?"
_FIND_FILE = "SELECT * FROM objects WHERE inode = ? AND mtime_ns = ? AND size = ?"
_FIRST_PAGE = "SELECT * FROM objects WHERE name >= ? ORDER BY name LIMIT ?"
_NEXT_PAGE = "SELECT * FROM objects WHERE name > ? ORDER BY name LIMIT ?"
_PUT = "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)"
_COUNT = "UPDATE counter SET last_generation = max(last_generation + 1, ?) RETURNING last_generation"
_OWED = "SELECT * FROM announcements ORDER BY generation"
_PAGE_ROWS = 500


class IndexRow(NamedTuple):
    """The live generation of an object, and the file that holds it at `place` in the bucket's folder."""

    name: str
    generation: int
    size: int
    crc32c: str
    place: str
    inode: int
    mtime_ns: int

    @property
    def identity(self) -> FileIdentity:
        """The identity of the file that was finalised."""
        return FileIdentity(self.inode, self.mtime_ns, self.size)


class FinishedFile(NamedTuple):
    """A file in an object's place, and its checksum."""

    place: str
    identity: FileIdentity
    crc32c: str

    def as_generation(self, name: str, generation: int) -> IndexRow:
        """The row that says that this file is `generation` of `name`."""
        inode, mtime_ns, size = self.identity
        return IndexRow(name, generation, size, self.crc32c, self.place, inode, mtime_ns)


class Announcement(NamedTuple):
    """A notification that is owed; `overwrote` is the generation that was replaced."""

    generation: int
    name: str
    size: int
    crc32c: str
    overwrote: int | None


class IndexTransaction:
    """Changes that happen together, while no other writer changes the index or the bucket's files."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> IndexRow | None:
        """The live generation of `name`."""
        return _first(self._connection.execute(_FIND, (name,)).fetchall())

    def find_file(self, identity: FileIdentity) -> IndexRow | None:
        """The object that was finalised with the file of this identity."""
        return _first(self._connection.execute(_FIND_FILE, identity).fetchall())

    def next_generation(self, microseconds: int) -> int:
        """The time in microseconds since the epoch, or one more than the last generation if that is later."""
        (generation,) = self._connection.execute(_COUNT, (microseconds,)).fetchone()
        return int(generation)

    def put(self, row: IndexRow) -> None:
        """Create or replace an object's row."""
        self._connection.execute(_PUT, row)

    def remove(self, name: str) -> None:
        """Remove an object's row."""
        self._connection.execute("DELETE FROM objects WHERE name = ?", (name,))

    def owe(self, announcement: Announcement) -> None:
        """Record a notification that is to be sent once this transaction stands."""
        self._connection.execute("INSERT INTO announcements VALUES (?, ?, ?, ?, ?)", announcement)

    def settle(self, generation: int) -> None:
        """Forget a notification that was sent."""
        self._connection.execute("DELETE FROM announcements WHERE generation = ?", (generation,))


class FolderIndex:
    """The index of one bucket, shared by any number of threads and processes."""

    def __init__(self, path: Path) -> None:
        self._database = SqliteDatabase(path, application_id=APPLICATION_ID, schema=SCHEMA)
        self._settled: set[int] = set()

    @contextmanager
    def transaction(self) -> Iterator[IndexTransaction]:
        """Hold the write lock from the beginning; the block's end commits, an error rolls back."""
        with self._database.transaction() as connection:
            changes = IndexTransaction(connection)
            settled = self._settled.copy()
            for generation in settled:
                changes.settle(generation)
            yield changes
        self._settled.difference_update(settled)

    def together(self) -> AbstractContextManager[None]:
        """Let this thread's changes inside wait for the disk once, at the block's end."""
        return self._database.together()

    def find(self, name: str) -> IndexRow | None:
        """The live generation of `name`."""
        return _first(self._read(_FIND, name))

    def rows(self, prefix: str = "") -> Iterator[IndexRow]:
        """Yield the rows whose name starts with `prefix`, in the order of UTF-8."""
        page = self._read(_FIRST_PAGE, prefix, _PAGE_ROWS)
        while page:
            for row in map(IndexRow._make, page):
                if not row.name.startswith(prefix):
                    return
                yield row
            page = self._read(_NEXT_PAGE, page[-1][0], _PAGE_ROWS)

    def owed(self) -> Sequence[Announcement]:
        """The notifications that are owed, oldest first."""
        self._settle_now()
        return [Announcement._make(row) for row in self._database.read(_OWED)]

    def settle(self, generation: int) -> None:
        """Forget a notification that was sent, together with the next change.

        That costs no write of its own; after a crash the last ones are sent once more, as they may be anyway.
        """
        self._settled.add(generation)

    def close(self) -> None:
        """Close the file."""
        self._settle_now()
        self._database.close()

    def _read(self, sql: str, *parameters: str | int) -> list[Row]:
        try:
            return self._database.read(sql, parameters)
        except UnicodeEncodeError:
            return []  # asked for a name that is no UTF-8: no bucket can hold it

    def _settle_now(self) -> None:
        if self._settled:
            with self.transaction():
                pass


def _first(rows: list[Row]) -> IndexRow | None:
    return IndexRow._make(rows[0]) if rows else None
