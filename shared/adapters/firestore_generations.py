"""The generations of the series and their shards, in Firestore."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from shared.adapters.firestore_database import (
    COMMIT_WRITES,
    REMOVED,
    Create,
    Document,
    Fields,
    Find,
    FirestoreDatabase,
    Update,
    Write,
    chunks,
    hashed,
)
from shared.adapters.firestore_instance_documents import INSTANCES
from shared.adapters.firestore_records import RecordField
from shared.adapters.records import next_revision, require_revision
from shared.errors import RecordConflict
from shared.identifiers import BlobRef, SeriesRef
from shared.ports.records import GenerationRecord, ShardRecord
from shared.states import SERIES_TRANSITIONS, SeriesState, require_transition

GENERATIONS, SHARDS = "generations", "shards"

#: how many instances get their generation in the commit that also shows it and supersedes the one before
ASSIGNED_AT_ONCE = COMMIT_WRITES - 2

_ATTEMPTS = 10

_generations = RecordField(GenerationRecord)
_shards = RecordField(ShardRecord)


class FirestoreGenerations:
    """Generations and shards."""

    _database: FirestoreDatabase

    def add_generation(self, record: GenerationRecord) -> bool:
        """Create a generation, assign its instances and supersede the one before; False if it exists already.

        Up to 498 instances that is one commit. A larger one is written down first, as `pending`, and nobody
        sees it until the last commit, which assigns the last instances, shows it and supersedes the one
        before, all at once. Whatever ends the process in between leaves an instance that waits, so the series
        stays open, the next tick adds this generation again, finds it pending and goes on with the instances
        that it names. Every write carries a precondition, so a worker that was only slow cannot undo what
        another has gone on to do.

        Raises:
            RecordConflict: it is not the one that follows the latest.
        """
        created = False
        for _ in range(_ATTEMPTS):
            before, stored = self._neighbours(record)
            if stored is None:
                _require_next(record, before)
                created = self._create(record, before)
            elif "pending" in stored.fields:
                self._complete(stored, before)
            else:
                return created
            if created and len(record.sop_instance_uids) <= ASSIGNED_AT_ONCE:
                return True
        raise RecordConflict(generation=record.generation)

    def generation(self, series: SeriesRef, generation: int | None = None) -> GenerationRecord | None:
        """Read one generation, or the latest."""
        if generation is None:
            return _generations.decode_if(
                self._database.first(Find(GENERATIONS, where=("latest", str(series))))
            )
        return _generations.decode_if(_visible(self._database.read(GENERATIONS, _name(series, generation))))

    def generations(self, state: SeriesState | None = None) -> Iterator[GenerationRecord]:
        """Yield the latest generation of every series, or of those where it is in one state, by series."""
        everywhere = Find(GENERATIONS, order_by="latest")
        find = everywhere if state is None else Find(GENERATIONS, where=("state", state.value))
        return (_generations.decode(document) for document in self._database.pages(find))

    def replace_generation(self, record: GenerationRecord) -> GenerationRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one, or nothing is stored.
            TransitionIllegal: its state cannot become the new one.
        """
        document = _visible(self._database.read(GENERATIONS, _name(record.series, record.generation)))
        stored = require_revision(_generations.decode_if(document), record)
        require_transition(SERIES_TRANSITIONS, stored.state, record.state)
        changed = next_revision(record)
        if document is None:
            raise RecordConflict(expected=record.revision)
        shown = _shown(changed) if "latest" in document.fields else {}
        if not self._database.commit(_replacement(document, changed, shown)):
            raise RecordConflict(expected=record.revision)
        return changed

    def add_shards(self, records: Iterable[ShardRecord]) -> None:
        """Create the shards of a generation; those that exist stay as they are."""
        missing = {_shard_name(record): record for record in records}
        for _ in range(_ATTEMPTS):
            # Most are new, so they are written before any is read.
            writes = [_new_shard(name, record) for name, record in missing.items()]
            if _commit_all(self._database, chunks(writes, COMMIT_WRITES)):
                return
            for document in self._database.read_all(SHARDS, missing):
                del missing[document.document_id]
        raise RecordConflict(shards=len(missing))

    def shards(self, series: SeriesRef, generation: int) -> Sequence[ShardRecord]:
        """The shards of a generation by number."""
        find = Find(SHARDS, where=("generation", _name(series, generation)))
        return [_shard(document) for document in self._database.pages(find)]

    def release_shard(self, record: ShardRecord, released: BlobRef) -> None:
        """Record that a shard passed the release gate and where it lies; the latest place counts.

        Raises:
            RecordConflict: there is no such shard.
        """
        if not self._database.commit(Update(SHARDS, _shard_name(record), {"released": str(released)})):
            raise RecordConflict(generation=record.generation, shard=record.shard)

    def _neighbours(self, record: GenerationRecord) -> tuple[Document | None, Document | None]:
        """The generation before and this one, as they are stored."""
        names = [_name(record.series, number) for number in (record.generation - 1, record.generation)]
        found = {document.document_id: document for document in self._database.read_all(GENERATIONS, names)}
        return found.get(names[0]), found.get(names[1])

    def _create(self, record: GenerationRecord, before: Document | None) -> bool:
        name, fields = _name(record.series, record.generation), {"record": _generations.encode(record)}
        if len(record.sop_instance_uids) > ASSIGNED_AT_ONCE:
            return self._database.commit(Create(GENERATIONS, name, {**fields, "pending": True}))
        created = Create(GENERATIONS, name, {**fields, **_shown(record)})
        return self._database.commit(created, *_superseding(before), *self._assignments(record))

    def _complete(self, pending: Document, before: Document | None) -> bool:
        """Assign what is not assigned yet, show the generation with the last commit; False if disturbed."""
        record = _generations.decode(pending)
        shown = {"pending": REMOVED, **_shown(record)}
        last = [Update(GENERATIONS, pending.document_id, shown, pending.updated), *_superseding(before)]
        *earlier, final = chunks(self._assignments(record), ASSIGNED_AT_ONCE) or [[]]
        return _commit_all(self._database, [*earlier, [*final, *last]])

    def _assignments(self, record: GenerationRecord) -> list[Write]:
        """What gives the generation those of its instances that are the series' and do not have it yet.

        Those that wait come last: while one of them does, the series is open. A document that also has others
        is left out: its worker has not looked yet which are its own, and the others must go on waiting.
        """
        named, change = (
            set(map(hashed, record.sop_instance_uids)),
            {"generation": record.generation, "waiting": REMOVED},
        )
        found = [
            document
            for document in self._database.pages(Find(INSTANCES, where=("series", str(record.series))))
            if named.issuperset(document.fields["uids"])
            and document.fields.get("generation") != record.generation
        ]
        found.sort(key=lambda document: "waiting" in document.fields)
        return [Update(INSTANCES, each.document_id, change, each.updated) for each in found]


