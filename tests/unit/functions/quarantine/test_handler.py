"""`quarantine`: every failure becomes a record with all that a retry needs."""

from typing import Any

import msgspec
import pytest

from functions.quarantine.handler import record_dead_letter, record_failure, record_member
from shared.events import (
    ArchiveMemberFailed,
    ArchiveReceived,
    BlobFinalized,
    DeidentifyShard,
    Event,
    EventFailed,
    ExceptionRaised,
    MessageDeadLettered,
    OriginalMessage,
    ResultReceived,
    RetrieveResult,
    SeriesCompleted,
    TickElapsed,
    decode,
    encode,
)
from shared.ports.records import ExceptionRecord
from shared.wiring import EmbeddedWiring
from tests.factories import blob_ref, series_ref

FIRST, SECOND = "2025-11-22T10:30:00+00:00", "2025-11-22T10:40:00+00:00"
JOB_ID = "5d" * 16
NOTIFICATION = {
    "eventType": "OBJECT_FINALIZE",
    "bucketId": blob_ref().bucket,
    "objectId": blob_ref().name,
    "objectGeneration": str(blob_ref().generation),
}
COMPLETED = SeriesCompleted(series=series_ref(), generation=2, instance_count=1, reason="quiet_period")


def message_of(event: Event) -> OriginalMessage:
    """The message in which an event travelled."""
    return OriginalMessage(topic=event.TOPIC, data=encode(event), attributes={"type": type(event).__name__})


def failed(
    message: OriginalMessage, stage: str = "match", subject: str = "subject", **changes: Any
) -> EventFailed:
    """The news that a stage gave a message up."""
    fields: dict[str, Any] = {
        "code": "rulesets_ambiguous",
        "category": "processing",
        "cause": "Several rulesets of the same priority match the series.",
        "attempts": 1,
        "first_failed_at": FIRST,
        "last_failed_at": FIRST,
    }
    return EventFailed(stage=stage, subject=subject, message=message, **{**fields, **changes})


def dead(message: OriginalMessage, stage: str = "validate") -> MessageDeadLettered:
    """The news that a subscription gave a message up."""
    return MessageDeadLettered(
        stage=stage, attempts=8, published_at=FIRST, dead_lettered_at=SECOND, message=message
    )


def member_failed(member: int = 3) -> ArchiveMemberFailed:
    """The news that a member of object 1, an archive, failed."""
    return ArchiveMemberFailed(
        blob=blob_ref(),
        member=member,
        code="archive_member_encrypted",
        category="validation",
        cause="A member of the ZIP archive is encrypted.",
        failed_at=FIRST,
    )


def record(wiring: EmbeddedWiring, event: Event) -> ExceptionRecord:
    """Handle one event; return the exception that it opened."""
    handler: Any = {
        EventFailed: record_failure,
        ArchiveMemberFailed: record_member,
        MessageDeadLettered: record_dead_letter,
    }[type(event)]
    (raised,) = handler(event, ledger=wiring.ledger)
    stored = wiring.ledger.exception(raised.exception_id)
    assert stored is not None
    assert raised == ExceptionRaised(exception_id=stored.exception_id, stage=stored.stage, code=stored.code)
    return stored


# -- the three kinds


def test_records_that_a_stage_gave_up(wiring: EmbeddedWiring) -> None:
    """The record has the failure as the stage told it, the message, and what it is about."""
    message = message_of(COMPLETED)
    stored = record(wiring, failed(message, subject=COMPLETED.key, attempts=8, last_failed_at=SECOND))

    assert stored == ExceptionRecord(
        exception_id=stored.exception_id,
        stage="match",
        subject=COMPLETED.key,
        code="rulesets_ambiguous",
        category="processing",
        cause="Several rulesets of the same priority match the series.",
        attempts=8,
        first_failed_at=FIRST,
        last_failed_at=SECOND,
        message=message,
        series=series_ref(),
        generation=2,
    )


def test_records_a_member_of_an_archive(wiring: EmbeddedWiring) -> None:
    """The subject is the member; a retry unpacks it alone, in whatever batch it lies."""
    stored = record(wiring, member_failed(1234))
    order = ArchiveReceived(blob=blob_ref(), first_member=1234, alone=True)

    assert stored == ExceptionRecord(
        exception_id=stored.exception_id,
        stage="unpack",
        subject=f"{blob_ref()}!1234",
        code="archive_member_encrypted",
        category="validation",
        cause="A member of the ZIP archive is encrypted.",
        attempts=1,
        first_failed_at=FIRST,
        last_failed_at=FIRST,
        message=message_of(order),
        blob=blob_ref(),
    )
    assert decode(stored.message.data) == order


def test_records_a_dead_letter(wiring: EmbeddedWiring) -> None:
    """A message that no stage answered is recorded as exhausted, with the times of the subscription."""
    arrival = OriginalMessage(topic="arrivals", data=b"", attributes=NOTIFICATION)
    stored = record(wiring, dead(arrival))

    assert stored == ExceptionRecord(
        exception_id=stored.exception_id,
        stage="validate",
        subject=str(blob_ref()),
        code="attempts_exhausted",
        category="processing",
        cause="A transient failure lasted longer than the retries of the subscription. (attempts=8)",
        attempts=8,
        first_failed_at=FIRST,
        last_failed_at=SECOND,
        message=arrival,
        blob=blob_ref(),
    )


