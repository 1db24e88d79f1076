"""Runs `export` on a job whose shards lie in the released bucket."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

from functions.export.handler import export
from functions.export.package import JobPackage, package_of
from shared.archive import StoredArchive
from shared.destinations.settings import AutosegmentationTemplate, SegmentationModel
from shared.events import Event, SeriesDeidentified
from shared.identifiers import BlobRef
from shared.ports.records import JobRecord
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.stub_destination import StubDestination, StubDestinations

JOB_ID = "5d" * 16
TEMPLATE = AutosegmentationTemplate(
    name="Thorax",
    protocol="DRAW",
    models={7: SegmentationModel(name="Lungs", config="3d", trainer_name="trainer", map={1: "Lung_L"})},
)
EDITIONS = ("PS3.3 2026b", "PS3.15 2026c Table E.1-1")
#: the instances of the shards by name
SHARDS = ({"2.25.1.dcm": b"one", "2.25.2.dcm": b"two"}, {"2.25.3.dcm": b"three" * 1000})


def release(
    wiring: EmbeddedWiring,
    shards: Sequence[Mapping[str, bytes]] = SHARDS,
    editions: Sequence[tuple[str, ...]] = (EDITIONS,),
) -> SeriesDeidentified:
    """Put shards of these editions in turn into the released bucket; return what announces them."""
    made = zip(shards, cycle(editions), strict=False)
    refs = [_shard(wiring, number, *each) for number, each in enumerate(made)]
    return SeriesDeidentified(
        job_id=JOB_ID,
        destination="autosegmentation",
        template="thorax",
        profile="basic",
        shards=tuple(refs),
        instance_count=sum(map(len, shards)),
    )


def _shard(
    wiring: EmbeddedWiring, number: int, instances: Mapping[str, bytes], editions: tuple[str, ...]
) -> BlobRef:
    name = f"jobs/{JOB_ID}/shard-{number:04d}.zip"
    with wiring.released.create(name) as writer, StoredArchive(writer) as archive:
        for member, content in instances.items():
            archive.add(member, len(content), [content])
        archive.add_index(editions)
    return writer.stat.ref


def run(
    wiring: EmbeddedWiring, event: SeriesDeidentified, destination: StubDestination, **ports: Any
) -> list[Event]:
    """Handle one event; other ports may be given by name."""
    bound = {
        "released": wiring.released,
        "jobs": wiring.jobs,
        "templates": {"thorax": TEMPLATE},
        "destinations": StubDestinations(destination),
        "clock": wiring.clock,
        **ports,
    }
    return list(export(event, **bound))


def package_from(wiring: EmbeddedWiring, event: SeriesDeidentified) -> JobPackage:
    """The package of the shards that an event announces, without a job and a destination."""
    record = JobRecord(
        job_id=event.job_id,
        destination=event.destination,
        template=event.template,
        profile=event.profile,
        shards=event.shards,
        instance_count=event.instance_count,
        created_at=0.0,
    )
    return package_of(record, TEMPLATE, wiring.released)


def job(wiring: EmbeddedWiring) -> JobRecord:
    """The job as the ledger has it."""
    record = wiring.jobs.job(JOB_ID)
    assert record is not None
    return record


def uploaded(destination: StubDestination, transaction_id: str = "transaction-1") -> zipfile.ZipFile:
    """A package that was uploaded."""
    return zipfile.ZipFile(io.BytesIO(destination.packages[transaction_id]))


def objects(wiring: EmbeddedWiring) -> list[str]:
    """The names of the released objects without their folder."""
    return [stat.ref.name.removeprefix(f"jobs/{JOB_ID}/") for stat in wiring.released.list()]


def content_of(wiring: EmbeddedWiring, ref: BlobRef) -> bytes:
    """The content of a released object."""
    return get(wiring.released, ref)
