"""The bus in a SQLite file."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from shared.adapters.clock import FakeClock
from shared.adapters.memory_bus import MemoryBus
from shared.adapters.sqlite_bus import SqliteBus
from shared.ports.bus import Broker, Delivery
from tests.contracts.broker import BrokerContract
from tests.contracts.broker_cases import BURY, GRAVE, START, WORK, MakeBroker, publish, texts
from tests.contracts.broker_conservation import ENDLESS, LIMITED, STEPS

ROOT = Path(__file__).parents[4]

PUBLISH_FOR_EVER = """
import sys
from pathlib import Path
from shared.adapters.clock import SystemClock
from shared.adapters.sqlite_bus import SqliteBus

bus = SqliteBus(Path(sys.argv[1]), clock=SystemClock())
while True:
    print(bus.publish("orders", b"x" * 20_000, {}), flush=True)
    bus.lease(1)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the bus lies."""
    return tmp_path / "bus.sqlite"


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still until a test turns it."""
    return FakeClock(START)


@pytest.fixture
def bus(path: Path, clock: FakeClock) -> Iterator[SqliteBus]:
    """An empty bus."""
    bus = SqliteBus(path, clock=clock)
    yield bus
    bus.close()


@pytest.fixture
def reopened(bus: SqliteBus, path: Path, clock: FakeClock) -> Iterator[SqliteBus]:
    """A second bus on the file of the first, which was never closed."""
    second = SqliteBus(path, clock=clock)
    yield second
    second.close()


@pytest.fixture
def make_bus(tmp_path: Path) -> Iterator[MakeBroker]:
    """Make a bus in a file of its own."""
    numbers = itertools.count()
    with ExitStack() as stack:

        def make(clock: FakeClock) -> Broker:
            bus = SqliteBus(tmp_path / f"bus-{next(numbers)}.sqlite", clock=clock)
            stack.callback(bus.close)
            return bus

        yield make


class TestSqliteBus(BrokerContract):
    """The bus in a SQLite file keeps the contract."""

    @pytest.fixture
    def make_broker(self, make_bus: MakeBroker) -> MakeBroker:
        """Make a bus in a file of its own."""
        return make_bus


# -- durability


def test_everything_survives_reopening(bus: SqliteBus, reopened: SqliteBus, clock: FakeClock) -> None:
    """Subscriptions, waiting, leased and refused messages and their times are those of the first bus."""
    bus.subscribe(BURY)
    publish(bus, 3)
    leased, refused = bus.lease(2)
    bus.nack(refused)
    state = (bus.backlog(), bus.next_due())
    waiting = texts(reopened.lease(10))
    clock.advance(60)

    assert state == ({"work": 3}, START)
    assert waiting == ["2"]
    assert [(text.message.data, text.delivery_attempt) for text in reopened.lease(10)] == [
        (b"0", 2),
        (b"1", 2),
        (b"2", 2),
    ]
    assert leased.delivery_attempt == 1


def test_another_process_answers_for_the_first(bus: SqliteBus, reopened: SqliteBus) -> None:
    """An ack counts through whichever bus of the file it comes."""
    bus.subscribe(WORK)
    publish(bus, 1)
    [delivery] = bus.lease(1)
    reopened.ack(delivery)

    assert bus.backlog() == {}


def test_what_was_published_survives_kill_9(path: Path, bus: SqliteBus) -> None:
    """Every message whose publish returned is there after the publishing process was killed in its work."""
    bus.subscribe(WORK)
    command = [sys.executable, "-c", PUBLISH_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        published = [process.stdout.readline().strip() for _ in range(30)]
        process.kill()
        published += process.stdout.read().split("\n")[:-1]
    bus.recover()
    kept = [delivery.message.message_id for delivery in bus.lease(10_000)]

    assert process.returncode == -signal.SIGKILL
    assert len(published) >= 30
    assert kept[: len(published)] == published
    assert len(kept) - len(published) in {0, 1}
    assert bus._database.read("PRAGMA integrity_check") == [("ok",)]


def test_recover_makes_leased_messages_due_at_once(bus: SqliteBus, clock: FakeClock) -> None:
    """After a crash what was leased is delivered again without waiting, and what was refused still waits."""
    bus.subscribe(WORK)
    publish(bus, 3)
    _leased, refused, _also_leased = bus.lease(3)
    bus.nack(refused)
    clock.advance(1)
    bus.recover()
    due = bus.next_due()
    again = bus.lease(10)

    assert due == START + 1
    assert [(delivery.message.data, delivery.delivery_attempt) for delivery in again] == [
        (b"0", 2),
        (b"2", 2),
    ]
    assert bus.next_due() == START + WORK.backoff(1)


def test_a_message_that_kills_its_process_becomes_a_dead_letter(bus: SqliteBus) -> None:
    """A crash counts as a failed delivery, so the fifth one buries the message."""
    bus.subscribe(BURY)
    bus.subscribe(GRAVE)
    publish(bus, 1)
    attempts = []
    for _ in range(6):
        [delivery] = bus.lease(1)
        attempts.append((delivery.subscription, delivery.delivery_attempt))
        bus.recover()

    assert attempts == [*(("work", attempt) for attempt in range(1, 6)), ("grave", 1)]
    assert bus.backlog() == {"grave": 1}


# -- against the bus in memory


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_behaves_as_the_bus_in_memory(make_bus: MakeBroker, steps: list[tuple[str, int]]) -> None:
    """The two implementations share no code for deliveries, and give the same ones at the same times."""
    clock = FakeClock(START)
    durable, fleeting = make_bus(clock), MemoryBus(clock=clock)
    for subscription in (LIMITED, ENDLESS, GRAVE):
        durable.subscribe(subscription)
        fleeting.subscribe(subscription)
    pairs: list[tuple[Delivery, Delivery]] = []
    for number, (step, argument) in enumerate(steps):
        if step == "advance":
            clock.advance(argument)
        elif step == "publish":
            for broker in (durable, fleeting):
                broker.publish("orders", b"%d" % number, {"step": str(number)})
        elif step == "lease":
            leased = (durable.lease(argument), fleeting.lease(argument))
            assert [_facts(delivery) for delivery in leased[0]] == [
                _facts(delivery) for delivery in leased[1]
            ]
            pairs += zip(*leased, strict=True)
        elif pairs:
            for broker, delivery in zip((durable, fleeting), pairs[-1 - argument % len(pairs)], strict=True):
                getattr(broker, step)(delivery)
        assert durable.next_due() == fleeting.next_due()
        assert durable.backlog() == fleeting.backlog()


def _facts(delivery: Delivery) -> tuple[object, ...]:
    message = delivery.message
    return (
        delivery.subscription,
        delivery.delivery_attempt,
        message.data,
        message.attributes,
        message.publish_time,
    )
