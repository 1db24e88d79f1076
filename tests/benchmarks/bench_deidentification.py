"""What the de-identification costs: the stage beside copying and hashing, and its parts in memory."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from statistics import median
from time import process_time
from typing import TypeVar

import pytest
from pydicom import dcmread
from rich.table import Table

from functions.cli.workspace import default_rulesets
from shared.adapters.imaging import imaging_from
from shared.deid.instance import Deidentifier
from shared.deid.rules.load import load_profiles
from shared.dicom.read import read_header
from shared.dicom.source import ByteSource, MemorySource
from shared.dicom.validate import validate
from tests.benchmarks.harness import MEMORY, Bench, draw, draw_costs

_ALONE, _COPY = "de-identification alone", "copy and SHA-256"
_IN_MEMORY = 100

T = TypeVar("T")


class _Keys:
    """Keys that are no secret."""

    def derive(self, purpose: str) -> bytes:
        return purpose.encode().ljust(32, b".")


@pytest.mark.parametrize("workload", ["slices", "small"])
def test_stage(bench: Bench, workload: str, rounds: int, request: pytest.FixtureRequest) -> None:
    """The stage from accepted instances to released shards, in pairs with a copy of the same files."""
    source = request.getfixturevalue(workload)
    count = len(list(source.iterdir()))

    measured = bench.rounds(("copy", "deidentify"), source, place=MEMORY, count=rounds)

    steps = {_COPY: "copy and SHA-256 of the same files", _ALONE: _ALONE}
    draw_costs(f"{count} instances ({workload}), {rounds} rounds", measured, steps, {_COPY: "x copy"})
    assert all(report.instances == count for each in measured for report in each.reports.values())


def test_parts(slices: Path) -> None:
    """Reading, checking and de-identifying headers in memory, instance by instance."""
    files = [path.read_bytes() for path in sorted(slices.iterdir())[:_IN_MEMORY]]
    rulesets = default_rulesets()
    profile = load_profiles(rulesets / "deidentify")["modified_dates"]
    deidentifier = Deidentifier(profile, _Keys(), imaging_from(rulesets / "pixels"))
    headers = [read_header(MemorySource(file)) for file in files]
    table = Table("Part", "first, µs", "median, µs", title="One header in memory, CPU", title_justify="left")

    table.add_row("read", *_timed(lambda header: read_header(header.source), headers))
    table.add_row("validate", *_timed(lambda header: validate(header, frame_bytes_limit=1 << 30), headers))
    sources = [header.source for header in headers]
    table.add_row("de-identify", *_timed(deidentifier.deidentify, sources))
    table.add_row("de-identify a new layout", *_timed(deidentifier.deidentify, [*_differing(files[0])]))

    draw(table)
    assert len(deidentifier.uids) > len(files)


def _differing(file: bytes) -> Iterator[ByteSource]:
    """Instances of which no two have the same layout."""
    image = dcmread(BytesIO(file))
    for length in range(2, 2 * _IN_MEMORY, 2):
        image.ImageComments = "x" * length
        buffer = BytesIO()
        image.save_as(buffer)
        yield MemorySource(buffer.getvalue())


def _timed(work: Callable[[T], object], arguments: Iterable[T]) -> tuple[str, str]:
    """CPU of the first call and the median of all, in microseconds."""
    seconds = []
    for argument in arguments:
        started = process_time()
        work(argument)
        seconds.append(process_time() - started)
    return f"{seconds[0] * 1e6:.0f}", f"{median(seconds) * 1e6:.0f}"