def test_a_dead_letter_goes_back_to_where_its_event_belongs(wiring: EmbeddedWiring) -> None:
    """Whatever topic is named, a retry publishes an event where its own topic is."""
    letter = OriginalMessage(topic="match-dead-letters", data=encode(COMPLETED), attributes={"a": "b"})

    assert record(wiring, dead(letter, "match")).message == OriginalMessage(
        topic="series", data=encode(COMPLETED), attributes={"a": "b"}
    )


def test_records_a_dead_letter_that_nobody_can_read(wiring: EmbeddedWiring) -> None:
    """What is no event is recorded by its content, so that it is one exception however often it comes."""
    letter = OriginalMessage(topic="series", data=b"not an event", attributes={})
    first, second = record(wiring, dead(letter)), record(wiring, dead(letter))

    assert first == second
    assert (first.message, first.blob, first.series, first.job_id) == (letter, None, None, None)


# -- what it is about


@pytest.mark.parametrize(
    ("message", "about"),
    [
        (OriginalMessage(topic="arrivals", data=b"", attributes=NOTIFICATION), {"blob": blob_ref()}),
        (message_of(BlobFinalized(blob=blob_ref(), size=1)), {"blob": blob_ref()}),
        (message_of(COMPLETED), {"series": series_ref(), "generation": 2}),
        (
            message_of(DeidentifyShard(series=series_ref(), generation=2, shard=0, shard_count=1)),
            {"series": series_ref(), "generation": 2},
        ),
        (message_of(ResultReceived(job_id=JOB_ID, result=blob_ref())), {"job_id": JOB_ID}),
        (message_of(TickElapsed(at=FIRST)), {}),
        (OriginalMessage(topic="series", data=b"not an event", attributes={}), {}),
        (OriginalMessage(topic="arrivals", data=b"", attributes={"eventType": "OBJECT_FINALIZE"}), {}),
        (OriginalMessage(topic="arrivals", data=b"", attributes={"eventType": "OBJECT_DELETE"}), {}),
    ],
    ids=["notification", "blob", "series", "shard", "job", "tick", "no event", "no object", "deletion"],
)
def test_knows_what_a_failure_is_about(
    wiring: EmbeddedWiring, message: OriginalMessage, about: dict[str, Any]
) -> None:
    """Object, series, generation and job are taken from the message, as far as it tells."""
    stored = record(wiring, failed(message))
    found = {name: getattr(stored, name) for name in ("blob", "series", "generation", "job_id")}

    assert {name: value for name, value in found.items() if value is not None} == about


# -- the id


def test_a_second_failure_of_a_subject_is_the_same_exception(wiring: EmbeddedWiring) -> None:
    """Failures of one subject in one stage are one exception, with the latest cause and all attempts."""
    message = message_of(COMPLETED)
    first = record(wiring, failed(message, attempts=1))
    second = record(wiring, failed(message, attempts=8, code="patient_inconsistent", last_failed_at=SECOND))

    assert second.exception_id == first.exception_id
    assert (second.code, second.attempts, second.first_failed_at, second.last_failed_at) == (
        "patient_inconsistent",
        9,
        FIRST,
        SECOND,
    )
    assert len(list(wiring.ledger.exceptions())) == 1


def test_a_redelivered_failure_counts_once(wiring: EmbeddedWiring) -> None:
    """The same news twice changes nothing."""
    event = failed(message_of(COMPLETED))

    assert record(wiring, event) == record(wiring, event)


def test_a_dead_letter_and_a_failure_of_one_subject_are_one_exception(wiring: EmbeddedWiring) -> None:
    """It does not matter who noticed that a subject failed."""
    arrival = OriginalMessage(topic="arrivals", data=b"", attributes=NOTIFICATION)
    first = record(wiring, failed(arrival, "validate", str(blob_ref())))

    assert record(wiring, dead(arrival)).exception_id == first.exception_id


def test_a_failed_result_is_one_exception_for_all_ticks(wiring: EmbeddedWiring) -> None:
    """However often a destination is asked for a result in vain, it is one exception a job."""
    ids = set()
    for tick in (FIRST, SECOND):
        order = RetrieveResult(job_id=JOB_ID, tick=tick)
        event = failed(message_of(order), "retrieve", order.key, last_failed_at=tick)
        ids.add(record(wiring, event).exception_id)

    assert len(ids) == 1
    assert [each.attempts for each in wiring.ledger.exceptions()] == [2]


def test_other_stages_subjects_and_members_are_other_exceptions(wiring: EmbeddedWiring) -> None:
    """Stage, subject and member each make an exception of its own."""
    message = message_of(COMPLETED)
    ids = {
        record(wiring, event).exception_id
        for event in (
            failed(message),
            failed(message, stage="deidentify"),
            failed(message, subject="other"),
            member_failed(3),
            member_failed(4),
        )
    }

    assert len(ids) == 5


def test_an_id_says_nothing_of_its_subject(wiring: EmbeddedWiring) -> None:
    """The id is 16 hexadecimal digits: it may stand in logs and on screens."""
    stored = record(wiring, member_failed())

    assert len(stored.exception_id) == 16
    assert set(stored.exception_id) <= set("0123456789abcdef")


def test_an_archived_exception_opens_again(wiring: EmbeddedWiring) -> None:
    """A new failure of a closed subject waits for a person again."""
    message = message_of(COMPLETED)
    first = record(wiring, failed(message))
    wiring.ledger.replace_exception(
        msgspec.structs.replace(
            first, status="archived", closed_by="me", closed_reason="seen", closed_at=FIRST
        )
    )
    again = record(wiring, failed(message, last_failed_at=SECOND))

    assert (again.status, again.closed_by, again.closed_reason, again.closed_at) == ("open", None, None, None)
