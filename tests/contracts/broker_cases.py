"""What the cases of the broker contract share: a broker, its clock, and subscriptions."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from shared.adapters.clock import FakeClock
from shared.ports.bus import Broker, Delivery, Subscription

START = 1_763_807_445.5  # 2025-11-22T10:30:45.500Z

MakeBroker = Callable[[FakeClock], Broker]

#: tries for ever
WORK = Subscription(name="work", topic="orders", ack_deadline=60.0)
#: gives up after five attempts
BURY = Subscription(name="work", topic="orders", dead_letter_topic="dead", ack_deadline=60.0)
#: receives what BURY gave up
GRAVE = Subscription(name="grave", topic="dead")
#: receives what WORK receives
AUDIT = Subscription(name="audit", topic="orders")


class BrokerCases:
    """Fixtures for all cases; a subclass overrides `make_broker`."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        """A clock that stands still until a test turns it."""
        return FakeClock(START)

    @pytest.fixture
    def make_broker(self) -> MakeBroker:
        """Make an empty broker on a clock; called anew, it makes another one."""
        raise NotImplementedError

    @pytest.fixture
    def broker(self, make_broker: MakeBroker, clock: FakeClock) -> Broker:
        """An empty broker."""
        return make_broker(clock)


def publish(broker: Broker, count: int) -> list[str]:
    """Publish `count` messages with the texts 0, 1, 2 ... and return their ids."""
    return [broker.publish("orders", b"%d" % number, {}) for number in range(count)]


def due_times(broker: Broker) -> Iterator[float]:
    """Yield when the next message is due until nothing is left; a broker that never gets there fails."""
    for _ in range(1000):
        due = broker.next_due()
        if due is None:
            return
        yield due
    pytest.fail("the broker never runs empty")


def texts(deliveries: Sequence[Delivery]) -> list[str]:
    """The texts of deliveries in their order."""
    return [delivery.message.data.decode() for delivery in deliveries]
