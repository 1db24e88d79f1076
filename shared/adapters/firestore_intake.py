"""What came in, in Firestore: instances, archives, what was ignored, and which results are ours.

An instance is a document of its own, and nothing else is written when it comes: no count of its series and no
time of its last arrival, because 64 workers of one series would queue for that document. The indexes say the
same, once a minute and for each open series.
"""

from collections.abc import Iterator, Sequence

import msgspec

from shared.adapters.firestore_database import (
    Create,
    Document,
    Fields,
    Find,
    FirestoreDatabase,
    Put,
    Update,
    hashed,
)
from shared.adapters.firestore_records import RecordField
from shared.errors import RecordConflict
from shared.identifiers import BlobRef, SeriesRef
from shared.ports.records import ArchiveRecord, IgnoredRecord, InstanceRecord, OpenSeries

INSTANCES, IGNORED, ARCHIVES, RESULTS = "instances", "ignored", "archives", "results"

_instances = RecordField(InstanceRecord)
_ignored = RecordField(IgnoredRecord)
_archives = RecordField(ArchiveRecord)


class FirestoreIntake:
    """Instances, archives, and what was ignored."""

    _database: FirestoreDatabase

    def add_instance(self, record: InstanceRecord) -> InstanceRecord:
        """Create the record if its SOP Instance UID is new; return the one that is stored."""
        if self._database.commit(Create(INSTANCES, record.sop_instance_uid, _instance_fields(record))):
            return record
        return self.instance(record.sop_instance_uid) or record

    def move_instance(self, record: InstanceRecord) -> None:
        """Let the stored instance lie where `record` says: its object was overwritten with the same bytes.

        Raises:
            RecordConflict: there is no such instance.
        """
        place = {"blob": str(record.blob), "object": _object(record.blob)}
        moved = Update(INSTANCES, record.sop_instance_uid, place)
        if not self._database.commit(moved):
            raise RecordConflict(record="InstanceRecord")

    def instance(self, sop_instance_uid: str) -> InstanceRecord | None:
        """Read one instance."""
        document = self._database.read(INSTANCES, sop_instance_uid)
        return _instance(document) if document is not None else None

    def patient_digest(self, series: SeriesRef) -> str | None:
        """The patient digest of the instance of `series` that was accepted first."""
        find = Find(INSTANCES, where=("series", str(series)), order_by="accepted_at")
        first = self._database.first(find)
        return _instance(first).patient_digest if first is not None else None

    def instances(self, series: SeriesRef | None = None) -> Iterator[InstanceRecord]:
        """Yield the instances of one series or of all, by SOP Instance UID."""
        find = Find(INSTANCES, where=("series", str(series)) if series is not None else None)
        return (_instance(document) for document in self._database.pages(find))

    def open_series(self) -> Sequence[OpenSeries]:
        """The series that have instances without a generation, with what decides about completeness.

        The count, the expected count and the last arrival are those of the whole series; the first waiting
        one is the earliest without a generation. Costs five reads for each, however many instances it has.
        """
        found = (self._open_series(series) for series in self._waiting())
        return [each for each in found if each is not None]

    def add_result(self, sop_instance_uid: str) -> None:
        """Record that an instance is a result of ours; once more changes nothing."""
        self._database.commit(Create(RESULTS, sop_instance_uid, {}))

    def is_result(self, sop_instance_uid: str) -> bool:
        """Whether an instance is a result of ours."""
        return self._database.read(RESULTS, sop_instance_uid) is not None

    def add_ignored(self, record: IgnoredRecord) -> None:
        """Create the record; the same subject again changes nothing."""
        fields = {"record": _ignored.encode(record), "subject": record.subject}
        self._database.commit(Create(IGNORED, hashed(record.subject), fields))

    def ignored(self) -> Iterator[IgnoredRecord]:
        """Yield all that was ignored, by subject."""
        return (_ignored.decode(each) for each in self._database.pages(Find(IGNORED, order_by="subject")))

    def accounts_for(self, blob: BlobRef) -> bool:
        """Whether an object is recorded: as an accepted instance, as ignored, or as an archive."""
        found = self._database.pages(Find(INSTANCES, where=("object", _object(blob))))
        return (
            any(_instance(document).has_lain_at(blob) for document in found)
            or self._database.read(IGNORED, hashed(str(blob))) is not None
            or self.archive(blob) is not None
        )

    def put_archive(self, record: ArchiveRecord) -> None:
        """Create or replace the record of an archive; its one writer is the claim's holder."""
        fields = {"record": _archives.encode(record), "blob": str(record.blob)}
        self._database.commit(Put(ARCHIVES, hashed(str(record.blob)), fields))

    def archive(self, blob: BlobRef) -> ArchiveRecord | None:
        """Read the record of one archive."""
        return _archives.decode_if(self._database.read(ARCHIVES, hashed(str(blob))))

    def archives(self) -> Iterator[ArchiveRecord]:
        """Yield all archives, by the object's name."""
        return (_archives.decode(each) for each in self._database.pages(Find(ARCHIVES, order_by="blob")))

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
            instance_count=self._database.count(whole),
            expected_count=expected.fields["expected_count"] if expected is not None else None,
            first_waiting_at=first.fields["accepted_at"],
            last_accepted_at=last.fields["accepted_at"],
        )


def _instance_fields(record: InstanceRecord) -> Fields:
    """The document of a new instance; what may change later is a field of its own beside the record."""
    series = str(record.series)
    fields = {
        "record": _instances.encode(record),
        "series": series,
        "object": _object(record.blob),
        "accepted_at": record.accepted_at,
        "expected_count": record.expected_count,
        "generation": record.generation,
        "waiting": series if record.generation is None else None,
    }
    # A field that is absent is in no index: those of the waiting and the expecting hold no others.
    return {name: value for name, value in fields.items() if value is not None}


def _object(blob: BlobRef) -> str:
    """An object in whichever generation, for a query.

    By a digest: names that follow the time would only rise, and such an index takes 500 writes a second.
    """
    return hashed(blob.unversioned)


def _instance(document: Document) -> InstanceRecord:
    record, fields = _instances.decode(document), document.fields
    if "blob" in fields:
        record = record.moved_to(BlobRef.from_string(fields["blob"]))
    return msgspec.structs.replace(record, generation=fields.get("generation"))
