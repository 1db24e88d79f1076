"""Runs measurements in turns, each in a process of its own, and prints tables of medians."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, gettempdir
from typing import NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from shared.adapters.files import FileSecrets
from shared.ports.keys import TokenPair
from tests.benchmarks.worker import Cost, Report

#: in memory where the system has such a folder; there a commit costs CPU but no waiting
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(gettempdir())
DISK = Path(gettempdir())

_REPOSITORY = Path(__file__).parents[2]
_DESTINATION = "autosegmentation"


class Destination:
    """The double of the destination in a process of its own, so that its work is not counted."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "shared.local.autosegmentation", "--folder", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_REPOSITORY)
        facts = dict(self._process.stdout.readline().strip().split("=", 1) for _ in range(4))
        self.environ = {"AUTOSEGMENTATION_URL": facts.pop("base_url")}
        self.tokens = msgspec.convert(facts, TokenPair, strict=False)

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


class Round(NamedTuple):
    """The reports of one round by job; ratios are taken within a round only."""

    reports: Mapping[str, Report]

    def cost(self, step: str) -> Cost:
        """What a step cost, whichever job it belongs to."""
        return next(each.costs[step] for each in self.reports.values() if step in each.costs)

    def ratio(self, step: str, baseline: str) -> float:
        """The CPU of a step over that of the baseline."""
        return self.cost(step).cpu / self.cost(baseline).cpu


class Bench:
    """Measures jobs.

    Args:
        destination: where the flow exports to.
        warm_up: a small series that goes through before the one that is measured.
        kept: what stays on the disk until all is measured. File systems may pass over the inodes of files
            that were just deleted, one by one, and whoever makes files next would pay for that.
    """

    def __init__(self, destination: Destination, warm_up: Path, kept: ExitStack) -> None:
        self._destination = destination
        self._warm_up = warm_up
        self._kept = kept

    def rounds(self, jobs: Sequence[str], source: Path, *, place: Path, count: int) -> list[Round]:
        """Measure all jobs `count` times, in turn from the first to the last and back."""
        orders = (jobs if number % 2 == 0 else jobs[::-1] for number in range(count))
        return [Round({job: self.measure(job, source, place) for job in order}) for order in orders]

    def measure(self, job: str, source: Path, place: Path) -> Report:
        """Measure one job in a new process and a new workspace."""
        with ExitStack() as stack:
            keeper = self._kept if place == DISK else stack
            folder = keeper.enter_context(TemporaryDirectory(prefix="airlock-benchmark-", dir=place))
            workspace = Path(folder) / "workspace"
            FileSecrets(workspace / "secrets").store_tokens(_DESTINATION, self._destination.tokens)
            command = [sys.executable, "-m", "tests.benchmarks.worker", job, source, workspace, self._warm_up]
            environ = {**os.environ, **self._destination.environ}
            done = subprocess.run(command, env=environ, cwd=_REPOSITORY, stdout=subprocess.PIPE, check=True)
        return msgspec.json.decode(done.stdout, type=Report)


def median_of(rounds: Sequence[Round], number: Callable[[Round], float]) -> float:
    """The median of one number of each round."""
    return median(number(each) for each in rounds)


def draw_costs(
    title: str, rounds: Sequence[Round], steps: Mapping[str, str], baselines: Mapping[str, str]
) -> None:
    """Print seconds and ratios, each the median of the rounds.

    Args:
        title: stands above the table.
        rounds: what was measured.
        steps: the steps to show and their labels, in order.
        baselines: the steps to compare with, and the headings of their columns.
    """
    table = Table("Step", "CPU s", "wall s", *baselines.values(), title=title, title_justify="left")
    for step, label in steps.items():
        cpu = median_of(rounds, lambda each, step=step: each.cost(step).cpu)
        wall = median_of(rounds, lambda each, step=step: each.cost(step).wall)
        ratios = [
            median_of(rounds, lambda each, step=step, base=base: each.ratio(step, base)) for base in baselines
        ]
        table.add_row(label, f"{cpu:.2f}", f"{wall:.2f}", *(f"{ratio:.2f}" for ratio in ratios))
    draw(table)


def draw(*things: object) -> None:
    """Print tables and lines, as wide as they are."""
    Console(width=max(100, shutil.get_terminal_size().columns)).print("", *things, sep="\n", highlight=False)


def verdict(what: str, value: float, target: float, unit: str = "") -> str:
    """Say whether a value keeps below its target; nothing fails where it does not."""
    outcome = "met" if value <= target else "NOT met"
    return f"{what}: {value:.2f}{unit}, target ≤ {target:g}{unit}: {outcome}"


def peak_of(pid: int) -> float:
    """Bytes of the largest resident sets of a process and its children together."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    threads = Path(f"/proc/{pid}/task").iterdir()
    children = " ".join((each / "children").read_text() for each in threads).split()
    return own + sum(map(peak_of, map(int, children)))


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and its children, finer than the ticks of `/proc/PID/stat`."""
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    own = sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9
    children = " ".join((each / "children").read_text() for each in threads).split()
    return own + sum(map(cpu_of, map(int, children)))
