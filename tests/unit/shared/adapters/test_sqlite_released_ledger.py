"""The released ledger in SQLite: the contract, and that its file holds nothing clinical."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from shared.adapters import sqlite_database
from shared.adapters.sqlite_claims import CLAIMS_SCHEMA
from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
from shared.adapters.sqlite_released_ledger import JOBS_SCHEMA, SqliteReleasedLedger
from shared.errors import ConfigurationError
from shared.states import JobState
from tests.contracts.claims import LocalClaimsContract
from tests.contracts.ledger import ReleasedLedgerContract
from tests.factories import exception_record, generation_record, instance_record, job_record, shard_record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger lies."""
    return tmp_path / "released.sqlite"


@pytest.fixture
def open_released(path: Path) -> Iterator[Callable[[], SqliteReleasedLedger]]:
    """Open the file of the test, as often as it likes."""
    opened = []

    def open_one() -> SqliteReleasedLedger:
        opened.append(SqliteReleasedLedger(path))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


class TestClaims(LocalClaimsContract):
    """The claims in the released ledger."""

    @pytest.fixture
    def open_local_claims(
        self, open_released: Callable[[], SqliteReleasedLedger]
    ) -> Callable[[], SqliteReleasedLedger]:
        """Open the file of the test."""
        return open_released


class TestReleasedLedger(ReleasedLedgerContract):
    """The contract, with iterators that cross the end of a page."""

    @pytest.fixture
    def open_ledger(
        self, open_released: Callable[[], SqliteReleasedLedger], monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], SqliteReleasedLedger]:
        """Open the file of the test."""
        monkeypatch.setattr(sqlite_database, "PAGE_ROWS", 2)
        return open_released


def fill_clinical(path: Path) -> None:
    """Put one record of every kind with identifiers of a patient into a clinical ledger."""
    ledger = SqliteClinicalLedger(path)
    ledger.add_instances([instance_record()])
    ledger.add_generation(generation_record())
    ledger.add_shards([shard_record()])
    ledger.raise_exception(exception_record())
    ledger.close()


def readable(data: bytes) -> list[bytes]:
    """Runs of at least ten printable characters: longer than a number in the file can look like by chance."""
    return re.findall(rb"[ -~]{10,}", data)


def test_the_file_holds_the_jobs_and_nothing_else(tmp_path: Path, path: Path) -> None:
    """Without the schema, the jobs and the claims' keys, no readable text is left in the file."""
    fill_clinical(tmp_path / "clinical.sqlite")
    ledger = SqliteReleasedLedger(path)
    records = [
        ledger.add_job(job_record(job_id="job-00000001")),
        ledger.add_job(job_record(job_id="job-00000002")),
        ledger.replace_job(job_record(job_id="job-00000002", state=JobState.UPLOADING)),
    ]
    ledger.claim("job-00000001@2026-01-01T00:00:00Z", now=100.0, lease=10.0)
    ledger.close()

    # SQLite keeps the statements of the schema from their names on, and may leave an old version of a record.
    schema = [text.replace("IF NOT EXISTS ", "") for text in (*CLAIMS_SCHEMA, *JOBS_SCHEMA)]
    known = [msgspec.json.encode(record) for record in records]
    known += [line.encode() for text in schema for line in text.splitlines()]
    known += [b"job-00000001@2026-01-01T00:00:00Z", b"job-00000001", b"job-00000002", b"SQLite format 3"]
    known += [b"sqlite_autoindex_jobs_1", b"completed_claims", b"jobs_by_age", b"jobs_by_state", b"uploading"]
    known += [b"pending", b"indexjobs", b"indexclaims", b"tablejobsjobs", b"tableclaimsclaims"]
    data = path.read_bytes()
    for text in sorted(known, key=len, reverse=True):
        data = data.replace(text, b"\0")
    assert readable(path.read_bytes()) != []
    assert readable(data) == []


def test_a_clinical_ledger_is_not_opened_as_released(path: Path) -> None:
    """The two files cannot be exchanged: the clinical one is refused."""
    fill_clinical(path)

    with pytest.raises(ConfigurationError):
        SqliteReleasedLedger(path)
