"""What a person does with an exception: find it, replay its message exactly, or close it with a reason."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from shared.errors import ExceptionClosed, NameAmbiguous, NothingFound, TransferUnconfirmed
from shared.ports.bus import Bus
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger, ReleasedLedger
from shared.ports.records import ExceptionRecord
from shared.states import EXPORTED_STATES, JOB_TRANSITIONS, SERIES_TRANSITIONS, JobState, SeriesState

ClosedStatus = Literal["retried", "archived"]

#: marks a replay, which makes it an event of its own to the claims
RETRY_ATTRIBUTE = "airlockRetry"


def named(exception_id: str, ledger: ClinicalLedger) -> ExceptionRecord:
    """Find one exception by the first characters of its id.

    Raises:
        NothingFound: none has them.
        NameAmbiguous: several do.
    """
    found = [each for each in ledger.exceptions() if each.exception_id.startswith(exception_id.lower())]
    if not found:
        raise NothingFound(matching_exceptions=0)
    if len(found) > 1:
        raise NameAmbiguous(matching_exceptions=len(found))
    return found[0]


def chosen(exception_id: str | None, code: str | None, ledger: ClinicalLedger) -> list[ExceptionRecord]:
    """The exceptions that a person means: one by its id, or all that are open and have a code.

    Raises:
        NothingFound: there is none.
        NameAmbiguous: several have an id that begins so.
    """
    if exception_id is not None:
        return [named(exception_id, ledger)]
    found = [each for each in ledger.exceptions("open") if each.code == code]
    if not found:
        raise NothingFound(matching_exceptions=0)
    return found


def retry(
    record: ExceptionRecord,
    *,
    ledger: ClinicalLedger,
    jobs: ReleasedLedger,
    bus: Bus,
    clock: Clock,
    who: str,
) -> ExceptionRecord:
    """Publish the original message again; a failure opens the same exception again.

    Raises:
        ExceptionClosed: the exception is not open.
    """
    # As it is now: a page that is a moment old must not send again what somebody has closed meanwhile.
    record = ledger.exception(record.exception_id) or record
    closed = _closed(record, "retried", who, "retried", clock)
    _allow_resend(record, jobs)
    attributes = record.message.attributes | {RETRY_ATTRIBUTE: str(record.revision)}
    bus.publish(record.message.topic, record.message.data, attributes)
    return ledger.replace_exception(closed)


def archive(
    record: ExceptionRecord,
    *,
    ledger: ClinicalLedger,
    jobs: ReleasedLedger,
    clock: Clock,
    who: str,
    why: str,
) -> ExceptionRecord:
    """Close the exception for good; its instances count as rejected, and nothing waits for them any more.

    The exception comes first: of two people one closes it, and only that one ends what it is about. Archiving
    it again does what a crash has left undone, and is told that it is closed.

    Raises:
        ExceptionClosed: the exception is not open.
        RecordConflict: it was closed, or what it is about moved, at this very moment.
    """
    if record.status == "archived":
        _end(record, ledger, jobs)
    archived = ledger.replace_exception(_closed(record, "archived", who, why, clock))
    _end(archived, ledger, jobs)
    return archived


def _end(record: ExceptionRecord, ledger: ClinicalLedger, jobs: ReleasedLedger) -> None:
    """Let no tick announce what an archived exception is about; what went on meanwhile is left alone."""
    if record.series is not None:
        generation = ledger.generation(record.series, record.generation)
        if generation is not None and SeriesState.REJECTED in SERIES_TRANSITIONS[generation.state]:
            ledger.replace_generation(msgspec.structs.replace(generation, state=SeriesState.REJECTED))
    # A failure of `export` says nothing about the result of what was sent after all.
    if record.job_id is not None and record.stage != "export":
        job = jobs.job(record.job_id)
        if job is not None and JobState.ABANDONED in JOB_TRANSITIONS[job.state]:
            jobs.replace_job(msgspec.structs.replace(job, state=JobState.ABANDONED))


def _allow_resend(record: ExceptionRecord, jobs: ReleasedLedger) -> None:
    """An upload whose outcome is unknown is begun again for one reason only: a person says so."""
    if record.code != TransferUnconfirmed.code or record.job_id is None:
        return
    job = jobs.job(record.job_id)
    if job is not None and job.state not in EXPORTED_STATES and job != job.given_back:
        jobs.replace_job(job.given_back)


def _closed(
    record: ExceptionRecord, status: ClosedStatus, who: str, why: str, clock: Clock
) -> ExceptionRecord:
    if record.status != "open":
        raise ExceptionClosed(exception_id=record.exception_id, status=record.status)
    return msgspec.structs.replace(
        record,
        status=status,
        closed_by=who,
        closed_reason=why,
        closed_at=datetime.fromtimestamp(clock.now(), UTC).isoformat(),
    )
