"""`export`: the package, the one transfer, and what the released ledger knows of it."""

import io
import json
import tracemalloc
import zipfile
from hashlib import sha256

import pytest

from functions.export.package import MANIFEST_NAME, TEMPLATE_NAME
from shared.errors import (
    ArchiveUnreadable,
    ConfigurationError,
    DestinationUnavailable,
    ObjectNotFound,
    StorageUnavailable,
)
from shared.events import SeriesExported
from shared.ports.records import JobRecord
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import damage
from tests.doubles import FailingOnce
from tests.stub_destination import StubDestination
from tests.unit.functions.conftest import NOW
from tests.unit.functions.export.harness import (
    EDITIONS,
    JOB_ID,
    SHARDS,
    TEMPLATE,
    job,
    objects,
    package_from,
    release,
    run,
    uploaded,
)
from tests.unit.shared.archive_examples import archive_of
from tests.watched_blobs import WatchedBlobs

MIB = 1 << 20


@pytest.fixture
def destination() -> StubDestination:
    """A destination that takes everything."""
    return StubDestination()


# -- a transfer that goes well


def test_sends_a_job_once_and_remembers_the_transaction(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """The job becomes exported with its transaction, time, size and checksum."""
    event = release(wiring)
    events = run(wiring, event, destination)
    package = destination.packages["transaction-1"]

    assert events == [SeriesExported(job_id=JOB_ID, transaction_id="transaction-1")]
    assert destination.checksums == [sha256(package).hexdigest()]
    assert job(wiring) == JobRecord(
        job_id=JOB_ID,
        destination="autosegmentation",
        template="thorax",
        profile="basic",
        shards=event.shards,
        instance_count=3,
        created_at=NOW,
        state=JobState.EXPORTED,
        package_sha256=sha256(package).hexdigest(),
        package_bytes=len(package),
        transaction_id="transaction-1",
        exported_at=NOW,
        revision=3,
    )


def test_writes_nothing_into_the_bucket(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """The outer door needs no right to: the package is sent from the shards, which stay as they are."""
    released = WatchedBlobs(wiring.released)
    run(wiring, release(wiring), destination, released=released)

    assert {action for _, action, _ in released.journal} == {"open"}
    assert objects(wiring) == ["shard-0000.zip", "shard-0001.zip"]


def test_a_second_delivery_sends_nothing(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """A job that is exported is announced again, and that is all."""
    event = release(wiring)
    first, record = run(wiring, event, destination), None
    record = job(wiring)
    released = WatchedBlobs(wiring.released)

    assert run(wiring, event, destination, released=released) == first
    assert len(destination.packages) == 1
    assert (job(wiring), released.journal) == (record, [])


# -- the package


def test_packs_template_instances_and_manifest(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """The package starts with the template, holds the instances of all shards, and ends with the manifest."""
    run(wiring, release(wiring), destination)
    package = uploaded(destination)
    instances = {name: content for shard in SHARDS for name, content in shard.items()}

    assert package.namelist() == [TEMPLATE_NAME, *instances, MANIFEST_NAME]
    assert package.read(TEMPLATE_NAME) == TEMPLATE.to_yaml()
    assert {name: package.read(name) for name in instances} == instances
    assert {info.compress_type for info in package.infolist()} == {0}
    assert package.testzip() is None


def test_says_in_the_manifest_what_each_instance_hashes_to(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """The manifest holds counts, names, sizes and checksums, and nothing of the patient."""
    run(wiring, release(wiring), destination)
    instances = {name: content for shard in SHARDS for name, content in shard.items()}

    assert json.loads(uploaded(destination).read(MANIFEST_NAME)) == {
        "profile": "basic",
        "template": "thorax",
        "editions": sorted(EDITIONS),
        "instance_count": 3,
        "instances": [
            {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in instances.items()
        ],
    }


def test_names_the_editions_of_every_shard(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """A series that was de-identified before and after an upgrade names both editions, each once."""
    newer = ("PS3.3 2026b", "PS3.15 2026d Table E.1-1")
    run(wiring, release(wiring, editions=(EDITIONS, newer)), destination)

    manifest = json.loads(uploaded(destination).read(MANIFEST_NAME))
    assert manifest["editions"] == sorted({*EDITIONS, *newer})


def test_makes_the_same_package_of_the_same_shards(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """A package whose transfer was not recorded is the same to the byte when it is made again."""
    event = release(wiring)
    jobs = FailingOnce(wiring.jobs, "replace_job", StorageUnavailable())
    with pytest.raises(StorageUnavailable):
        run(wiring, event, destination, jobs=jobs)
    run(wiring, event, destination, jobs=jobs)

    assert destination.checksums == [package_from(wiring, event).sha256]


def test_is_the_archive_that_its_members_would_make(wiring: EmbeddedWiring) -> None:
    """Put together from parts it is to the byte what writing one member after the other gives."""
    package = package_from(wiring, release(wiring))
    content = b"".join(package.stream())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    assert content == archive_of(members, index=False)
    assert (package.size, package.sha256) == (len(content), sha256(content).hexdigest())
    assert b"".join(package.stream()) == content


def test_is_made_only_for_a_destination_that_is_ready(
    wiring: EmbeddedWiring, destination: StubDestination
) -> None:
    """While the destination is not ready no shard is read."""
    event = release(wiring)
    destination.failures["wait_until_ready"] = [DestinationUnavailable(status=503)]
    released = WatchedBlobs(wiring.released)
    with pytest.raises(DestinationUnavailable):
        run(wiring, event, destination, released=released)

    assert (job(wiring).state, released.journal) == (JobState.PENDING, [])
    assert run(wiring, event, destination) != []


def test_sends_in_little_memory(wiring: EmbeddedWiring) -> None:
    """The size of the shards does not matter: they pass in pieces."""
    event = release(wiring, [{f"{number}.dcm": bytes(8 * MIB)} for number in range(3)])
    tracemalloc.start()
    sizes = [len(chunk) for chunk in package_from(wiring, event).stream()]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (sum(sizes) > 24 * MIB, max(sizes)) == (True, MIB)
    assert peak < 8 * MIB


@pytest.mark.parametrize("content", [b"one", b'[{"name"', b"PK\1\2"], ids=["member", "index", "directory"])
def test_sends_no_shard_that_was_damaged(
    wiring: EmbeddedWiring, destination: StubDestination, content: bytes
) -> None:
    """A byte that changed at rest is found before the first one is sent."""
    event = release(wiring)
    damage(wiring.workspace / "released" / event.shards[0].name, content)
    with pytest.raises((StorageUnavailable, ArchiveUnreadable)):
        run(wiring, event, destination)

    assert (job(wiring).state, destination.checksums) == (JobState.PENDING, [])


# -- what is missing


def test_asks_for_the_template(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """Without its template a job is neither packed nor sent."""
    event = release(wiring)
    with pytest.raises(ConfigurationError) as caught:
        run(wiring, event, destination, templates={})

    assert caught.value.details == {"missing_template": "thorax"}
    assert (job(wiring).state, objects(wiring)) == (JobState.PENDING, ["shard-0000.zip", "shard-0001.zip"])


def test_asks_for_the_destination(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """A destination that nobody configured is an error before anything is packed."""

    def unknown(name: str) -> StubDestination:
        raise ConfigurationError(unknown_destination=name)

    with pytest.raises(ConfigurationError) as caught:
        run(wiring, release(wiring), destination, destinations=unknown)

    assert caught.value.details == {"unknown_destination": "autosegmentation"}
    assert job(wiring).package_sha256 is None


def test_finds_a_shard_gone(wiring: EmbeddedWiring, destination: StubDestination) -> None:
    """A package is never made of less than all shards."""
    event = release(wiring)
    wiring.released.delete(event.shards[1])
    with pytest.raises(ObjectNotFound):
        run(wiring, event, destination)

    assert objects(wiring) == ["shard-0000.zip"]
    assert (job(wiring).package_sha256, destination.packages) == (None, {})


def test_what_stands_around_the_shards_is_sent_in_pieces(wiring: EmbeddedWiring) -> None:
    """The directory of a package of very many instances is larger than a chunk."""
    event = release(wiring, [{f"2.25.{number:040d}.dcm": b"" for number in range(6000)}])
    sizes = [len(chunk) for chunk in package_from(wiring, event).stream()]

    assert max(sizes) <= MIB
