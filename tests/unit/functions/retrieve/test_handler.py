"""`retrieve`: ask for results and fetch them once."""

from hashlib import sha256
from typing import Any

import pytest

from functions.retrieve.handler import poll
from shared.errors import (
    AirlockError,
    ChecksumMismatch,
    DestinationFailed,
    DestinationUnavailable,
    RecordConflict,
    SpaceExhausted,
)
from shared.events import ResultReceived, TickElapsed
from shared.ports.destination import DestinationStatus
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.factories import job_record
from tests.stub_destination import StubDestination, StubDownload
from tests.unit.functions.retrieve.harness import (
    FAILED,
    JOB_ID,
    READY,
    TRANSACTION,
    add_job,
    job,
    objects,
    run,
)


@pytest.fixture
def destination() -> StubDestination:
    """A destination whose result is not ready."""
    made = StubDestination()
    made.result = b"an RT Structure Set"
    return made


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
        f"jobs/{JOB_ID}/result-{sha256(b'an RT Structure Set').hexdigest()[:16]}.dcm",
        JobState.RESULT_RECEIVED,
        "Segmentation Completed",
    )


def test_two_workers_that_fetch_a_result_at_once_announce_the_same(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """The slower one is delivered again, and what the faster one has announced is still there."""
    add_job(wiring)
    destination.answer = READY
    download, faster = destination.download, []

    def overtaken(transaction_id: str) -> StubDownload:
        destination.download = download
        faster.extend(run(wiring, destination))
        return download(transaction_id)

    destination.download = overtaken
    with pytest.raises(RecordConflict):
        run(wiring, destination)
    slower = run(wiring, destination)

    assert slower == faster
    assert get(wiring.released, slower[0].result) == b"an RT Structure Set"


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
    add_job(wiring)
    destination.answer = READY
    digest = sha256(destination.result).hexdigest()
    destination.announced = digest.upper() if announced == "upper" else digest

    assert len(run(wiring, destination)) == 1


@pytest.mark.parametrize(("announced", "said"), [(None, "no"), ("../other", "no"), ("0" * 64, "yes")])
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


def test_what_the_destination_closed_is_no_wait_for_ever(wiring: EmbeddedWiring) -> None:
    """A transfer that is over before its result was fetched is an exception: the result is deleted there."""
    add_job(wiring)
    destination = StubDestination()
    destination.answer = DestinationStatus(
        text="Transfer Completed", result_ready=False, failed=False, closed=True
    )
    with pytest.raises(DestinationFailed):
        run(wiring, destination)

    assert job(wiring).state is JobState.RESULT_INVALID


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


def test_a_result_that_is_made_again_is_asked_for_again(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """A retry that finds the destination at work leaves the job to the ticks."""
    add_job(wiring, JobState.RESULT_INVALID)

    assert run(wiring, destination) == []
    assert len(list(poll(TickElapsed(at="later"), jobs=wiring.jobs))) == 1

    destination.answer = READY
    assert len(run(wiring, destination)) == 1


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
