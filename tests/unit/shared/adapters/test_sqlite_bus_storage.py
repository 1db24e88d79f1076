"""What the bus writes into its SQLite file, and what it says when it cannot."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters import sqlite_bus
from shared.adapters.clock import FakeClock
from shared.adapters.sqlite_bus import SqliteBus
from shared.errors import AirlockError, ConfigurationError, SpaceExhausted, StorageUnavailable
from shared.ports.bus import Delivery
from tests.contracts.broker_cases import AUDIT, BURY, GRAVE, START, WORK, publish, texts


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


# -- storage


def test_a_message_is_stored_once_and_removed_with_its_last_delivery(bus: SqliteBus) -> None:
    """Two subscriptions share one row, which goes when the second one has acknowledged."""
    bus.subscribe(WORK)
    bus.subscribe(AUDIT)
    publish(bus, 1)
    rows = [_count(bus, "messages")]
    for delivery in bus.lease(10):
        bus.ack(delivery)
        rows.append(_count(bus, "messages"))

    assert rows == [1, 1, 0]


def test_dead_letters_leave_nothing_behind(bus: SqliteBus, clock: FakeClock) -> None:
    """A buried message's rows are gone; the forwarded one has rows of its own."""
    bus.subscribe(BURY)
    bus.subscribe(GRAVE)
    publish(bus, 1)
    for _ in range(5):
        bus.lease(1)
        clock.advance(BURY.ack_deadline)
    [forwarded] = bus.lease(1)

    assert (_count(bus, "messages"), _count(bus, "deliveries")) == (1, 1)
    bus.ack(forwarded)
    assert (_count(bus, "messages"), _count(bus, "deliveries")) == (0, 0)


