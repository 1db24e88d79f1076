"""The clinical ledger in SQLite: the contract, and what only a file can do wrong."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.adapters import sqlite_database, sqlite_intake
from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
from shared.errors import ConfigurationError, SpaceExhausted, StorageError, StorageUnavailable
from tests.contracts.claims import LocalClaimsContract
from tests.contracts.ledger import ClinicalLedgerContract
from tests.factories import generation_record, instance_record, uid

REPOSITORY = Path(__file__).parents[4]
WORKER = """
import sys
from pathlib import Path
from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
from tests.factories import instance_record

ledger = SqliteClinicalLedger(Path(sys.argv[1]))
for n in range(50):
    ledger.add_instances([instance_record(n)])
print(ledger.claim("a", now=100.0, lease=10.0))
"""
CRASH = WORKER + "\nsys.stdout.flush()\nimport os\nos.kill(os.getpid(), 9)\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger lies."""
    return tmp_path / "clinical.sqlite"


@pytest.fixture
def open_ledger(path: Path) -> Iterator[Callable[[], SqliteClinicalLedger]]:
    """Open the file of the test, as often as it likes."""
    opened = []

    def open_one() -> SqliteClinicalLedger:
        opened.append(SqliteClinicalLedger(path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[[], SqliteClinicalLedger]) -> SqliteClinicalLedger:
    """An empty ledger."""
    return open_ledger()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every iterator cross the end of a page."""
    monkeypatch.setattr(sqlite_database, "PAGE_ROWS", 2)


class TestClaims(LocalClaimsContract):
    """The claims in the clinical ledger."""

    @pytest.fixture
    def open_local_claims(
        self, open_ledger: Callable[[], SqliteClinicalLedger]
    ) -> Callable[[], SqliteClinicalLedger]:
        """Open the file of the test."""
        return open_ledger


@pytest.mark.usefixtures("small_pages")
class TestClinicalLedger(ClinicalLedgerContract):
    """The contract."""

    @pytest.fixture
    def open_ledger(
        self, open_ledger: Callable[[], SqliteClinicalLedger]
    ) -> Callable[[], SqliteClinicalLedger]:
        """Open the file of the test."""
        return open_ledger


def test_no_part_of_the_contract_hides_a_test_of_another() -> None:
    """The parts of the contract have no test's name in common, so all of them run."""
    parts = ClinicalLedgerContract.__bases__
    names = [name for part in parts for name in vars(part) if name.startswith("test_")]

    assert sorted(set(names)) == sorted(names)


def test_processes_share_the_file(path: Path) -> None:
    """Four processes that write the same records at once store each once, and one has the claim."""
    command = [sys.executable, "-c", WORKER, str(path)]
    workers = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outcomes = sorted(worker.communicate(timeout=60)[0].strip() for worker in workers)

    ledger = SqliteClinicalLedger(path)
    stored = [record.sop_instance_uid for record in ledger.instances()]
    ledger.close()
    assert outcomes == ["claimed", "held", "held", "held"]
    assert stored == [uid(n) for n in range(50)]


def test_a_killed_process_loses_nothing(path: Path) -> None:
    """What was written is there after the process was killed, and recovery frees what it had claimed."""
    command = [sys.executable, "-c", CRASH, str(path)]
    killed = subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.PIPE, check=False, timeout=60)

    ledger = SqliteClinicalLedger(path)
    stored = sum(1 for _ in ledger.instances())
    recovered = ledger.recover()
    ledger.close()
    assert killed.returncode == -9
    assert (stored, recovered) == (50, 1)


def test_only_the_owner_can_read_the_files(path: Path, ledger: SqliteClinicalLedger) -> None:
    """The database and its log are readable by their owner alone."""
    ledger.add_instances([instance_record()])

    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == {path.name + suffix: "0o600" for suffix in ("", "-wal", "-shm")}


