"""`assemble`: when a series counts as complete, and why."""

from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from functions.assemble.handler import assemble, completion_reason
from shared.adapters.clock import FakeClock
from shared.events import CompletionReason, Event, SeriesAmended, SeriesCompleted, TickElapsed
from shared.ports.records import ExceptionStatus, GenerationRecord, OpenSeries, exception_id
from shared.settings import AssemblyPolicy
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.factories import exception_record, instance_record, series_ref, uid
from tests.unit.functions.conftest import NOW

POLICY = AssemblyPolicy(quiet_period=600, maximum_wait=3600)


def tick(wiring: EmbeddedWiring, policy: AssemblyPolicy = POLICY) -> list[Event]:
    """Handle one tick."""
    return list(assemble(TickElapsed(at="now"), ledger=wiring.ledger, assembly=policy, clock=wiring.clock))


def accepted(wiring: EmbeddedWiring, number: int, at: float = NOW, **changes: Any) -> None:
    """Accept an instance at a time."""
    wiring.ledger.add_instances([instance_record(number, accepted_at=at, **changes)])


def generations(wiring: EmbeddedWiring) -> list[GenerationRecord]:
    """The latest generation of every series."""
    return list(wiring.ledger.generations())


# -- the reasons


@pytest.mark.parametrize(
    ("facts", "now", "reason"),
    [
        ({"expected_count": 3}, 0.0, "expected_count"),
        ({"expected_count": 2}, 0.0, "expected_count"),
        ({"expected_count": 4}, 0.0, None),
        ({}, 599.9, None),
        ({}, 600.0, "quiet_period"),
        ({"expected_count": 4}, 600.0, "quiet_period"),
        ({"expected_count": 3}, 600.0, "expected_count"),
        ({"last_accepted_at": 3500.0}, 3599.9, None),
        ({"last_accepted_at": 3500.0}, 3600.0, "maximum_wait"),
        ({"last_accepted_at": 3000.0}, 3600.0, "quiet_period"),
        ({}, -60.0, None),
    ],
)
def test_a_series_is_complete_for_a_reason(
    facts: dict[str, Any], now: float, reason: CompletionReason | None
) -> None:
    """The expected count comes first, then the quiet period, then the maximum wait; else it is open."""
    series = OpenSeries(
        series=series_ref(),
        instance_count=3,
        **{"expected_count": None, "first_waiting_at": 0.0, "last_accepted_at": 0.0, **facts},
    )

    assert completion_reason(series, POLICY, now) == reason


def test_a_quiet_period_of_nothing_closes_at_once(wiring: EmbeddedWiring) -> None:
    """With a quiet period of zero the first tick closes what is there."""
    accepted(wiring, 1)

    assert len(tick(wiring, AssemblyPolicy(quiet_period=0))) == 1


# -- closing


def test_says_nothing_before_a_series_is_complete(wiring: EmbeddedWiring) -> None:
    """An open series has no generation and no event."""
    accepted(wiring, 1)

    assert tick(wiring) == []
    assert generations(wiring) == []


def test_closes_a_complete_series(wiring: EmbeddedWiring, clock: FakeClock) -> None:
    """The first generation holds all instances by UID, the reason and the time."""
    accepted(wiring, 2)
    accepted(wiring, 1)
    clock.advance(600)

    assert tick(wiring) == [
        SeriesCompleted(series=series_ref(), generation=1, instance_count=2, reason="quiet_period")
    ]
    assert generations(wiring) == [
        GenerationRecord(
            series=series_ref(),
            generation=1,
            sop_instance_uids=(uid(1), uid(2)),
            reason="quiet_period",
            completed_at=NOW + 600,
        )
    ]
    assert wiring.ledger.open_series() == []


def test_closes_only_what_is_complete(wiring: EmbeddedWiring) -> None:
    """One series does not wait for another."""
    accepted(wiring, 1, series=series_ref(1), expected_count=1)
    accepted(wiring, 2, series=series_ref(2), expected_count=2)

    assert tick(wiring) == [
        SeriesCompleted(series=series_ref(1), generation=1, instance_count=1, reason="expected_count")
    ]


def test_a_late_instance_makes_a_generation_of_the_whole_series(
    wiring: EmbeddedWiring, clock: FakeClock
) -> None:
    """A late instance supersedes the generation before with one that holds all instances."""
    accepted(wiring, 1, expected_count=1)
    tick(wiring)
    accepted(wiring, 2)

    assert tick(wiring) == [
        SeriesAmended(series=series_ref(), generation=2, instance_count=2, reason="expected_count")
    ]
    assert generations(wiring)[0].sop_instance_uids == (uid(1), uid(2))
    first = wiring.ledger.generation(series_ref(), 1)
    assert first is not None
    assert first.state is SeriesState.SUPERSEDED


