"""The outer door: assemble the package, send it once, remember the transaction."""

from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import sha256

import msgspec

from shared.archive import Member, StoredArchive, open_archive, read_index
from shared.destinations.settings import AutosegmentationTemplate
from shared.errors import ConfigurationError, NetworkError, TransferUnconfirmed
from shared.events import Event, SeriesDeidentified, SeriesExported
from shared.ports.blobs import Blobs, BlobWriter
from shared.ports.clock import Clock
from shared.ports.destination import Destination, Destinations
from shared.ports.ledger import ReleasedLedger
from shared.ports.records import JobRecord
from shared.states import EXPORTED_STATES, JobState

TEMPLATE_NAME = "autosegmentation_template.yml"
MANIFEST_NAME = "manifest.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a package holds; nothing of the patient."""

    profile: str
    template: str
    instance_count: int
    instances: tuple[Member, ...]


def export(
    event: SeriesDeidentified,
    *,
    released: Blobs,
    jobs: ReleasedLedger,
    destinations: Destinations,
    templates: Mapping[str, AutosegmentationTemplate],
    clock: Clock,
) -> Iterator[Event]:
    """Export one job; a job that is exported already is only tidied up and announced again.

    Raises:
        DestinationUnavailable: the destination accepts nothing now.
        DestinationRejected, DestinationUnauthorized: it refused the package or the token.
        TransferUnconfirmed: an upload was cut off and the destination may have it.
    """
    job = jobs.add_job(_new_job(event, clock.now()))
    if job.state not in EXPORTED_STATES:
        destination = destinations(job.destination)
        job = _reopen(job, destination, jobs)
        job = _with_package(job, released, jobs, templates)
        destination.wait_until_ready()
        job = _send(job, destination, released, jobs, clock)
    _tidy(job, released, jobs)
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


def _reopen(job: JobRecord, destination: Destination, jobs: ReleasedLedger) -> JobRecord:
    """An upload was begun and has no outcome: send again only where that is safe; else a retry allows it."""
    if job.state is not JobState.UPLOADING:
        return job
    if not destination.resend_is_safe:
        raise TransferUnconfirmed(package_bytes=job.package_bytes)
    return jobs.replace_job(msgspec.structs.replace(job, state=JobState.PENDING))


def _with_package(
    job: JobRecord,
    released: Blobs,
    jobs: ReleasedLedger,
    templates: Mapping[str, AutosegmentationTemplate],
) -> JobRecord:
    if job.package is not None:
        return job
    template = templates.get(job.template)
    if template is None:
        raise ConfigurationError(missing_template=job.template)
    with released.create(f"jobs/{job.job_id}/package.zip", if_generation_match=0) as writer:
        digest = _Digest(writer)
        with StoredArchive(digest) as archive:
            archive.add(TEMPLATE_NAME, 0, [template.to_yaml()])
            _add_shards(job, archive, released)
    packed = msgspec.structs.replace(
        job, package=writer.stat.ref, package_sha256=digest.sha256, package_bytes=writer.stat.size
    )
    return jobs.replace_job(packed)


class _Digest:
    """Passes bytes on and hashes them."""

    def __init__(self, writer: BlobWriter) -> None:
        self._writer = writer
        self._hash = sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._writer.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _add_shards(job: JobRecord, archive: StoredArchive, released: Blobs) -> None:
    """Copy the instances of all shards and add the manifest, which says what each must hash to."""
    instances: list[Member] = []
    for ref in job.shards:
        with released.open(ref) as reader, open_archive(reader) as shard:
            for member in read_index(shard):
                archive.copy(member, shard)
                instances.append(member)
    manifest = Manifest(
        profile=job.profile,
        template=job.template,
        instance_count=job.instance_count,
        instances=tuple(instances),
    )
    content = msgspec.json.encode(manifest)
    archive.add(MANIFEST_NAME, len(content), [content])


def _send(
    job: JobRecord, destination: Destination, released: Blobs, jobs: ReleasedLedger, clock: Clock
) -> JobRecord:
    """Send the package between two records: before it the intent, after it the transaction."""
    package_ref, package_sha256 = job.package, job.package_sha256
    if package_ref is None or package_sha256 is None:
        raise ConfigurationError(reason="the job has no package")
    job = jobs.replace_job(msgspec.structs.replace(job, state=JobState.UPLOADING))
    give_back = partial(msgspec.structs.replace, job, state=JobState.PENDING)
    try:
        with released.open(package_ref) as package:
            transaction_id = destination.upload(package, sha256=package_sha256)
    except TransferUnconfirmed:
        # The job stays as it is: given back here, it would be sent again if the message were delivered again.
        raise
    except (NetworkError, ConfigurationError):
        jobs.replace_job(give_back())
        raise
    exported = msgspec.structs.replace(
        job, state=JobState.EXPORTED, transaction_id=transaction_id, exported_at=clock.now()
    )
    return jobs.replace_job(exported)


def _tidy(job: JobRecord, released: Blobs, jobs: ReleasedLedger) -> None:
    """Remove the package; the shards stay as the record of what was released."""
    if job.package is not None:
        released.delete(job.package)
        jobs.replace_job(msgspec.structs.replace(job, package=None))
