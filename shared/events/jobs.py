"""What becomes of a series on the released side, where it is a job."""

from shared.events.base import Event
from shared.identifiers import BlobRef


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
