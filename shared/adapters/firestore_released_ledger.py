"""The released ledger in one Firestore database, which holds only jobs and the claims of their events."""

from collections.abc import Iterator

from shared.adapters.firestore_claims import FirestoreClaims
from shared.adapters.firestore_database import Create, Fields, Find, FirestoreDatabase, Update, quoted
from shared.adapters.firestore_records import RecordField
from shared.adapters.records import next_revision, require_revision
from shared.errors import RecordConflict
from shared.ports.records import JobRecord
from shared.states import JOB_TRANSITIONS, JobState, require_transition

JOBS = "jobs"

_jobs = RecordField(JobRecord)


class FirestoreReleasedLedger(FirestoreClaims):
    """The jobs: what `export` and `retrieve` may know; for any number of threads and processes.

    Args:
        project: the id of the Google Cloud project.
        database: the id of the database, in Native mode; not the clinical one.

    Raises:
        ConfigurationError: from every method: there is no such database, no index, or no permission.
        StorageUnavailable: from every method: Firestore did not answer.
        StorageError: from every method that writes: the record does not fit into a document.
    """

    def __init__(self, project: str, database: str = "released") -> None:
        self._database = FirestoreDatabase(project, database)

    def add_job(self, record: JobRecord) -> JobRecord:
        """Create the job if its id is new; return the one that is stored."""
        if self._database.commit(Create(JOBS, quoted(record.job_id), _fields(record))):
            return record
        return self.job(record.job_id) or record

    def job(self, job_id: str) -> JobRecord | None:
        """Read one job."""
        return _jobs.decode_if(self._database.read(JOBS, quoted(job_id)))

    def jobs(self, state: JobState | None = None) -> Iterator[JobRecord]:
        """Yield the jobs in one state, or all, oldest first."""
        where = ("state", state.value) if state is not None else None
        found = self._database.pages(Find(JOBS, where=where, order_by="created_at"))
        return (_jobs.decode(document) for document in found)

    def replace_job(self, record: JobRecord) -> JobRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one, or nothing is stored.
            TransitionIllegal: its state cannot become the new one.
        """
        document = self._database.read(JOBS, quoted(record.job_id))
        stored = require_revision(_jobs.decode_if(document), record)
        require_transition(JOB_TRANSITIONS, stored.state, record.state)
        changed = next_revision(record)
        if document is None or not self._database.commit(
            Update(JOBS, document.document_id, _fields(changed), document.updated)
        ):
            raise RecordConflict(expected=record.revision)
        return changed


def _fields(record: JobRecord) -> Fields:
    return {
        "record": _jobs.encode(record),
        "state": record.state.value,
        "created_at": record.created_at,
    }
