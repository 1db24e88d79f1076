"""What a person does with an exception, and what it is about."""

from typing import Any

from shared import review
from shared.events import OriginalMessage
from shared.ports.records import ExceptionRecord, JobRecord
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.doubles import RecordingBus
from tests.factories import exception_record, job_record

#: 2025-11-22T10:30:00+00:00, in seconds since the epoch
NOW = 1_763_807_400.0
MESSAGE = OriginalMessage(
    topic="releases", data=b"the very bytes \xff", attributes={"type": "SeriesDeidentified"}
)
JOB_ID = "job-00000001"


def raised(wiring: EmbeddedWiring, **changes: Any) -> ExceptionRecord:
    """An open exception."""
    return wiring.ledger.raise_exception(exception_record(message=MESSAGE, blob=None, **changes))


def retry(wiring: EmbeddedWiring, record: ExceptionRecord, bus: RecordingBus) -> ExceptionRecord:
    """Let somebody retry an exception."""
    return review.retry(
        record, ledger=wiring.ledger, jobs=wiring.jobs, bus=bus, clock=wiring.clock, who="somebody"
    )


def archive(wiring: EmbeddedWiring, record: ExceptionRecord) -> ExceptionRecord:
    """Let somebody archive an exception."""
    return review.archive(
        record, ledger=wiring.ledger, jobs=wiring.jobs, clock=wiring.clock, who="somebody", why="a test image"
    )


def uploading(wiring: EmbeddedWiring, state: JobState = JobState.UPLOADING) -> JobRecord:
    """A job whose upload has no outcome."""
    return wiring.jobs.add_job(job_record(state=state))
