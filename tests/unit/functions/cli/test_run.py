"""`run`: finds files before anything is begun, and looks at destinations as often as is polite."""

import errno
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.cli import run as module
from functions.cli.engine import Engine
from functions.cli.intake import LeftOut, Reason, Source
from functions.cli.run import Batch, collect, run, settle
from shared.errors import InputMissing, WorkspaceMissing
from shared.wiring import EmbeddedWiring

RULESETS = Path(__file__).parents[4] / "rulesets"


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """A folder with two files and a link to nothing."""
    folder = tmp_path / "drop"
    folder.mkdir()
    for name in ("1.dcm", "2.dcm"):
        (folder / name).write_bytes(name.encode())
    (folder / "nothing").symlink_to("nowhere")
    return folder


class Settled:
    """An engine that keeps what it was told."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def settle(self, **told: Any) -> bool:
        """Keep it."""
        self.told = told
        return True


def polled(wiring: EmbeddedWiring, wait: float | None) -> float:
    """How often destinations are looked at."""
    engine: Any = Settled()
    settle(wiring, engine, wait_seconds=wait)
    return float(engine.told["poll_seconds"])


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedWiring:
    """An installation with a destination of its own."""
    monkeypatch.setenv("AUTOSEGMENTATION_URL", "https://segmentation.example.org")
    return EmbeddedWiring(tmp_path / "workspace", RULESETS)


def test_collects_files_and_what_is_left_out(drop: Path, tmp_path: Path) -> None:
    """Files to take in on one side, on the other what is none."""
    batch = collect([drop], tmp_path / "workspace")

    assert [source.path.name for source in batch.sources] == ["1.dcm", "2.dcm"]
    assert batch.left_out == [LeftOut(drop / "nothing", Reason.BROKEN_LINK)]


def test_collects_nothing_to_go_on_with_a_workspace(tmp_path: Path) -> None:
    """Without paths a workspace must be there."""
    with pytest.raises(WorkspaceMissing):
        collect([], tmp_path / "workspace")
    (tmp_path / "workspace" / "ledger").mkdir(parents=True)

    assert collect([], tmp_path / "workspace") == Batch([], [])


def test_says_which_path_is_missing_by_its_place(drop: Path, tmp_path: Path) -> None:
    """Names of files may identify: the first path that is missing is told by its number."""
    with pytest.raises(InputMissing) as caught:
        collect([drop, tmp_path / "a", tmp_path / "b"], tmp_path / "workspace")

    assert caught.value.details == {"paths": 3, "first_missing": 2}


def test_a_path_that_nobody_may_look_at_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where permission is missing, whether it exists is not known: it cannot be taken in."""

    def refuse(_path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(InputMissing):
        collect([tmp_path], tmp_path / "workspace")


def test_says_why_there_is_nothing(tmp_path: Path) -> None:
    """What is there and no file is counted by its reason."""
    (tmp_path / "a").symlink_to("nowhere")
    (tmp_path / "b").symlink_to("nowhere")
    with pytest.raises(InputMissing) as caught:
        collect([tmp_path], tmp_path / "workspace")

    assert caught.value.details == {"files": 0, "broken_link": 2}


def test_a_file_that_is_gone_does_not_stop_the_others(real: EmbeddedWiring, drop: Path) -> None:
    """Between finding and reading a file may vanish: it is told with what is left out."""
    batch = collect([drop], real.workspace)
    (drop / "1.dcm").unlink()
    run(real, batch, wait_seconds=0)
    taken = [stat.ref.name.rpartition("/")[2] for stat in real.clinical.list("intake/")]
    real.close()

    assert taken == ["2.dcm"]
    assert LeftOut(drop / "1.dcm", Reason.UNREADABLE) in batch.left_out


def test_a_real_destination_is_looked_at_with_patience(real: EmbeddedWiring) -> None:
    """Every fifteen seconds, as long as it takes."""
    assert polled(real, None) == 15.0
    assert polled(real, 0.0) == 15.0


@pytest.mark.parametrize(("wait", "seconds"), [(5.0, 5.0), (15.0, 15.0), (25.0, 12.5), (60.0, 15.0)])
def test_looks_end_with_the_time_to_wait(real: EmbeddedWiring, wait: float, seconds: float) -> None:
    """The last look is when the time is over, not after it."""
    assert polled(real, wait) == seconds


def test_the_double_is_looked_at_at_once(real: EmbeddedWiring) -> None:
    """It answers at once; as soon as one destination is real, patience is needed."""
    url = "http://127.0.0.1:4711"
    real.environ = {**real.environ, "AUTOSEGMENTATION_URL": url}
    (settings,) = real.destination_settings
    double = msgspec.structs.replace(settings, base_url=url)
    both = (double, msgspec.structs.replace(double, name="real", base_url="https://segmentation.example.org"))
    real.destination_settings = (double,)
    alone = polled(real, None)
    real.destination_settings = both

    assert (alone, polled(real, None)) == (0.1, 15.0)


def test_stages_are_subscribed_before_files_arrive(
    real: EmbeddedWiring, drop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is taken in before anybody listens would never be heard of."""
    heard: list[int] = []

    def listening(*_arguments: Any, **_settings: Any) -> None:
        real.bus.publish("arrivals", b"", {"eventType": "OTHER"})
        heard.append(sum(real.bus.backlog().values()))

    monkeypatch.setattr(module, "take_in", listening)
    monkeypatch.setattr(Engine, "settle", lambda _engine, **_told: True)
    run(real, Batch([Source(drop / "1.dcm", "intake/1.dcm")], []), wait_seconds=0)
    real.close()

    assert heard == [1]
