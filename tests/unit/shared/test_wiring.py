"""The composition root: each adapter is made on first use, once, in the workspace, and closed."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.clock import FakeClock, SystemClock
from shared.errors import KeyInvalid, StorageUnavailable
from shared.events import BlobFinalized
from shared.notifications import blob_finalized
from shared.ports.bus import Subscription
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get, put
from tests.factories import instance_record, job_record

RULESETS = Path(__file__).parents[3] / "rulesets"
ENVIRON = {"AUTOSEGMENTATION_URL": "http://127.0.0.1:9"}
DAY = 86_400.0

Wire = Callable[..., EmbeddedWiring]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(1_763_807_400.0)


@pytest.fixture
def wire(tmp_path: Path, clock: FakeClock) -> Iterator[Wire]:
    """Make wirings of one workspace, with the shipped rulesets unless a test says otherwise."""
    made: list[EmbeddedWiring] = []

    def make(policy: Path = RULESETS, **options: Any) -> EmbeddedWiring:
        options = {"clock": clock, "environ": ENVIRON, **options}
        made.append(EmbeddedWiring(tmp_path / "workspace", policy, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def entries(wiring: EmbeddedWiring) -> set[str]:
    """What lies in the workspace."""
    return {path.name for path in wiring.workspace.iterdir()} if wiring.workspace.exists() else set()


# -- making


def test_makes_nothing_before_it_is_used(wire: Wire) -> None:
    """A wiring that nobody asks for anything leaves no trace."""
    wiring = wire()
    wiring.close()

    assert entries(wiring) == set()


@pytest.mark.parametrize(
    "port",
    [
        *("bus", "clinical", "released", "ledger", "jobs", "keys", "secrets", "destinations", "profiles"),
        *("templates", "rulesets", "intake", "destination_settings"),
    ],
)
def test_makes_each_port_once(wire: Wire, port: str) -> None:
    """Every port and policy is the same object each time."""
    wiring = wire()

    assert getattr(wiring, port) is getattr(wiring, port)


@pytest.mark.parametrize(
    ("port", "folder"),
    [
        ("bus", "bus"),
        ("ledger", "ledger"),
        ("jobs", "ledger"),
        ("keys", "keys"),
        ("secrets", "secrets"),
        ("clinical", "clinical"),
        ("released", "released"),
    ],
)
def test_keeps_everything_in_folders_of_its_owner(wire: Wire, port: str, folder: str) -> None:
    """What may hold patients' data or secrets is open to nobody else."""
    wiring = wire()
    getattr(wiring, port)

    assert folder in entries(wiring)
    assert stat.S_IMODE((wiring.workspace / folder).stat().st_mode) & stat.S_IRWXO == 0


def test_the_two_ledgers_are_two_files(wire: Wire) -> None:
    """The released side can be handed out without the clinical one."""
    wiring = wire()
    wiring.ledger.add_instances([instance_record()])
    wiring.jobs.add_job(job_record())

    assert {path.name for path in (wiring.workspace / "ledger").glob("*.sqlite")} == {
        "clinical.sqlite",
        "released.sqlite",
    }


def test_the_key_is_made_once(wire: Wire) -> None:
    """A second start finds the key of the first, so that pseudonyms stay the same."""
    assert wire().keys.derive("purpose") == wire().keys.derive("purpose")


def test_a_lost_key_is_not_replaced(wire: Wire) -> None:
    """A workspace whose key was used and is gone refuses to go on: a new one would break every link."""
    before = wire()
    before.keys.derive("purpose")
    with before.clinical.create("crosswalks/job/0000") as writer:
        writer.write(b"sealed")
    (before.workspace / "keys" / "deidentification.key").unlink()

    with pytest.raises(KeyInvalid):
        wire().keys.derive("purpose")


def test_the_buckets_are_the_workspaces_own(wire: Wire) -> None:
    """What one wiring writes another one of the same workspace reads."""
    ref = put(wire().clinical, "intake/1.dcm", b"content").ref

    assert get(wire().clinical, ref) == b"content"


