"""`Engine`: takes what is due, answers it, ticks, and knows when nothing is under way."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from functions.cli import engine as module
from functions.cli.engine import Engine
from functions.pipeline import PIPELINE
from shared.adapters.clock import FakeClock
from shared.adapters.faulty_bus import InjectedCrash
from shared.errors import NotDicom, StorageUnavailable
from shared.events import Event, EventFailed, TickElapsed, decode, encode
from shared.runtime import Outcome, Stage
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.factories import exception_record, instance_record, job_record
from tests.unit.functions.conftest import NOW


class Handling:
    """Handlers that keep the ticks they are told of, and fail as told."""

    def __init__(self) -> None:
        self.ticks: list[str] = []
        self.failures: list[BaseException] = []
        self.recorded: list[str] = []

    def on_tick(self, event: TickElapsed, *, ledger: Any) -> Iterable[Event]:
        """Keep a tick."""
        self.ticks.append(event.at)
        if self.failures:
            raise self.failures.pop(0)
        return ()

    def on_failure(self, event: EventFailed, *, ledger: Any) -> Iterable[Event]:
        """Keep a failure."""
        self.recorded.append(event.code)
        return ()

    @property
    def pipeline(self) -> tuple[Stage, ...]:
        """One stage that works and one that records."""
        return Stage("work", (self.on_tick,)), Stage("recorder", (self.on_failure,))


@pytest.fixture
def handling(monkeypatch: pytest.MonkeyPatch) -> Handling:
    """A small pipeline in place of the real one."""
    made = Handling()
    monkeypatch.setattr(module, "PIPELINE", made.pipeline)
    return made


# -- subscribing and delivering


def test_subscribes_every_stage(wiring: EmbeddedWiring) -> None:
    """What is published on any stage's topic is waiting for that stage."""
    Engine(wiring)
    topics = {topic for stage in PIPELINE for topic in stage.topics}
    for topic in topics:
        wiring.bus.publish(topic, b"data", {})

    assert set(wiring.bus.backlog()) == {
        f"{stage.name}-{topic}" for stage in PIPELINE for topic in stage.topics
    }


def test_drains_what_is_due(wiring: EmbeddedWiring, handling: Handling) -> None:
    """Every message is handled, those too that come more than one lease at a time, and observed."""
    observed: list[tuple[str, Outcome]] = []
    engine = Engine(wiring, observe=lambda stage, outcome: observed.append((stage, outcome)))
    for number in range(40):
        wiring.bus.publish("ticks", encode(TickElapsed(at=str(number))), {})

    assert engine.drain() == 40
    assert handling.ticks == [str(number) for number in range(40)]
    assert observed == [("work", Outcome.HANDLED)] * 40
    assert wiring.bus.backlog() == {}


def test_drains_until_it_is_told_to_stop(wiring: EmbeddedWiring, handling: Handling) -> None:
    """What is leased by then is answered; the rest stays due."""
    engine = Engine(wiring)
    for number in range(40):
        wiring.bus.publish("ticks", encode(TickElapsed(at=str(number))), {})
    handled = engine.drain(until=lambda: bool(handling.ticks))

    assert 0 < handled < 40
    assert wiring.bus.backlog() == {"work-ticks": 40 - handled}
    assert engine.drain() == 40 - handled


def test_drains_nothing_where_nothing_is_due(wiring: EmbeddedWiring, handling: Handling) -> None:
    """An empty bus is drained at once."""
    assert Engine(wiring).drain() == 0


def test_drains_what_handling_publishes(wiring: EmbeddedWiring, handling: Handling) -> None:
    """A failure that was published while draining is recorded in the same go."""
    handling.failures = [NotDicom()]
    engine = Engine(wiring)
    engine.tick()

    assert engine.drain() == 2
    assert handling.recorded == ["not_dicom"]


def test_ticks_with_the_time_of_the_clock(wiring: EmbeddedWiring, handling: Handling) -> None:
    """The scheduler's minute carries its time, in UTC."""
    engine = Engine(wiring)
    engine.tick()
    (delivery,) = wiring.bus.lease(9)

    assert decode(delivery.message.data) == TickElapsed(at="2025-11-22T10:30:00+00:00")
    assert delivery.message.attributes == {"type": "TickElapsed"}


