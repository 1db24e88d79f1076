"""`retrieve`: ask for results, fetch them once, and tell the destination when they have arrived."""

from collections.abc import Sequence
from typing import Any

import pytest

from functions.retrieve.handler import confirm, poll, retrieve
from shared.errors import (
    AirlockError,
    ChecksumMismatch,
    DestinationFailed,
    DestinationUnavailable,
    SpaceExhausted,
)
from shared.events import Event, ResultDelivered, ResultReceived, RetrieveResult, TickElapsed
from shared.ports.destination import DestinationStatus
from shared.ports.records import JobRecord
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.doubles import StubDestination
from tests.factories import blob_ref, job_record

JOB_ID = "5d" * 16
READY = DestinationStatus(text="Segmentation Completed", result_ready=True, failed=False, closed=False)
FAILED = DestinationStatus(text="Segmentation Failed", result_ready=False, failed=True, closed=True)
ORDER = RetrieveResult(job_id=JOB_ID, tick="2025-11-22T10:30:00+00:00")
DELIVERED = ResultDelivered(job_id=JOB_ID, result=blob_ref())
TRANSACTION = "transaction-1"


@pytest.fixture
def destination() -> StubDestination:
    """A destination whose result is not ready."""
    made = StubDestination()
    made.result = b"an RT Structure Set"
    return made


def add_job(wiring: EmbeddedWiring, state: JobState = JobState.EXPORTED, **changes: Any) -> JobRecord:
    """A job that was sent."""
    fields = {"job_id": JOB_ID, "transaction_id": TRANSACTION, **changes}
    return wiring.jobs.add_job(job_record(state=state, **fields))


def job(wiring: EmbeddedWiring) -> JobRecord:
    """The job as the ledger has it."""
    record = wiring.jobs.job(JOB_ID)
    assert record is not None
    return record


def run(wiring: EmbeddedWiring, destination: StubDestination) -> list[Event]:
    """Ask for the result."""
    destinations = {"autosegmentation": destination}.__getitem__
    return list(retrieve(ORDER, released=wiring.released, jobs=wiring.jobs, destinations=destinations))


def tell(wiring: EmbeddedWiring, destination: StubDestination) -> list[Event]:
    """Handle the news that the result was delivered."""
    return list(
        confirm(DELIVERED, jobs=wiring.jobs, destinations={"autosegmentation": destination}.__getitem__)
    )


def objects(wiring: EmbeddedWiring) -> Sequence[str]:
    """The names of the released objects."""
    return [stat.ref.name for stat in wiring.released.list()]


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


# -- retrieve


