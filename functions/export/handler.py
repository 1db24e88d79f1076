"""The outer door: send the package of a job once, remember the transaction."""

from collections.abc import Iterator, Mapping

import msgspec

from functions.export.package import JobPackage, package_of
from shared.destinations.settings import AutosegmentationTemplate
from shared.errors import AnswerLost, ConfigurationError, NetworkError, TransferUnconfirmed
from shared.events import Event, SeriesDeidentified, SeriesExported
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock
from shared.ports.destination import Destination, Destinations
from shared.ports.ledger import ReleasedLedger
from shared.ports.records import JobRecord
from shared.states import EXPORTED_STATES, JobState


def export(
    event: SeriesDeidentified,
    *,
    released: Blobs,
    jobs: ReleasedLedger,
    destinations: Destinations,
    templates: Mapping[str, AutosegmentationTemplate],
    clock: Clock,
) -> Iterator[Event]:
    """Export one job; a job that is exported already is only announced again.

    Raises:
        DestinationUnavailable: the destination accepts nothing now.
        DestinationRejected, DestinationUnauthorized: it refused the package or the token.
        TransferUnconfirmed: an upload was cut off and the destination may have it.
        StorageError: a shard is gone or damaged.
    """
    job = jobs.add_job(_new_job(event, clock.now()))
    if job.state not in EXPORTED_STATES:
        destination = destinations(job.destination)
        template = _template(job, templates)
        job = _reopen(job, destination, jobs)
        destination.wait_until_ready()
        job = _send(job, package_of(job, template, released), destination, jobs, clock)
    yield SeriesExported(job_id=job.job_id, transaction_id=job.transaction_id or "")


def _new_job(event: SeriesDeidentified, now: float) -> JobRecord:
    return JobRecord(
        job_id=event.job_id,
        destination=event.destination,
        template=event.template,
        profile=event.profile,
        shards=event.shards,
        instance_count=event.instance_count,
        created_at=now,
    )


def _template(job: JobRecord, templates: Mapping[str, AutosegmentationTemplate]) -> AutosegmentationTemplate:
    template = templates.get(job.template)
    if template is None:
        raise ConfigurationError(missing_template=job.template)
    return template


def _reopen(job: JobRecord, destination: Destination, jobs: ReleasedLedger) -> JobRecord:
    """An upload was begun and has no outcome: send again only where that is safe; else a retry allows it."""
    if job.state is not JobState.UPLOADING:
        return job
    if not destination.resend_is_safe:
        raise TransferUnconfirmed(package_bytes=job.package_bytes)
    return jobs.replace_job(msgspec.structs.replace(job, state=JobState.PENDING))


def _send(
    job: JobRecord, package: JobPackage, destination: Destination, jobs: ReleasedLedger, clock: Clock
) -> JobRecord:
    """Send the package between two records: before it the intent, after it the transaction."""
    if job.package_sha256 not in {None, package.sha256}:
        # The destination would take it for another one.
        raise TransferUnconfirmed(package_bytes=job.package_bytes, problem="the template has changed since")
    job = jobs.replace_job(
        msgspec.structs.replace(
            job, state=JobState.UPLOADING, package_sha256=package.sha256, package_bytes=package.size
        )
    )
    try:
        transaction_id = destination.upload(package, sha256=package.sha256)
    except (TransferUnconfirmed, AnswerLost):
        # The job stays as it is: the destination may have this very package.
        raise
    except (NetworkError, ConfigurationError):
        jobs.replace_job(job.given_back)
        raise
    exported = msgspec.structs.replace(
        job, state=JobState.EXPORTED, transaction_id=transaction_id, exported_at=clock.now()
    )
    return jobs.replace_job(exported)
