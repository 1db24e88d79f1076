"""Make a record of every failure, with what a retry needs to replay exactly the same message."""

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from shared.errors import AttemptsExhausted
from shared.events import (
    ArchiveMemberFailed,
    ArchiveReceived,
    BlobEvent,
    Event,
    EventFailed,
    ExceptionRaised,
    JobEvent,
    MessageDeadLettered,
    OriginalMessage,
    RetrieveResult,
    SeriesEvent,
    encode,
)
from shared.notifications import original_event
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ExceptionRecord, exception_id


def record_failure(event: EventFailed, *, ledger: ClinicalLedger) -> Iterator[Event]:
    """Record that a stage gave an event up."""
    yield _raise(
        ExceptionRecord(
            exception_id=exception_id(event.stage, event.subject),
            stage=event.stage,
            subject=event.subject,
            code=event.code,
            category=event.category,
            cause=event.cause,
            attempts=event.attempts,
            first_failed_at=event.first_failed_at,
            last_failed_at=event.last_failed_at,
            message=event.message,
        ),
        ledger,
    )


def record_member(event: ArchiveMemberFailed, *, ledger: ClinicalLedger) -> Iterator[Event]:
    """Record that a member of an archive could not be unpacked; a retry unpacks it alone."""
    archive = ArchiveReceived(blob=event.blob, first_member=event.member, alone=True)
    message = OriginalMessage(
        topic=archive.TOPIC, data=encode(archive), attributes={"type": "ArchiveReceived"}
    )
    yield _raise(
        ExceptionRecord(
            exception_id=exception_id("unpack", event.subject),
            stage="unpack",
            subject=event.subject,
            code=event.code,
            category=event.category,
            cause=event.cause,
            attempts=1,
            first_failed_at=event.failed_at,
            last_failed_at=event.failed_at,
            message=message,
        ),
        ledger,
    )


def record_dead_letter(event: MessageDeadLettered, *, ledger: ClinicalLedger) -> Iterator[Event]:
    """Record a message that a subscription gave up without an answer from its stage."""
    original = original_event(event.message)
    error = AttemptsExhausted(attempts=event.attempts)
    subject = original.key if original else sha256(event.message.data).hexdigest()
    topic = original.TOPIC if original else event.message.topic
    yield _raise(
        ExceptionRecord(
            exception_id=exception_id(event.stage, subject),
            stage=event.stage,
            subject=subject,
            code=error.code,
            category=error.category,
            cause=error.cause,
            attempts=event.attempts,
            first_failed_at=event.published_at,
            last_failed_at=event.dead_lettered_at,
            message=msgspec.structs.replace(event.message, topic=topic),
        ),
        ledger,
    )


def _raise(record: ExceptionRecord, ledger: ClinicalLedger) -> ExceptionRaised:
    about = original_event(record.message)
    if isinstance(about, RetrieveResult):
        # Every tick asks under a key of its own, but what fails is the job.
        job = exception_id(record.stage, about.job_id)
        record = msgspec.structs.replace(record, exception_id=job)
    stored = ledger.raise_exception(
        msgspec.structs.replace(
            record,
            blob=about.blob if isinstance(about, BlobEvent) else None,
            series=about.series if isinstance(about, SeriesEvent) else None,
            generation=about.generation if isinstance(about, SeriesEvent) else None,
            job_id=about.job_id if isinstance(about, JobEvent) else None,
        )
    )
    return ExceptionRaised(exception_id=stored.exception_id, stage=stored.stage, code=stored.code)