def test_waits_for_a_result_that_is_not_ready(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """The destination's own words are kept, and nothing is fetched."""
    before = add_job(wiring)

    assert run(wiring, destination) == []
    assert job(wiring) == job_record(
        job_id=JOB_ID,
        transaction_id=TRANSACTION,
        state=JobState.EXPORTED,
        destination_status="Queued",
        revision=before.revision + 1,
    )
    assert destination.statuses == [TRANSACTION]


def test_writes_nothing_while_the_status_stays(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """An answer that is known already changes no record."""
    add_job(wiring)
    run(wiring, destination)
    before = job(wiring)
    run(wiring, destination)

    assert job(wiring) == before


def test_fetches_a_result_that_is_ready(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """The result lies in the released bucket, byte for byte, and the job knows where."""
    add_job(wiring)
    destination.answer = READY
    events = run(wiring, destination)
    result = job(wiring).result

    assert result is not None
    assert events == [ResultReceived(job_id=JOB_ID, result=result)]
    assert get(wiring.released, result) == b"an RT Structure Set"
    assert (result.name, job(wiring).state, job(wiring).destination_status) == (
        f"jobs/{JOB_ID}/result.dcm",
        JobState.RESULT_RECEIVED,
        "Segmentation Completed",
    )


def test_announces_a_result_that_is_here_again(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """A result that was fetched is not asked for any more."""
    add_job(wiring)
    destination.answer = READY
    first = run(wiring, destination)

    assert run(wiring, destination) == first
    assert destination.statuses == [TRANSACTION]


@pytest.mark.parametrize("announced", ["computed", "upper"])
def test_accepts_a_checksum_in_any_case(
    wiring: EmbeddedWiring, destination: StubDestination, announced: str
) -> None:
    """Hexadecimal digits may be written large."""
    from hashlib import sha256

    add_job(wiring)
    destination.answer = READY
    digest = sha256(destination.result).hexdigest()
    destination.announced = digest.upper() if announced == "upper" else digest

    assert len(run(wiring, destination)) == 1


@pytest.mark.parametrize(("announced", "said"), [(None, "no"), ("0" * 64, "yes")])
def test_drops_a_result_with_another_checksum(
    wiring: EmbeddedWiring, destination: StubDestination, announced: str | None, said: str
) -> None:
    """Without the right checksum nothing is stored, and nobody asks again until a person says so."""
    add_job(wiring)
    destination.answer, destination.announced = READY, announced
    with pytest.raises(ChecksumMismatch) as caught:
        run(wiring, destination)

    assert caught.value.details == {"announced": said}
    assert (job(wiring).state, job(wiring).result, objects(wiring)) == (JobState.RESULT_INVALID, None, [])
    assert list(poll(TickElapsed(at="later"), jobs=wiring.jobs)) == []


def test_a_destination_that_failed_is_not_asked_again(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """A transaction that failed outside is an error here, and the ticks let it rest."""
    add_job(wiring)
    destination.answer = FAILED
    with pytest.raises(DestinationFailed):
        run(wiring, destination)

    assert (job(wiring).state, job(wiring).destination_status) == (
        JobState.RESULT_INVALID,
        "Segmentation Failed",
    )
    assert list(poll(TickElapsed(at="later"), jobs=wiring.jobs)) == []


@pytest.mark.parametrize("again", [ChecksumMismatch, None])
def test_a_retry_fetches_an_invalid_result_again(
    wiring: EmbeddedWiring, destination: StubDestination, again: type[AirlockError] | None
) -> None:
    """What was invalid once may be right the next time, or wrong again."""
    add_job(wiring, JobState.RESULT_INVALID)
    destination.answer = READY
    if again is not None:
        destination.announced = None
        with pytest.raises(again):
            run(wiring, destination)
        destination.announced = "computed"

    assert len(run(wiring, destination)) == 1
    assert job(wiring).state is JobState.RESULT_RECEIVED


@pytest.mark.parametrize("method", ["status", "download"])
def test_lets_the_errors_of_the_destination_out(
    wiring: EmbeddedWiring, destination: StubDestination, method: str
) -> None:
    """A destination that does not answer leaves the job exported, to be asked with the next tick."""
    add_job(wiring)
    destination.answer = READY
    destination.failures[method] = [DestinationUnavailable(status=502)]
    with pytest.raises(DestinationUnavailable):
        run(wiring, destination)

    assert (job(wiring).state, objects(wiring)) == (JobState.EXPORTED, [])
    assert len(run(wiring, destination)) == 1


def test_a_full_disk_invalidates_nothing(
    wiring: EmbeddedWiring, destination: StubDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure of our own storage says nothing about the result."""

    def refuse(*_arguments: Any, **_options: Any) -> Any:
        raise SpaceExhausted

    add_job(wiring)
    destination.answer = READY
    monkeypatch.setattr(wiring.released, "create", refuse)
    with pytest.raises(SpaceExhausted):
        run(wiring, destination)

    assert job(wiring).state is JobState.EXPORTED


def test_knows_nothing_of_a_job_that_is_not_there(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """An order for an unknown job does nothing."""
    assert run(wiring, destination) == []
    assert destination.statuses == []


@pytest.mark.parametrize("state", [JobState.PENDING, JobState.UPLOADING, JobState.CLOSED])
def test_does_not_ask_where_there_is_nothing_to_fetch(
    wiring: EmbeddedWiring, destination: StubDestination, state: JobState
) -> None:
    """A job that is not sent yet, or done with, has no result to ask for."""
    add_job(wiring, state)

    assert run(wiring, destination) == []
    assert destination.statuses == []


def test_does_not_ask_without_a_transaction(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """Without a transaction there is nothing to ask by."""
    add_job(wiring, transaction_id=None)

    assert run(wiring, destination) == []
    assert destination.statuses == []


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


@pytest.mark.parametrize("state", sorted(set(JobState) - {JobState.RESULT_RECEIVED}))
def test_confirms_nothing_that_was_not_received(
    wiring: EmbeddedWiring, destination: StubDestination, state: JobState
) -> None:
    """In any other state there is nothing to confirm."""
    add_job(wiring, state)

    assert tell(wiring, destination) == []
    assert (destination.confirmed, job(wiring).state) == ([], state)


def test_confirms_nothing_of_a_job_that_is_not_there(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """News of an unknown job, or of one without a transaction, does nothing."""
    tell(wiring, destination)
    add_job(wiring, JobState.RESULT_RECEIVED, transaction_id=None)
    tell(wiring, destination)

    assert destination.confirmed == []
