"""Judge which series are complete: nobody says so, so it is a reasoned guess, and the reason is recorded."""

from collections.abc import Iterator

from shared import log
from shared.events import CompletionReason, Event, SeriesAmended, SeriesCompleted, TickElapsed
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import GenerationRecord, OpenSeries, exception_id
from shared.settings import AssemblyPolicy
from shared.states import SeriesState


def assemble(
    event: TickElapsed, *, ledger: ClinicalLedger, assembly: AssemblyPolicy, clock: Clock
) -> Iterator[Event]:
    """Close every series that is complete; late instances make a new generation of the whole series.

    A generation that still waits for the rules is announced again with every tick: its event may have been
    lost with the worker that made it, and whoever gets it twice handles it once. The log says how many series
    wait, and for how long the oldest has, so that people can be told of one that is stuck.
    """
    now = clock.now()
    open_series = ledger.open_series()
    for series in open_series:
        reason = completion_reason(series, assembly, now)
        if reason is not None:
            _close(series, reason, ledger, clock)
    waiting_since = [series.first_waiting_at for series in open_series]
    for generation in ledger.generations(SeriesState.COMPLETED):
        announcement = _announcement(generation)
        if generation.completed_at < now and not _is_held(announcement, ledger):
            waiting_since.append(generation.completed_at)
        yield announcement
    oldest = round(now - min(waiting_since, default=now))
    log.logger().info("waiting", stage="assemble", count=len(waiting_since), oldest_seconds=oldest)


def completion_reason(series: OpenSeries, policy: AssemblyPolicy, now: float) -> CompletionReason | None:
    """Why a series counts as complete at `now` (seconds since the epoch); None if it does not."""
    if series.expected_count is not None and series.instance_count >= series.expected_count:
        return "expected_count"
    if now - series.last_accepted_at >= policy.quiet_period:
        return "quiet_period"
    if now - series.first_waiting_at >= policy.maximum_wait:
        return "maximum_wait"
    return None


def _close(series: OpenSeries, reason: CompletionReason, ledger: ClinicalLedger, clock: Clock) -> None:
    """Make a generation of all instances, unless the worker of another tick has done it meanwhile."""
    before = ledger.generation(series.series)
    uids = tuple(each.sop_instance_uid for each in ledger.instances(series.series))
    if before is not None and set(uids) <= set(before.sop_instance_uids):
        return
    ledger.add_generation(
        GenerationRecord(
            series=series.series,
            generation=before.generation + 1 if before else 1,
            sop_instance_uids=uids,
            reason=reason,
            completed_at=clock.now(),
        )
    )


def _announcement(generation: GenerationRecord) -> SeriesCompleted | SeriesAmended:
    announce = SeriesCompleted if generation.generation == 1 else SeriesAmended
    return announce(
        series=generation.series,
        generation=generation.generation,
        instance_count=len(generation.sop_instance_uids),
        reason=generation.reason,
    )


def _is_held(announcement: SeriesCompleted | SeriesAmended, ledger: ClinicalLedger) -> bool:
    """Whether the rules failed, so that a person is told of it already."""
    exception = ledger.exception(exception_id("match", announcement.key))
    return exception is not None and exception.status == "open"