def test_delivers_a_transient_failure_again_after_its_back_off(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """A refused message waits for its back-off and is then handled."""
    handling.failures = [StorageUnavailable()]
    observed: list[Outcome] = []
    engine = Engine(wiring, observe=lambda _stage, outcome: observed.append(outcome))
    engine.tick()

    assert (engine.drain(), wiring.bus.backlog()) == (1, {"work-ticks": 1})
    clock.advance(10)
    assert (engine.drain(), wiring.bus.backlog()) == (1, {})
    assert observed == [Outcome.RETRY, Outcome.HANDLED]


def test_gives_up_after_the_last_attempt(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """After eight failures the message is recorded with its cause, and nothing waits any more."""
    handling.failures = [StorageUnavailable() for _ in range(8)]
    engine = Engine(wiring)
    engine.tick()
    for _ in range(8):
        engine.drain()
        clock.advance(600)
    engine.drain()

    assert (len(handling.ticks), handling.recorded) == (8, ["storage_unavailable"])
    assert wiring.bus.backlog() == {}


def test_lets_the_end_of_the_process_through(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """What ends the process is not answered: after its ack deadline the message comes again."""
    handling.failures = [InjectedCrash()]
    engine = Engine(wiring)
    engine.tick()
    with pytest.raises(InjectedCrash):
        engine.drain()

    assert wiring.bus.backlog() == {"work-ticks": 1}
    clock.advance(600)
    assert Engine(wiring).drain() == 1
    assert len(handling.ticks) == 2


# -- settling


def test_settles_at_once_where_nothing_is_under_way(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """One tick is enough to see that nothing is to be done."""
    assert Engine(wiring).settle(poll_seconds=60)
    assert (len(handling.ticks), clock.now()) == (1, NOW)


def test_polls_until_delayed_messages_are_done(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """A message in its back-off is waited for."""
    handling.failures = [StorageUnavailable()]
    engine = Engine(wiring)

    assert engine.settle(poll_seconds=4)
    assert clock.now() == NOW + 12


def test_gives_up_waiting_in_time(wiring: EmbeddedWiring, handling: Handling, clock: FakeClock) -> None:
    """After the time to wait it says that something is still under way."""
    wiring.jobs.add_job(job_record(state=JobState.EXPORTED))

    assert not Engine(wiring).settle(poll_seconds=10, wait_seconds=25)
    assert (clock.now(), len(handling.ticks)) == (NOW + 30, 4)


def test_says_when_there_is_nothing_to_do_but_wait(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """Before each wait the caller is told, and only then."""
    handling.failures = [StorageUnavailable()]
    waits: list[float] = []
    engine = Engine(wiring, waiting=lambda: waits.append(clock.now() - NOW))

    assert engine.settle(poll_seconds=4)
    assert waits == [0, 4, 8]
    assert engine.settle(poll_seconds=4)
    assert waits == [0, 4, 8]


def test_the_time_to_wait_starts_when_everything_here_is_done(
    wiring: EmbeddedWiring, handling: Handling, clock: FakeClock
) -> None:
    """However long our own work takes, the outside has its whole time."""
    engine = Engine(wiring, observe=lambda _stage, _outcome: clock.advance(1000))
    wiring.bus.publish("ticks", encode(TickElapsed(at="before")), {})
    wiring.jobs.add_job(job_record(state=JobState.EXPORTED))

    assert not engine.settle(poll_seconds=10, wait_seconds=1500)
    assert len(handling.ticks) == 3


def test_handles_what_is_due_before_it_ticks(wiring: EmbeddedWiring, handling: Handling) -> None:
    """What was waiting comes first, so that the first tick sees its outcome."""
    engine = Engine(wiring)
    wiring.bus.publish("ticks", encode(TickElapsed(at="before")), {})

    assert engine.settle(poll_seconds=1)
    assert handling.ticks == ["before", "2025-11-22T10:30:00+00:00"]


@pytest.mark.parametrize("state", sorted(JobState))
def test_a_job_that_waits_for_its_result_is_under_way(
    wiring: EmbeddedWiring, handling: Handling, state: JobState
) -> None:
    """Exported and received, a job is under way; before that its messages are, and after it nothing."""
    engine = Engine(wiring)
    wiring.jobs.add_job(job_record(state=state))

    assert engine.settled is (state not in {JobState.EXPORTED, JobState.RESULT_RECEIVED})


@pytest.mark.parametrize(("status", "settled"), [("open", True), ("retried", False)])
def test_a_job_that_is_held_is_not_waited_for(
    wiring: EmbeddedWiring, handling: Handling, status: Any, *, settled: bool
) -> None:
    """A job with an open exception waits for a person, not for the machine; a retried one is under way."""
    engine = Engine(wiring)
    job = wiring.jobs.add_job(job_record(state=JobState.RESULT_RECEIVED))
    wiring.ledger.raise_exception(exception_record(job_id=job.job_id, status=status))

    assert engine.settled is settled


def test_one_held_job_does_not_hide_another(wiring: EmbeddedWiring, handling: Handling) -> None:
    """All jobs must be done or held."""
    engine = Engine(wiring)
    wiring.jobs.add_job(job_record(state=JobState.EXPORTED))
    wiring.jobs.add_job(job_record(job_id="other", state=JobState.EXPORTED))
    wiring.ledger.raise_exception(exception_record(job_id="other"))

    assert not engine.settled


def test_an_open_series_is_under_way(wiring: EmbeddedWiring, handling: Handling) -> None:
    """A series that is not judged complete yet is waited for."""
    engine = Engine(wiring)
    wiring.ledger.add_instances([instance_record(1)])

    assert not engine.settled


def test_a_job_that_a_person_gave_up_is_not_waited_for(wiring: EmbeddedWiring, handling: Handling) -> None:
    """Archived is done with: no result will come of it any more."""
    engine = Engine(wiring)
    job = wiring.jobs.add_job(job_record(state=JobState.RESULT_RECEIVED))
    record = wiring.ledger.raise_exception(exception_record(job_id=job.job_id))
    wiring.ledger.replace_exception(msgspec.structs.replace(record, status="archived"))

    assert engine.settled
