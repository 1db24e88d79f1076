"""`Engine` with the real pipeline: files come to their verdict, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import UID

from functions.cli.engine import Engine
from functions.cli.intake import sources, take_in
from shared.adapters.clock import FakeClock
from shared.balance import balance
from shared.errors import StorageUnavailable
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.instances import ct_image
from tests.unit.functions.conftest import NOW

RULESETS = Path(__file__).parents[4] / "rulesets"
NO_CT: dict[str, Any] = {"SOPClassUID": UID("1.2.840.10008.5.1.4.1.1.6.1"), "Modality": "US"}


@pytest.fixture
def installation(tmp_path: Path, clock: FakeClock) -> Iterator[EmbeddedWiring]:
    """A workspace with the rulesets that come with the product."""
    environ = {"AUTOSEGMENTATION_URL": "http://127.0.0.1:9"}
    embedded = EmbeddedWiring(tmp_path / "installation", RULESETS, clock=clock, environ=environ)
    yield embedded
    embedded.close()


def test_runs_a_series_through_to_its_verdict(
    installation: EmbeddedWiring, clock: FakeClock, tmp_path: Path
) -> None:
    """Files that are taken in wait out their quiet period, are matched, and are all accounted for."""
    drop = tmp_path / "drop"
    drop.mkdir()
    for number in (1, 2):
        (drop / f"{number}.dcm").write_bytes(ct_image(number, **NO_CT))
    (drop / "notes.txt").write_bytes(b"Dear colleague,")
    engine = Engine(installation)
    for source in sources([drop]):
        take_in(source, installation.clinical)

    assert engine.settle(poll_seconds=60)
    assert clock.now() == NOW + 600
    (generation,) = installation.ledger.generations()
    assert generation.state is SeriesState.UNMATCHED
    counts = balance(installation.ledger, installation.jobs, installation.clinical)
    assert (counts.received, counts.unmatched, counts.exceptions) == (3, 2, 1)


def test_a_second_run_does_nothing_twice(
    installation: EmbeddedWiring, clock: FakeClock, tmp_path: Path
) -> None:
    """The same files again, in a new engine, change nothing."""
    file = tmp_path / "1.dcm"
    file.write_bytes(ct_image(1, **NO_CT))
    counts = []
    for _ in range(2):
        engine = Engine(installation)
        for source in sources([file]):
            take_in(source, installation.clinical)
        engine.settle(poll_seconds=60)
        counts.append(balance(installation.ledger, installation.jobs, installation.clinical))

    assert counts[0] == counts[1]
    assert [each.generation for each in installation.ledger.generations()] == [1]


def test_acknowledges_what_is_recorded_together_once_it_is_safe(
    installation: EmbeddedWiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the records of a batch do not reach the disk, all of its messages come again."""
    for number in (1, 2):
        (tmp_path / f"{number}.dcm").write_bytes(ct_image(number, **NO_CT))
    engine = Engine(installation)
    for source in sources([tmp_path / "1.dcm", tmp_path / "2.dcm"]):
        take_in(source, installation.clinical)

    @contextmanager
    def unsafe() -> Iterator[None]:
        yield
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(installation.ledger, "together", unsafe)
        with pytest.raises(StorageUnavailable):
            engine.drain()

    assert installation.bus.backlog() == {"validate-arrivals": 2}
    installation.bus.recover()
    assert engine.drain() == 2
    assert installation.bus.backlog() == {}
    assert len([*installation.ledger.instances()]) == 2