def _name(series: SeriesRef, generation: int) -> str:
    return f"{series.study_instance_uid}_{series.series_instance_uid}_{generation:06d}"


def _shard_name(record: ShardRecord) -> str:
    return f"{_name(record.series, record.generation)}_{record.shard:06d}"


def _visible(document: Document | None) -> Document | None:
    return document if document is not None and "pending" not in document.fields else None


def _require_next(record: GenerationRecord, before: Document | None) -> None:
    if record.generation != 1 and (record.generation < 1 or _visible(before) is None):
        raise RecordConflict(generation=record.generation)


def _superseding(before: Document | None) -> list[Write]:
    if before is None:
        return []
    stored = _generations.decode(before)
    require_transition(SERIES_TRANSITIONS, stored.state, SeriesState.SUPERSEDED)
    changed = next_revision(msgspec.structs.replace(stored, state=SeriesState.SUPERSEDED))
    return [_replacement(before, changed, {"latest": REMOVED, "state": REMOVED})]


def _shown(record: GenerationRecord) -> Fields:
    """What only the latest generation of a series has, so that no query finds an earlier one."""
    return {"latest": str(record.series), "state": record.state.value}


def _replacement(document: Document, record: GenerationRecord, fields: Fields) -> Update:
    changed = {"record": _generations.encode(record), **fields}
    return Update(GENERATIONS, document.document_id, changed, document.updated)


def _new_shard(name: str, record: ShardRecord) -> Write:
    generation = _name(record.series, record.generation)
    return Create(SHARDS, name, {"record": _shards.encode(record), "generation": generation})


def _shard(document: Document) -> ShardRecord:
    record, released = _shards.decode(document), document.fields.get("released")
    if released is None:
        return record
    return msgspec.structs.replace(record, released=BlobRef.from_string(released))


def _commit_all(database: FirestoreDatabase, commits: Iterable[Sequence[Write]]) -> bool:
    return all(database.commit(*writes) for writes in commits)
