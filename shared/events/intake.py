"""What arrives, and what becomes of it before it is a series."""

from typing import Literal

from shared.events.base import Event
from shared.identifiers import BlobRef, SeriesRef

IgnoreReason = Literal["duplicate", "dicomdir", "not_dicom_member", "own_result"]


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
    """An object that arrived is a ZIP archive; its members from `first_member` on are to be unpacked.

    With `alone`, only that one is: the retry of a member that failed.
    """

    TOPIC = "archives"
    first_member: int = 0
    alone: bool = False

    @property
    def key(self) -> str:
        if self.alone:
            return str(self.blob.at_member(self.first_member))
        return f"{self.blob}@{self.first_member}"


class ArchiveUnpacked(BlobEvent, frozen=True, kw_only=True):
    """Every member of an archive is accounted for."""

    accepted: int
    extracted: int
    ignored: int
    failed: int


class InstanceAccepted(BlobEvent, frozen=True, kw_only=True):
    """An instance passed validation and belongs to its series."""

    series: SeriesRef


class MembersAccepted(BlobEvent, frozen=True, kw_only=True):
    """Instances of one series passed validation where they lie, in a batch of an archive's members."""

    first_member: int
    series: SeriesRef
    instance_count: int

    @property
    def key(self) -> str:
        return f"{self.blob}@{self.first_member}:{self.series}"


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
