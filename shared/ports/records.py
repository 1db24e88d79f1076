"""What the two ledgers hold. Frozen: a change is a new record with the next `revision`."""

from hashlib import sha256
from typing import Literal

import msgspec

from shared.events import CompletionReason, IgnoreReason, OriginalMessage
from shared.identifiers import BlobRef, SeriesRef
from shared.states import JobState, SeriesState

ExceptionStatus = Literal["open", "retried", "archived"]
ClaimOutcome = Literal["claimed", "held", "done"]


class InstanceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted instance; its key is the SOP Instance UID.

    Attributes:
        patient_digest: SHA-256 of the patient's identity in the header, to find strangers in a series.
        expected_count: Number of Series Related Instances (0020,1209), where the header has it.
        accepted_at: seconds since the epoch.
        generation: the series generation it belongs to; None until assembled.
        first_generation: of the object as which it was accepted, if that was overwritten with the same bytes.
    """

    sop_instance_uid: str
    series: SeriesRef
    blob: BlobRef
    size: int
    crc32c: str
    sop_class_uid: str
    transfer_syntax_uid: str
    modality: str
    patient_digest: str
    expected_count: int | None
    accepted_at: float
    generation: int | None = None
    first_generation: int | None = None

    def has_lain_at(self, blob: BlobRef) -> bool:
        """Whether this object is the instance, or was before it was overwritten with the same bytes.

        An archive is not its instance, and one that was overwritten may have held more than this one.
        """
        first = self.first_generation or self.blob.generation
        same_place = (blob.unversioned, blob.member) == (self.blob.unversioned, self.blob.member)
        return same_place and first <= blob.generation <= self.blob.generation

    def moved_to(self, blob: BlobRef) -> "InstanceRecord":
        """The record once its object was overwritten with the same bytes, or they were sent as another one.

        Of an object the latest generation is there.
        """
        overwritten = blob.unversioned == self.blob.unversioned
        if overwritten and blob.generation < self.blob.generation:
            return self
        first = (self.first_generation or self.blob.generation) if overwritten else None
        return msgspec.structs.replace(self, blob=blob, first_generation=first)


class IgnoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Something left out on purpose; `subject` is a BlobRef, with `!index` for an archive's member."""

    subject: str
    blob: BlobRef
    reason: IgnoreReason


class ArchiveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How far the unpacking of an archive has come; counts of members, `unpacked_to` of them in order.

    Attributes:
        accepted: instances that lie in it.
        extracted: archives within it that are objects of their own now.
    """

    blob: BlobRef
    members: int
    unpacked_to: int = 0
    accepted: int = 0
    extracted: int = 0
    ignored: int = 0
    failed: int = 0
    finished: bool = False


class OpenSeries(msgspec.Struct, frozen=True, kw_only=True):
    """A series with instances that belong to no generation yet; times in seconds since the epoch."""

    series: SeriesRef
    instance_count: int
    expected_count: int | None
    first_waiting_at: float
    last_accepted_at: float


class GenerationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of a series: the instances judged to be all of it.

    Attributes:
        trace: for each ruleset, why it did or did not claim the series; names, never values.
        matched: how many instances the ruleset claims; the others stay behind.
    """

    series: SeriesRef
    generation: int
    sop_instance_uids: tuple[str, ...]
    reason: CompletionReason
    completed_at: float
    state: SeriesState = SeriesState.COMPLETED
    ruleset: str | None = None
    profile: str | None = None
    destination: str | None = None
    template: str | None = None
    trace: tuple[str, ...] = ()
    matched: int = 0
    shard_count: int = 0
    job_id: str | None = None
    revision: int = 1


class ShardInstance(msgspec.Struct, frozen=True, kw_only=True):
    """An instance of a shard, where it lay when the shard was cut, and its size in bytes."""

    sop_instance_uid: str
    blob: BlobRef
    size: int


class ShardRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A shard of a generation; `released` is set when it passed the release gate."""

    series: SeriesRef
    generation: int
    shard: int
    instances: tuple[ShardInstance, ...]
    released: BlobRef | None = None

    @property
    def sop_instance_uids(self) -> tuple[str, ...]:
        """The SOP Instance UIDs of its instances, in their order."""
        return tuple(each.sop_instance_uid for each in self.instances)


class ExceptionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A failure that waits for a person, or did; times are ISO 8601 in UTC.

    Attributes:
        subject: the failed event's key; with `!index` behind it for an archive's member.
        message: the original message; retry publishes exactly it.
        blob, series, generation, job_id: what it is about, as far as the event says.
    """

    exception_id: str
    stage: str
    subject: str
    code: str
    category: str
    cause: str
    attempts: int
    first_failed_at: str
    last_failed_at: str
    message: OriginalMessage
    blob: BlobRef | None = None
    series: SeriesRef | None = None
    generation: int | None = None
    job_id: str | None = None
    status: ExceptionStatus = "open"
    closed_by: str | None = None
    closed_reason: str | None = None
    closed_at: str | None = None
    revision: int = 1


def exception_id(stage: str, subject: str) -> str:
    """A short id that says nothing of its subject and is the same for every failure of it."""
    return sha256(f"{stage}:{subject}".encode()).hexdigest()[:16]


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One export, on the released side: no original UID, name or object name.

    Attributes:
        package_sha256: hexadecimal, of the package that was sent, or whose upload has no outcome yet.
        package_bytes: its size in bytes.
        result: the result as received, still de-identified.
        destination_status: the destination's own words about the job.
    """

    job_id: str
    destination: str
    template: str
    profile: str
    shards: tuple[BlobRef, ...]
    instance_count: int
    created_at: float
    state: JobState = JobState.PENDING
    package_sha256: str | None = None
    package_bytes: int = 0
    transaction_id: str | None = None
    exported_at: float | None = None
    result: BlobRef | None = None
    destination_status: str | None = None
    revision: int = 1

    @property
    def given_back(self) -> "JobRecord":
        """The job as if its package had never been sent: the next one may be another."""
        return msgspec.structs.replace(self, state=JobState.PENDING, package_sha256=None, package_bytes=0)
