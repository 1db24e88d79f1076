"""What a person does with an exception: replay its message, or close it for good."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import review
from shared.adapters.clock import FakeClock
from shared.errors import (
    AirlockError,
    ExceptionClosed,
    NameAmbiguous,
    NothingFound,
    RecordConflict,
    StorageUnavailable,
)
from shared.ports.records import ExceptionRecord
from shared.review import RETRY_ATTRIBUTE
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.doubles import Published, RecordingBus
from tests.factories import exception_record, job_record
from tests.unit.shared.review_steps import JOB_ID, MESSAGE, NOW, archive, raised, retry, uploading

ISO_NOW = "2025-11-22T10:30:00+00:00"


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """The ledgers, and a clock that stands at 2025-11-22T10:30:00+00:00."""
    embedded = EmbeddedWiring(tmp_path, tmp_path, clock=FakeClock(NOW), environ={})
    yield embedded
    embedded.close()


@pytest.fixture
def bus() -> RecordingBus:
    """A bus that keeps what is published."""
    return RecordingBus()


def stored(wiring: EmbeddedWiring) -> ExceptionRecord:
    """The exception as the ledger has it."""
    (record,) = wiring.ledger.exceptions()
    return record


# -- which one is meant


def test_an_exception_is_named_by_its_beginning(wiring: EmbeddedWiring) -> None:
    """Open or closed, in small letters or in capitals."""
    records = [
        wiring.ledger.raise_exception(exception_record(exception_id=each, subject=each))
        for each in ("3fa1", "3fb2")
    ]
    archive(wiring, records[0])

    assert [review.named(each, wiring.ledger).exception_id for each in ("3FA", "3fb2")] == ["3fa1", "3fb2"]
    assert review.chosen("3fb", None, wiring.ledger) == [records[1]]


@pytest.mark.parametrize(("name", "error"), [("3f", NameAmbiguous), ("4", NothingFound)])
def test_what_names_not_one_exception_is_refused(
    wiring: EmbeddedWiring, name: str, error: type[AirlockError]
) -> None:
    """Nobody guesses which one was meant."""
    for each in ("3fa1", "3fb2"):
        wiring.ledger.raise_exception(exception_record(exception_id=each, subject=each))

    with pytest.raises(error):
        review.chosen(name, None, wiring.ledger)


def test_a_code_means_all_that_are_open_and_have_it(wiring: EmbeddedWiring) -> None:
    """Not those that are closed, and not none."""
    records = [
        wiring.ledger.raise_exception(exception_record(exception_id=f"{n}", subject=f"{n}", code="residue"))
        for n in range(3)
    ]
    archive(wiring, records[1])

    assert review.chosen(None, "residue", wiring.ledger) == [records[0], records[2]]
    with pytest.raises(NothingFound):
        review.chosen(None, "truncated", wiring.ledger)


# -- retry


def test_publishes_exactly_the_original_message(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """Topic and bytes are those that failed; one attribute more makes the replay an event of its own."""
    retry(wiring, raised(wiring), bus)

    assert bus.published == [
        Published("releases", MESSAGE.data, {"type": "SeriesDeidentified", RETRY_ATTRIBUTE: "1"})
    ]


def test_closes_what_is_retried(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """The record says who and when."""
    record = raised(wiring)
    closed = retry(wiring, record, bus)

    assert closed == stored(wiring)
    assert closed == exception_record(
        message=MESSAGE,
        blob=None,
        status="retried",
        closed_by="somebody",
        closed_reason="retried",
        closed_at=ISO_NOW,
        revision=2,
    )


def test_every_retry_is_an_event_of_its_own(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """After a second failure a second retry is marked otherwise, so that it is handled as well."""
    retry(wiring, raised(wiring), bus)
    retry(wiring, raised(wiring, last_failed_at="2026-01-01T00:10:00Z"), bus)
    marks = [each.attributes[RETRY_ATTRIBUTE] for each in bus.published]

    assert len(set(marks)) == 2


def test_two_people_retry_one_event(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """Who comes second, with a page that is a moment old, is told so before anything is sent."""
    record = raised(wiring)
    retry(wiring, record, bus)
    with pytest.raises(ExceptionClosed):
        retry(wiring, record, bus)

    assert len(bus.published) == 1


def test_what_was_archived_meanwhile_is_not_sent(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """Nor is an upload without outcome allowed again by somebody whose page is a moment old."""
    before = uploading(wiring)
    record = raised(wiring, code="transfer_unconfirmed", job_id=JOB_ID)
    archive(wiring, record)
    with pytest.raises(ExceptionClosed):
        retry(wiring, record, bus)

    assert (wiring.jobs.job(JOB_ID), bus.published) == (before, [])


def test_a_bus_that_fails_leaves_the_exception_open(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """An exception is only closed once its message is out."""
    record = raised(wiring)
    bus.failure = StorageUnavailable()
    with pytest.raises(StorageUnavailable):
        retry(wiring, record, bus)

    assert stored(wiring) == record


# -- a person allows a second upload


def test_the_retry_of_an_unconfirmed_transfer_allows_it_again(
    wiring: EmbeddedWiring, bus: RecordingBus
) -> None:
    """A person's retry is what makes the job pending again."""
    uploading(wiring)
    retry(wiring, raised(wiring, code="transfer_unconfirmed", job_id=JOB_ID), bus)

    assert wiring.jobs.job(JOB_ID) == job_record(state=JobState.PENDING, revision=2)
    assert len(bus.published) == 1


