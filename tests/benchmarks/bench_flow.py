"""What the whole flow costs beside the de-identification alone, and beside copying and hashing."""

from pathlib import Path

import pytest

from tests.benchmarks.harness import DISK, MEMORY, Bench, draw, draw_costs, median_of, verdict

_JOBS = ("copy", "deidentify", "flow")
_ALONE, _COPY = "de-identification alone", "copy and SHA-256"
_STEPS = {
    _COPY: "copy and SHA-256 of the same files",
    _ALONE: "de-identification alone",
    "until exported": "the flow until exported",
    "until delivered": "the flow until the result is delivered",
    "take in": "  take in",
    "validate": "  validate",
    "match": "  match",
    "deidentify": "  deidentify",
    "export": "  export",
    "retrieve": "  retrieve",
    "reidentify": "  reidentify",
}
_TARGET = 3.0


@pytest.mark.parametrize("place", [MEMORY, DISK], ids=["memory", "disk"])
def test_flow(bench: Bench, slices: Path, rounds: int, place: Path) -> None:
    """The flow of a series of slices, in pairs with the de-identification of the same series alone."""
    count = len(list(slices.iterdir()))

    measured = bench.rounds(_JOBS, slices, place=place, count=rounds)

    draw_costs(
        f"{count} CT slices, workspace in {place}, {rounds} rounds",
        measured,
        _STEPS,
        {_COPY: "x copy", _ALONE: "x de-identification"},
    )
    for step in ("until exported", "until delivered"):
        ratio = median_of(measured, lambda each, step=step: each.ratio(step, _ALONE))
        draw(verdict(f"The flow {step}, over the de-identification alone", ratio, _TARGET))
    assert all(report.instances == count for each in measured for report in each.reports.values())
