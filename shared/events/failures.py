"""What failed, and how to replay it."""

from hashlib import sha256

import msgspec

from shared.events.base import Event
from shared.events.intake import BlobEvent


class OriginalMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message as it was published, so that a retry replays exactly it."""

    topic: str
    data: bytes
    attributes: dict[str, str]


class ArchiveMemberFailed(BlobEvent, frozen=True, kw_only=True):
    """One member of an archive could not be unpacked; `member` is its index in the archive."""

    TOPIC = "failures"
    member: int
    code: str
    category: str
    cause: str
    failed_at: str

    @property
    def subject(self) -> str:
        """The member, however often it fails."""
        return str(self.blob.at_member(self.member))

    @property
    def key(self) -> str:
        return f"{self.subject}@{self.failed_at}"


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
