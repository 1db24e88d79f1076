"""What travels between the stages: references only, never an attribute of a patient.

Facts are in the past tense; commands (`DeidentifyShard`, `RetrieveResult`) say what to do. Every event has a
`key`: the business key under which a stage handles it once, however often and late it is delivered.
`TOPIC` is where it is published.
"""

from hashlib import sha256
from typing import ClassVar, Literal

import msgspec

from shared.errors import EventUndecodable
from shared.identifiers import BlobRef, SeriesRef

#: every event goes here, too; those with no other topic are facts for the record alone
AUDIT = "audit"

CompletionReason = Literal["quiet_period", "expected_count", "maximum_wait"]
IgnoreReason = Literal["duplicate", "dicomdir", "not_dicom_member"]


class Event(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True
):
    """Base of all events; `VERSION` rises when a field changes its meaning."""

    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str] = AUDIT
    version: int = 1

    @property
    def key(self) -> str:
        """The business key: the same for every delivery and replay of this event."""
        raise TypeError(f"{type(self).__name__} has no key")  # pragma: no cover

    @property
    def masked(self) -> dict[str, str | int]:
        """What a log line may show of this event."""
        return {}


class BlobEvent(Event, frozen=True, kw_only=True):
    """An event about one generation of one object."""

    blob: BlobRef

    @property
    def key(self) -> str:
        return str(self.blob)

    @property
    def masked(self) -> dict[str, str | int]:
        return {"blob": self.blob.masked}


class BlobFinalized(BlobEvent, frozen=True, kw_only=True):
    """An object arrived in the intake; `size` is in bytes."""

    TOPIC = "arrivals"

    size: int


class ArchiveReceived(BlobEvent, frozen=True, kw_only=True):
    """An object that arrived is a ZIP archive; its members from `first_member` on are to be unpacked."""

    TOPIC = "archives"
    first_member: int = 0

    @property
    def key(self) -> str:
        return f"{self.blob}@{self.first_member}"


class ArchiveMemberFailed(BlobEvent, frozen=True, kw_only=True):
    """One member of an archive could not be unpacked; `member` is its index in the archive."""

    TOPIC = "failures"
    member: int
    code: str
    category: str
    cause: str
    failed_at: str

    @property
    def key(self) -> str:
        return f"{self.blob}!{self.member}"


class ArchiveUnpacked(BlobEvent, frozen=True, kw_only=True):
    """Every member of an archive is accounted for."""

    extracted: int
    ignored: int
    failed: int


class InstanceAccepted(BlobEvent, frozen=True, kw_only=True):
    """An instance passed validation and belongs to its series."""

    series: SeriesRef


class InstanceIgnored(BlobEvent, frozen=True, kw_only=True):
    """An object was left out on purpose and counted."""

    reason: IgnoreReason


class TickElapsed(Event, frozen=True, kw_only=True):
    """The scheduler's minute has come; `at` is ISO 8601 in UTC."""

    TOPIC = "ticks"

    at: str

    @property
    def key(self) -> str:
        return self.at


class SeriesEvent(Event, frozen=True, kw_only=True):
    """An event about one generation of one series."""

    series: SeriesRef
    generation: int

    @property
    def key(self) -> str:
        return f"{self.series}#{self.generation}"

    @property
    def masked(self) -> dict[str, str | int]:
        return {"series": self.series.masked, "generation": self.generation}


class SeriesCompleted(SeriesEvent, frozen=True, kw_only=True):
    """A series is judged complete for the first time."""

    TOPIC = "series"

    instance_count: int
    reason: CompletionReason


class SeriesAmended(SeriesEvent, frozen=True, kw_only=True):
    """Late instances made a new generation of a series, which replaces the one before."""

    TOPIC = "series"

    instance_count: int
    reason: CompletionReason


class SeriesMatched(SeriesEvent, frozen=True, kw_only=True):
    """A ruleset claims instances of the series."""

    ruleset: str
    matched: int
    unmatched: int


class SeriesUnmatched(SeriesEvent, frozen=True, kw_only=True):
    """No ruleset claims the series."""

    unmatched: int


