"""What an instance costs each function behind Google's clients: the flow on the emulators, by processes.

These seconds of CPU are what `airlock cost` reckons with. Without the emulators there is nothing to measure.
"""

import time
import zipfile
from functools import partial
from pathlib import Path

import pytest
from rich.table import Table

from functions.pipeline import PIPELINE
from shared.balance import balance
from shared.states import JobState
from tests.acceptance.emulated import Emulated, emulated
from tests.benchmarks.harness import MEMORY, Bench, cpu_of, draw
from tests.waiting import until

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


def test_cloud_throughput(bench: Bench, slices: Path, small: Path, folder: Path) -> None:
    """How fast a series gets from the first upload to the destination, where all share this machine."""
    files, warm_up = sorted(slices.iterdir()), sorted(small.iterdir())[:4]
    alone, flow = (bench.measure(job, slices, MEMORY) for job in ("deidentify", "flow"))
    seconds = {
        "de-identification alone": alone.costs["de-identification alone"].wall,
        "the flow in one process": flow.costs["until exported"].wall,
    }
    for way, pack in (("files", list), ("one ZIP", partial(_zipped, target=folder / "series"))):
        with emulated(folder / f"throughput-{way[:3]}", quiet_period=0.0) as running:
            _through(running, warm_up, "warm-up", jobs=1)
            seconds[f"on the emulators, as {way}"] = _exported_after(running, pack(files), len(files))

    table = Table("Way", "s on the wall", "instances/s", "x alone")
    for way, spent in seconds.items():
        ratio = spent / seconds["de-identification alone"]
        table.add_row(way, f"{spent:.2f}", f"{len(files) / spent:.0f}", f"{ratio:.1f}")
    draw(table)
    assert alone.instances == flow.instances == len(files)


def _exported_after(running: Emulated, files: list[Path], count: int) -> float:
    """Seconds from the first upload until the package is sent; a minute comes once all is accepted."""
    ledger, jobs = running.wiring.ledger, running.wiring.jobs
    started = time.monotonic()
    _drop(running, files, "measured")
    until(
        lambda: sum(each.instance_count for each in ledger.open_series()) >= count, _WAIT_SECONDS, look=0.25
    )
    running.system.tick()
    until(
        lambda: any(job.instance_count == count for job in jobs.jobs(JobState.EXPORTED)),
        _WAIT_SECONDS,
        look=0.25,
    )
    return time.monotonic() - started


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
    _drop(running, files, folder)
    closed = running.wiring.jobs.jobs
    running.let_minutes_come_until(
        lambda: len(list(closed(JobState.CLOSED))) >= jobs, _WAIT_SECONDS, every=_TICK_SECONDS
    )


def _drop(running: Emulated, files: list[Path], folder: str) -> None:
    for path in files:
        with running.wiring.clinical.create(f"intake/hospital/{folder}/{path.name}") as writer:
            writer.write(path.read_bytes())