def test_has_the_systems_clock_unless_told(tmp_path: Path) -> None:
    """Only tests bring a clock of their own."""
    assert isinstance(EmbeddedWiring(tmp_path, tmp_path).clock, SystemClock)


# -- notifications


def test_announces_what_arrives_in_the_intake(wire: Wire) -> None:
    """An arrival is published as Cloud Storage would; what lies elsewhere is not."""
    wiring = wire()
    wiring.bus.subscribe(Subscription(name="validate-arrivals", topic=BlobFinalized.TOPIC))
    put(wiring.clinical, "results/1", b"content")
    put(wiring.released, "intake/1", b"content")
    ref = put(wiring.clinical, "intake/1", b"content").ref
    (delivery,) = wiring.bus.lease(9)
    event = blob_finalized(delivery.message.attributes)

    assert event is not None
    assert (event.blob, delivery.message.data) == (ref, b"")


# -- recovering


def test_takes_over_from_a_process_that_ended(wire: Wire, clock: FakeClock) -> None:
    """Claims and leases of the process before are free at once, without waiting for their time."""
    before = wire()
    before.bus.subscribe(Subscription(name="work", topic="topic"))
    before.bus.publish("topic", b"data", {})
    assert len(before.bus.lease(9)) == 1
    for claims in (before.ledger, before.jobs):
        claims.claim("key", now=clock.now(), lease=600)
    after = wire()
    after.recover()

    assert [delivery.message.data for delivery in after.bus.lease(9)] == [b"data"]
    assert [each.claim("key", now=clock.now(), lease=600) for each in (after.ledger, after.jobs)] == [
        "claimed",
        "claimed",
    ]


def test_takes_in_what_a_person_put_into_the_bucket(wire: Wire) -> None:
    """A file that lies in the intake's folder is announced with the next start."""
    wiring = wire()
    wiring.bus.subscribe(Subscription(name="validate-arrivals", topic=BlobFinalized.TOPIC))
    wiring.clinical_bucket.close()
    file = wiring.workspace / "clinical" / "intake" / "1.dcm"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"content")
    after = wire()
    after.recover()

    assert [each.ref.name for each in after.clinical.list()] == ["intake/1.dcm"]
    assert after.bus.backlog() == {"validate-arrivals": 1}


@pytest.mark.parametrize(("days", "claim"), [(30, "done"), (32, "claimed")])
def test_forgets_claims_that_nobody_can_ask_for(wire: Wire, clock: FakeClock, days: int, claim: str) -> None:
    """What is done stays done as long as a message can be kept, and is forgotten then."""
    before = wire()
    for claims in (before.ledger, before.jobs):
        claims.claim("key", now=clock.now(), lease=600)
        claims.complete_claim("key")
    clock.advance(days * DAY)
    after = wire()
    after.recover()

    assert {each.claim("key", now=clock.now(), lease=600) for each in (after.ledger, after.jobs)} == {claim}


# -- closing


@pytest.mark.parametrize(
    ("port", "use"),
    [
        ("bus", lambda bus: bus.backlog()),
        ("ledger", lambda ledger: ledger.open_series()),
        ("jobs", lambda jobs: jobs.job("id")),
        ("clinical", lambda blobs: blobs.stat("name")),
        ("released", lambda blobs: blobs.stat("name")),
    ],
)
def test_closes_what_was_opened(wire: Wire, port: str, use: Callable[[Any], Any]) -> None:
    """After the end nothing can be used any more."""
    wiring = wire()
    opened = getattr(wiring, port)
    wiring.close()

    with pytest.raises(StorageUnavailable):
        use(opened)


def test_closes_twice_without_harm(wire: Wire) -> None:
    """Closing again closes nothing again."""
    wiring = wire()
    for port in ("bus", "clinical", "destinations"):
        getattr(wiring, port)
    wiring.close()
    wiring.close()

    assert entries(wiring) >= {"bus", "clinical"}
