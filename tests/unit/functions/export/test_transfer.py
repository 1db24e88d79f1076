"""`export` where the transfer does not go well: refused, cut off, crashed, or done already."""

import msgspec
import pytest

from shared.adapters.faulty_bus import InjectedCrash
from shared.errors import (
    AirlockError,
    AnswerLost,
    ConfigurationError,
    DestinationRejected,
    DestinationUnauthorized,
    DestinationUnavailable,
    StorageUnavailable,
    TransferUnconfirmed,
)
from shared.events import SeriesDeidentified, SeriesExported
from shared.states import EXPORTED_STATES, JobState
from shared.wiring import EmbeddedWiring
from tests.stub_destination import StubDestination
from tests.unit.functions.export.harness import JOB_ID, TEMPLATE, job, release, run
from tests.watched_blobs import WatchedBlobs

SENT = [SeriesExported(job_id=JOB_ID, transaction_id="transaction-1")]


def fail_upload(
    wiring: EmbeddedWiring, event: SeriesDeidentified, destination: StubDestination, error: BaseException
) -> None:
    """Let the next upload end with an error."""
    destination.failures["upload"] = [error]
    with pytest.raises(type(error)):
        run(wiring, event, destination)


# -- the destination answers with an error


@pytest.mark.parametrize(
    "error",
    [
        DestinationUnavailable(status=503),
        DestinationRejected(status=422),
        DestinationUnauthorized(status=401),
        ConfigurationError(problem="there is no token"),
    ],
    ids=lambda error: error.code,
)
@pytest.mark.parametrize("resend_is_safe", [True, False])
def test_a_failed_upload_leaves_the_job_pending(
    wiring: EmbeddedWiring, error: AirlockError, *, resend_is_safe: bool
) -> None:
    """The error comes out, the record is as if nothing had been sent, and the next attempt sends it."""
    event = release(wiring)
    destination = StubDestination(resend_is_safe=resend_is_safe)
    fail_upload(wiring, event, destination, error)

    assert (job(wiring).state, job(wiring).transaction_id) == (JobState.PENDING, None)
    assert (job(wiring).package_sha256, job(wiring).package_bytes) == (None, 0)
    assert run(wiring, event, destination) == SENT


# -- the upload has no outcome


@pytest.mark.parametrize(
    "crash", [InjectedCrash(), OSError("a bug"), StorageUnavailable(), TransferUnconfirmed()], ids=repr
)
def test_an_upload_without_outcome_leaves_the_job_uploading(
    wiring: EmbeddedWiring, crash: BaseException
) -> None:
    """Whenever the destination may have the package, the record keeps the intent."""
    event = release(wiring)
    fail_upload(wiring, event, StubDestination(), crash)

    assert job(wiring).state is JobState.UPLOADING


def test_a_person_decides_about_a_second_upload(wiring: EmbeddedWiring) -> None:
    """Where a second transaction is possible, no delivery sends the package before a person allows it."""
    event, destination = release(wiring), StubDestination()
    fail_upload(wiring, event, destination, TransferUnconfirmed())
    size = job(wiring).package_bytes
    for _ in range(2):
        with pytest.raises(TransferUnconfirmed) as caught:
            run(wiring, event, destination)

        assert caught.value.details == {"package_bytes": size}
        assert (destination.packages, job(wiring).state) == ({}, JobState.UPLOADING)
    wiring.jobs.replace_job(job(wiring).given_back)
    assert run(wiring, event, destination) == SENT


@pytest.mark.parametrize("changed", [True, False])
def test_a_lost_answer_does_not_hide_a_change(wiring: EmbeddedWiring, *, changed: bool) -> None:
    """Where the answer is lost, the same package is sent again by itself, and no other one ever."""
    event, destination = release(wiring), StubDestination(resend_is_safe=True)
    fail_upload(wiring, event, destination, AnswerLost())
    templates = {"thorax": msgspec.structs.replace(TEMPLATE, name="Another") if changed else TEMPLATE}
    if changed:
        with pytest.raises(TransferUnconfirmed):
            run(wiring, event, destination, templates=templates)
    else:
        assert run(wiring, event, destination, templates=templates) == SENT

    assert len(destination.packages) == (not changed)


def test_another_package_is_not_taken_for_the_one_that_was_sent(wiring: EmbeddedWiring) -> None:
    """A destination knows its packages by their bytes: with another template it would make a second task."""
    event, destination = release(wiring), StubDestination(resend_is_safe=True)
    fail_upload(wiring, event, destination, InjectedCrash())
    changed = {"thorax": msgspec.structs.replace(TEMPLATE, name="Another")}
    for _ in range(2):
        with pytest.raises(TransferUnconfirmed) as caught:
            run(wiring, event, destination, templates=changed)

        assert caught.value.details["problem"] == "the template has changed since"
        assert destination.packages == {}
    wiring.jobs.replace_job(job(wiring).given_back)
    assert run(wiring, event, destination, templates=changed) == SENT


def test_a_second_upload_is_sent_where_it_is_safe(wiring: EmbeddedWiring) -> None:
    """A destination that knows its packages gets it again at once."""
    event, destination = release(wiring), StubDestination(resend_is_safe=True)
    fail_upload(wiring, event, destination, InjectedCrash())

    assert run(wiring, event, destination) == SENT


def test_a_transaction_that_was_not_recorded_is_not_assumed(wiring: EmbeddedWiring) -> None:
    """A crash between the answer and its record counts as an upload without outcome."""
    event, destination = release(wiring), StubDestination()

    class CrashingClock:
        """A clock that stops the process when the time of the export is asked for."""

        def now(self) -> float:
            """The time of the job's creation, and then no more."""
            if destination.packages:
                raise InjectedCrash
            return 0.0

    with pytest.raises(InjectedCrash):
        run(wiring, event, destination, clock=CrashingClock())

    assert (job(wiring).state, len(destination.packages)) == (JobState.UPLOADING, 1)
    with pytest.raises(TransferUnconfirmed):
        run(wiring, event, destination)
    assert len(destination.packages) == 1


# -- the job is exported already


@pytest.mark.parametrize("state", sorted(EXPORTED_STATES))
def test_an_exported_job_is_announced_again(wiring: EmbeddedWiring, state: JobState) -> None:
    """However far the job is since, nothing is sent, read or written."""
    event, destination = release(wiring), StubDestination()
    run(wiring, event, destination)
    way = {JobState.CLOSED: [JobState.RESULT_RECEIVED, JobState.CLOSED]}.get(state, [state])
    for step in way:
        wiring.jobs.replace_job(msgspec.structs.replace(job(wiring), state=step))
    before, released = job(wiring), WatchedBlobs(wiring.released)

    assert run(wiring, event, destination, released=released) == SENT
    assert (job(wiring), released.journal, len(destination.packages)) == (before, [], 1)
