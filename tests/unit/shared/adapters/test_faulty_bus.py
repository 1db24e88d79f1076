"""The bus with faults."""

from collections import Counter

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.faulty_bus import WINDOW, FaultyBus, InjectedCrash
from shared.adapters.memory_bus import MemoryBus
from shared.ports.bus import Broker
from tests.contracts.broker import BrokerContract
from tests.contracts.broker_cases import AUDIT, BURY, GRAVE, START, WORK, MakeBroker, publish, texts


class TestFaultyBusWithoutFaults(BrokerContract):
    """Without faults it is the broker that it wraps."""

    @pytest.fixture
    def make_broker(self) -> MakeBroker:
        """Make a bus in memory and wrap it without faults."""
        return lambda clock: FaultyBus(MemoryBus(clock=clock), seed=1)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until a test turns it."""
    return FakeClock(START)


@pytest.fixture
def broker(clock: FakeClock) -> Broker:
    """The wrapped broker, with one subscription."""
    broker = MemoryBus(clock=clock)
    broker.subscribe(WORK)
    return broker


# -- duplicates


def test_delivers_every_message_once_more_for_each_duplicate(broker: Broker) -> None:
    """With two duplicates a message of two subscriptions is delivered three times to each."""
    bus = FaultyBus(broker, seed=1, duplicates=2)
    bus.subscribe(AUDIT)
    publish(bus, 5)
    leased = _drain(bus)

    assert Counter(leased) == {(name, str(text)): 3 for name in ("work", "audit") for text in range(5)}
    assert broker.backlog() == bus.backlog() == {}


def test_each_duplicate_is_a_delivery_of_its_own(broker: Broker) -> None:
    """Copies carry the same message and attempt under ack ids of their own."""
    bus = FaultyBus(broker, seed=1, duplicates=3)
    publish(bus, 1)
    leased = bus.lease(10)

    assert len({delivery.ack_id for delivery in leased}) == 4
    assert len({delivery.message.message_id for delivery in leased}) == 1
    assert {delivery.delivery_attempt for delivery in leased} == {1}


def test_a_copy_arrives_after_the_original_was_acknowledged(broker: Broker) -> None:
    """The ack of the original ends the message for the wrapped broker; its copy comes nevertheless."""
    bus = FaultyBus(broker, seed=1, duplicates=1)
    publish(bus, 1)
    [original] = bus.lease(1)
    bus.ack(original)
    gone = broker.backlog()
    outstanding, due = bus.backlog(), bus.next_due()
    [copy] = bus.lease(1)
    bus.ack(copy)

    assert gone == {}
    assert (outstanding, due) == ({"work": 1}, START)
    assert copy.message == original.message
    assert (bus.backlog(), bus.next_due()) == ({}, None)


@pytest.mark.parametrize("answer", ["ack", "nack"])
def test_the_answer_to_a_copy_leaves_the_original_alone(
    broker: Broker, clock: FakeClock, answer: str
) -> None:
    """Neither the ack nor the nack of a copy moves or ends the original's lease."""
    bus = FaultyBus(broker, seed=1, duplicates=1)
    publish(bus, 1)
    original, copy = bus.lease(2)
    getattr(bus, answer)(copy)
    clock.advance(WORK.ack_deadline - 1)

    assert list(bus.lease(10)) == []
    assert broker.next_due() == START + WORK.ack_deadline
    bus.ack(original)
    assert broker.backlog() == {}


def test_a_failed_delivery_is_repeated_without_new_copies(broker: Broker, clock: FakeClock) -> None:
    """Each failure adds one delivery, so that a message is delivered a bounded number of times."""
    bus = FaultyBus(broker, seed=1, duplicates=1)
    publish(bus, 1)
    for delivery in bus.lease(10):
        bus.nack(delivery)
    clock.advance(WORK.backoff(1))

    assert [delivery.delivery_attempt for delivery in bus.lease(10)] == [2]


def test_dead_letters_are_duplicated_as_well(broker: Broker, clock: FakeClock) -> None:
    """As with Pub/Sub, the same message may be delivered more than once from the dead-letter topic."""
    bus = FaultyBus(broker, seed=1, duplicates=1)
    bus.subscribe(BURY)
    bus.subscribe(GRAVE)
    publish(bus, 1)
    for _ in range(5):
        for delivery in bus.lease(10):
            bus.nack(delivery)
        clock.advance(BURY.maximum_backoff)

    assert [delivery.subscription for delivery in bus.lease(10)] == ["grave", "grave"]


