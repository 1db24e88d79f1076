"""What every implementation of the two ledgers must do; claims have a contract of their own."""

from collections.abc import Callable

import msgspec
import pytest

from shared.errors import RecordConflict, TransitionIllegal
from shared.ports.ledger import ReleasedLedger
from shared.ports.records import JobRecord
from shared.states import JobState
from tests.contracts.ledger_batches import BatchesContract
from tests.contracts.ledger_exceptions import ExceptionsContract
from tests.contracts.ledger_generations import GenerationsContract
from tests.contracts.ledger_intake import IntakeContract
from tests.contracts.ledger_open_series import OpenSeriesContract
from tests.contracts.ledger_shards import ShardsContract
from tests.contracts.races import at_once
from tests.factories import blob_ref, job_record

ID = "job-00000001"


class ClinicalLedgerContract(
    IntakeContract,
    BatchesContract,
    OpenSeriesContract,
    GenerationsContract,
    ShardsContract,
    ExceptionsContract,
):
    """Subclass it and override `open_ledger`."""


class ReleasedLedgerContract:
    """Subclass it and override `open_ledger`."""

    @pytest.fixture
    def open_ledger(self) -> Callable[[], ReleasedLedger]:
        """Return a function that opens the same storage once more."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self, open_ledger: Callable[[], ReleasedLedger]) -> ReleasedLedger:
        """An empty ledger."""
        return open_ledger()

    def test_a_job_is_created(self, ledger: ReleasedLedger) -> None:
        """What was added is returned and can be read by its id, every field of it."""
        record = job_record(created_at=1234.567891, shards=(blob_ref(1), blob_ref(2)))

        stored = ledger.add_job(record)

        assert stored == record
        assert ledger.job(ID) == record

    def test_an_unknown_job_is_none(self, ledger: ReleasedLedger) -> None:
        """An id that is not there is answered by None."""
        assert ledger.job(ID) is None

    def test_a_job_that_exists_stays(self, ledger: ReleasedLedger) -> None:
        """A second record of the same id changes nothing, and its giver learns of the first."""
        ledger.add_job(job_record())

        stored = ledger.add_job(job_record(instance_count=99))

        assert stored == job_record()
        assert ledger.job(ID) == job_record()

    def test_one_of_sixteen_creates_a_job(self, ledger: ReleasedLedger) -> None:
        """Of 16 that add one job at once one does, and all learn which."""
        stored = at_once(16, lambda n: ledger.add_job(job_record(instance_count=n)))

        assert stored == [ledger.job(ID)] * 16

    def test_jobs_are_oldest_first(self, ledger: ReleasedLedger) -> None:
        """The jobs come in the order of their creation, and by id within one moment."""
        for name, created_at in (("c", 1.0), ("a", 3.0), ("d", 2.0), ("b", 2.0)):
            ledger.add_job(job_record(job_id=name, created_at=created_at))

        assert [record.job_id for record in ledger.jobs()] == ["c", "b", "d", "a"]

    def test_jobs_in_one_state(self, ledger: ReleasedLedger) -> None:
        """Each state has its own list; a job changes lists when it moves."""
        for name in ("a", "b"):
            ledger.add_job(job_record(job_id=name))
        moved = ledger.replace_job(job_record(job_id="a", state=JobState.UPLOADING))

        assert list(ledger.jobs(JobState.PENDING)) == [job_record(job_id="b")]
        assert list(ledger.jobs(JobState.UPLOADING)) == [moved]
        assert list(ledger.jobs(JobState.CLOSED)) == []

    def test_jobs_can_be_moved_while_they_are_read(self, ledger: ReleasedLedger) -> None:
        """Whoever goes through the jobs of a state and moves each misses none."""
        for n in range(5):
            ledger.add_job(job_record(job_id=f"j{n}", created_at=float(n // 3)))

        for record in ledger.jobs(JobState.PENDING):
            ledger.replace_job(msgspec.structs.replace(record, state=JobState.UPLOADING))

        assert [record.job_id for record in ledger.jobs(JobState.UPLOADING)] == [f"j{n}" for n in range(5)]

    def test_a_job_goes_its_whole_way(self, ledger: ReleasedLedger) -> None:
        """Every state to the last can be reached, and each replacement is stored with the next revision."""
        ledger.add_job(job_record())
        way = (JobState.UPLOADING, JobState.EXPORTED, JobState.RESULT_RECEIVED, JobState.CLOSED)
        for number, state in enumerate(way, start=1):
            stored = ledger.replace_job(job_record(state=state, revision=number))

        assert stored == job_record(state=JobState.CLOSED, revision=5)
        assert ledger.job(ID) == stored

    def test_a_stale_replacement_is_refused(self, ledger: ReleasedLedger) -> None:
        """Whoever read an older revision cannot replace the record."""
        ledger.add_job(job_record())
        stored = ledger.replace_job(job_record(state=JobState.UPLOADING, transaction_id="t1"))

        with pytest.raises(RecordConflict):
            ledger.replace_job(job_record(state=JobState.UPLOADING, transaction_id="t2"))

        assert ledger.job(ID) == stored

    def test_nothing_cannot_be_replaced(self, ledger: ReleasedLedger) -> None:
        """A job that was never added cannot be replaced."""
        with pytest.raises(RecordConflict):
            ledger.replace_job(job_record())

        assert ledger.job(ID) is None

    def test_an_illegal_move_is_refused(self, ledger: ReleasedLedger) -> None:
        """A job that was not uploaded cannot be exported, and nothing changes."""
        ledger.add_job(job_record())

        with pytest.raises(TransitionIllegal):
            ledger.replace_job(job_record(state=JobState.EXPORTED))

        assert ledger.job(ID) == job_record()
        assert list(ledger.jobs(JobState.EXPORTED)) == []

    def test_one_of_sixteen_replaces(self, ledger: ReleasedLedger) -> None:
        """Of 16 that begin one upload at once one does, the others learn that they were late."""
        ledger.add_job(job_record())

        outcomes = at_once(
            16, lambda n: ledger.replace_job(job_record(state=JobState.UPLOADING, package_bytes=n))
        )

        winners = [outcome for outcome in outcomes if isinstance(outcome, JobRecord)]
        assert winners == [ledger.job(ID)]
        assert sum(isinstance(outcome, RecordConflict) for outcome in outcomes) == 15

    def test_jobs_are_durable(self, open_ledger: Callable[[], ReleasedLedger]) -> None:
        """Whoever opens the storage again finds the jobs and their revisions."""
        earlier = open_ledger()
        earlier.add_job(job_record())
        stored = earlier.replace_job(job_record(state=JobState.UPLOADING))

        assert list(open_ledger().jobs()) == [stored]
