"""Runs the handlers of `retrieve` on one job."""

from collections.abc import Sequence
from typing import Any

from functions.retrieve.handler import confirm, retrieve
from shared.events import Event, ResultDelivered, RetrieveResult
from shared.ports.destination import DestinationStatus
from shared.ports.records import JobRecord
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.factories import blob_ref, job_record
from tests.stub_destination import StubDestination, StubDestinations

JOB_ID = "5d" * 16
READY = DestinationStatus(text="Segmentation Completed", result_ready=True, failed=False, closed=False)
FAILED = DestinationStatus(text="Segmentation Failed", result_ready=False, failed=True, closed=True)
ORDER = RetrieveResult(job_id=JOB_ID, tick="2025-11-22T10:30:00+00:00")
DELIVERED = ResultDelivered(job_id=JOB_ID, result=blob_ref())
TRANSACTION = "transaction-1"


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
    destinations = StubDestinations(destination)
    return list(retrieve(ORDER, released=wiring.released, jobs=wiring.jobs, destinations=destinations))


def tell(wiring: EmbeddedWiring, destination: StubDestination) -> list[Event]:
    """Handle the news that the result was delivered."""
    return list(confirm(DELIVERED, jobs=wiring.jobs, destinations=StubDestinations(destination)))


def objects(wiring: EmbeddedWiring) -> Sequence[str]:
    """The names of the released objects."""
    return [stat.ref.name for stat in wiring.released.list()]
