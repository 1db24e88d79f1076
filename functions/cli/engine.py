"""Drives the whole pipeline in one process: takes due messages, runs their stage, answers, ticks."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from functions.pipeline import PIPELINE
from shared.events import TickElapsed, encode
from shared.ports.bus import Broker, Bus, Delivery
from shared.ports.clock import Clock
from shared.runtime import Outcome, Runtime
from shared.states import JobState
from shared.wiring import EmbeddedWiring

_LEASED_AT_ONCE = 16
#: what only records on the clinical side, in steps so small that waiting for the disk would be most of them
_RECORDING = "validate"
_WAITING = (JobState.EXPORTED, JobState.RESULT_RECEIVED)

#: is told of every delivery that was answered
Observer = Callable[[str, Outcome], None]


def subscribe(bus: Broker) -> None:
    """Subscribe every stage; before that, whatever is announced reaches nobody."""
    for stage in PIPELINE:
        for subscription in stage.subscriptions():
            bus.subscribe(subscription)


def tick(bus: Bus, clock: Clock) -> None:
    """Let the scheduler's minute come, to the second: here it may come more often."""
    at = datetime.fromtimestamp(clock.now(), UTC).isoformat()
    bus.publish(TickElapsed.TOPIC, encode(TickElapsed(at=at)), {"type": "TickElapsed"})


class Engine:
    """The pipeline on the embedded adapters; one thread, one workspace."""

    def __init__(
        self,
        wiring: EmbeddedWiring,
        *,
        observe: Observer | None = None,
        waiting: Callable[[], None] | None = None,
    ) -> None:
        """Subscribe every stage.

        Args:
            wiring: the installation.
            observe: is called with the stage's name and the outcome of every delivery.
            waiting: is called whenever nothing is left to do but to wait.
        """
        self._wiring = wiring
        self._observe = observe or (lambda _stage, _outcome: None)
        self._waiting = waiting or (lambda: None)
        subscribe(wiring.bus)
        self._runtimes = {
            subscription.name: runtime
            for runtime in (Runtime(stage, wiring) for stage in PIPELINE)
            for subscription in runtime.stage.subscriptions()
        }

    def drain(self, *, until: Callable[[], bool] = lambda: False) -> int:
        """Handle what is due until nothing is, or until told so; return how many deliveries that were."""
        handled = 0
        while not until() and (deliveries := self._wiring.bus.lease(_LEASED_AT_ONCE)):
            self._deliver(deliveries)
            handled += len(deliveries)
        return handled

    def tick(self) -> None:
        """Let the scheduler's minute come."""
        tick(self._wiring.bus, self._wiring.clock)

    def settle(self, *, poll_seconds: float, wait_seconds: float | None = None) -> bool:
        """Run until nothing is under way, or `wait_seconds` have passed; tell whether it settled.

        Args:
            poll_seconds: how long to wait between two looks at destinations and delayed messages.
            wait_seconds: how long to wait for the outside in all, from when everything here is done; None
                waits for ever.
        """
        clock = self._wiring.clock
        self.drain()
        started = clock.now()
        while True:
            self.tick()
            self.drain()
            if self.settled:
                return True
            if wait_seconds is not None and clock.now() - started >= wait_seconds:
                return False
            self._waiting()
            clock.sleep(poll_seconds)

    @property
    def settled(self) -> bool:
        """Whether no message waits, no series is open and no job waits for its result."""
        if self._wiring.bus.backlog() or self._wiring.ledger.open_series():
            return False
        held = {each.job_id for each in self._wiring.ledger.exceptions() if each.status != "retried"}
        waiting = (job for state in _WAITING for job in self._wiring.jobs.jobs(state))
        return all(job.job_id in held for job in waiting)

    def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Deliver and answer them one by one; what is recorded together is answered once it is safe."""
        if {self._runtime(each).stage.name for each in deliveries} == {_RECORDING}:
            # A failure waits for the disk by itself: it must be there before the claim that says so.
            with self._wiring.ledger.together():
                outcomes = [self._runtime(each).deliver(each) for each in deliveries]
            self._answer(deliveries, outcomes)
            return
        for delivery in deliveries:
            self._answer([delivery], [self._runtime(delivery).deliver(delivery)])

    def _answer(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        answered = list(zip(deliveries, outcomes, strict=True))
        self._wiring.bus.ack(*(delivery for delivery, outcome in answered if outcome.acknowledges))
        for delivery, outcome in answered:
            if not outcome.acknowledges:
                self._wiring.bus.nack(delivery)
            self._observe(self._runtime(delivery).stage.name, outcome)

    def _runtime(self, delivery: Delivery) -> Runtime:
        return self._runtimes[delivery.subscription]
