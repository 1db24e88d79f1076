"""What an instance costs each function behind Google's clients: the flow on the emulators, by processes.

These seconds of CPU are what `airlock cost` reckons with. Without the emulators there is nothing to measure.
"""

import time
import zipfile
from pathlib import Path

import pytest
from rich.table import Table

from functions.pipeline import PIPELINE
from shared.balance import balance
from shared.states import JobState
from tests.acceptance.emulated import Emulated, emulated
from tests.benchmarks.harness import cpu_of, draw

_TICK_SECONDS, _WAIT_SECONDS = 10.0, 600.0
pytestmark = pytest.mark.emulators


@pytest.mark.parametrize("as_archive", [False, True], ids=["objects", "archive"])
def test_cloud_flow(slices: Path, small: Path, folder: Path, *, as_archive: bool) -> None:
    """One series of 300 slices until its result is delivered, after one of four that only warms up."""
    warm_up, files = sorted(small.iterdir())[:4], sorted(slices.iterdir())
    count = len(files)
    if as_archive:
        warm_up, files = (_zipped(each, folder / each[0].parent.name) for each in (warm_up, files))
    with emulated(folder / f"emulated-{as_archive}") as running:
        _through(running, warm_up, "warm-up", jobs=1)
        before = _seconds(running)
        _through(running, files, "measured", jobs=2)
        spent = {name: cpu - before[name] for name, cpu in _seconds(running).items()}
        exported = balance(running.wiring.ledger, running.wiring.jobs, running.wiring.clinical).exported

    title = "On the emulators, as one ZIP" if as_archive else "On the emulators"
    table = Table("Function", "CPU s", "ms of CPU an instance", title=title, title_justify="left")
    for name, cpu in (*spent.items(), ("all", sum(spent.values()))):
        table.add_row(name, f"{cpu:.2f}", f"{cpu / count * 1e3:.2f}")
    draw(table)
    assert exported == count + 4


def _zipped(files: list[Path], target: Path) -> list[Path]:
    path = target.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.name)
    return [path]


def _seconds(running: Emulated) -> dict[str, float]:
    return {stage.name: cpu_of(running.system.functions[stage.name].pid) for stage in PIPELINE}


def _through(running: Emulated, files: list[Path], folder: str, *, jobs: int) -> None:
    """Drop files and let minutes come until so many jobs are closed."""
    for path in files:
        with running.wiring.clinical.create(f"intake/hospital/{folder}/{path.name}") as writer:
            writer.write(path.read_bytes())
    deadline = time.monotonic() + _WAIT_SECONDS
    while len(list(running.wiring.jobs.jobs(JobState.CLOSED))) < jobs:
        if time.monotonic() > deadline:
            raise TimeoutError(running.log[-2000:])
        running.system.tick()
        time.sleep(_TICK_SECONDS)
