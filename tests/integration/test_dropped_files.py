"""Files that a person drops into the workspace's intake by hand."""

from pathlib import Path

from functions.cli.engine import Engine
from functions.cli.workspace import worked_in
from shared.balance import balance
from tests.instances import ct_image


def test_a_file_dropped_before_the_first_run_is_taken_in(tmp_path: Path) -> None:
    """What lies in the intake when the first process starts reaches the pipeline like any upload."""
    workspace = tmp_path / "workspace"
    intake = workspace / "clinical" / "intake"
    intake.mkdir(parents=True)
    (intake / "dropped.dcm").write_bytes(ct_image())

    with worked_in(workspace) as wiring:
        Engine(wiring).settle(poll_seconds=0.01, wait_seconds=30)
        counts = balance(wiring.ledger, wiring.jobs, wiring.clinical)

    assert (counts.received, counts.in_flight) == (1, 0)
