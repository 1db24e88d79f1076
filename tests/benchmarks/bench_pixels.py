"""What it costs to blank the pixels of one 600 MB multi-frame image, and how much memory it takes."""

import subprocess
import sys
from pathlib import Path
from statistics import median

import msgspec
from rich.table import Table

from tests.benchmarks.harness import draw, verdict
from tests.benchmarks.pixels_worker import _JOBS, PixelReport

_TARGET_RATIO, _TARGET_MB = 1.4, 40.0


def measured(job: str, file: Path, target: Path) -> PixelReport:
    """One measurement in a new process."""
    command = [sys.executable, "-m", "tests.benchmarks.pixels_worker", job, file, target]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=Path(__file__).parents[2])
    return msgspec.json.decode(done.stdout, type=PixelReport)


def test_blanking_streams(multiframe: Path, folder: Path, rounds: int) -> None:
    """Compared with copying and hashing the same pixels, in turns."""
    file, target = multiframe / "multiframe.dcm", folder / "blanked"
    target.write_bytes(bytes(file.stat().st_size))
    reports = {job: [] for job in _JOBS}
    for _ in range(rounds):
        for job, found in reports.items():
            found.append(measured(job, file, target))
    target.unlink()

    cpu = {job: median(each.cpu for each in found) for job, found in reports.items()}
    peak = max(each.peak_bytes for found in reports.values() for each in found) / 1e6
    table = Table("600 MB", "CPU s", "of copying", title="Blanking native pixels", title_justify="left")
    for job, seconds in cpu.items():
        table.add_row(job, f"{seconds:.2f}", f"{seconds / cpu['copy']:.2f}")
    ratio = cpu["blank"] / cpu["copy"]
    draw(
        table,
        verdict("Blanking", ratio, _TARGET_RATIO),
        verdict("Peak", peak, _TARGET_MB, " MB"),
    )
    assert peak > 0
