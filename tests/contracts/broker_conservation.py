"""What every broker holds in whatever order and on however many threads: nothing is lost."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.clock import FakeClock
from shared.ports.bus import Broker, Delivery, Subscription
from tests.contracts.broker_cases import BURY, GRAVE, START, WORK, BrokerCases, MakeBroker, due_times, publish

T = TypeVar("T")

LIMITED = Subscription(
    name="limited",
    topic="orders",
    dead_letter_topic="dead",
    max_delivery_attempts=5,
    maximum_backoff=20.0,
    ack_deadline=30.0,
)
ENDLESS = Subscription(name="endless", topic="orders", maximum_backoff=20.0, ack_deadline=30.0)

#: Steps with a number: how many to lease, which delivery so far to answer (0 is the latest), how far to
#: turn the clock in seconds. Long and rich in leases and waits, so that some messages use up their attempts.
STEPS = st.lists(
    st.one_of(
        st.just(("publish", 0)),
        st.tuples(st.just("lease"), st.integers(0, 6)),
        st.tuples(st.just("lease"), st.integers(4, 6)),
        st.tuples(st.sampled_from(["ack", "nack", "nack"]), st.integers(0, 9)),
        st.tuples(st.just("advance"), st.sampled_from([1, 10, 30, 30])),
        st.just(("advance", 30)),
    ),
    min_size=30,
    max_size=100,
)


class Books:
    """Drives a broker with one limited and one endless subscription, and keeps account of every message."""

    def __init__(self, broker: Broker, clock: FakeClock) -> None:
        self.broker, self.clock = broker, clock
        self.published: set[bytes] = set()
        self.acknowledged: dict[str, set[bytes]] = {
            LIMITED.name: set(),
            ENDLESS.name: set(),
            GRAVE.name: set(),
        }
        self.attempts: list[int] = []
        self._seen: list[Delivery] = []
        self._open: dict[tuple[str, bytes], tuple[Delivery, float]] = {}
        for subscription in (LIMITED, ENDLESS, GRAVE):
            broker.subscribe(subscription)

    def take(self, step: str, number: int) -> None:
        """Take one step; an answer is given to any delivery so far, be it answered or stale."""
        if step == "advance":
            self.clock.advance(number)
        elif step == "publish":
            self._publish()
        elif step == "lease":
            self.lease(number)
        elif self._seen:
            self.answer(self._seen[-1 - number % len(self._seen)], acknowledge=step == "ack")

    def lease(self, limit: int) -> None:
        """Lease; what expired at its last attempt cannot be answered any more."""
        now = self.clock.now()
        for key, (delivery, deadline) in list(self._open.items()):
            last = key[0] == LIMITED.name and delivery.delivery_attempt >= LIMITED.max_delivery_attempts
            if last and deadline <= now:
                del self._open[key]
        for delivery in self.broker.lease(limit):
            deadline = now + (GRAVE if delivery.subscription == GRAVE.name else LIMITED).ack_deadline
            self._open[_key(delivery)] = (delivery, deadline)
            self._seen.append(delivery)
            if delivery.subscription == LIMITED.name:
                self.attempts.append(delivery.delivery_attempt)

    def answer(self, delivery: Delivery, *, acknowledge: bool) -> None:
        """Answer a delivery; only an answer to the last one of its message counts, and only the first."""
        current, _deadline = self._open.get(_key(delivery), (None, 0.0))
        if current == delivery:
            del self._open[_key(delivery)]
            if acknowledge:
                self.acknowledged[delivery.subscription].add(delivery.message.data)
        (self.broker.ack if acknowledge else self.broker.nack)(delivery)

    def drain(self) -> None:
        """Acknowledge everything as it falls due."""
        for due in due_times(self.broker):
            self.clock.advance(max(0.0, due - self.clock.now()))
            before = len(self._seen)
            self.lease(1000)
            for delivery in self._seen[before:]:
                self.answer(delivery, acknowledge=True)

    def balance(self) -> tuple[int, int]:
        """What the broker holds and what came out of it, for the limited and the endless subscription."""
        backlog, out = self.broker.backlog(), self.acknowledged
        limited = sum(backlog.get(name, 0) + len(out[name]) for name in (LIMITED.name, GRAVE.name))
        return limited, backlog.get(ENDLESS.name, 0) + len(out[ENDLESS.name])

    def _publish(self) -> None:
        data = b"%d" % len(self.published)
        self.published.add(data)
        self.broker.publish("orders", data, {})


class ConservationContract(BrokerCases):
    """Every published message is acknowledged, in the backlog or dead-lettered, at any moment."""

    @given(steps=STEPS)
    @settings(
        max_examples=60,
        deadline=None,
        # Each example makes a broker of its own, and each subclass runs the same property on purpose.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    def test_nothing_is_lost(self, make_broker: MakeBroker, steps: list[tuple[str, int]]) -> None:
        """The balance holds after every step, and in the end every message has come out."""
        clock = FakeClock(START)
        books = Books(make_broker(clock), clock)
        for step, number in steps:
            books.take(step, number)
            assert books.balance() == (len(books.published), len(books.published))
        books.drain()

        out = books.acknowledged
        assert out[LIMITED.name] | out[GRAVE.name] == books.published
        assert out[LIMITED.name] & out[GRAVE.name] == set()
        assert out[ENDLESS.name] == books.published
        assert books.broker.backlog() == {}
        assert max(books.attempts, default=0) <= LIMITED.max_delivery_attempts

    def test_concurrent_leases_are_disjoint(self, broker: Broker) -> None:
        """Eight threads that lease and acknowledge at once get every message exactly once."""
        broker.subscribe(WORK)
        ids = [broker.publish("orders", b"%d" % number, {}) for number in range(200)]
        together = threading.Barrier(8)

        def drain() -> list[str]:
            together.wait()
            taken: list[str] = []
            while (deliveries := broker.lease(3)) and len(taken) <= len(ids):
                taken += [delivery.message.message_id for delivery in deliveries]
                for delivery in deliveries:
                    broker.ack(delivery)
            return taken

        taken = [message_id for result in in_threads(8, drain) for message_id in result]

        assert sorted(taken) == sorted(ids)
        assert broker.backlog() == {}

    def test_concurrent_publishes_all_arrive(self, broker: Broker) -> None:
        """What eight threads publish at once is all there, each message once."""
        broker.subscribe(WORK)
        together = threading.Barrier(8)

        def publish() -> list[str]:
            together.wait()
            return [broker.publish("orders", b"x", {}) for _ in range(20)]

        ids = [message_id for result in in_threads(8, publish) for message_id in result]
        leased = broker.lease(1000)

        assert sorted(delivery.message.message_id for delivery in leased) == sorted(ids)

    def test_of_concurrent_answers_one_counts(self, broker: Broker, clock: FakeClock) -> None:
        """Eight last refusals of one delivery make one dead letter."""
        broker.subscribe(BURY)
        broker.subscribe(GRAVE)
        publish(broker, 1)
        for _ in range(5):
            clock.advance(BURY.ack_deadline)
            [delivery] = broker.lease(1)
        together = threading.Barrier(8)

        def refuse() -> None:
            together.wait()
            broker.nack(delivery)

        in_threads(8, refuse)

        assert broker.backlog() == {"grave": 1}


def in_threads(count: int, work: Callable[[], T]) -> list[T]:
    """Run `work` in `count` threads at once and return what they returned, or raise what one raised."""
    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(count)]]


def _key(delivery: Delivery) -> tuple[str, bytes]:
    return delivery.subscription, delivery.message.data
