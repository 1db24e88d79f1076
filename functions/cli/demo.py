"""The demo: a sample of invented patients through the whole pipeline."""

from pathlib import Path

from functions.cli import hints, screen
from functions.cli.options import messages, output
from functions.cli.report import WorkspaceReport, workspace_report
from functions.cli.run import collect, run
from functions.cli.workspace import worked_in

_SAMPLE_FOLDER = "sample"


def demo(workspace: Path) -> WorkspaceReport:
    """Make the sample in a workspace that is emptied first, and run the main job on it.

    Raises:
        WorkspaceUnusable: the workspace holds something that is not the demo's.
    """
    from shared.local.sample import make_sample

    with worked_in(workspace, demo=True) as wiring:
        sample = make_sample(workspace / _SAMPLE_FOLDER)
        messages().print(
            f"The sample: {sample.instance_count} instances of invented patients, {sample.other_count} other "
            f"members of an archive, {sample.bad_count} bad files. A local double stands in for the AI "
            "service; the structures that it draws mean nothing.",
            highlight=False,
        )
        run(wiring, collect([sample.folder], workspace), wait_seconds=None)
        return workspace_report(wiring)


def draw(report: WorkspaceReport, workspace: Path) -> None:
    """Draw what became of the sample, and say how to go on."""
    console = output()
    screen.draw_report(console, report)
    places = {
        "originals": workspace / "clinical" / "intake",
        "what was released": workspace / "released" / "jobs",
        "results": workspace / "clinical" / "results",
        "one line an event": workspace / "log.jsonl",
    }
    console.print("\n[bold]Where things lie[/]")
    screen.draw_fields(console, {f"  {name}": place for name, place in places.items()})
    screen.draw_commands(console, hints.after_demo(report, workspace))
