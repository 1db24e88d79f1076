"""The demo: a sample of invented patients through the whole pipeline."""

import shutil
from pathlib import Path

from rich.console import Console

from functions.cli import screen
from functions.cli.report import workspace_report
from functions.cli.run import run
from functions.cli.workspace import worked_in

_SAMPLE_FOLDER = "sample"


def demo(workspace: Path, console: Console) -> None:
    """Make the sample, run the main job on it in a fresh workspace, and say how to go on."""
    from shared.local.sample import make_sample

    if (workspace / "ledger").is_dir():
        shutil.rmtree(workspace)
    workspace.mkdir(parents=True, exist_ok=True)
    sample = make_sample(workspace / _SAMPLE_FOLDER)
    console.print(
        f"The sample: {sample.instance_count} instances of invented patients, {sample.other_count} other "
        f"members of an archive, {sample.bad_count} bad files."
    )
    with worked_in(workspace) as wiring:
        run(wiring, [sample.folder], console, wait_seconds=None)
        report = workspace_report(wiring)
    screen.draw_report(console, report)
    _say_how_to_go_on(workspace, console)


def _say_how_to_go_on(workspace: Path, console: Console) -> None:
    lines = (
        "",
        "[bold]Where things lie[/]",
        f"  originals and results   {workspace}/clinical/intake, {workspace}/clinical/results",
        f"  what was released       {workspace}/released/jobs",
        f"  one line an event       {workspace}/log.jsonl",
        "[bold]What to try next[/]",
        f"  airlock status HANDLE -w {workspace}   why rules claimed a series, or did not",
        f"  airlock exceptions show ID -w {workspace}   what failed, and the way out",
        "  airlock run PATH                       your own files, folders and ZIPs",
    )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
