"""What came in, in Firestore: instances, archives, what was ignored, and which results are ours."""

from collections.abc import Iterator

from shared.adapters.firestore_database import Create, Find, Put, hashed
from shared.adapters.firestore_instance_documents import INSTANCES, hashed_object, stored_records
from shared.adapters.firestore_instances import FirestoreInstances
from shared.adapters.firestore_records import RecordField
from shared.identifiers import BlobRef
from shared.ports.records import ArchiveRecord, IgnoredRecord

IGNORED, ARCHIVES, RESULTS = "ignored", "archives", "results"

_ignored = RecordField(IgnoredRecord)
_archives = RecordField(ArchiveRecord)


class FirestoreIntake(FirestoreInstances):
    """Instances, archives, and what was ignored."""

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
        find = Find(INSTANCES, containing=("objects", [hashed_object(blob)]))
        found = (record for document in self._database.pages(find) for record in stored_records(document))
        return (
            any(record.has_lain_at(blob) for record in found)
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
