"""What a person does with an exception: replay exactly its message, or close it with a name and a reason."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from shared.errors import ExceptionClosed, TransferUnconfirmed
from shared.ports.bus import Bus
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger, ReleasedLedger
from shared.ports.records import ExceptionRecord
from shared.states import EXPORTED_STATES

ClosedStatus = Literal["retried", "archived"]

#: marks a replay, which makes it an event of its own to the claims
RETRY_ATTRIBUTE = "airlockRetry"


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
    closed = _closed(record, "retried", who, "retried", clock)
    _allow_resend(record, jobs)
    attributes = record.message.attributes | {RETRY_ATTRIBUTE: str(record.revision)}
    bus.publish(record.message.topic, record.message.data, attributes)
    return ledger.replace_exception(closed)


def archive(
    record: ExceptionRecord, *, ledger: ClinicalLedger, clock: Clock, who: str, why: str
) -> ExceptionRecord:
    """Close the exception for good; its instances count as rejected.

    Raises:
        ExceptionClosed: the exception is not open.
    """
    return ledger.replace_exception(_closed(record, "archived", who, why, clock))


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