def test_the_retry_lets_another_package_be_sent(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """Where the template has changed since an upload without outcome, that is a person's decision, too."""
    wiring.jobs.add_job(job_record(state=JobState.PENDING, package_sha256="5d" * 32, package_bytes=7))
    retry(wiring, raised(wiring, code="transfer_unconfirmed", job_id=JOB_ID), bus)

    assert wiring.jobs.job(JOB_ID) == job_record(state=JobState.PENDING, revision=2)


@pytest.mark.parametrize(
    "changes",
    [{"code": "destination_rejected", "job_id": JOB_ID}, {"code": "transfer_unconfirmed"}],
    ids=["other code", "no job"],
)
def test_no_other_retry_allows_it(wiring: EmbeddedWiring, bus: RecordingBus, changes: dict[str, str]) -> None:
    """An upload without outcome is begun again for that one reason only."""
    before = uploading(wiring)
    retry(wiring, raised(wiring, **changes), bus)

    assert wiring.jobs.job(JOB_ID) == before


@pytest.mark.parametrize("state", sorted(set(JobState) - {JobState.UPLOADING}))
def test_a_job_that_went_on_is_left_alone(wiring: EmbeddedWiring, bus: RecordingBus, state: JobState) -> None:
    """A job in any other state stays in it."""
    before = uploading(wiring, state)
    retry(wiring, raised(wiring, code="transfer_unconfirmed", job_id=JOB_ID), bus)

    assert wiring.jobs.job(JOB_ID) == before


def test_a_job_that_nobody_knows_is_no_hindrance(wiring: EmbeddedWiring, bus: RecordingBus) -> None:
    """Without the job the message is replayed all the same."""
    retry(wiring, raised(wiring, code="transfer_unconfirmed", job_id="unknown"), bus)

    assert len(bus.published) == 1


# -- archive


def test_archives_with_a_name_and_a_reason(wiring: EmbeddedWiring) -> None:
    """The record says who, when and why."""
    closed = archive(wiring, raised(wiring))

    assert closed == stored(wiring)
    assert closed == exception_record(
        message=MESSAGE,
        blob=None,
        status="archived",
        closed_by="somebody",
        closed_reason="a test image",
        closed_at=ISO_NOW,
        revision=2,
    )


@pytest.mark.parametrize("status", ["retried", "archived"])
@pytest.mark.parametrize("action", ["retry", "archive"])
def test_what_is_closed_is_closed(
    wiring: EmbeddedWiring, bus: RecordingBus, status: str, action: str
) -> None:
    """A closed exception is neither replayed nor closed again, and no job is touched."""
    before = uploading(wiring)
    record = raised(wiring, status=status, code="transfer_unconfirmed", job_id=JOB_ID)
    with pytest.raises(ExceptionClosed) as caught:
        retry(wiring, record, bus) if action == "retry" else archive(wiring, record)

    assert caught.value.details == {"exception_id": record.exception_id, "status": status}
    assert (bus.published, stored(wiring), wiring.jobs.job(JOB_ID)) == ([], record, before)


def test_a_stale_record_closes_nothing(wiring: EmbeddedWiring) -> None:
    """An exception that failed again meanwhile is not archived by who has not seen that."""
    record = raised(wiring)
    newer = raised(wiring, last_failed_at="2026-01-01T00:10:00Z")
    with pytest.raises(RecordConflict):
        archive(wiring, record)

    assert stored(wiring) == newer
