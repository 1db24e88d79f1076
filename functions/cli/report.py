"""What a workspace holds, as plain records: for the terminal and for `--json`."""

import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from shared.balance import Balance, balance
from shared.errors import RulesetsAmbiguous
from shared.identifiers import SeriesRef, mask_uid
from shared.ports.records import ExceptionRecord, GenerationRecord, JobRecord
from shared.states import JobState, SeriesState
from shared.wiring import EmbeddedWiring

_STATE_BY_JOB = {
    JobState.PENDING: "pending transfer",
    JobState.UPLOADING: "pending transfer",
    JobState.EXPORTED: "sent",
    JobState.RESULT_INVALID: "invalid result",
    JobState.RESULT_RECEIVED: "result received",
    JobState.ABANDONED: "result abandoned",
    JobState.CLOSED: "result delivered",
}
_STATE_BY_SERIES = {
    SeriesState.COMPLETED: "unprocessed",
    SeriesState.UNMATCHED: "rule not matched",
    SeriesState.MATCHED: "rule matched",
    SeriesState.DEIDENTIFIED: "de-identified",
    SeriesState.RESULT_DELIVERED: "result delivered",
    SeriesState.REJECTED: "rejected",
    SeriesState.SUPERSEDED: "superseded",
}
_STATE_BY_CODE = {RulesetsAmbiguous.code: "multiple rules matched"}
_STATE_BY_FAILED_STAGE = {
    "match": "matching failed",
    "deidentify": "de-identification failed",
    "export": "failed transfer",
    "retrieve": "invalid result",
    "reidentify": "delivery failed",
}


class SeriesReport(msgspec.Struct, frozen=True, kw_only=True):
    """One series; `handle` names it on the command line without telling its UIDs."""

    handle: str
    study: str
    series: str
    modality: str
    instances: int
    matched: int
    generation: int
    completed_because: str
    state: str
    ruleset: str | None
    profile: str | None
    destination: str | None
    job_id: str | None
    transaction_id: str | None
    destination_status: str | None
    exception_id: str | None
    exception_code: str | None
    result: str | None
    trace: tuple[str, ...]


class ExceptionReport(msgspec.Struct, frozen=True, kw_only=True):
    """One exception without its subject's name."""

    exception_id: str
    stage: str
    code: str
    category: str
    cause: str
    subject: str
    attempts: int
    first_failed_at: str
    last_failed_at: str
    status: str
    closed_by: str | None
    closed_reason: str | None
    object_name: str | None = None


class WorkspaceReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment.

    Attributes:
        settled: nothing is under way any more.
        left_out: how many files and folders were not taken in, by the reason.
        left_out_names: which, where somebody asked for names.
    """

    series: tuple[SeriesReport, ...]
    exceptions: tuple[ExceptionReport, ...]
    balance: dict[str, int | bool]
    settled: bool = True
    left_out: dict[str, int] = {}
    left_out_names: dict[str, str] | None = None


def handle_of(series: SeriesRef) -> str:
    """A short name for a series, eight hexadecimal digits."""
    return sha256(str(series).encode()).hexdigest()[:8]


def text_of(path: Path) -> str:
    """A path as text that can be printed and encoded, also where its bytes are no UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def workspace_report(wiring: EmbeddedWiring) -> WorkspaceReport:
    """Report on every series, every exception that is not settled, and the balance."""
    return WorkspaceReport(
        series=tuple(series_reports(wiring)),
        exceptions=tuple(exception_report(each) for each in wiring.ledger.exceptions("open")),
        balance=balance_report(balance(wiring.ledger, wiring.jobs, wiring.clinical)),
    )


def balance_report(counts: Balance) -> dict[str, int | bool]:
    """The balance by name, and whether it closes."""
    return {**counts._asdict(), "closed": counts.closed}