# -- order


def test_reorders_what_is_due(broker: Broker) -> None:
    """Out of more than is asked for, any message may come first; all come in the end, each once."""
    bus = FaultyBus(broker, seed=7, reorder=True)
    publish(bus, 100)
    first = [int(text) for text in texts(bus.lease(1))]
    order = first + [int(text) for _name, text in _drain(bus)]

    assert sorted(order) == list(range(100))
    assert order != sorted(order)
    assert max(order[:10]) >= 10


def test_holds_no_more_than_its_window(broker: Broker) -> None:
    """What one call leases and holds back is bounded, so that other workers find something too."""
    bus = FaultyBus(broker, seed=7, reorder=True)
    publish(bus, 3 * WINDOW)
    for _ in range(5):
        bus.lease(10)

    assert len(broker.lease(1000)) == 3 * WINDOW - (WINDOW + 4 * 10)


def test_what_is_held_back_is_due(broker: Broker) -> None:
    """A held delivery is due at once and still in the backlog, so that nobody waits for its ack deadline."""
    bus = FaultyBus(broker, seed=7, reorder=True)
    publish(bus, 3)
    bus.lease(1)

    assert list(bus.lease(-1)) == []
    assert bus.next_due() == START
    assert bus.backlog() == {"work": 3}


def test_the_same_seed_gives_the_same_order(clock: FakeClock) -> None:
    """A run with faults can be repeated by its seed; another seed gives another run."""
    orders = []
    for seed in (1, 1, 2):
        bus = FaultyBus(MemoryBus(clock=clock), seed=seed, duplicates=1, reorder=True)
        bus.subscribe(WORK)
        publish(bus, 30)
        orders.append(_drain(bus))

    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


# -- crashes


@pytest.mark.parametrize(
    ("fault", "kept"),
    [("crash_before_publish", ["0", "2"]), ("crash_after_publish", ["0", "1", "2"])],
)
def test_crashes_at_the_publish_with_a_number(broker: Broker, fault: str, kept: list[str]) -> None:
    """The second publish crashes, with or without its effect; the others work."""
    bus = FaultyBus(broker, seed=1, **{fault: 2})
    bus.publish("orders", b"0", {})
    with pytest.raises(InjectedCrash):
        bus.publish("orders", b"1", {})
    bus.publish("orders", b"2", {})

    assert texts(broker.lease(10)) == kept


@pytest.mark.parametrize(
    ("fault", "kept"), [("crash_before_publish", []), ("crash_after_publish", ["x", "y"])]
)
def test_crashes_where_a_predicate_says(broker: Broker, fault: str, kept: list[str]) -> None:
    """Every publish that the predicate picks by its topic, data and attributes crashes."""
    seen = []

    def crash(topic: str, data: bytes, attributes: object) -> bool:
        seen.append((topic, data, attributes))
        return topic == "orders"

    bus = FaultyBus(broker, seed=1, **{fault: crash})
    for text in (b"x", b"y"):
        with pytest.raises(InjectedCrash):
            bus.publish("orders", text, {"kind": "order"})
    bus.publish("other", b"z", {})

    assert texts(broker.lease(10)) == kept
    assert seen == [
        ("orders", b"x", {"kind": "order"}),
        ("orders", b"y", {"kind": "order"}),
        ("other", b"z", {}),
    ]


def test_no_handler_of_exceptions_catches_a_crash() -> None:
    """A crash ends the work as the end of the process would."""
    assert not issubclass(InjectedCrash, Exception)


def test_a_crash_loses_nothing_that_was_leased(broker: Broker, clock: FakeClock) -> None:
    """What the crashed bus held comes out of the next one on the same broker after the ack deadline."""
    crashed = FaultyBus(broker, seed=7, duplicates=1, reorder=True)
    publish(crashed, 10)
    crashed.lease(3)
    clock.advance(WORK.ack_deadline)
    bus = FaultyBus(broker, seed=7)

    assert texts(bus.lease(100)) == [str(number) for number in range(10)]


def _drain(bus: Broker) -> list[tuple[str, str]]:
    drained: list[tuple[str, str]] = []
    while (deliveries := bus.lease(3)) and len(drained) < 1000:
        for delivery in deliveries:
            drained.append((delivery.subscription, delivery.message.data.decode()))
            bus.ack(delivery)
    return drained
