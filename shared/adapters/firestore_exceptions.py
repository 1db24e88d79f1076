"""The exceptions that wait for a person, in Firestore."""

from collections.abc import Iterator

from shared.adapters.firestore_database import (
    Create,
    Document,
    Find,
    FirestoreDatabase,
    Update,
    Write,
    quoted,
)
from shared.adapters.firestore_records import RecordField
from shared.adapters.records import is_same_failure, next_revision, raised_again, require_revision
from shared.errors import RecordConflict
from shared.ports.records import ExceptionRecord, ExceptionStatus

EXCEPTIONS = "exceptions"

#: as many failures of one subject at once as there may be workers; each attempt lets one of them through
_ATTEMPTS = 32

_exceptions = RecordField(ExceptionRecord)


class FirestoreExceptions:
    """The exceptions."""

    _database: FirestoreDatabase

    def raise_exception(self, record: ExceptionRecord) -> ExceptionRecord:
        """Open the exception, or count one more failure of one that is there; return what is stored.

        One that was closed is open again. The failure that was counted last, raised again, changes nothing:
        its message was delivered twice.

        Raises:
            RecordConflict: others raised it all the time.
            StorageError: its message does not fit into a document, 1 MiB.
        """
        for _ in range(_ATTEMPTS):
            document = self._database.read(EXCEPTIONS, quoted(record.exception_id))
            stored = _exceptions.decode_if(document)
            if stored is not None and is_same_failure(stored, record):
                return stored
            raised = record if stored is None else raised_again(stored, record)
            if self._database.commit(_written(document, raised)):
                return raised
        raise RecordConflict(attempts=_ATTEMPTS)

    def exception(self, exception_id: str) -> ExceptionRecord | None:
        """Read one exception."""
        return _exceptions.decode_if(self._database.read(EXCEPTIONS, quoted(exception_id)))

    def exceptions(self, status: ExceptionStatus | None = None) -> Iterator[ExceptionRecord]:
        """Yield the exceptions in one status or all, oldest first failure first."""
        where = ("status", status) if status is not None else None
        found = self._database.pages(Find(EXCEPTIONS, where=where, order_by="first_failed_at"))
        return (_exceptions.decode(document) for document in found)

    def replace_exception(self, record: ExceptionRecord) -> ExceptionRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one, or nothing is stored.
        """
        document = self._database.read(EXCEPTIONS, quoted(record.exception_id))
        require_revision(_exceptions.decode_if(document), record)
        changed = next_revision(record)
        if not self._database.commit(_written(document, changed)):
            raise RecordConflict(expected=record.revision)
        return changed


def _written(document: Document | None, record: ExceptionRecord) -> Write:
    fields = {
        "record": _exceptions.encode(record),
        "status": record.status,
        "first_failed_at": record.first_failed_at,
    }
    if document is None:
        return Create(EXCEPTIONS, quoted(record.exception_id), fields)
    return Update(EXCEPTIONS, document.document_id, fields, document.updated)
