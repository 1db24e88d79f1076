"""How to go on: commands with the real names of this run, ready to be copied."""

from pathlib import Path

from functions.cli.options import command_line
from functions.cli.report import ExceptionReport, SeriesReport, WorkspaceReport
from shared.errors import DestinationUnauthorized, TokensMissing

#: errors whose way out is another token pair
_ABOUT_TOKENS = {DestinationUnauthorized.code, TokensMissing.code}


def after_run(report: WorkspaceReport, workspace: Path) -> dict[str, str]:
    """What a person may want to do after a run: purpose to command."""
    commands = {} if report.settled else go_on(workspace)
    if report.exceptions:
        commands["What failed, and the way out"] = _show(report.exceptions[0], workspace)
    return commands


def go_on(workspace: Path) -> dict[str, str]:
    """What a person does later about what is still in flight."""
    return {"Go on with what is still in flight": command_line("run", workspace=workspace)}


def after_demo(report: WorkspaceReport, workspace: Path) -> dict[str, str]:
    """The three commands to try after the demo: purpose to command."""
    commands = {}
    if report.series:
        handle = max(report.series, key=_interest).handle
        commands["Why rules claimed a series, or did not"] = command_line(
            "status", handle, workspace=workspace
        )
    if report.exceptions:
        commands["What failed, and the way out"] = _show(report.exceptions[0], workspace)
    own = command_line("run", str(workspace / "sample"), workspace=Path("my-workspace"))
    commands["Your own files, folders and ZIPs in place of the sample"] = own
    return commands


def for_exception(report: ExceptionReport, workspace: Path) -> dict[str, str]:
    """What a person can do about one exception: purpose to command."""
    if report.status != "open":
        return {}
    commands = {}
    if report.code in _ABOUT_TOKENS:
        stored = command_line("secrets", "set", "DESTINATION", workspace=workspace)
        commands["Store another token pair first"] = stored
    again = command_line("exceptions", "retry", report.exception_id, workspace=workspace)
    given_up = command_line(
        "exceptions", "archive", report.exception_id, "--why", "the reason", workspace=workspace
    )
    return {**commands, "Once the cause is gone": again, "To close it for good": given_up}


def _show(exception: ExceptionReport, workspace: Path) -> str:
    return command_line("exceptions", "show", exception.exception_id, workspace=workspace)


def _interest(series: SeriesReport) -> tuple[bool, int]:
    """A series that a ruleset claims in part tells most."""
    return series.ruleset is not None and series.matched < series.instances, series.instances
