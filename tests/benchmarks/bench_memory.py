"""How much memory `airlock run` takes, from a series of slices to one file that is larger than the limit."""

import pytest
from rich.table import Table

from tests.benchmarks.harness import MEMORY, Bench, draw, verdict

_TARGET_MB = 300.0


@pytest.mark.parametrize(
    ("workload", "job"),
    # The destination's double would take gigabytes to look at the large file: there it ends with the export.
    [("slices", "command"), ("small", "command"), ("large", "command"), ("multiframe", "export")],
    ids=["slices", "small", "large", "multiframe"],
)
def test_peak(bench: Bench, workload: str, job: str, request: pytest.FixtureRequest) -> None:
    """The largest resident set of the process that runs the command, from its first import to its end."""
    source = request.getfixturevalue(workload)
    files = list(source.iterdir())
    megabytes = sum(path.stat().st_size for path in files) / 1e6

    report = bench.measure(job, source, MEMORY)

    peak, cost = report.peak_bytes / 1e6, report.costs["airlock run"]
    table = Table("Input", "files", "MB", "peak MB", "CPU s", title="`airlock run`", title_justify="left")
    table.add_row(workload, str(len(files)), f"{megabytes:.0f}", f"{peak:.0f}", f"{cost.cpu:.2f}")
    draw(table, verdict("Peak", peak, _TARGET_MB, " MB"))
    assert report.instances == len(files)