def test_a_dead_letter_that_cannot_be_forwarded_stays(
    bus: SqliteBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If forwarding fails halfway, nothing of it happened: the message can be refused again."""
    bus.subscribe(BURY)
    bus.subscribe(GRAVE)
    publish(bus, 1)
    delivery = _last_attempt(bus)
    with monkeypatch.context() as broken:
        broken.setattr(sqlite_bus, "_REMOVE_DELIVERY", "DELETE FROM nowhere WHERE ? = ?")
        with pytest.raises(StorageUnavailable):
            bus.nack(delivery)
    after_failure = bus.backlog()
    bus.nack(delivery)

    assert after_failure == {"work": 1}
    assert bus.backlog() == {"grave": 1}


def test_each_call_is_one_transaction(bus: SqliteBus) -> None:
    """Publishing to two subscriptions, leasing ten, an ack and a nack commit once each."""
    bus.subscribe(WORK)
    bus.subscribe(AUDIT)
    publish(bus, 10)
    begun: list[str] = []
    bus._database._idle[0].set_trace_callback(begun.append)
    publish(bus, 1)
    deliveries = bus.lease(10)
    bus.ack(deliveries[0])
    bus.nack(deliveries[1])

    assert len(deliveries) == 10
    assert begun.count("BEGIN IMMEDIATE") == begun.count("COMMIT") == 4


def test_a_publish_that_nobody_receives_writes_nothing(bus: SqliteBus, path: Path) -> None:
    """A topic without subscription costs no write to the disk."""
    bus.subscribe(WORK)
    log = path.with_name(path.name + "-wal")
    before = log.read_bytes()
    bus.publish("nobody", b"x", {})

    assert log.read_bytes() == before


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (sqlite_bus._FIND_READY, 1),
        (sqlite_bus._FIND_USED_UP, 1),
        (sqlite_bus._PROMOTE, 1),
        (sqlite_bus._FIND_LEASED, 1),
        (sqlite_bus._REMOVE_MESSAGE, 1),
        (sqlite_bus._NEXT_DUE, 0),
    ],
)
def test_no_query_sorts_or_scans_what_waits(bus: SqliteBus, query: str, parameters: int) -> None:
    """Every query of a delivery goes by an index, so a long backlog does not slow it."""
    plan = [row[3] for row in bus._database.read(f"EXPLAIN QUERY PLAN {query}", (1,) * parameters)]

    assert [
        step for step in plan if step.startswith("SCAN") and "INDEX" not in step and "(" not in step
    ] == []
    assert [step for step in plan if "TEMP B-TREE" in step] == []


# -- errors


def test_errors_of_sqlite_are_translated(tmp_path: Path, clock: FakeClock) -> None:
    """Whatever SQLite says when the file is opened, the caller sees a storage error with its cause."""
    not_a_database = tmp_path / "text"
    not_a_database.write_bytes(b"no database, and long enough to look at" * 100)
    found = {}
    for name, path in {
        "folder": tmp_path,
        "text": not_a_database,
        "nowhere": tmp_path / "no" / "bus",
    }.items():
        with pytest.raises(StorageUnavailable) as failure:
            SqliteBus(path, clock=clock)
        found[name] = (failure.value.details["sqlite"], type(failure.value.__cause__))

    assert found == {
        "folder": ("SQLITE_CANTOPEN", sqlite3.OperationalError),
        "text": ("SQLITE_NOTADB", sqlite3.DatabaseError),
        "nowhere": ("SQLITE_CANTOPEN", sqlite3.OperationalError),
    }


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.Error,
        sqlite3.InterfaceError,
        sqlite3.DatabaseError,
        sqlite3.DataError,
        sqlite3.OperationalError,
        sqlite3.IntegrityError,
        sqlite3.InternalError,
        sqlite3.ProgrammingError,
        sqlite3.NotSupportedError,
    ],
)
def test_every_call_translates_every_error(bus: SqliteBus, error: type[sqlite3.Error]) -> None:
    """Each of the nine errors of the driver becomes StorageUnavailable, with the error as its cause."""
    bus.subscribe(WORK)
    publish(bus, 2)
    [delivery] = bus.lease(1)
    broken = sqlite3.connect(":memory:", factory=_Broken)
    broken.error = error()
    bus._database._idle.append(broken)
    calls = (
        lambda: bus.subscribe(WORK),
        lambda: bus.publish("orders", b"", {}),
        lambda: bus.lease(1),
        lambda: bus.ack(delivery),
        lambda: bus.nack(delivery),
        bus.next_due,
        bus.backlog,
        bus.recover,
    )
    causes = []
    for call in calls:
        with pytest.raises(StorageUnavailable) as failure:
            call()
        causes.append(type(failure.value.__cause__))

    assert causes == [error] * len(calls)


def test_a_full_disk_is_told_apart(bus: SqliteBus) -> None:
    """A publish that finds no space says so, and what was there stays."""
    bus.subscribe(WORK)
    publish(bus, 1)
    [(pages,)] = bus._database.read("PRAGMA page_count")
    bus._database.read(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(SpaceExhausted):
        bus.publish("orders", b"x" * 100_000, {})

    assert texts(bus.lease(10)) == ["0"]


def test_refuses_a_file_of_another_kind(path: Path, clock: FakeClock) -> None:
    """A SQLite file that is no bus is not written into."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError):
        SqliteBus(path, clock=clock)

    assert path.read_bytes() == before


def test_a_closed_bus_answers_nothing(bus: SqliteBus) -> None:
    """After close every call is refused, and closing again is harmless."""
    bus.close()
    bus.close()

    with pytest.raises(AirlockError) as failure:
        bus.backlog()
    assert type(failure.value) is StorageUnavailable


class _Broken(sqlite3.Connection):
    """A connection on which nothing works."""

    error: sqlite3.Error

    def execute(self, *_: object) -> sqlite3.Cursor:
        raise self.error


def _count(bus: SqliteBus, table: str) -> int:
    [(count,)] = bus._database.read(f"SELECT count(*) FROM {table}")
    return int(count)


def _last_attempt(bus: SqliteBus) -> Delivery:
    for _ in range(5):
        [delivery] = bus.lease(1)
        if delivery.delivery_attempt < 5:
            bus.recover()
    return delivery
