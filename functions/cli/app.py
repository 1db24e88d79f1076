"""`airlock`: run the pipeline on this machine, look into it, decide about its exceptions.

Exit codes: 0 all is well; 1 something waits for a person: exceptions are open, or files were left out;
2 wrong usage, configuration or storage; 3 work is still in flight; 130 stopped by Ctrl-C.
"""

import logging
import signal
import sys
import warnings
from collections import Counter
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from functions.cli import deid, exceptions, screen, services, tokens
from functions.cli.cost import command as cost_command
from functions.cli.options import (
    JsonOption,
    NamesOption,
    RulesetsOption,
    WorkspaceOption,
    messages,
    output,
    print_json,
    print_text,
    program,
)
from functions.cli.workspace import DEFAULT_WORKSPACE, looked_at, worked_in
from shared.adapters.disk_failures import disk_failures
from shared.errors import AirlockError

if TYPE_CHECKING:
    from functions.cli.report import WorkspaceReport
    from functions.cli.run import Batch

WAITS_FOR_A_PERSON, USAGE, IN_FLIGHT, INTERRUPTED = 1, 2, 3, 130

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Take DICOM in, de-identify it, send it to an outside AI service, bring the results back. "
    "Begin with `airlock demo`.",
    epilog="Exit codes: 0 all is well, 1 something waits for a person, 2 wrong usage, configuration or "
    "storage, 3 still in flight, 130 stopped by Ctrl-C.",
)
app.command()(services.up)
app.command()(services.emulators)
app.command()(cost_command.cost)
app.add_typer(deid.app, name="deid")
app.add_typer(exceptions.app, name="exceptions")
app.add_typer(tokens.app, name="secrets")

ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="This de-identification profile for every series.")
]
WaitOption = Annotated[
    float | None,
    typer.Option("--wait", min=0, help="Seconds to wait for the outside; without it, as long as it takes."),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_text(version("airlock-dicom") + "\n")
        raise typer.Exit


@app.callback()
def group(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit."),
    ] = False,
) -> None:
    """Answer what concerns no single command."""


@app.command()
def run(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, folders, ZIPs; none resumes what the workspace holds.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    profile: ProfileOption = None,
    wait: WaitOption = None,
    names: NamesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run the whole pipeline on your files; run it again to resume after an interruption.

    Without AUTOSEGMENTATION_URL in the environment a local double of the service stands in.

    Example: airlock run ~/scans scans.zip --workspace /data/airlock
    """
    from functions.cli import hints
    from functions.cli.report import workspace_report
    from functions.cli.run import collect
    from functions.cli.run import run as run_job

    batch = collect(paths or [], workspace)
    with worked_in(workspace, rulesets, profile=profile) as wiring:
        settled = run_job(wiring, batch, wait_seconds=wait)
        report = _with_batch(workspace_report(wiring), batch, settled=settled, names=names)
    if as_json:
        print_json(report)
    else:
        screen.draw_report(output(), report)
        screen.draw_commands(output(), hints.after_run(report, workspace))
    raise typer.Exit(_exit_code(report))


@app.command()
def demo(
    workspace: Annotated[
        Path,
        typer.Option("--workspace", "-w", help="Where the demo works; an earlier demo there is removed."),
    ] = Path("demo-workspace"),
    as_json: JsonOption = False,
) -> None:
    """Make a sample of invented patients and run the main job on it; bad files among them are part of it.

    Example: airlock demo
    """
    from functions.cli import demo as demo_job

    report = demo_job.demo(workspace)
    if as_json:
        print_json(report)
    else:
        demo_job.draw(report, workspace)


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
    from functions.cli.status import find_series

    with looked_at(workspace) as wiring:
        reports = find_series(wiring, series)
    if as_json:
        print_json(reports)
        return
    screen.draw_series(output(), reports)
    for each in reports if series else []:
        screen.draw_reason(output(), each)
        screen.draw_trace(output(), each)


@app.command()
def balance(workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Count every instance: received = exported + unmatched + ignored + rejected + in flight + exceptions.

    Example: airlock balance --json
    """
    from functions.cli.report import balance_report
    from shared.balance import balance as count_balance

    with looked_at(workspace) as wiring:
        report = balance_report(count_balance(wiring.ledger, wiring.jobs, wiring.clinical))
    if as_json:
        print_json(report)
    else:
        screen.draw_balance(output(), report)
    raise typer.Exit(0 if report["closed"] else WAITS_FOR_A_PERSON)


@app.command()
def metadata(
    series: Annotated[str, typer.Argument(help="The series: its UID, or a handle of `airlock status`.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    result: Annotated[bool, typer.Option("--result", help="The result delivered for it instead.")] = False,
) -> None:
    """Print what the headers of a series say, as JSON. It holds patient data: it is for the clinical side.

    Example: airlock metadata 3f2a9c01
    """
    from functions.cli.metadata import metadata_json

    with looked_at(workspace) as wiring:
        print_text(metadata_json(wiring, series, result=result) + "\n")


@app.command()
def doctor(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check whether this installation is fit: versions, rulesets, workspace, key, destination, disk.

    Example: airlock doctor --rulesets ./my-rulesets
    """
    from functions.cli import doctor as examination

    findings = list(examination.examine(workspace, rulesets))
    if as_json:
        print_json(findings)
    else:
        screen.draw_findings(output(), findings)
    raise typer.Exit(0 if all(each.fit for each in findings) else USAGE)


def _with_batch(
    report: "WorkspaceReport", batch: "Batch", *, settled: bool, names: bool
) -> "WorkspaceReport":
    from functions.cli.report import text_of

    return msgspec.structs.replace(
        report,
        settled=settled,
        left_out=dict(Counter(each.reason.value for each in batch.left_out)),
        left_out_names={text_of(each.path): each.reason.value for each in batch.left_out} if names else None,
    )


def _exit_code(report: "WorkspaceReport") -> int:
    if report.exceptions or report.left_out:
        return WAITS_FOR_A_PERSON
    return 0 if report.settled else IN_FLIGHT


def _keep_libraries_quiet() -> None:
    """What libraries warn of or log may quote values of a data set: it is not for the screen."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    if not logging.getLogger().hasHandlers():
        logging.getLogger().addHandler(logging.NullHandler())


def main() -> None:
    """Run the command line; a person's mistake gets a sentence and a way out, never a traceback."""
    _keep_libraries_quiet()
    # A stop by the system is as orderly as one by Ctrl-C: the terminal gets its cursor back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with disk_failures():
            app()
    except AirlockError as error:
        screen.draw_error(messages(), error, program=program())
        sys.exit(USAGE)
    except KeyboardInterrupt:
        _say_stopped()
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _say_stopped()
        raise


def _say_stopped() -> None:
    # Who presses twice has said it already.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    go_on = f"`{program()} run` on the same workspace goes on."
    messages().print(f"Stopped. Nothing is lost: {go_on}", highlight=False, soft_wrap=True)
