"""What becomes of a series on the clinical side."""

from typing import Literal

from shared.events.base import Event
from shared.identifiers import SeriesRef

CompletionReason = Literal["quiet_period", "expected_count", "maximum_wait"]


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
