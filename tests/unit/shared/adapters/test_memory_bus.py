"""The bus in memory."""

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.memory_bus import MemoryBus
from tests.contracts.broker import BrokerContract
from tests.contracts.broker_cases import BURY, GRAVE, START, WORK, MakeBroker, publish


class TestMemoryBus(BrokerContract):
    """The bus in memory keeps the contract."""

    @pytest.fixture
    def make_broker(self) -> MakeBroker:
        """Make a bus in memory."""
        return lambda clock: MemoryBus(clock=clock)


def test_keeps_nothing_of_what_was_answered() -> None:
    """A bus whose messages were all acknowledged or buried holds no trace of them, so it does not grow."""
    clock = FakeClock(START)
    bus = MemoryBus(clock=clock)
    bus.subscribe(BURY)
    publish(bus, 20)
    for _ in range(5):
        for number, delivery in enumerate(bus.lease(20)):
            (bus.nack if number % 2 else bus.ack)(delivery)
        clock.advance(BURY.maximum_backoff)

    assert (bus._pending, bus._leased, bus._ready, bus._hidden) == ({}, {}, [], [])


def test_many_messages_that_fall_due_together_come_in_publish_order() -> None:
    """What expires at once is leased in the order it was published, between what was published since."""
    clock = FakeClock(START)
    bus = MemoryBus(clock=clock)
    bus.subscribe(WORK)
    bus.subscribe(GRAVE)
    publish(bus, 300)
    bus.lease(200)
    clock.advance(WORK.ack_deadline)
    publish(bus, 1)

    leased = [int(delivery.message.data) for delivery in bus.lease(1000)]

    assert leased == [*range(300), 0]
