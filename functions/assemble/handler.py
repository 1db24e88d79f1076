"""Judge which series are complete: nobody says so, so it is a reasoned guess, and the reason is recorded."""

from collections.abc import Iterator

from shared.events import CompletionReason, Event, SeriesAmended, SeriesCompleted, TickElapsed
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import GenerationRecord, OpenSeries
from shared.settings import AssemblyPolicy
from shared.states import SeriesState


def assemble(
    event: TickElapsed, *, ledger: ClinicalLedger, assembly: AssemblyPolicy, clock: Clock
) -> Iterator[Event]:
    """Close every series that is complete; late instances make a new generation of the whole series.

    A generation that still waits for the rules is announced again with every tick: its event may have been
    lost with the worker that made it, and whoever gets it twice handles it once.
    """
    for series in ledger.open_series():
        reason = completion_reason(series, assembly, clock.now())
        if reason is not None:
            _close(series, reason, ledger, clock)
    for generation in ledger.generations(SeriesState.COMPLETED):
        yield _announcement(generation)


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
    before = ledger.generation(series.series)
    ledger.add_generation(
        GenerationRecord(
            series=series.series,
            generation=before.generation + 1 if before else 1,
            sop_instance_uids=tuple(each.sop_instance_uid for each in ledger.instances(series.series)),
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