class DeidentifyShard(SeriesEvent, frozen=True, kw_only=True):
    """De-identify one shard of a series: `shard` counts from 0 to `shard_count` - 1."""

    TOPIC = "shards"

    shard: int
    shard_count: int

    @property
    def key(self) -> str:
        return f"{self.series}#{self.generation}/{self.shard}"

    @property
    def masked(self) -> dict[str, str | int]:
        return {"series": self.series.masked, "generation": self.generation, "shard": self.shard}


class JobEvent(Event, frozen=True, kw_only=True):
    """An event on the released side: its `job_id` says nothing to anyone without the crosswalk."""

    job_id: str

    @property
    def key(self) -> str:
        return self.job_id

    @property
    def masked(self) -> dict[str, str | int]:
        return {"job_id": self.job_id}


class SeriesDeidentified(JobEvent, frozen=True, kw_only=True):
    """Every shard of a series passed the release gate."""

    TOPIC = "releases"

    destination: str
    template: str
    profile: str
    shards: tuple[BlobRef, ...]
    instance_count: int


class SeriesExported(JobEvent, frozen=True, kw_only=True):
    """The destination confirmed the transfer."""

    transaction_id: str


class RetrieveResult(JobEvent, frozen=True, kw_only=True):
    """Ask the destination for the result of one job; `tick` tells one asking from the next."""

    TOPIC = "retrievals"

    tick: str

    @property
    def key(self) -> str:
        return f"{self.job_id}@{self.tick}"


class ResultReceived(JobEvent, frozen=True, kw_only=True):
    """A result lies in the released bucket, its checksum verified."""

    TOPIC = "results"

    result: BlobRef


class ResultDelivered(JobEvent, frozen=True, kw_only=True):
    """The result lies beside the original series, under the patient's own identity."""

    TOPIC = "deliveries"

    result: BlobRef


class OriginalMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message as it was published, so that a retry replays exactly it."""

    topic: str
    data: bytes
    attributes: dict[str, str]


class EventFailed(Event, frozen=True, kw_only=True):
    """A stage gave an event up: a permanent failure."""

    TOPIC = "failures"

    stage: str
    subject: str
    code: str
    category: str
    cause: str
    attempts: int
    first_failed_at: str
    last_failed_at: str
    message: OriginalMessage

    @property
    def key(self) -> str:
        return f"{self.stage}:{self.subject}@{self.last_failed_at}"

    @property
    def masked(self) -> dict[str, str | int]:
        return {"failed_stage": self.stage, "failed_code": self.code}


class MessageDeadLettered(Event, frozen=True, kw_only=True):
    """A subscription gave a message up after its last delivery attempt."""

    TOPIC = "failures"
    stage: str
    attempts: int
    published_at: str
    dead_lettered_at: str
    message: OriginalMessage

    @property
    def key(self) -> str:
        return f"{self.stage}:{sha256(self.message.data).hexdigest()}@{self.dead_lettered_at}"

    @property
    def masked(self) -> dict[str, str | int]:
        return {"failed_stage": self.stage, "attempts": self.attempts}


class ExceptionRaised(Event, frozen=True, kw_only=True):
    """An exception record is open and waits for a person."""

    exception_id: str
    stage: str
    code: str

    @property
    def key(self) -> str:
        return self.exception_id

    @property
    def masked(self) -> dict[str, str | int]:
        return {"exception_id": self.exception_id, "failed_stage": self.stage, "failed_code": self.code}


AnyEvent = (
    BlobFinalized
    | ArchiveReceived
    | ArchiveUnpacked
    | InstanceAccepted
    | InstanceIgnored
    | TickElapsed
    | SeriesCompleted
    | SeriesAmended
    | SeriesMatched
    | SeriesUnmatched
    | DeidentifyShard
    | SeriesDeidentified
    | SeriesExported
    | RetrieveResult
    | ResultReceived
    | ResultDelivered
    | ArchiveMemberFailed
    | EventFailed
    | MessageDeadLettered
    | ExceptionRaised
)

_decoder = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode(event: Event) -> bytes:
    """Encode an event as JSON with its type and version."""
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """Decode an event strictly: an unknown type, version or field is refused.

    Raises:
        EventUndecodable: `data` is not an event of a known type and version.
    """
    try:
        event: Event = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise EventUndecodable(size=len(data)) from error
    if event.version != event.VERSION:
        raise EventUndecodable(type=type(event).__name__, version=event.version)
    return event
