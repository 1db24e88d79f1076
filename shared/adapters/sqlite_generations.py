"""The generations of the series and their shards, in SQLite."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from shared.adapters.records import RecordCodec, next_revision, require_revision
from shared.adapters.sqlite_database import SqliteDatabase
from shared.errors import RecordConflict
from shared.identifiers import BlobRef, SeriesRef
from shared.ports.records import GenerationRecord, ShardRecord
from shared.states import SERIES_TRANSITIONS, SeriesState, require_transition

GENERATIONS_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS generations (
        series TEXT NOT NULL,
        generation INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (series, generation)
    )""",
    """CREATE TABLE IF NOT EXISTS shards (
        series TEXT NOT NULL,
        generation INTEGER NOT NULL,
        shard INTEGER NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (series, generation, shard)
    )""",
)

_GENERATION = "SELECT record FROM generations WHERE series = ? AND generation = ?"
_LATEST = "SELECT record FROM generations WHERE series = ? ORDER BY generation DESC LIMIT 1"
_GENERATIONS = """SELECT record, series FROM generations AS latest
    WHERE series > ? AND generation = (SELECT MAX(generation) FROM generations WHERE series = latest.series)
    ORDER BY series LIMIT ?"""
_ADD_GENERATION = "INSERT INTO generations (series, generation, record) VALUES (?, ?, ?)"
_REPLACE_GENERATION = "UPDATE generations SET record = ? WHERE series = ? AND generation = ?"
# The series is in the condition too, so that a generation can never take an instance from another series.
_ASSIGN = """UPDATE instances SET generation = ?, record = json_set(record, '$.generation', ?)
    WHERE sop_instance_uid = ? AND series = ?"""
_ADD_SHARD = """INSERT INTO shards (series, generation, shard, record) VALUES (?, ?, ?, ?)
    ON CONFLICT (series, generation, shard) DO NOTHING"""
_SHARDS = "SELECT record FROM shards WHERE series = ? AND generation = ? ORDER BY shard"
_SHARD = "SELECT record FROM shards WHERE series = ? AND generation = ? AND shard = ?"
_REPLACE_SHARD = "UPDATE shards SET record = ? WHERE series = ? AND generation = ? AND shard = ?"

_generations = RecordCodec(GenerationRecord)
_shards = RecordCodec(ShardRecord)


class SqliteGenerations:
    """Generations and shards."""

    _database: SqliteDatabase

    def add_generation(self, record: GenerationRecord) -> bool:
        """Create a generation, assign its instances and supersede the one before; False if it exists already.

        Raises:
            RecordConflict: it is not the one that follows the latest.
        """
        with self._database.transaction() as connection:
            latest = _latest(connection, record.series)
            number = latest.generation if latest is not None else 0
            if 1 <= record.generation <= number:
                return False
            if record.generation != number + 1:
                raise RecordConflict(generation=record.generation, latest=number)
            if latest is not None:
                _replace(connection, latest, msgspec.structs.replace(latest, state=SeriesState.SUPERSEDED))
            connection.execute(_ADD_GENERATION, (*_key(record), _generations.encode(record)))
            _assign(connection, record)
        return True

    def generation(self, series: SeriesRef, generation: int | None = None) -> GenerationRecord | None:
        """Read one generation, or the latest."""
        if generation is None:
            rows = self._database.read(_LATEST, (str(series),))
        else:
            rows = self._database.read(_GENERATION, (str(series), generation))
        return _generations.decode_first(rows)

    def generations(self, state: SeriesState | None = None) -> Iterator[GenerationRecord]:
        """Yield the latest generation of every series, or of those where it is in one state, by series."""
        latest = (_generations.decode(row[0]) for row in self._database.pages(_GENERATIONS, (), ("",)))
        return (record for record in latest if state is None or record.state is state)

    def replace_generation(self, record: GenerationRecord) -> GenerationRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one, or nothing is stored.
            TransitionIllegal: its state cannot become the new one.
        """
        with self._database.transaction() as connection:
            rows = connection.execute(_GENERATION, _key(record)).fetchall()
            stored = require_revision(_generations.decode_first(rows), record)
            return _replace(connection, stored, record)

    def add_shards(self, records: Iterable[ShardRecord]) -> None:
        """Create the shards of a generation; those that exist stay as they are."""
        # Before the transaction: whoever yields the records may want to read or write here himself.
        rows = [(*_key(record), record.shard, _shards.encode(record)) for record in records]
        with self._database.transaction() as connection:
            connection.executemany(_ADD_SHARD, rows)

    def shards(self, series: SeriesRef, generation: int) -> Sequence[ShardRecord]:
        """The shards of a generation by number."""
        rows = self._database.read(_SHARDS, (str(series), generation))
        return [_shards.decode(row[0]) for row in rows]

    def release_shard(self, record: ShardRecord, released: BlobRef) -> None:
        """Record that a shard passed the release gate and where it lies; the latest place counts.

        Raises:
            RecordConflict: there is no such shard.
        """
        key = (*_key(record), record.shard)
        with self._database.transaction() as connection:
            stored = _shards.decode_first(connection.execute(_SHARD, key).fetchall())
            if stored is None:
                raise RecordConflict(generation=record.generation, shard=record.shard)
            changed = msgspec.structs.replace(stored, released=released)
            connection.execute(_REPLACE_SHARD, (_shards.encode(changed), *key))


def _key(record: GenerationRecord | ShardRecord) -> tuple[str, int]:
    return str(record.series), record.generation


def _latest(connection: sqlite3.Connection, series: SeriesRef) -> GenerationRecord | None:
    return _generations.decode_first(connection.execute(_LATEST, (str(series),)).fetchall())


def _replace(
    connection: sqlite3.Connection, stored: GenerationRecord, record: GenerationRecord
) -> GenerationRecord:
    require_transition(SERIES_TRANSITIONS, stored.state, record.state)
    changed = next_revision(record)
    connection.execute(_REPLACE_GENERATION, (_generations.encode(changed), *_key(record)))
    return changed


def _assign(connection: sqlite3.Connection, record: GenerationRecord) -> None:
    series, number = _key(record)
    connection.executemany(_ASSIGN, [(number, number, uid, series) for uid in record.sop_instance_uids])
