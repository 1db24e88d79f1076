"""What `airlock deid run` costs an instance, beside copying and hashing the same files.

The cost is marginal: three times the files minus once the files, so that the start stands apart.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from pydicom import dcmread
from rich.table import Table

from tests.benchmarks.harness import MEMORY, draw, verdict

_COPIES = (1, 3)
_COPY = """
import hashlib, os, sys
files = [f"{folder}/{name}" for folder in sys.argv[2:] for name in sorted(os.listdir(folder))]
for number, path in enumerate(files):
    digest = hashlib.sha256()
    with open(path, "rb") as source, open(f"{sys.argv[1]}/{number}", "wb") as target:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
            target.write(chunk)
"""
#: the same with one buffer and no more calls than it takes: nothing that writes and hashes files takes less
_LEAST = """
import hashlib, os, sys
buffer = bytearray(256 << 10)
view = memoryview(buffer)
files = [f"{folder}/{name}" for folder in sys.argv[2:] for name in sorted(os.listdir(folder))]
for number, path in enumerate(files):
    digest = hashlib.sha256()
    source = os.open(path, os.O_RDONLY)
    target = os.open(f"{sys.argv[1]}/{number}", os.O_WRONLY | os.O_CREAT)
    while size := os.readv(source, [buffer]):
        digest.update(view[:size])
        os.write(target, view[:size])
    os.close(source)
    os.close(target)
"""
#: workload: the ratio that the project wants to keep below
_TARGETS = {"slices": 1.3, "multiframe": 0.9, "compressed": 1.4}
_MOST_MS_OF_SMALL = 0.35
_MOST_MB_OF_MULTIFRAME = 40.0
_MOST_START_SECONDS = 0.25


class Used(NamedTuple):
    """What a process used: seconds of CPU, and the peak of its resident set in MB."""

    cpu: float
    megabytes: float


def used(command: Sequence[str | os.PathLike[str]]) -> Used:
    """Run a command and ask the system what it used."""
    launcher = [sys.executable, Path(__file__).with_name("used.py"), *command]
    answer = subprocess.run(launcher, capture_output=True, text=True, check=True)
    cpu, kibibytes = answer.stdout.split()
    return Used(float(cpu), float(kibibytes) * 1024 / 1e6)


def copied(script: str, folders: Sequence[Path], target: Path) -> Used:
    """Copy and hash every file."""
    target.mkdir()
    return used([sys.executable, "-c", script, target, *folders])


def deidentified(folders: Sequence[Path], target: Path) -> Used:
    """De-identify every file with the basic profile."""
    command = [Path(sys.executable).with_name("airlock"), "deid", "run", folders[0].parent, target]
    return used([*command, "--workspace", target.parent / "workspace"])


def marginal(job: Callable[[Sequence[Path], Path], Used], source: Path) -> tuple[float, Used]:
    """Seconds of CPU for the files once, without the start; and what it used for them with the start."""
    with TemporaryDirectory(prefix="airlock-batch-", dir=MEMORY) as folder:
        once, thrice = (_with_copies(job, source, Path(folder), copies) for copies in _COPIES)
    return (thrice.cpu - once.cpu) / (_COPIES[1] - _COPIES[0]), once


def _with_copies(
    job: Callable[[Sequence[Path], Path], Used], source: Path, folder: Path, copies: int
) -> Used:
    """Every copy is a folder of its own, of instances with UIDs of their own."""
    folders = [folder / f"in-{copies}" / str(number) for number in range(copies)]
    for number, each in enumerate(folders):
        shutil.copytree(source, each, copy_function=partial(_another, number))
    target = folder / f"out-{copies}"
    result = job(folders, target)
    shutil.rmtree(target)
    return result


def _another(number: int, source: str, target: str) -> None:
    """Write an instance that differs in the last digit of its SOP Instance UID."""
    content = Path(source).read_bytes()
    uid = str(dcmread(source, specific_tags=["SOPInstanceUID"], stop_before_pixels=True).SOPInstanceUID)
    other = f"{uid[:-1]}{(int(uid[-1]) + number) % 10}"
    Path(target).write_bytes(content.replace(uid.encode(), other.encode()))


@pytest.mark.parametrize("workload", ["slices", "small", "multiframe", "compressed"])
def test_batch(workload: str, rounds: int, request: pytest.FixtureRequest) -> None:
    """The marginal CPU of a workload over that of copying and hashing it, round by round."""
    source = request.getfixturevalue(workload)
    count = len(list(source.iterdir()))
    ratios, leasts, seconds, peaks = [], [], [], []

    for _ in range(rounds):
        copy, _ = marginal(partial(copied, _COPY), source)
        least, _ = marginal(partial(copied, _LEAST), source)
        own, once = marginal(deidentified, source)
        ratios.append(own / copy)
        leasts.append(least / copy)
        seconds.append(own)
        peaks.append(once.megabytes)

    ms = median(seconds) / count * 1e3
    table = Table("Workload", "files", "ms of CPU an instance", "x copy", "the least, x copy", "peak MB")
    ratio, peak = median(ratios), median(peaks)
    table.add_row(workload, str(count), f"{ms:.3f}", f"{ratio:.2f}", f"{median(leasts):.2f}", f"{peak:.1f}")
    draw(table, *_verdicts(workload, ratio, ms, peak))
    assert min(seconds) > 0


def test_start(small: Path, rounds: int, tmp_path: Path) -> None:
    """What the command costs with one small file."""
    source = tmp_path / "in" / "0"
    source.mkdir(parents=True)
    shutil.copy(min(small.iterdir()), source)

    seconds = [deidentified([source], tmp_path / f"out-{number}").cpu for number in range(rounds)]

    table = Table("Start", "CPU s, least", "median")
    table.add_row("one file", f"{min(seconds):.3f}", f"{median(seconds):.3f}")
    draw(table, verdict("Start", median(seconds), _MOST_START_SECONDS, " CPU s"))
    assert min(seconds) > 0


def _verdicts(workload: str, ratio: float, ms: float, peak: float) -> list[str]:
    verdicts = []
    if workload in _TARGETS:
        verdicts.append(verdict("Over copying and hashing", ratio, _TARGETS[workload]))
    if workload == "small":
        verdicts.append(verdict("An instance", ms, _MOST_MS_OF_SMALL, " ms"))
    if workload == "multiframe":
        verdicts.append(verdict("Peak", peak, _MOST_MB_OF_MULTIFRAME, " MB"))
    return verdicts
