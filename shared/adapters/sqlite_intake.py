"""What came in, in SQLite: instances, archives, what was ignored, and which results are ours."""

import sqlite3
from collections.abc import Iterator, Sequence

from shared.adapters.records import RecordCodec
from shared.adapters.sqlite_database import Row, SqliteDatabase
from shared.identifiers import BlobRef, SeriesRef
from shared.ports.records import ArchiveRecord, IgnoredRecord, InstanceRecord, OpenSeries

INTAKE_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS instances (
        position INTEGER PRIMARY KEY,
        sop_instance_uid TEXT NOT NULL UNIQUE,
        series TEXT NOT NULL,
        accepted_at REAL NOT NULL,
        expected_count INTEGER,
        generation INTEGER,
        record TEXT NOT NULL
    )""",
    # Three ways to the instances of a series: by name, by time with all that decides about completeness, and
    # the few that wait. So no query below reads more rows than it returns or counts.
    "CREATE INDEX IF NOT EXISTS instances_by_series ON instances (series, sop_instance_uid)",
    """CREATE INDEX IF NOT EXISTS instances_by_time
        ON instances (series, accepted_at, generation, expected_count)""",
    "CREATE INDEX IF NOT EXISTS instances_waiting ON instances (series) WHERE generation IS NULL",
    "CREATE INDEX IF NOT EXISTS instances_by_object ON instances (json_extract(record, '$.blob.name'))",
    """CREATE TABLE IF NOT EXISTS ignored (
        position INTEGER PRIMARY KEY,
        subject TEXT NOT NULL UNIQUE,
        record TEXT NOT NULL
    )""",
    "CREATE TABLE IF NOT EXISTS results (sop_instance_uid TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS archives (
        position INTEGER PRIMARY KEY,
        blob TEXT NOT NULL UNIQUE,
        record TEXT NOT NULL
    )""",
)

_ADD_INSTANCE = """INSERT INTO instances
    (sop_instance_uid, series, accepted_at, expected_count, generation, record) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (sop_instance_uid) DO NOTHING"""
_MOVE_INSTANCE = "UPDATE instances SET record = ? WHERE sop_instance_uid = ?"
_INSTANCE = "SELECT record FROM instances WHERE sop_instance_uid = ?"
_INSTANCES_AT = "SELECT record FROM instances WHERE json_extract(record, '$.blob.name') = ?"
_INSTANCES = """SELECT record, sop_instance_uid FROM instances
    WHERE sop_instance_uid > ? ORDER BY sop_instance_uid LIMIT ?"""
_INSTANCES_OF_SERIES = """SELECT record, sop_instance_uid FROM instances
    WHERE series = ? AND sop_instance_uid > ? ORDER BY sop_instance_uid LIMIT ?"""
_PATIENT_DIGEST = """SELECT record FROM instances
    WHERE series = ? ORDER BY accepted_at, position LIMIT 1"""
# Left alone, the planner prefers an index of all instances to the one of those that wait.
_OPEN_SERIES = """SELECT series, COUNT(*), MAX(expected_count),
        MIN(CASE WHEN generation IS NULL THEN accepted_at END), MAX(accepted_at)
    FROM instances
    WHERE series IN (SELECT series FROM instances INDEXED BY instances_waiting WHERE generation IS NULL)
    GROUP BY series ORDER BY series"""
_ADD_RESULT = "INSERT INTO results (sop_instance_uid) VALUES (?) ON CONFLICT DO NOTHING"
_RESULT = "SELECT 1 FROM results WHERE sop_instance_uid = ?"
_ADD_IGNORED = "INSERT INTO ignored (subject, record) VALUES (?, ?) ON CONFLICT (subject) DO NOTHING"
_IS_IGNORED = "SELECT 1 FROM ignored WHERE subject = ?"
_IGNORED = "SELECT record, position FROM ignored WHERE position > ? ORDER BY position LIMIT ?"
_PUT_ARCHIVE = """INSERT INTO archives (blob, record) VALUES (?, ?)
    ON CONFLICT (blob) DO UPDATE SET record = excluded.record"""
_ARCHIVE = "SELECT record FROM archives WHERE blob = ?"
_ARCHIVES = "SELECT record, position FROM archives WHERE position > ? ORDER BY position LIMIT ?"

_instances = RecordCodec(InstanceRecord)
_ignored = RecordCodec(IgnoredRecord)
_archives = RecordCodec(ArchiveRecord)


