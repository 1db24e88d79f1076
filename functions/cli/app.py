"""`airlock`: run the pipeline on this machine, look into it, decide about its exceptions.

Exit codes: 0 all is well; 1 exceptions are open; 2 wrong usage or configuration; 3 work is still in flight.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from functions.cli import demo as demo_job
from functions.cli import doctor as examination
from functions.cli import exceptions, screen
from functions.cli.metadata import metadata_json
from functions.cli.options import JsonOption, RulesetsOption, WorkspaceOption, console, print_json
from functions.cli.report import WorkspaceReport, balance_report, workspace_report
from functions.cli.run import run as run_job
from functions.cli.status import find_series
from functions.cli.workspace import DEFAULT_WORKSPACE, default_rulesets, looked_at, worked_in
from shared.balance import balance as count_balance
from shared.errors import AirlockError

EXCEPTIONS_OPEN, USAGE, IN_FLIGHT = 1, 2, 3

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Take DICOM in, de-identify it, send it to an outside AI service, bring the results back.",
    epilog="Exit codes: 0 all is well, 1 exceptions are open, 2 wrong usage or configuration, 3 in flight.",
)
app.add_typer(exceptions.app, name="exceptions")

ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="This de-identification profile for every series.")
]
WaitOption = Annotated[
    float | None,
    typer.Option("--wait", help="Seconds to wait for the outside; without it, as long as it takes."),
]


@app.command()
def run(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, folders, ZIPs; none resumes what the workspace holds.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    profile: ProfileOption = None,
    wait: WaitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the whole pipeline on your files; run it again to resume after an interruption.

    Without AUTOSEGMENTATION_URL in the environment a local double of the service stands in.

    Example: airlock run ~/scans scans.zip --workspace /data/airlock
    """
    screen_ = console(as_json=as_json)
    with worked_in(workspace, rulesets, profile=profile) as wiring:
        settled = run_job(wiring, paths or [], screen_, wait_seconds=wait)
        report = workspace_report(wiring)
    if as_json:
        print_json(report)
    else:
        screen.draw_report(screen_, report)
    raise typer.Exit(_exit_code(report, settled=settled))


@app.command()
def demo(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="Where the demo works.")] = Path(
        "demo-workspace"
    ),
) -> None:
    """Make a sample of invented patients and run the main job on it.

    Example: airlock demo
    """
    demo_job.demo(workspace, console())


@app.command()
def status(
    series: Annotated[
        str | None, typer.Argument(help="A study or series: its UID, or a handle of the list.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Show where every series stands, or one series with the reasons of every rule.

    Example: airlock status 3f2a9c01
    """
    with looked_at(workspace) as wiring:
        reports = find_series(wiring, series)
    if as_json:
        print_json(reports)
        return
    screen.draw_series(console(), reports)
    for each in reports if series else []:
        screen.draw_reason(console(), each)
        screen.draw_trace(console(), each)


@app.command()
def balance(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Count every instance: received = exported + unmatched + ignored + rejected + in flight + exceptions.

    Example: airlock balance --json
    """
    with looked_at(workspace) as wiring:
        report = balance_report(count_balance(wiring.ledger, wiring.jobs, wiring.clinical))
    if as_json:
        print_json(report)
    else:
        screen.draw_balance(console(), report)
    raise typer.Exit(0 if report["closed"] else EXCEPTIONS_OPEN)


@app.command()
def metadata(
    series: Annotated[str, typer.Argument(help="The series: its UID, or a handle of `airlock status`.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    result: Annotated[bool, typer.Option("--result", help="The result delivered for it instead.")] = False,
) -> None:
    """Print what the headers of a series say, as JSON. It holds patient data: it is for the clinical side.

    Example: airlock metadata 3f2a9c01
    """
    with looked_at(workspace) as wiring:
        sys.stdout.write(metadata_json(wiring, series, result=result) + "\n")


@app.command()
def doctor(workspace: WorkspaceOption = DEFAULT_WORKSPACE, rulesets: RulesetsOption = None) -> None:
    """Check whether this installation is fit: versions, rulesets, key, destination, disk.

    Example: airlock doctor --rulesets ./my-rulesets
    """
    findings = list(examination.examine(workspace, rulesets or default_rulesets()))
    screen.draw_findings(console(), findings)
    raise typer.Exit(0 if all(each.fit for each in findings) else USAGE)


def _exit_code(report: WorkspaceReport, *, settled: bool) -> int:
    if report.exceptions:
        return EXCEPTIONS_OPEN
    return 0 if settled else IN_FLIGHT


def main() -> None:
    """Run the command line; a person's mistake gets a sentence and a way out, never a traceback."""
    try:
        app()
    except AirlockError as error:
        screen.draw_error(console(as_json=True), error)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        console(as_json=True).print("Interrupted. Nothing is lost: `airlock run` resumes.")
        sys.exit(IN_FLIGHT)
