"""`poll` and `confirm`: which jobs are asked about, and when the destination hears of a delivery."""

import pytest

from functions.retrieve.handler import poll
from shared.errors import (
    DestinationUnavailable,
    RecordMissing,
)
from shared.events import RetrieveResult, TickElapsed
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.factories import blob_ref, job_record
from tests.stub_destination import StubDestination
from tests.unit.functions.retrieve.harness import JOB_ID, TRANSACTION, add_job, job, tell


@pytest.fixture
def destination() -> StubDestination:
    """A destination whose result is not ready."""
    made = StubDestination()
    made.result = b"an RT Structure Set"
    return made


# -- poll


def test_orders_every_result_that_is_not_delivered(wiring: EmbeddedWiring) -> None:
    """Each job that waits for a result, or for its delivery, is asked about in an event of its own."""
    for number, state in enumerate(JobState):
        wiring.jobs.add_job(job_record(job_id=str(state), created_at=float(number), state=state))
    tick = TickElapsed(at="2025-11-22T10:30:00+00:00")

    assert list(poll(tick, jobs=wiring.jobs)) == [
        RetrieveResult(job_id="exported", tick=tick.at),
        RetrieveResult(job_id="result_received", tick=tick.at),
    ]


def test_tells_one_asking_from_the_next(wiring: EmbeddedWiring) -> None:
    """Every tick asks anew, under a key of its own."""
    add_job(wiring)
    keys = {event.key for at in ("1", "2") for event in poll(TickElapsed(at=at), jobs=wiring.jobs)}

    assert keys == {f"{JOB_ID}@1", f"{JOB_ID}@2"}


# -- confirm


def test_confirms_a_delivered_result_once(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """The destination hears of the delivery, and the job is closed; a second delivery says nothing."""
    add_job(wiring, JobState.RESULT_RECEIVED, result=blob_ref(1, "released"))

    assert (tell(wiring, destination), tell(wiring, destination)) == ([], [])
    assert destination.confirmed == [TRANSACTION]
    assert job(wiring).state is JobState.CLOSED


def test_a_failed_confirmation_leaves_the_job_open(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """A job is only closed once the destination has heard."""
    add_job(wiring, JobState.RESULT_RECEIVED)
    destination.failures["confirm"] = [DestinationUnavailable()]
    with pytest.raises(DestinationUnavailable):
        tell(wiring, destination)

    assert job(wiring).state is JobState.RESULT_RECEIVED


def test_confirms_what_was_delivered_though_it_was_abandoned(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """A result that was on its way when a person gave it up has arrived: the destination may forget it."""
    add_job(wiring, JobState.ABANDONED)
    tell(wiring, destination)

    assert (destination.confirmed, job(wiring).state) == ([TRANSACTION], JobState.CLOSED)


@pytest.mark.parametrize("state", sorted(set(JobState) - {JobState.RESULT_RECEIVED, JobState.ABANDONED}))
def test_confirms_nothing_that_was_not_received(
    wiring: EmbeddedWiring, destination: StubDestination, state: JobState
) -> None:
    """In any other state there is nothing to confirm."""
    add_job(wiring, state)

    assert tell(wiring, destination) == []
    assert (destination.confirmed, job(wiring).state) == ([], state)


def test_waits_for_a_job_that_the_ledger_does_not_know(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """News that outlived the ledger is not handled: the same job comes again."""
    with pytest.raises(RecordMissing):
        tell(wiring, destination)

    assert destination.confirmed == []


def test_confirms_nothing_without_a_transaction(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """There is nothing to confirm of a job that was never sent."""
    add_job(wiring, JobState.RESULT_RECEIVED, transaction_id=None)
    tell(wiring, destination)

    assert destination.confirmed == []
