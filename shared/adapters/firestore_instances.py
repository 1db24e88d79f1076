"""The instances, in Firestore.

An instance is a document of its own, or one with the others of its series in an archive, and nothing else
is written when it comes: no count of its series and no time of its last arrival, because 64 workers of one
series would queue for that document. The indexes say the same, once a minute and for each open series.
"""

from collections.abc import Iterator, Sequence

from shared.adapters.firestore_database import Create, Document, Find, FirestoreDatabase, chunks, hashed
from shared.adapters.firestore_instance_documents import (
    INSTANCES,
    TOGETHER,
    age,
    by_uid,
    document_id,
    fields_of,
    leaving,
    moving,
    stored_records,
)
from shared.errors import RecordConflict
from shared.identifiers import SeriesRef
from shared.ports.records import InstanceRecord, OpenSeries

#: so many values may one query ask for in a list
CONTAINED = 30
_ATTEMPTS = 10


class FirestoreInstances:
    """The instances and the series that wait."""

    _database: FirestoreDatabase

    def add_instances(self, records: Sequence[InstanceRecord]) -> Sequence[InstanceRecord]:
        """Create the records whose SOP Instance UIDs are new; return for each the one that is stored.

        Several become one document, and no document id can keep two of those apart. So whoever has written
        looks who else has the same UIDs: the document that was created first keeps them.

        Raises:
            RecordConflict: others kept changing the same instances.
        """
        if len(records) == 1:
            # Most are new, so it is written before any is read.
            self._add(records)
        for _ in range(_ATTEMPTS):
            stored = self._settled(records)
            if stored is None:
                continue
            new: dict[str, InstanceRecord] = {}
            for record in records:
                if record.sop_instance_uid not in stored:
                    new.setdefault(record.sop_instance_uid, record)
            if not new:
                return [stored[each.sop_instance_uid] for each in records]
            self._add(list(new.values()))
        raise RecordConflict(instances=len(records))

    def move_instance(self, record: InstanceRecord) -> None:
        """Let the stored instance lie where `record` says: the same bytes came again.

        Raises:
            RecordConflict: there is no such instance, or its document changed at this moment.
        """
        document = self._first_with(record.sop_instance_uid)
        if document is None or not self._database.commit(moving(document, record)):
            raise RecordConflict(record="InstanceRecord")

    def instance(self, sop_instance_uid: str) -> InstanceRecord | None:
        """Read one instance."""
        document = self._first_with(sop_instance_uid)
        if document is None:
            return None
        return next(each for each in stored_records(document) if each.sop_instance_uid == sop_instance_uid)

    def patient_digest(self, series: SeriesRef) -> str | None:
        """The patient digest of the instance of `series` that was accepted first."""
        find = Find(INSTANCES, where=("series", str(series)), order_by="accepted_at")
        first = self._database.first(find)
        return stored_records(first)[0].patient_digest if first is not None else None

    def instances(self, series: SeriesRef | None = None) -> Iterator[InstanceRecord]:
        """Yield the instances of one series by SOP Instance UID, or all in any order."""
        if series is None:
            documents = self._database.pages(Find(INSTANCES))
            return (record for document in documents for record in stored_records(document))
        found = by_uid(self._database.pages(Find(INSTANCES, where=("series", str(series)))))
        return (record for _, record in sorted(found.items()))

    def open_series(self) -> Sequence[OpenSeries]:
        """The series that have instances without a generation, with what decides about completeness.

        The count, the expected count and the last arrival are those of the whole series; the first waiting
        one is the earliest without a generation. Costs five reads for each, however many instances it has.
        """
        found = (self._open_series(series) for series in self._waiting())
        return [each for each in found if each is not None]

    def _waiting(self) -> Iterator[str]:
        # From one series to the next in the index of those that wait: a read for each, not for each instance.
        find, series = Find(INSTANCES, order_by="waiting"), ""
        while (document := self._database.first(find, after=series)) is not None:
            series = document.fields["waiting"]
            yield series

    def _open_series(self, series: str) -> OpenSeries | None:
        whole = Find(INSTANCES, where=("series", series))
        by_time = Find(INSTANCES, where=("waiting", series), order_by="accepted_at")
        first = self._database.first(by_time)
        last = self._database.first(whole._replace(order_by="accepted_at", descending=True))
        expected = self._database.first(whole._replace(order_by="expected_count", descending=True))
        if first is None or last is None:
            return None  # it was assembled since
        return OpenSeries(
            series=SeriesRef.from_string(series),
            instance_count=self._database.total(whole, "instance_count"),
            expected_count=expected.fields["expected_count"] if expected is not None else None,
            first_waiting_at=first.fields["accepted_at"],
            last_accepted_at=last.fields["accepted_at"],
        )

    def _settled(self, records: Sequence[InstanceRecord]) -> dict[str, InstanceRecord] | None:
        """What is stored under the UIDs of some records, once they left to others what others had before.

        None if a document changed meanwhile, so that it still has what it should leave.
        """
        documents = self._with_any([record.sop_instance_uid for record in records])
        writes = list(leaving(documents, {str(record.blob) for record in records}))
        # Each for itself: whatever was left is, also if another document changed.
        left = [self._database.commit(write) for write in writes]
        return by_uid(documents) if all(left) else None

    def _add(self, records: Sequence[InstanceRecord]) -> None:
        for together in chunks(records, TOGETHER):
            self._database.commit(Create(INSTANCES, document_id(together), fields_of(together)))

    def _first_with(self, sop_instance_uid: str) -> Document | None:
        return min(self._with_any([sop_instance_uid]), key=age, default=None)

    def _with_any(self, uids: Sequence[str]) -> list[Document]:
        """The documents with one of some UIDs."""
        wanted = chunks(list(map(hashed, uids)), CONTAINED)
        found = (self._database.pages(Find(INSTANCES, containing=("uids", few))) for few in wanted)
        return list({each.document_id: each for documents in found for each in documents}.values())