@pytest.mark.usefixtures("small_pages")
def test_an_iterator_keeps_no_transaction_open(path: Path, ledger: SqliteClinicalLedger) -> None:
    """While a consumer works, the log can be emptied: nobody reads an old state of the file."""
    for n in range(5):
        ledger.add_instances([instance_record(n)])

    instances = ledger.instances()
    next(instances)
    connection = sqlite3.connect(path)
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()

    assert busy == 0
    assert sum(1 for _ in instances) == 4


def test_an_iterator_reads_a_page_at_a_time(
    ledger: SqliteClinicalLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many instances there are, no more than a page of them is in memory."""
    for n in range(5):
        ledger.add_instances([instance_record(n)])
    read = ledger._database.read
    pages: list[int] = []

    def counted(sql: str, parameters: tuple[object, ...]) -> list[sqlite_database.Row]:
        rows = read(sql, parameters)
        pages.append(len(rows))
        return rows

    monkeypatch.setattr(sqlite_database, "PAGE_ROWS", 2)
    monkeypatch.setattr(ledger._database, "read", counted)
    list(ledger.instances())

    assert pages == [2, 2, 1, 0]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (sqlite_intake._INSTANCE, ("1",)),
        (sqlite_intake._PATIENT_DIGEST, ("1/2",)),
        (sqlite_intake._INSTANCES, ("", 500)),
        (sqlite_intake._INSTANCES_AT, ("intake/1.dcm",)),
        (sqlite_intake._INSTANCES_OF_SERIES, ("1/2", "", 500)),
        (sqlite_intake._OPEN_SERIES, ()),
    ],
)
def test_no_query_walks_through_all_instances(
    ledger: SqliteClinicalLedger, query: str, parameters: tuple[object, ...]
) -> None:
    """Every query finds its instances by an index; only the index of those that wait is read as a whole."""
    plan = [step for _, _, _, step in ledger._database.read(f"EXPLAIN QUERY PLAN {query}", parameters)]

    walks = [step for step in plan if step.startswith("SCAN") and "instances_waiting" not in step]
    assert walks == []
    assert any("SEARCH instances USING" in step for step in plan)


def test_a_failed_assignment_leaves_no_generation(ledger: SqliteClinicalLedger) -> None:
    """A generation and its instances are written together or not at all."""
    ledger.add_instances([instance_record(1)])
    ledger.add_generation(generation_record(sop_instance_uids=(uid(1),)))
    broken = generation_record(generation=2, sop_instance_uids=(uid(1), uid(2)))
    ledger.add_instances([instance_record(2)])
    with ledger._database.transaction() as connection:
        connection.execute("DROP INDEX instances_by_object")  # which refuses it, too
        connection.execute("UPDATE instances SET record = 'no JSON' WHERE sop_instance_uid = ?", (uid(2),))

    with pytest.raises(StorageUnavailable):
        ledger.add_generation(broken)

    latest = ledger.generation(broken.series)
    first = ledger.instance(uid(1))
    assert latest == generation_record(sop_instance_uids=(uid(1),))
    assert first is not None
    assert first.generation == 1


def test_a_damaged_record_is_no_record(ledger: SqliteClinicalLedger) -> None:
    """A record that cannot be decoded is an error that says which kind it is, never an empty answer."""
    ledger.add_instances([instance_record()])
    with ledger._database.transaction() as connection:
        connection.execute("UPDATE instances SET record = '{}'")

    with pytest.raises(StorageError, match="InstanceRecord"):
        ledger.instance(uid(1))


def test_a_full_disk_is_space_exhausted(ledger: SqliteClinicalLedger) -> None:
    """When the file cannot grow, the write fails as a whole and what was there stays readable."""
    stored = ledger.add_instances([instance_record()])[0]
    with ledger._database.transaction() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(SpaceExhausted) as raised:
        ledger.add_instances([instance_record(2, crc32c="A" * 100_000)])

    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)
    assert list(ledger.instances()) == [stored]


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    """A database that is not a clinical ledger is neither read nor written."""
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE somebody_elses (a)")
    connection.close()

    with pytest.raises(ConfigurationError):
        SqliteClinicalLedger(path)
