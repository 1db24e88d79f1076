"""The exceptions that wait for a person, in SQLite."""

import sqlite3
from collections.abc import Iterator

from shared.adapters.records import (
    RecordCodec,
    is_same_failure,
    next_revision,
    raised_again,
    require_revision,
)
from shared.adapters.sqlite_database import SqliteDatabase
from shared.ports.records import ExceptionRecord, ExceptionStatus

EXCEPTIONS_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS exceptions (
        exception_id TEXT PRIMARY KEY,
        status TEXT NOT NULL,
        first_failed_at TEXT NOT NULL,
        record TEXT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS exceptions_by_age ON exceptions (first_failed_at, exception_id)",
    """CREATE INDEX IF NOT EXISTS exceptions_by_status
        ON exceptions (status, first_failed_at, exception_id)""",
)

_EXCEPTION = "SELECT record FROM exceptions WHERE exception_id = ?"
_EXCEPTIONS = """SELECT record, first_failed_at, exception_id FROM exceptions
    WHERE (first_failed_at, exception_id) > (?, ?) ORDER BY first_failed_at, exception_id LIMIT ?"""
_EXCEPTIONS_IN_STATUS = """SELECT record, first_failed_at, exception_id FROM exceptions
    WHERE status = ? AND (first_failed_at, exception_id) > (?, ?)
    ORDER BY first_failed_at, exception_id LIMIT ?"""
_PUT_EXCEPTION = """INSERT INTO exceptions (exception_id, status, first_failed_at, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (exception_id) DO UPDATE SET
        status = excluded.status, first_failed_at = excluded.first_failed_at, record = excluded.record"""

_exceptions = RecordCodec(ExceptionRecord)


class SqliteExceptions:
    """The exceptions."""

    _database: SqliteDatabase

    def raise_exception(self, record: ExceptionRecord) -> ExceptionRecord:
        """Open the exception, or count one more failure of one that is there; return what is stored.

        One that was closed is open again. The failure that was counted last, raised again, changes nothing:
        its message was delivered twice.
        """
        with self._database.transaction() as connection:
            stored = _stored(connection, record.exception_id)
            if stored is not None and is_same_failure(stored, record):
                return stored
            raised = record if stored is None else raised_again(stored, record)
            _put(connection, raised)
        return raised

    def exception(self, exception_id: str) -> ExceptionRecord | None:
        """Read one exception."""
        return _exceptions.decode_first(self._database.read(_EXCEPTION, (exception_id,)))

    def exceptions(self, status: ExceptionStatus | None = None) -> Iterator[ExceptionRecord]:
        """Yield the exceptions in one status or all, oldest first failure first."""
        if status is None:
            rows = self._database.pages(_EXCEPTIONS, (), ("", ""))
        else:
            rows = self._database.pages(_EXCEPTIONS_IN_STATUS, (status,), ("", ""))
        return (_exceptions.decode(row[0]) for row in rows)

    def replace_exception(self, record: ExceptionRecord) -> ExceptionRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one, or nothing is stored.
        """
        with self._database.transaction() as connection:
            require_revision(_stored(connection, record.exception_id), record)
            changed = next_revision(record)
            _put(connection, changed)
        return changed


def _stored(connection: sqlite3.Connection, exception_id: str) -> ExceptionRecord | None:
    return _exceptions.decode_first(connection.execute(_EXCEPTION, (exception_id,)).fetchall())


def _put(connection: sqlite3.Connection, record: ExceptionRecord) -> None:
    row = (record.exception_id, record.status, record.first_failed_at, _exceptions.encode(record))
    connection.execute(_PUT_EXCEPTION, row)