def test_numbers_generations_without_end(wiring: EmbeddedWiring, clock: FakeClock) -> None:
    """Each late arrival makes the next number."""
    for number in (1, 2, 3):
        accepted(wiring, number, at=clock.now())
        clock.advance(600)
        tick(wiring)

    assert [(each.generation, len(each.sop_instance_uids)) for each in generations(wiring)] == [(3, 3)]


# -- announcing again


def test_announces_again_what_still_waits_for_the_rules(wiring: EmbeddedWiring, clock: FakeClock) -> None:
    """A generation whose event may be lost is announced with every tick, the same each time."""
    accepted(wiring, 1)
    clock.advance(600)
    first = tick(wiring)
    clock.advance(60)

    assert len(first) == 1
    assert tick(wiring) == first
    assert generations(wiring)[0].completed_at == NOW + 600


@pytest.mark.parametrize("state", sorted(set(SeriesState) - {SeriesState.COMPLETED, SeriesState.SUPERSEDED}))
def test_is_silent_about_what_went_on(wiring: EmbeddedWiring, clock: FakeClock, state: SeriesState) -> None:
    """A generation that the rules have seen is not announced any more."""
    accepted(wiring, 1)
    clock.advance(600)
    tick(wiring)
    way = {
        SeriesState.UNMATCHED: [SeriesState.UNMATCHED],
        SeriesState.REJECTED: [SeriesState.REJECTED],
        SeriesState.MATCHED: [SeriesState.MATCHED],
        SeriesState.DEIDENTIFIED: [SeriesState.MATCHED, SeriesState.DEIDENTIFIED],
    }.get(state, [SeriesState.MATCHED, SeriesState.DEIDENTIFIED, SeriesState.RESULT_DELIVERED])
    for step in way:
        wiring.ledger.replace_generation(msgspec.structs.replace(generations(wiring)[0], state=step))

    assert generations(wiring)[0].state is state
    assert tick(wiring) == []


# -- what waits


def waiting(wiring: EmbeddedWiring) -> tuple[int, int]:
    """How many series the line of a tick counts, and how old the oldest is."""
    with capture_logs() as lines:
        tick(wiring)
    (line,) = lines
    assert line.keys() == {"event", "log_level", "stage", "count", "oldest_seconds"}
    assert (line["event"], line["stage"]) == ("waiting", "assemble")
    return line["count"], line["oldest_seconds"]


def test_tells_how_long_the_oldest_series_has_been_open(wiring: EmbeddedWiring) -> None:
    """By its first instance that waits; numbers, and nothing else, are told."""
    accepted(wiring, 1, at=NOW - 500, series=series_ref(1))
    accepted(wiring, 2, at=NOW - 30, series=series_ref(1))
    accepted(wiring, 3, at=NOW - 400, series=series_ref(2))

    assert waiting(wiring) == (2, 500)


def test_tells_how_long_the_oldest_series_has_waited_for_the_rules(
    wiring: EmbeddedWiring, clock: FakeClock
) -> None:
    """From when it was complete on; in the minute that closes it, it is counted once."""
    accepted(wiring, 1, at=NOW - 600)

    assert waiting(wiring) == (1, 600)
    clock.advance(7200)
    assert waiting(wiring) == (1, 7200)


def test_tells_that_nothing_waits(wiring: EmbeddedWiring) -> None:
    """A line of noughts, so that an alert ends."""
    assert waiting(wiring) == (0, 0)


@pytest.mark.parametrize(("status", "count"), [("open", 0), ("archived", 1), ("retried", 1)])
def test_what_the_rules_failed_for_does_not_wait(
    wiring: EmbeddedWiring, clock: FakeClock, status: ExceptionStatus, count: int
) -> None:
    """Its exception tells people; once closed, a series that is still there waits again."""
    accepted(wiring, 1, expected_count=1)
    tick(wiring)
    failed = exception_id("match", f"{series_ref()}#1")
    wiring.ledger.raise_exception(exception_record(exception_id=failed, status=status))
    clock.advance(60)

    assert waiting(wiring) == (count, 60 * count)


class SlowReader:
    """A ledger whose open series are those of a moment ago: another worker has closed them since."""

    def __init__(self, wiring: EmbeddedWiring) -> None:
        self._ledger = wiring.ledger
        self._open = wiring.ledger.open_series()

    def open_series(self) -> Any:
        """What was open then."""
        return self._open

    def __getattr__(self, method: str) -> Any:
        return getattr(self._ledger, method)


def test_two_workers_of_overlapping_ticks_close_a_series_once(wiring: EmbeddedWiring) -> None:
    """Who finds every instance of a series in its latest generation makes no other of the same instances."""
    accepted(wiring, 1, at=NOW - 600)
    late = SlowReader(wiring)
    tick(wiring)
    events = assemble(TickElapsed(at="now"), ledger=late, assembly=POLICY, clock=wiring.clock)  # type: ignore[arg-type]

    assert [event.generation for event in events if isinstance(event, SeriesCompleted)] == [1]
    assert [each.generation for each in generations(wiring)] == [1]
