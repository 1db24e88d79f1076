"""The two ledgers: clinical (who a series is) and released (where its job stands).

No record is hot: whatever arrives in parallel writes records of its own. A change of a shared record is a
replacement under its revision, never a contended transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from shared.identifiers import BlobRef, SeriesRef
from shared.ports.records import (
    ArchiveRecord,
    ClaimOutcome,
    ExceptionRecord,
    ExceptionStatus,
    GenerationRecord,
    IgnoredRecord,
    InstanceRecord,
    JobRecord,
    OpenSeries,
    ShardRecord,
)
from shared.states import JobState, SeriesState


class Claims(Protocol):
    """Who handles which event; one record an event."""

    def claim(self, key: str, *, now: float, lease: float) -> ClaimOutcome:
        """Claim `key` for `lease` seconds: `held` while another claim runs, `done` once completed."""
        ...

    def complete_claim(self, key: str) -> None:
        """Record that the event's effects are all there."""
        ...

    def release_claim(self, key: str) -> None:
        """Give the claim up, so that a later delivery may try again."""
        ...


class ClinicalLedger(Claims, Protocol):
    """What came in, what became of it, and what failed."""

    def add_instances(self, records: Sequence[InstanceRecord]) -> Sequence[InstanceRecord]:
        """Create the records whose SOP Instance UIDs are new; return for each the one that is stored.

        They belong to one series and are accepted at one time. Of two with one UID the first counts.
        """
        ...

    def move_instance(self, record: InstanceRecord) -> None:
        """Let the stored instance lie where `record` says: the same bytes came again."""
        ...

    def instance(self, sop_instance_uid: str) -> InstanceRecord | None:
        """Read one instance."""
        ...

    def patient_digest(self, series: SeriesRef) -> str | None:
        """The patient digest of the instance of `series` that was accepted first."""
        ...

    def instances(self, series: SeriesRef | None = None) -> Iterator[InstanceRecord]:
        """Yield the instances of one series by SOP Instance UID, or all in any order."""
        ...

    def add_result(self, sop_instance_uid: str) -> None:
        """Record that an instance is a result of ours, which must not be taken in when it comes back."""
        ...

    def is_result(self, sop_instance_uid: str) -> bool:
        """Whether an instance is a result of ours."""
        ...

    def add_ignored(self, record: IgnoredRecord) -> None:
        """Create the record; the same subject again changes nothing."""
        ...

    def ignored(self) -> Iterator[IgnoredRecord]:
        """Yield all that was ignored."""
        ...

    def accounts_for(self, blob: BlobRef) -> bool:
        """Whether an object is recorded: as an accepted instance, as ignored, or as an archive.

        An instance accounts for every generation of its object from that in which it was accepted to that
        where it lies now, for they had the same bytes. For an archive only its own record accounts.
        """
        ...

    def put_archive(self, record: ArchiveRecord) -> None:
        """Create or replace the record of an archive; its one writer is the claim's holder."""
        ...

    def archive(self, blob: BlobRef) -> ArchiveRecord | None:
        """Read the record of one archive."""
        ...

    def archives(self) -> Iterator[ArchiveRecord]:
        """Yield all archives."""
        ...

    def open_series(self) -> Sequence[OpenSeries]:
        """The series that have instances without a generation, with what decides about completeness."""
        ...

    def add_generation(self, record: GenerationRecord) -> bool:
        """Create a generation, assign its instances, supersede the one before; False if it exists already."""
        ...

    def generation(self, series: SeriesRef, generation: int | None = None) -> GenerationRecord | None:
        """Read one generation, or the latest."""
        ...

    def generations(self, state: SeriesState | None = None) -> Iterator[GenerationRecord]:
        """Yield the latest generation of every series, or of those series where it is in one state."""
        ...

    def replace_generation(self, record: GenerationRecord) -> GenerationRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one.
            TransitionIllegal: its state cannot become the new one.
        """
        ...

    def add_shards(self, records: Iterable[ShardRecord]) -> None:
        """Create the shards of a generation; those that exist stay as they are."""
        ...

    def shards(self, series: SeriesRef, generation: int) -> Sequence[ShardRecord]:
        """The shards of a generation by number."""
        ...

    def release_shard(self, record: ShardRecord, released: BlobRef) -> None:
        """Record that a shard passed the release gate and where it lies."""
        ...

    def raise_exception(self, record: ExceptionRecord) -> ExceptionRecord:
        """Open the exception, or count one more failure of one that is there; return what is stored."""
        ...

    def exception(self, exception_id: str) -> ExceptionRecord | None:
        """Read one exception."""
        ...

    def exceptions(self, status: ExceptionStatus | None = None) -> Iterator[ExceptionRecord]:
        """Yield the exceptions, oldest first."""
        ...

    def replace_exception(self, record: ExceptionRecord) -> ExceptionRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one.
        """
        ...


class ReleasedLedger(Claims, Protocol):
    """The jobs: what `export` and `retrieve` may know."""

    def add_job(self, record: JobRecord) -> JobRecord:
        """Create the job if its id is new; return the one that is stored."""
        ...

    def job(self, job_id: str) -> JobRecord | None:
        """Read one job."""
        ...

    def jobs(self, state: JobState | None = None) -> Iterator[JobRecord]:
        """Yield the jobs in one state, or all, oldest first."""
        ...

    def replace_job(self, record: JobRecord) -> JobRecord:
        """Replace the record whose revision `record` still carries; return it with the next revision.

        Raises:
            RecordConflict: the stored revision is another one.
            TransitionIllegal: its state cannot become the new one.
        """
        ...