def series_reports(
    wiring: EmbeddedWiring, wanted: Callable[[SeriesRef], bool] = lambda _: True
) -> Iterator[SeriesReport]:
    """Report on the latest generation of every series that is wanted."""
    held = _Held(wiring.ledger.exceptions("open"))
    for generation in wiring.ledger.generations():
        if wanted(generation.series):
            yield _series_report(wiring, generation, held)


class _Held:
    """Which open exception holds which series."""

    def __init__(self, exceptions: Iterable[ExceptionRecord]) -> None:
        self._by_generation: dict[object, ExceptionRecord] = {}
        self._by_job: dict[str | None, ExceptionRecord] = {}
        for record in exceptions:
            self._by_generation.setdefault((record.series, record.generation), record)
            self._by_job.setdefault(record.job_id, record)

    def by(self, generation: GenerationRecord) -> ExceptionRecord | None:
        """The exception that holds a generation, under its own name or as a job."""
        own = self._by_generation.get((generation.series, generation.generation))
        return own or (self._by_job.get(generation.job_id) if generation.job_id else None)


def _series_report(wiring: EmbeddedWiring, generation: GenerationRecord, held: _Held) -> SeriesReport:
    job = wiring.jobs.job(generation.job_id) if generation.job_id else None
    exception = held.by(generation)
    series = generation.series
    # All instances of a series have one modality (PS3.3 C.7.3.1), and there may be thousands of them.
    first = next(wiring.ledger.instances(series), None)
    results = wiring.workspace.absolute() / "clinical" / "results" / f"{generation.job_id}"
    result = next(iter(sorted(results.glob("*.dcm"))), None)
    delivered = generation.state is SeriesState.RESULT_DELIVERED
    return SeriesReport(
        handle=handle_of(series),
        study=mask_uid(series.study_instance_uid),
        series=mask_uid(series.series_instance_uid),
        modality=first.modality if first else "",
        instances=len(generation.sop_instance_uids),
        matched=generation.matched,
        generation=generation.generation,
        completed_because=generation.reason,
        state=_state(generation, job, exception),
        ruleset=generation.ruleset,
        profile=generation.profile,
        destination=generation.destination,
        job_id=generation.job_id,
        transaction_id=job.transaction_id if job else None,
        destination_status=job.destination_status if job else None,
        exception_id=exception.exception_id if exception else None,
        exception_code=exception.code if exception else None,
        result=text_of(result) if delivered and result else None,
        trace=generation.trace,
    )


def _state(generation: GenerationRecord, job: JobRecord | None, exception: ExceptionRecord | None) -> str:
    """The state as people outside know it; an open exception says more than what came before it."""
    if exception is not None:
        failed = _STATE_BY_FAILED_STAGE.get(exception.stage, f"held in {exception.stage}")
        return _STATE_BY_CODE.get(exception.code, failed)
    if job is None or generation.state is SeriesState.RESULT_DELIVERED:
        return _STATE_BY_SERIES[generation.state]
    return _STATE_BY_JOB[job.state]


def exception_report(record: ExceptionRecord, *, names: bool = False) -> ExceptionReport:
    """Report on one exception; what it is about stays masked, unless `names` are asked for."""
    return ExceptionReport(
        exception_id=record.exception_id,
        stage=record.stage,
        code=record.code,
        category=record.category,
        cause=record.cause,
        subject=_masked_subject(record),
        attempts=record.attempts,
        first_failed_at=record.first_failed_at,
        last_failed_at=record.last_failed_at,
        status=record.status,
        closed_by=record.closed_by,
        closed_reason=record.closed_reason,
        object_name=record.blob.name if names and record.blob else None,
    )


def _masked_subject(record: ExceptionRecord) -> str:
    if record.blob is not None:
        member = record.subject.rpartition("#")[2].partition("!")[2]
        return record.blob.masked + (f" member {member}" if member else "")
    if record.series is not None:
        return f"series {handle_of(record.series)} ({record.series.masked})"
    return f"job {record.job_id}" if record.job_id else "message"