class SqliteIntake:
    """Instances, archives, and what was ignored."""

    _database: SqliteDatabase

    def add_instances(self, records: Sequence[InstanceRecord]) -> Sequence[InstanceRecord]:
        """Create the records whose SOP Instance UIDs are new; return for each the one that is stored."""
        rows = [_instance_row(record) for record in records]
        with self._database.transaction() as connection:
            return [_added(connection, record, row) for record, row in zip(records, rows, strict=True)]

    def move_instance(self, record: InstanceRecord) -> None:
        """Let the stored instance lie where `record` says: the same bytes came again."""
        with self._database.transaction() as connection:
            (stored,) = connection.execute(_INSTANCE, (record.sop_instance_uid,)).fetchone()
            moved = _instances.decode(stored).moved_to(record.blob)
            connection.execute(_MOVE_INSTANCE, (_instances.encode(moved), record.sop_instance_uid))

    def instance(self, sop_instance_uid: str) -> InstanceRecord | None:
        """Read one instance."""
        return _instances.decode_first(self._database.read(_INSTANCE, (sop_instance_uid,)))

    def patient_digest(self, series: SeriesRef) -> str | None:
        """The patient digest of the instance of `series` that was accepted first."""
        first = _instances.decode_first(self._database.read(_PATIENT_DIGEST, (str(series),)))
        return first.patient_digest if first is not None else None

    def instances(self, series: SeriesRef | None = None) -> Iterator[InstanceRecord]:
        """Yield the instances of one series by SOP Instance UID, or all in any order."""
        if series is None:
            rows = self._database.pages(_INSTANCES, (), ("",))
        else:
            rows = self._database.pages(_INSTANCES_OF_SERIES, (str(series),), ("",))
        return (_instances.decode(row[0]) for row in rows)

    def open_series(self) -> Sequence[OpenSeries]:
        """The series that have instances without a generation, with what decides about completeness.

        The count, the expected count and the last arrival are those of the whole series; the first waiting
        one is the earliest without a generation.
        """
        return [_open_series(row) for row in self._database.read(_OPEN_SERIES)]

    def add_result(self, sop_instance_uid: str) -> None:
        """Record that an instance is a result of ours; once more changes nothing."""
        with self._database.transaction() as connection:
            connection.execute(_ADD_RESULT, (sop_instance_uid,))

    def is_result(self, sop_instance_uid: str) -> bool:
        """Whether an instance is a result of ours."""
        return bool(self._database.read(_RESULT, (sop_instance_uid,)))

    def add_ignored(self, record: IgnoredRecord) -> None:
        """Create the record; the same subject again changes nothing."""
        with self._database.transaction() as connection:
            connection.execute(_ADD_IGNORED, (record.subject, _ignored.encode(record)))

    def ignored(self) -> Iterator[IgnoredRecord]:
        """Yield all that was ignored, in the order of arrival."""
        return (_ignored.decode(row[0]) for row in self._database.pages(_IGNORED, (), (0,)))

    def accounts_for(self, blob: BlobRef) -> bool:
        """Whether an object is recorded: as an accepted instance, as ignored, or as an archive."""
        found = (_instances.decode(row[0]) for row in self._database.read(_INSTANCES_AT, (blob.name,)))
        return (
            any(record.has_lain_at(blob) for record in found)
            or bool(self._database.read(_IS_IGNORED, (str(blob),)))
            or self.archive(blob) is not None
        )

    def put_archive(self, record: ArchiveRecord) -> None:
        """Create or replace the record of an archive; its one writer is the claim's holder."""
        with self._database.transaction() as connection:
            connection.execute(_PUT_ARCHIVE, (str(record.blob), _archives.encode(record)))

    def archive(self, blob: BlobRef) -> ArchiveRecord | None:
        """Read the record of one archive."""
        rows = self._database.read(_ARCHIVE, (str(blob),))
        return _archives.decode(rows[0][0]) if rows else None

    def archives(self) -> Iterator[ArchiveRecord]:
        """Yield all archives, in the order of arrival."""
        return (_archives.decode(row[0]) for row in self._database.pages(_ARCHIVES, (), (0,)))


def _added(connection: sqlite3.Connection, record: InstanceRecord, row: Row) -> InstanceRecord:
    if connection.execute(_ADD_INSTANCE, row).rowcount:
        return record
    (stored,) = connection.execute(_INSTANCE, (record.sop_instance_uid,)).fetchone()
    return _instances.decode(stored)


def _instance_row(record: InstanceRecord) -> Row:
    return (
        record.sop_instance_uid,
        str(record.series),
        record.accepted_at,
        record.expected_count,
        record.generation,
        _instances.encode(record),
    )


def _open_series(row: Row) -> OpenSeries:
    series, instance_count, expected_count, first_waiting_at, last_accepted_at = row
    return OpenSeries(
        series=SeriesRef.from_string(series),
        instance_count=instance_count,
        expected_count=expected_count,
        first_waiting_at=first_waiting_at,
        last_accepted_at=last_accepted_at,
    )
