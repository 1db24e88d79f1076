"""What a workspace holds, as plain records: for the terminal and for `--json`."""

from collections import Counter
from hashlib import sha256

import msgspec

from shared.balance import Balance, balance
from shared.identifiers import SeriesRef
from shared.ports.records import ExceptionRecord, GenerationRecord, JobRecord
from shared.states import JobState, SeriesState
from shared.wiring import EmbeddedWiring

_STATE_BY_JOB = {
    JobState.PENDING: "pending transfer",
    JobState.UPLOADING: "pending transfer",
    JobState.EXPORTED: "sent",
    JobState.RESULT_INVALID: "invalid result",
    JobState.RESULT_RECEIVED: "result received",
    JobState.CLOSED: "result delivered",
}
_STATE_BY_SERIES = {
    SeriesState.COMPLETED: "unprocessed",
    SeriesState.UNMATCHED: "rule not matched",
    SeriesState.MATCHED: "rule matched",
    SeriesState.DEIDENTIFIED: "de-identified",
    SeriesState.RESULT_DELIVERED: "result delivered",
    SeriesState.SUPERSEDED: "superseded",
}
_STATE_BY_FAILED_STAGE = {
    "match": "multiple rules matched",
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


class WorkspaceReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at one moment."""

    series: tuple[SeriesReport, ...]
    exceptions: tuple[ExceptionReport, ...]
    balance: dict[str, int | bool]


def handle_of(series: SeriesRef) -> str:
    """A short name for a series, eight hexadecimal digits."""
    return sha256(str(series).encode()).hexdigest()[:8]


def workspace_report(wiring: EmbeddedWiring) -> WorkspaceReport:
    """Report on every series, every exception that is not settled, and the balance."""
    return WorkspaceReport(
        series=tuple(series_report(wiring, generation) for generation in wiring.ledger.generations()),
        exceptions=tuple(exception_report(each) for each in wiring.ledger.exceptions("open")),
        balance=balance_report(balance(wiring.ledger, wiring.jobs, wiring.clinical)),
    )


def balance_report(counts: Balance) -> dict[str, int | bool]:
    """The balance by name, and whether it closes."""
    return {**counts._asdict(), "closed": counts.closed}


def series_report(wiring: EmbeddedWiring, generation: GenerationRecord) -> SeriesReport:
    """Report on the latest generation of one series."""
    job = wiring.jobs.job(generation.job_id) if generation.job_id else None
    series = generation.series
    modalities = Counter(each.modality for each in wiring.ledger.instances(series))
    result = f"results/{generation.job_id}/rtstruct.dcm"
    delivered = generation.state is SeriesState.RESULT_DELIVERED
    return SeriesReport(
        handle=handle_of(series),
        study=series.masked.partition("/")[0],
        series=series.masked.partition("/")[2],
        modality=modalities.most_common(1)[0][0] if modalities else "",
        instances=len(generation.sop_instance_uids),
        matched=generation.matched,
        generation=generation.generation,
        completed_because=generation.reason,
        state=_state(wiring, generation, job),
        ruleset=generation.ruleset,
        profile=generation.profile,
        destination=generation.destination,
        job_id=generation.job_id,
        transaction_id=job.transaction_id if job else None,
        destination_status=job.destination_status if job else None,
        result=str(wiring.workspace / "clinical" / result) if delivered else None,
        trace=generation.trace,
    )


def _state(wiring: EmbeddedWiring, generation: GenerationRecord, job: JobRecord | None) -> str:
    """The state as people outside know it; an open exception says more than what came before it."""
    for record in wiring.ledger.exceptions("open"):
        about_series = record.series == generation.series and record.generation == generation.generation
        if about_series or (record.job_id and record.job_id == generation.job_id):
            return _STATE_BY_FAILED_STAGE.get(record.stage, f"held in {record.stage}")
    return _STATE_BY_JOB[job.state] if job else _STATE_BY_SERIES[generation.state]


def exception_report(record: ExceptionRecord) -> ExceptionReport:
    """Report on one exception; what it is about stays masked."""
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
    )


def _masked_subject(record: ExceptionRecord) -> str:
    if record.blob is not None:
        member = record.subject.rpartition("#")[2].partition("!")[2]
        return record.blob.masked + (f" member {member}" if member else "")
    if record.series is not None:
        return f"series {handle_of(record.series)} ({record.series.masked})"
    return f"job {record.job_id}" if record.job_id else "message"
