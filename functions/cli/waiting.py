"""What a run waits for, in words: a person who sees nothing move wants to know."""

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.ports.records import JobRecord
from shared.states import JobState
from shared.wiring import EmbeddedWiring

_TO_SEND = {JobState.PENDING, JobState.UPLOADING}


def waiting_for(wiring: EmbeddedWiring) -> str:
    """What the pipeline waits for, a line each: whom, how much, since when, and until when at the latest."""
    held = {record.job_id for record in wiring.ledger.exceptions() if record.status != "retried"}
    jobs = [job for job in wiring.jobs.jobs() if job.job_id not in held]
    to_send = [job for job in jobs if job.state in _TO_SEND]
    sent = [job for job in jobs if job.state is JobState.EXPORTED]
    lines = []
    if to_send:
        since = min(job.created_at for job in to_send)
        lines.append(f"Waiting for {_names(to_send)} to accept {len(to_send)} series since {_moment(since)}")
    if sent:
        since = min(job.exported_at or job.created_at for job in sent)
        lines.append(f"Waiting for {_names(sent)} to return {_results(len(sent))} since {_moment(since)}")
    if not lines:
        lines.append(f"Waiting to try {sum(wiring.bus.backlog().values())} messages again")
    due = wiring.bus.next_due()
    if due is not None and due > wiring.clock.now():
        lines.append(f"Next try at {_moment(due)}; {wiring.workspace / 'log.jsonl'} says what failed")
    return "\n".join(lines)


def _results(count: int) -> str:
    return "1 result" if count == 1 else f"{count} results"


def _names(jobs: Sequence[JobRecord]) -> str:
    return ", ".join(sorted({job.destination for job in jobs}))


def _moment(seconds: float) -> str:
    """A time of today by the clock on the wall; another day by its date, too."""
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    today = datetime.now(UTC).astimezone().date()
    return f"{moment:%H:%M:%S}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M:%S}"
