"""Announcing again what lies in the intake."""

from pathlib import Path

import pytest

from infra.scripts import announce
from shared.notifications import notified
from shared.wiring import EmbeddedWiring
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
        count = announce.announce(wiring, "intake/", publish=True)
        expected = [stat.ref for stat in wiring.clinical.list("intake/")]
    events = [notified(data, attributes) for _, data, attributes in published]

    assert (count, {topic for topic, _, _ in published}) == (2, {"arrivals"})
    assert [event.blob for event in events if event] == expected


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
