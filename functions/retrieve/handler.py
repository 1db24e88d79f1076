"""Fetch what a destination made of a job, and tell it when the result has arrived where it belongs."""

import re
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from shared.errors import ChecksumMismatch, DestinationFailed, RecordMissing
from shared.events import Event, ResultDelivered, ResultReceived, RetrieveResult, TickElapsed
from shared.identifiers import BlobRef
from shared.ports.blobs import Blobs
from shared.ports.destination import Destination, Destinations
from shared.ports.ledger import ReleasedLedger
from shared.ports.records import JobRecord
from shared.states import JobState

_SHA256 = re.compile(r"[0-9a-f]{64}")


def poll(event: TickElapsed, *, jobs: ReleasedLedger) -> Iterator[Event]:
    """Order the retrieval of every job that has no delivered result yet, each as an event of its own."""
    for state in (JobState.EXPORTED, JobState.RESULT_RECEIVED):
        for job in jobs.jobs(state):
            yield RetrieveResult(job_id=job.job_id, tick=event.at)


def retrieve(
    event: RetrieveResult, *, released: Blobs, jobs: ReleasedLedger, destinations: Destinations
) -> Iterator[Event]:
    """Fetch the result of one job once it is ready; a result that is here already is announced again.

    Raises:
        ChecksumMismatch: the download is not what was announced; it was dropped.
        DestinationFailed: the destination could not make a result.
        NetworkError: the destination did not do what was asked.
    """
    job = jobs.job(event.job_id)
    if job is None or job.transaction_id is None:
        return
    if job.state in {JobState.EXPORTED, JobState.RESULT_INVALID}:
        job = _fetch(job, destinations(job.destination), released, jobs)
    if job.state is JobState.RESULT_RECEIVED and job.result is not None:
        yield ResultReceived(job_id=job.job_id, result=job.result)


def confirm(event: ResultDelivered, *, jobs: ReleasedLedger, destinations: Destinations) -> Iterator[Event]:
    """Tell the destination that the result was delivered; it then deletes its copies.

    Raises:
        RecordMissing: the ledger does not know the job.
        NetworkError: the destination did not do what was asked.
    """
    job = jobs.job(event.job_id)
    if job is None:
        raise RecordMissing(record="job")
    if job.state in {JobState.RESULT_RECEIVED, JobState.ABANDONED} and job.transaction_id is not None:
        destinations(job.destination).confirm(job.transaction_id)
        jobs.replace_job(msgspec.structs.replace(job, state=JobState.CLOSED))
    yield from ()


def _fetch(job: JobRecord, destination: Destination, released: Blobs, jobs: ReleasedLedger) -> JobRecord:
    transaction_id = job.transaction_id or ""
    status = destination.status(transaction_id)
    if status.text != job.destination_status:
        job = jobs.replace_job(msgspec.structs.replace(job, destination_status=status.text))
    if status.failed or status.closed:
        # Closed before the result was fetched: the destination has deleted it, so nobody would ever get it.
        _invalidate(job, jobs)
        raise DestinationFailed(job_id=job.job_id, closed="yes" if status.closed else "no")
    if not status.result_ready:
        return job if job.state is JobState.EXPORTED else _ask_again(job, jobs)
    try:
        result = _download(job, transaction_id, destination, released)
    except ChecksumMismatch:
        _invalidate(job, jobs)
        raise
    return jobs.replace_job(msgspec.structs.replace(job, state=JobState.RESULT_RECEIVED, result=result))


def _ask_again(job: JobRecord, jobs: ReleasedLedger) -> JobRecord:
    """A retry found the destination at work on another result: the ticks go on asking for it."""
    return jobs.replace_job(msgspec.structs.replace(job, state=JobState.EXPORTED))


def _invalidate(job: JobRecord, jobs: ReleasedLedger) -> None:
    """Stop asking for this result with every tick; an exception goes on from here."""
    jobs.replace_job(msgspec.structs.replace(job, state=JobState.RESULT_INVALID))


def _download(job: JobRecord, transaction_id: str, destination: Destination, released: Blobs) -> BlobRef:
    """Store the result by streaming; with another checksum than announced nothing is stored.

    Its name has the checksum: two workers that fetch it at once store the same object, and neither takes away
    what the other has announced.
    """
    digest = sha256()
    with destination.download(transaction_id) as download:
        announced = (download.sha256 or "").lower()
        if _SHA256.fullmatch(announced) is None:
            raise ChecksumMismatch(announced="no")
        name = f"jobs/{job.job_id}/result-{announced[:16]}.dcm"
        with released.create(name, if_generation_match=0) as writer:
            for chunk in download.stream():
                digest.update(chunk)
                writer.write(chunk)
            if announced != digest.hexdigest():
                raise ChecksumMismatch(announced="yes")
    return writer.stat.ref
