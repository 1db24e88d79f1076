"""Announcing again what lies in the intake."""

from contextlib import closing
from pathlib import Path

import pytest

from infra.scripts import announce
from shared.events import BlobFinalized
from shared.local.dicom_store.server import LocalDicomStore
from shared.notifications import dated, notified
from shared.ports.bus import Subscription
from shared.wiring import EmbeddedWiring
from shared.wiring.embedded import EMBEDDED_STORE
from tests.factories import uid
from tests.instances import ct_image
from tests.unit.functions.conftest import NOW
from tests.unit.functions.dicom import hospital_beside
from tests.unit.functions.validate.harness import run
from tests.unit.shared.adapters.dicom_instances import InMemory, address
from tests.wirings import embedded


def test_every_object_of_the_intake_is_announced_as_the_bucket_does(tmp_path: Path) -> None:
    """Each by its generation, in a message that `validate` reads; nothing outside the prefix."""
    with embedded(tmp_path) as wiring:
        for name in ("intake/a/1.dcm", "intake/b/2.dcm", "results/x/rtstruct.dcm"):
            with wiring.clinical.create(name) as writer:
                writer.write(b"DICM")
        published: list[tuple[str, bytes, dict[str, str]]] = []
        wiring.__dict__["bus"] = type(
            "Bus", (), {"publish": lambda _, *words: published.append(words), "close": lambda _: None}
        )()
        count = announce.announce(announce.of_objects(wiring.clinical, "intake/"), wiring.bus, publish=True)
        expected = [stat.ref for stat in wiring.clinical.list("intake/")]
    events = [notified(data, attributes) for _, data, attributes in published]

    assert (count, {topic for topic, _, _ in published}) == (2, {"arrivals"})
    assert [event.blob for event in events if event] == expected


def test_every_instance_of_a_dicom_store_is_announced_as_the_store_does(tmp_path: Path) -> None:
    """The same messages that the store sent when they came, of every series of every study."""
    with embedded(tmp_path) as wiring, hospital_beside(tmp_path / "hospital", wiring) as hospital:
        for number, series in ((1, 1), (2, 1), (3, 2)):
            hospital.push(ct_image(number, series=series))
        sent = hospital.messages(legacy=True)

        announced = list(announce.of_instances(hospital.stores.paths()))

    assert len(announced) == 3
    assert sorted(announced) == sorted(sent)


def test_an_instance_that_is_announced_again_is_taken_in_once(tmp_path: Path) -> None:
    """An empty ledger has all of them anew; to one that knows them nothing is new."""
    with embedded(tmp_path) as wiring, hospital_beside(tmp_path / "hospital", wiring) as hospital:
        hospital.push(ct_image(1))
        hospital.push(ct_image(2))
        found = []
        for published_at in (NOW, NOW + 60):
            for data, attributes in announce.of_instances(hospital.stores.paths()):
                event = notified(data, dated(data, attributes, published_at))
                assert isinstance(event, BlobFinalized)
                run(wiring, event, clinical=hospital.clinical)
            found.append([each.sop_instance_uid for each in wiring.ledger.instances()])
        ignored = list(wiring.ledger.ignored())

    assert found == [[uid(1), uid(2)]] * 2
    assert ignored == []


def test_the_command_announces_what_the_stores_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It counts first, then publishes; without a store there is nothing to announce."""
    with LocalDicomStore(tmp_path / "store", stores={str(EMBEDDED_STORE): {}}) as server:

        def wiring(*, served: bool = True) -> EmbeddedWiring:
            made = EmbeddedWiring(tmp_path / "workspace", tmp_path)
            made.dicom_store_url = address(server) if served else None
            return made

        with closing(wiring()) as first:
            first.dicom_stores.store(EMBEDDED_STORE, InMemory(ct_image(1)))
            first.bus.subscribe(Subscription(name="validate-arrivals", topic="arrivals"))
        monkeypatch.setattr(announce, "wiring_from_environment", wiring)
        codes = [announce.main(["--dicom-stores", *more]) for more in ([], ["--yes"])]
        with closing(wiring()) as last:
            backlog = last.bus.backlog()
        monkeypatch.setattr(announce, "wiring_from_environment", lambda: wiring(served=False))

        assert (codes, backlog) == ([0, 0], {"validate-arrivals": 1})
        assert announce.main(["--dicom-stores", "--yes"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "1 instances to announce: say --yes to do it",
        "1 instances announced",
        "0 instances announced",
    ]


def test_it_counts_unless_told_to_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `--yes` no message is made, and an empty intake is no success."""
    folder = tmp_path / "workspace"
    monkeypatch.setattr(announce, "wiring_from_environment", lambda: EmbeddedWiring(folder, tmp_path))

    assert announce.main([]) == 1
    with embedded(tmp_path) as wiring, wiring.clinical.create("intake/1.dcm") as writer:
        writer.write(b"DICM")
    assert announce.main([]) == 0
    with embedded(tmp_path) as wiring:
        assert wiring.bus.backlog() == {}


def test_only_the_intake_can_be_announced() -> None:
    """Crosswalks and results never arrive."""
    with pytest.raises(SystemExit, match="2"):
        announce.main(["--prefix", "crosswalks/"])


def test_an_installation_that_is_not_described_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment nothing is announced."""
    for name in ("AIRLOCK_WORKSPACE", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)

    assert announce.main(["--yes"]) == 2
