"""The catalog: buckets, generations, notification configurations, owed messages and uploads, in SQLite.

What belongs together is one transaction: a precondition has one winner, and a change and the messages about
it stand or fall together, whatever kills the process. Commits do not wait for the disk: a power cut may undo
the last ones, which a double for one machine may afford and its speed depends on.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shared.adapters.sqlite_database import PAGE_ROWS, Row, SqliteDatabase
from shared.local.object_store.records import Bucket, Configuration, Generation, StartedUpload
from shared.local.object_store.refusals import not_found
from shared.local.outbox import OwedMessage

APPLICATION_ID = int.from_bytes(b"AirO")

#: The columns are the fields of the records in their order.
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS buckets (
        name TEXT NOT NULL PRIMARY KEY,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        metageneration INTEGER NOT NULL,
        settings TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS generations (
        bucket TEXT NOT NULL,
        name TEXT NOT NULL,
        generation INTEGER NOT NULL,
        metageneration INTEGER NOT NULL,
        size INTEGER NOT NULL,
        crc32c TEXT NOT NULL,
        md5 TEXT,
        components INTEGER,
        place TEXT NOT NULL,
        settings TEXT NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        deleted INTEGER,
        PRIMARY KEY (bucket, name, generation)
    ) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX IF NOT EXISTS live ON generations (bucket, name) WHERE deleted IS NULL",
    """CREATE TABLE IF NOT EXISTS configurations (
        bucket TEXT NOT NULL, number INTEGER NOT NULL, settings TEXT NOT NULL, PRIMARY KEY (bucket, number)
    )""",
    """CREATE TABLE IF NOT EXISTS owed (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        topic TEXT NOT NULL,
        attributes TEXT NOT NULL,
        data BLOB NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS uploads (
        upload_id TEXT NOT NULL PRIMARY KEY,
        bucket TEXT NOT NULL,
        name TEXT NOT NULL,
        started INTEGER NOT NULL,
        request TEXT NOT NULL,
        finished TEXT
    )""",
    "CREATE TABLE IF NOT EXISTS counter (last_generation INTEGER NOT NULL)",
    "INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT * FROM counter)",
)

_LIVE = "SELECT * FROM generations WHERE bucket = ? AND name = ? AND deleted IS NULL"
_FIND = "SELECT * FROM generations WHERE bucket = ? AND name = ? AND generation = ?"
_PAGE = """SELECT * FROM generations WHERE bucket = ? AND (name, generation) > (?, ?) {live}
    ORDER BY name, generation LIMIT ?"""
_LIVE_PAGE = _PAGE.format(live="AND deleted IS NULL")
_EVERY_PAGE = _PAGE.format(live="")
_PUT = "INSERT OR REPLACE INTO generations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REMOVE = "DELETE FROM generations WHERE bucket = ? AND name = ? AND generation = ?"
_COUNT = "UPDATE counter SET last_generation = max(last_generation + 1, ?) RETURNING last_generation"
_CONFIGURE = """INSERT INTO configurations SELECT ?, coalesce(max(number), 0) + 1, ?
    FROM configurations WHERE bucket = ? RETURNING *"""
_TABLES = ("buckets", "generations", "configurations", "owed", "uploads")

Query = Callable[[str, Sequence[object]], list[Row]]


class Records:
    """Reads the catalog."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def bucket(self, name: str) -> Bucket:
        """A bucket.

        Raises:
            Refused: 404, there is none.
        """
        rows = self._query("SELECT * FROM buckets WHERE name = ?", (name,))
        if not rows:
            raise not_found("The specified bucket does not exist. Bucket")
        return Bucket._make(rows[0])

    def buckets(self) -> list[Bucket]:
        """All buckets, by name."""
        return [Bucket._make(row) for row in self._query("SELECT * FROM buckets ORDER BY name", ())]

    def live(self, bucket: str, name: str) -> Generation | None:
        """The live generation of an object."""
        return _first(self._query(_LIVE, (bucket, name)))

    def generation(self, bucket: str, name: str, generation: int) -> Generation | None:
        """One generation, live or archived."""
        return _first(self._query(_FIND, (bucket, name, generation)))

    def page(
        self, bucket: str, name: str, generation: int, *, versions: bool, limit: int = PAGE_ROWS
    ) -> list[Generation]:
        """The next generations behind this name and generation, in the order of UTF-8."""
        sql = _EVERY_PAGE if versions else _LIVE_PAGE
        return [Generation._make(row) for row in self._query(sql, (bucket, name, generation, limit))]

    def configurations(self, bucket: str) -> list[Configuration]:
        """The notification configurations of a bucket."""
        rows = self._query("SELECT * FROM configurations WHERE bucket = ? ORDER BY number", (bucket,))
        return [Configuration._make(row) for row in rows]

    def owed(self, topics_left_out: Sequence[str], limit: int) -> list[OwedMessage]:
        """The oldest owed messages to other topics than these."""
        marks = ", ".join("?" * len(topics_left_out))
        sql = f"SELECT * FROM owed WHERE topic NOT IN ({marks}) ORDER BY number LIMIT ?"  # noqa: S608 - marks
        return [OwedMessage._make(row) for row in self._query(sql, (*topics_left_out, limit))]

    def upload(self, upload_id: str) -> StartedUpload | None:
        """A resumable upload."""
        rows = self._query("SELECT * FROM uploads WHERE upload_id = ?", (upload_id,))
        return StartedUpload._make(rows[0]) if rows else None

    def has_place(self, bucket: str, place: str, name: str) -> bool:
        """Whether the file at `place` holds a generation of `name`."""
        sql = "SELECT 1 FROM generations WHERE bucket = ? AND name = ? AND place = ?"
        return bool(self._query(sql, (bucket, name, place)))


class Changes(Records):
    """Reads and changes the catalog while nobody else changes it."""

    def next_generation(self, microseconds: int) -> int:
        """The time in microseconds since the epoch, or one more than the last generation if that is later."""
        return int(self._query(_COUNT, (microseconds,))[0][0])

    def put_bucket(self, bucket: Bucket) -> None:
        """Create or replace a bucket."""
        self._query("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?, ?, ?)", bucket)

    def remove_bucket(self, name: str) -> None:
        """Remove a bucket with its notification configurations and unfinished uploads."""
        self._query("DELETE FROM buckets WHERE name = ?", (name,))
        self._query("DELETE FROM configurations WHERE bucket = ?", (name,))
        self._query("DELETE FROM uploads WHERE bucket = ?", (name,))

    def put(self, generation: Generation) -> None:
        """Create or replace a generation."""
        self._query(_PUT, generation)

    def remove(self, generation: Generation) -> None:
        """Remove a generation."""
        self._query(_REMOVE, generation[:3])

    def configure(self, bucket: str, settings: str) -> Configuration:
        """Create a notification configuration with the next number."""
        return Configuration._make(self._query(_CONFIGURE, (bucket, settings, bucket))[0])

    def remove_configuration(self, bucket: str, number: int) -> None:
        """Remove a notification configuration."""
        self._query("DELETE FROM configurations WHERE bucket = ? AND number = ?", (bucket, number))

    def owe(self, topic: str, attributes: str, data: bytes) -> None:
        """Record a message that is to be published once this stands."""
        sql = "INSERT INTO owed (topic, attributes, data) VALUES (?, ?, ?)"
        self._query(sql, (topic, attributes, data))

    def put_upload(self, upload: StartedUpload) -> None:
        """Create or replace a resumable upload."""
        self._query("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?)", upload)

    def remove_upload(self, upload_id: str) -> None:
        """Forget a resumable upload."""
        self._query("DELETE FROM uploads WHERE upload_id = ?", (upload_id,))

    def remove_uploads_before(self, started: int) -> None:
        """Forget the uploads that were started earlier."""
        self._query("DELETE FROM uploads WHERE started < ?", (started,))

    def remove_everything(self) -> None:
        """Empty the catalog; generations go on rising."""
        for table in _TABLES:
            self._query(f"DELETE FROM {table}", ())  # noqa: S608 - our own tables


class Catalog(Records):
    """The catalog in the file `path`, for any number of threads."""

    def __init__(self, path: Path) -> None:
        self._database = SqliteDatabase(path, application_id=APPLICATION_ID, schema=SCHEMA)
        super().__init__(self._database.read)

    @contextmanager
    def transaction(self) -> Iterator[Changes]:
        """Hold the write lock from the beginning; the block's end commits, an error rolls back."""
        with self._database.transaction(durable=False) as connection:
            yield Changes(_query_of(connection))

    def settle(self, messages: Sequence[OwedMessage]) -> None:
        """Forget messages that were published."""
        numbers = [(message.number,) for message in messages]
        with self._database.transaction(durable=False) as connection:
            connection.executemany("DELETE FROM owed WHERE number = ?", numbers)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _query_of(connection: sqlite3.Connection) -> Query:
    return lambda sql, parameters: connection.execute(sql, parameters).fetchall()


def _first(rows: list[Row]) -> Generation | None:
    return Generation._make(rows[0]) if rows else None
