"""How an SQLite file is opened: created, recognised, made private, and switched to its log."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sqlite_database import SqliteDatabase
from shared.errors import ConfigurationError, StorageUnavailable
from tests.contracts.races import at_once

SCHEMA = ("CREATE TABLE IF NOT EXISTS things (name TEXT)",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file lies."""
    return tmp_path / "things.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[SqliteDatabase]:
    """A database with a table of things, that does not wait for others."""
    database = SqliteDatabase(path, application_id=7, schema=SCHEMA, busy_timeout=0.0)
    yield database
    database.close()


def error(code: int) -> sqlite3.OperationalError:
    """An error as the sqlite3 module raises it."""
    made = sqlite3.OperationalError("text that may show a path")
    made.sqlite_errorcode = code
    return made


def test_a_missing_folder_is_unavailable(tmp_path: Path) -> None:
    """A file whose folder does not exist cannot be opened."""
    with pytest.raises(StorageUnavailable, match="SQLITE_CANTOPEN"):
        SqliteDatabase(tmp_path / "nowhere" / "x.sqlite", application_id=7, schema=SCHEMA)


def test_a_foreign_file_is_unavailable_and_stays_as_it_is(path: Path) -> None:
    """A file that is no database is refused, not overwritten."""
    path.write_bytes(b"These are the notes of somebody else." * 100)

    with pytest.raises(StorageUnavailable, match="SQLITE_NOTADB"):
        SqliteDatabase(path, application_id=7, schema=SCHEMA)

    assert path.read_bytes() == b"These are the notes of somebody else." * 100


def test_another_version_is_refused(path: Path, database: SqliteDatabase) -> None:
    """A file whose schema is of another version is not touched."""
    with database.transaction() as connection:
        connection.execute("PRAGMA user_version = 2")

    with pytest.raises(ConfigurationError, match=r"found=7\.2, expected=7\.1"):
        SqliteDatabase(path, application_id=7, schema=SCHEMA)


def test_sixteen_create_the_file_at_once(path: Path) -> None:
    """Many that find no file at the same moment all get the same database."""

    def create(n: int) -> None:
        database = SqliteDatabase(path, application_id=7, schema=SCHEMA)
        with database.transaction() as connection:
            connection.execute("INSERT INTO things VALUES (?)", (str(n),))
        database.close()

    outcomes = at_once(16, create)

    database = SqliteDatabase(path, application_id=7, schema=SCHEMA)
    names = {name for (name,) in database.read("SELECT name FROM things")}
    database.close()
    assert outcomes == [None] * 16
    assert names == {str(n) for n in range(16)}


class Answers:
    """A connection that gives one answer after another to whatever it is asked; errors are raised."""

    def __init__(self, *answers: str | sqlite3.Error) -> None:
        self.answers = list(answers)

    def execute(self, sql: str) -> "Answers":
        """Raise the next answer if it is an error."""
        answer = self.answers[0]
        if isinstance(answer, sqlite3.Error):
            del self.answers[0]
            raise answer
        return self

    def fetchone(self) -> tuple[Any]:
        """Return the next answer."""
        return (self.answers.pop(0),)


BUSY = error(sqlite3.SQLITE_BUSY)
READONLY = error(sqlite3.SQLITE_READONLY)


def test_the_log_is_asked_for_again_while_others_create_it(path: Path) -> None:
    """SQLite says "locked" at once when several switch the log of a new file on; all of them succeed."""
    database = SqliteDatabase(path, application_id=7, schema=SCHEMA)
    connection: Any = Answers(BUSY, BUSY, "wal")

    database._enter_wal(connection)

    database.close()
    assert connection.answers == []


@pytest.mark.parametrize("answer", [READONLY, BUSY])
def test_a_log_that_cannot_be_had_is_not_asked_for_for_ever(
    database: SqliteDatabase, answer: sqlite3.Error
) -> None:
    """Another error than "locked" is final, and so is "locked" when the time is over."""
    connection: Any = Answers(answer, "wal")

    with pytest.raises(sqlite3.OperationalError):
        database._enter_wal(connection)

    assert connection.answers == ["wal"]


def test_a_file_system_without_the_log_is_refused(database: SqliteDatabase) -> None:
    """Where SQLite stays with another journal, the ledger does not pretend to be as safe."""
    connection: Any = Answers("delete")

    with pytest.raises(StorageUnavailable, match="journal_mode=delete"):
        database._enter_wal(connection)


def test_a_file_that_cannot_be_made_private_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file whose mode cannot be set stays empty."""

    def refuse(self: Path, mode: int) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "chmod", refuse)

    with pytest.raises(StorageUnavailable, match="chmod"):
        SqliteDatabase(path, application_id=7, schema=SCHEMA)

    assert path.read_bytes() == b""
