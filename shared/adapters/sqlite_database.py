"""One SQLite file: connections, transactions, pages, and its errors in our words.

Write-ahead log and `synchronous=FULL`: a transaction that was committed survives a power cut, unless it says
that it need not, and readers never wait for a writer.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.adapters.disk_failures import disk_failures
from shared.errors import AirlockError, ConfigurationError, SpaceExhausted, StorageUnavailable

PAGE_ROWS = 500
SCHEMA_VERSION = 1

Row = tuple[Any, ...]

_ANY_ERROR_NAME = "SQLITE_ERROR"
_PRIMARY_CODE = 0xFF  # an extended result code carries its primary code in the lowest byte


def translate(error: sqlite3.Error) -> AirlockError:
    """Say an error of SQLite in our words: a full disk is `SpaceExhausted`, the rest `StorageUnavailable`."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code & _PRIMARY_CODE == sqlite3.SQLITE_FULL:
        return SpaceExhausted()
    # The name only: the message of SQLite may show the path of the file.
    return StorageUnavailable(sqlite=getattr(error, "sqlite_errorname", _ANY_ERROR_NAME))


@contextmanager
def translated() -> Iterator[None]:
    """Translate the errors of SQLite that leave the block.

    Raises:
        StorageUnavailable: SQLite could not do it.
        SpaceExhausted: the disk is full.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error) from error


class _Group(threading.local):
    """Whether this thread's transactions wait for the disk together, and whether one of them has to."""

    is_open = False
    owes = False


class SqliteDatabase:
    """A database file, shared by any number of threads and processes.

    A thread takes an idle connection for one statement or one transaction, or opens another, so a connection
    never serves two threads at once and there are never more of them than threads at work. The threads of one
    process queue for the write lock here, because SQLite's own waiting is polling and lets some starve.

    Args:
        path: the file; it is created, readable by its owner alone, in a folder that exists.
        application_id: tells one kind of file from another; a file of another kind is refused.
        schema: statements that create what does not exist yet.
        busy_timeout: how long in seconds a transaction waits for others.

    Raises:
        ConfigurationError: the file is of another kind or of another version of the schema.
        StorageUnavailable: the file cannot be opened.
        SpaceExhausted: the disk is full.
    """

    def __init__(
        self, path: Path, *, application_id: int, schema: Sequence[str], busy_timeout: float = 30.0
    ) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._identity = (application_id, SCHEMA_VERSION)
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._group = _Group()
        self._closed = False
        try:
            self._prepare(schema)
        except AirlockError:
            self.close()
            raise

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run a query and return all its rows; no read transaction stays open."""
        with self._connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def pages(self, sql: str, parameters: Sequence[object], first: Sequence[object]) -> Iterator[Row]:
        """Yield the rows of a query page by page, with no transaction open between the pages.

        `sql` selects one column and then its key columns, only what lies behind the key, in the key's order;
        its last parameters are the key and the number of rows. `first` is a key that lies before all others.
        """
        key = tuple(first)
        while rows := self.read(sql, (*parameters, *key, PAGE_ROWS)):
            yield from rows
            key = rows[-1][1:]

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Hold the write lock from the start, so that what is read stays true until the commit.

        The block's end commits; an error rolls back. Without `durable` the commit does not wait for the disk:
        it survives the end of the process, but a power cut may undo it with those behind it up to the next
        durable one. That is for what is simply done once more then.
        """
        waits = durable and not self._group.is_open
        self._group.owes |= durable
        with self._queue(), self._connection() as connection, connection:
            connection.execute("PRAGMA synchronous = FULL" if waits else "PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let this thread's transactions inside wait for the disk once, at the block's end.

        Until then they are as if they were not durable.

        Raises:
            StorageUnavailable, SpaceExhausted: the disk failed.
        """
        group = self._group
        if group.is_open:
            yield
            return
        group.is_open, group.owes = True, False
        try:
            yield
        finally:
            group.is_open = False
            if group.owes:
                self._sync()

    @disk_failures()
    def _sync(self) -> None:
        """Force to the disk what was committed: what has left the write-ahead log is there."""
        descriptor = os.open(f"{self._path}-wal", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Close the file; operations under way finish first, later ones raise `StorageUnavailable`."""
        with self._idle_lock:
            self._closed = True
            idle, self._idle = self._idle, []
        with translated():
            for connection in idle:
                connection.close()

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if not self._write_lock.acquire(timeout=self._busy_timeout):
            raise StorageUnavailable(sqlite="SQLITE_BUSY")
        try:
            yield
        finally:
            self._write_lock.release()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with translated():
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._idle_lock:
            if self._closed:
                raise StorageUnavailable(sqlite="closed")
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._idle_lock:
            # A rollback can fail too, and such a connection must not come back.
            if not self._closed and not connection.in_transaction:
                self._idle.append(connection)
                return
        connection.close()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self._path, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )

    def _prepare(self, schema: Sequence[str]) -> None:
        with self._connection() as connection:
            identity = _identity(connection)
            if identity is None:
                # Before anything is in it; the log files take over the mode of the database file.
                _make_private(self._path)
            elif identity != self._identity:
                raise ConfigurationError(found=_dotted(identity), expected=_dotted(self._identity))
            self._enter_wal(connection)
        if identity is None:
            self._create(schema)

    def _create(self, schema: Sequence[str]) -> None:
        application_id, version = self._identity
        with self.transaction() as connection:
            for statement in schema:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {application_id}")
            connection.execute(f"PRAGMA user_version = {version}")

    def _enter_wal(self, connection: sqlite3.Connection) -> None:
        # When several change a new file's mode together, SQLite says "locked" at once, whatever the timeout.
        deadline = time.monotonic() + self._busy_timeout
        while True:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() >= deadline:
                    raise
                time.sleep(0.01)
                continue
            if mode != "wal":
                raise StorageUnavailable(journal_mode=mode)
            return


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY


def _make_private(path: Path) -> None:
    try:
        path.chmod(0o600)
    except OSError as error:
        raise StorageUnavailable(operation="chmod") from error


def _identity(connection: sqlite3.Connection) -> tuple[int, int] | None:
    # One transaction, since another process may be creating the tables at this moment.
    with connection:
        connection.execute("BEGIN")
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return (application_id, version) if tables else None


def _dotted(identity: tuple[int, int]) -> str:
    return ".".join(map(str, identity))
