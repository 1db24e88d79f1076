"""The released ledger in one SQLite file, which holds nothing but jobs and the claims of their events."""

import math
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from shared.adapters.records import RecordCodec, next_revision, require_revision
from shared.adapters.sqlite_claims import CLAIMS_SCHEMA, SqliteClaims
from shared.adapters.sqlite_database import SqliteDatabase
from shared.ports.records import JobRecord
from shared.states import JOB_TRANSITIONS, JobState, require_transition

RELEASED_APPLICATION_ID = int.from_bytes(b"AirR")

JOBS_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS jobs (
        job_id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        created_at REAL NOT NULL,
        record TEXT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS jobs_by_age ON jobs (created_at, job_id)",
    "CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, created_at, job_id)",
)

_ADD_JOB = """INSERT INTO jobs (job_id, state, created_at, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (job_id) DO NOTHING"""
_JOB = "SELECT record FROM jobs WHERE job_id = ?"
_JOBS = """SELECT record, created_at, job_id FROM jobs
    WHERE (created_at, job_id) > (?, ?) ORDER BY created_at, job_id LIMIT ?"""
_JOBS_IN_STATE = """SELECT record, created_at, job_id FROM jobs
    WHERE state = ? AND (created_at, job_id) > (?, ?) ORDER BY created_at, job_id LIMIT ?"""
_REPLACE_JOB = "UPDATE jobs SET state = ?, created_at = ?, record = ? WHERE job_id = ?"

_jobs = RecordCodec(JobRecord)
_BEGINNING = (-math.inf, "")


class SqliteReleasedLedger(SqliteClaims):
    """The jobs: what `export` and `retrieve` may know; for any number of threads and processes.

    Args:
        path: the database file; it is created, readable by its owner alone, in a folder that exists.

    Raises:
        ConfigurationError: the file is not a released ledger of this version.
        StorageUnavailable: the file cannot be opened; from every method: SQLite could not do it.
        SpaceExhausted: the disk is full; from every method that writes.
    """

    def __init__(self, path: Path) -> None:
        self._database = SqliteDatabase(
            path, application_id=RELEASED_APPLICATION_ID, schema=(*CLAIMS_SCHEMA, *JOBS_SCHEMA)
        )

    def add_job(self, record: JobRecord) -> JobRecord:
        """Create the job if its id is new; return the one that is stored."""
        row = (record.job_id, record.state, record.created_at, _jobs.encode(record))
        with self._database.transaction() as connection:
            if connection.execute(_ADD_JOB, row).rowcount:
                return record
            (stored,) = connection.execute(_JOB, (record.job_id,)).fetchone()
        return _jobs.decode(stored)

    def job(self, job_id: str) -> JobRecord | None:
        """Read one job."""
        return _jobs.decode_first(self._database.read(_JOB, (job_id,)))

    def jobs(self, state: JobState | None = None) -> Iterator[JobRecord]:
        """Yield the jobs in one state, or all, oldest first."""
        if state is None:
            rows = self._database.pages(_JOBS, (), _BEGINNING)
        else:
            rows = self._database.pages(_JOBS_IN_STATE, (state,), _BEGINNING)
        return (_jobs.decode(row[0]) for row in rows)

    def replace_job(self, record: JobRecord) -> JobRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one, or nothing is stored.
            TransitionIllegal: its state cannot become the new one.
        """
        with self._database.transaction() as connection:
            stored = require_revision(_stored(connection, record.job_id), record)
            require_transition(JOB_TRANSITIONS, stored.state, record.state)
            changed = next_revision(record)
            row = (changed.state, changed.created_at, _jobs.encode(changed), changed.job_id)
            connection.execute(_REPLACE_JOB, row)
        return changed


def _stored(connection: sqlite3.Connection, job_id: str) -> JobRecord | None:
    return _jobs.decode_first(connection.execute(_JOB, (job_id,)).fetchall())
