"""One SQLite file: its errors in our words, its transactions, and its end."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.sqlite_database import SqliteDatabase, translate
from shared.errors import AirlockError, SpaceExhausted, StorageUnavailable
from tests.contracts.races import at_once

SCHEMA = ("CREATE TABLE IF NOT EXISTS things (name TEXT)",)
ADD = "INSERT INTO things VALUES (?)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file lies."""
    return tmp_path / "things.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    """A database with a table of things, that waits a hundredth of a second for others."""
    database = SqliteDatabase(path, application_id=7, schema=SCHEMA, busy_timeout=0.01)
    yield database
    database.close()


def error(error_class: type[sqlite3.Error], code: int | None, name: str = "SQLITE_X") -> sqlite3.Error:
    """An error as the sqlite3 module raises it; some that it raises by itself have no code."""
    made = error_class("text that may show a path")
    if code is not None:
        made.sqlite_errorcode = code
        made.sqlite_errorname = name
    return made


@pytest.mark.parametrize(
    ("error_class", "code", "expected"),
    [
        (sqlite3.OperationalError, sqlite3.SQLITE_FULL, SpaceExhausted),
        (sqlite3.OperationalError, sqlite3.SQLITE_BUSY, StorageUnavailable),
        (sqlite3.OperationalError, sqlite3.SQLITE_BUSY_SNAPSHOT, StorageUnavailable),
        (sqlite3.OperationalError, sqlite3.SQLITE_LOCKED, StorageUnavailable),
        (sqlite3.OperationalError, sqlite3.SQLITE_IOERR, StorageUnavailable),
        (sqlite3.OperationalError, sqlite3.SQLITE_IOERR_WRITE, StorageUnavailable),
        (sqlite3.OperationalError, sqlite3.SQLITE_CANTOPEN, StorageUnavailable),
        (sqlite3.OperationalError, sqlite3.SQLITE_READONLY, StorageUnavailable),
        (sqlite3.DatabaseError, sqlite3.SQLITE_CORRUPT, StorageUnavailable),
        (sqlite3.DatabaseError, sqlite3.SQLITE_NOTADB, StorageUnavailable),
        (sqlite3.IntegrityError, sqlite3.SQLITE_CONSTRAINT_UNIQUE, StorageUnavailable),
        (sqlite3.DataError, sqlite3.SQLITE_TOOBIG, StorageUnavailable),
        (sqlite3.InternalError, sqlite3.SQLITE_INTERNAL, StorageUnavailable),
        (sqlite3.NotSupportedError, None, StorageUnavailable),
        (sqlite3.ProgrammingError, None, StorageUnavailable),
        (sqlite3.InterfaceError, None, StorageUnavailable),
    ],
)
def test_errors_are_translated(
    error_class: type[sqlite3.Error], code: int | None, expected: type[AirlockError]
) -> None:
    """Every error of SQLite has an error of ours, and none shows the text of the original."""
    translated = translate(error(error_class, code))

    assert type(translated) is expected
    assert "path" not in translated.cause


def test_the_name_of_the_error_is_kept() -> None:
    """The cause names the result code, so that it can be looked up."""
    busy = error(sqlite3.OperationalError, sqlite3.SQLITE_BUSY, "SQLITE_BUSY")

    assert translate(busy).details == {"sqlite": "SQLITE_BUSY"}


def test_the_original_error_is_the_cause(database: SqliteDatabase) -> None:
    """A translated error carries the one of SQLite."""
    with pytest.raises(StorageUnavailable) as raised:
        database.read("SELECT * FROM nothing")

    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)


def test_a_transaction_that_fails_leaves_nothing(database: SqliteDatabase) -> None:
    """Whatever error ends the block, what it wrote is taken back and the next transaction can begin."""

    def fail() -> None:
        with database.transaction() as connection:
            connection.execute(ADD, ("a",))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with database.transaction() as connection:
        connection.execute(ADD, ("b",))

    assert database.read("SELECT name FROM things") == [("b",)]


def test_a_transaction_is_not_seen_before_its_end(database: SqliteDatabase) -> None:
    """Readers see the state before the transaction, without waiting for it."""
    with database.transaction() as connection:
        connection.execute(ADD, ("a",))
        seen = database.read("SELECT name FROM things")

    assert seen == []
    assert database.read("SELECT name FROM things") == [("a",)]


def test_a_lock_of_another_process_is_waited_for_in_vain(path: Path, database: SqliteDatabase) -> None:
    """Who does not get the write lock in time raises `StorageUnavailable`, and can try again later."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StorageUnavailable, match="SQLITE_BUSY"), database.transaction():
        pass
    other.close()
    with database.transaction() as connection:
        connection.execute(ADD, ("a",))

    assert database.read("SELECT name FROM things") == [("a",)]


def test_a_thread_does_not_wait_for_ever(database: SqliteDatabase) -> None:
    """A thread that finds another one's transaction under way gives up after the same time."""
    outcome: list[str] = []

    def write() -> None:
        try:
            with database.transaction():
                pass
        except StorageUnavailable as unavailable:
            outcome.append(unavailable.cause)

    with database.transaction():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()

    assert outcome == ["The storage did not answer. (sqlite=SQLITE_BUSY)"]


def test_reads_reuse_their_connections(database: SqliteDatabase) -> None:
    """One thread after another needs one connection; it is not opened again and again."""
    for _ in range(20):
        thread = threading.Thread(target=database.read, args=("SELECT 1",))
        thread.start()
        thread.join()

    assert len(database._idle) == 1


def test_threads_read_and_write_at_once(path: Path) -> None:
    """Eight threads that count the things and add one lose none."""
    database = SqliteDatabase(path, application_id=7, schema=SCHEMA)

    def add_ten(_: int) -> None:
        for _ in range(10):
            with database.transaction() as connection:
                (count,) = connection.execute("SELECT count(*) FROM things").fetchone()
                connection.execute(ADD, (str(count),))
            database.read("SELECT name FROM things")

    at_once(8, add_ten)

    names = {name for (name,) in database.read("SELECT name FROM things")}
    database.close()
    assert names == {str(n) for n in range(80)}


def test_a_closed_database_is_unavailable(database: SqliteDatabase) -> None:
    """After the end nothing can be read or written; closing again is harmless."""
    database.close()
    database.close()

    with pytest.raises(StorageUnavailable, match="closed"):
        database.read("SELECT 1")


def test_closing_lets_a_transaction_finish(path: Path, database: SqliteDatabase) -> None:
    """A transaction under way when the database is closed is committed, and its connection closed."""
    with database.transaction() as connection:
        connection.execute(ADD, ("a",))
        database.close()

    again = SqliteDatabase(path, application_id=7, schema=SCHEMA)
    names = again.read("SELECT name FROM things")
    again.close()
    assert names == [("a",)]
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]
