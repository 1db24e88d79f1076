"""Which commits wait for the disk."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.sqlite_bus import SqliteBus
from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
from shared.adapters.sqlite_database import SqliteDatabase
from shared.ports.bus import Subscription

NORMAL, FULL = 1, 2


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each transaction since then was to survive a power cut."""
    kept: list[bool] = []
    transaction = SqliteDatabase.transaction

    def noted(database: SqliteDatabase, *, durable: bool = True) -> Any:
        kept.append(durable)
        return transaction(database, durable=durable)

    monkeypatch.setattr(SqliteDatabase, "transaction", noted)
    return kept


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[SqliteBus]:
    """A bus with one subscription and two messages."""
    with closing(SqliteBus(tmp_path / "bus.sqlite", clock=FakeClock(0.0))) as bus:
        bus.subscribe(Subscription(name="s", topic="t"))
        bus.publish("t", b"first", {})
        bus.publish("t", b"second", {})
        yield bus


def test_every_commit_waits_for_the_disk_unless_it_says_otherwise(tmp_path: Path) -> None:
    """The same connection waits again after a commit that did not."""
    seen = []
    with closing(SqliteDatabase(tmp_path / "x.sqlite", application_id=7, schema=())) as database:
        for options in ({}, {"durable": False}, {"durable": True}):
            with database.transaction(**options) as connection:
                seen.extend(connection.execute("PRAGMA synchronous").fetchone())

    assert seen == [FULL, NORMAL, FULL]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were forced to the disk, one by one."""
    names: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    return names


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not name open files")
def test_together_they_wait_once(tmp_path: Path, synced: list[str]) -> None:
    """Inside no commit of this thread waits; at the end the log is forced to the disk, however it comes."""
    seen = []
    with closing(
        SqliteDatabase(tmp_path / "x.sqlite", application_id=7, schema=("CREATE TABLE t (a)",))
    ) as database:

        def commit() -> None:
            with database.transaction() as connection:
                seen.extend(connection.execute("PRAGMA synchronous").fetchone())
                connection.execute("INSERT INTO t VALUES (1)")

        with suppress(KeyError), database.together():
            commit()
            commit()
            alone(commit)

            assert synced == []
            raise KeyError
        commit()

    assert seen == [NORMAL, NORMAL, FULL, FULL]
    assert synced == ["x.sqlite-wal"]


def test_a_block_within_a_block_is_part_of_it(tmp_path: Path, synced: list[str]) -> None:
    """What was to be safe at the end of the outer one is, whatever the inner one did."""
    schema = ("CREATE TABLE t (a)",)
    with (
        closing(SqliteDatabase(tmp_path / "x.sqlite", application_id=7, schema=schema)) as database,
        database.together(),
    ):
        with database.transaction() as connection:
            connection.execute("INSERT INTO t VALUES (1)")
        with database.together():
            pass

        assert synced == []

    assert synced == ["x.sqlite-wal"]


def test_together_nothing_waits_for_what_need_not(tmp_path: Path, synced: list[str]) -> None:
    """Where no commit asks for the disk, the block does not either."""
    with (
        closing(SqliteDatabase(tmp_path / "x.sqlite", application_id=7, schema=())) as database,
        database.together(),
        database.transaction(durable=False),
    ):
        pass

    assert synced == []


def alone(work: Callable[[], None]) -> None:
    """Do something in a thread of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_what_is_published_survives_a_power_cut(bus: SqliteBus, commits: list[bool]) -> None:
    """A message is on the disk when the publisher goes on."""
    bus.publish("t", b"third", {})

    assert commits == [True]


def test_leases_and_answers_do_not_wait_for_the_disk(bus: SqliteBus, commits: list[bool]) -> None:
    """When they are lost, the message is delivered once more."""
    first, second = bus.lease(2)
    bus.ack(first)
    bus.nack(second)

    assert commits == [False, False, False]


@pytest.mark.parametrize(
    "change",
    [
        lambda ledger: ledger.claim("key", now=0.0, lease=1.0),
        lambda ledger: ledger.complete_claim("key"),
        lambda ledger: ledger.release_claim("key"),
    ],
    ids=["claim", "complete", "release"],
)
def test_claims_do_not_wait_for_the_disk(
    tmp_path: Path, commits: list[bool], change: Callable[[SqliteClinicalLedger], object]
) -> None:
    """When one is lost, its event is handled once more."""
    with closing(SqliteClinicalLedger(tmp_path / "ledger.sqlite")) as ledger:
        commits.clear()
        change(ledger)

    assert commits == [False]
