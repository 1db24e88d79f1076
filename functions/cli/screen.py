"""Draw reports for a terminal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from functions.cli.doctor import Finding
from functions.cli.report import ExceptionReport, SeriesReport, WorkspaceReport
from shared.errors import AirlockError

_SHOWN_CONDITIONS, _SHOWN_LETTERS = 4, 48
_GOOD, _BAD, _QUIET = "green", "red", "dim"


def draw_report(console: Console, report: WorkspaceReport) -> None:
    """Draw everything: what matched and why, what was exported, what came back, what failed, the balance."""
    draw_series(console, report.series)
    for series in report.series:
        draw_reason(console, series)
    draw_exceptions(console, report.exceptions)
    draw_balance(console, report.balance)


def draw_series(console: Console, series: Iterable[SeriesReport]) -> None:
    """One row a series."""
    table = Table(title="Series", title_justify="left", header_style="bold")
    for column in ("Handle", "Modality", "Matched", "Ruleset", "Profile", "State"):
        table.add_column(column, overflow="fold")
    for each in series:
        table.add_row(
            each.handle,
            each.modality,
            f"{each.matched} of {each.instances}",
            each.ruleset or "-",
            each.profile or "-",
            each.state,
        )
    console.print(table)


def draw_reason(console: Console, series: SeriesReport) -> None:
    """Why a ruleset claims a series or none does, what was exported and what came back."""
    console.print(f"[bold]{series.handle}[/] {series.study}/{series.series}", highlight=False)
    for line in reasons(series):
        console.print(f"  {escape(line)}", style=_QUIET, highlight=False, soft_wrap=True)
    if series.transaction_id:
        sent = f"  exported to {series.destination}, transaction {series.transaction_id}"
        console.print(sent, style=_GOOD, highlight=False)
    if series.result:
        result = f"  RTSTRUCT under the original identity: {escape(series.result)}"
        console.print(result, style=_GOOD, highlight=False, soft_wrap=True)


def reasons(series: SeriesReport) -> list[str]:
    """What decided, a line a ruleset: what held, or where none claims the series, what did not."""
    lines = []
    for heading, conditions in _by_ruleset(series.trace):
        name = heading.partition(" ")[0]
        if name == series.ruleset:
            held = [_shortened(line) for line in conditions if line.endswith(": yes")]
            lines.append(f"claimed by {name}: {'; '.join(held[:_SHOWN_CONDITIONS])}")
        elif series.ruleset is None:
            failed = next((line for line in conditions if not line.endswith(": yes")), "no condition holds")
            lines.append(f"not claimed by {name}: {_shortened(failed)}")
    return lines


def _shortened(condition: str) -> str:
    text, _, verdict = condition.rpartition(": ")
    text = text.removesuffix(" (ignoring case)")
    return f"{text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + '...'} ({verdict})"


def _by_ruleset(trace: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Split a trace at its headings; keep of each ruleset its first verdict's conditions, groups left out."""
    starts = [*(place for place, line in enumerate(trace) if not line.startswith(" ")), len(trace)]
    for start, end in pairwise(starts):
        verdicts = [place for place in range(start + 1, end) if not trace[place].startswith("   ")]
        stop = verdicts[1] if len(verdicts) > 1 else end
        conditions = [line.strip() for line in trace[start + 2 : stop]]
        yield (
            trace[start],
            [line for line in conditions if line.partition(":")[0] not in {"all", "any", "not"}],
        )


def draw_trace(console: Console, series: SeriesReport) -> None:
    """Every condition of every ruleset, and whether it held."""
    for line in series.trace:
        console.print(escape(line), highlight=False, soft_wrap=True)


def draw_exceptions(console: Console, exceptions: Iterable[ExceptionReport]) -> None:
    """One row an exception."""
    rows = list(exceptions)
    if not rows:
        console.print("No exceptions.", style=_GOOD)
        return
    table = Table(title="Exceptions", title_justify="left", header_style="bold")
    for column in ("Id", "Stage", "Code", "Cause", "Status"):
        table.add_column(column, overflow="fold")
    for each in rows:
        table.add_row(
            each.exception_id, each.stage, f"[{_BAD}]{each.code}[/]", escape(each.cause), each.status
        )
    console.print(table)


def draw_fields(console: Console, fields: dict[str, object]) -> None:
    """One line a field."""
    for name, value in fields.items():
        console.print(f"[bold]{name}[/]: {escape(str(value))}", highlight=False, soft_wrap=True)


def draw_balance(console: Console, balance: dict[str, int | bool]) -> None:
    """The equation with its numbers."""
    terms = " + ".join(
        f"{name.replace('_', ' ')} {count}"
        for name, count in balance.items()
        if name not in {"received", "closed"}
    )
    verdict = f"[{_GOOD}]closed[/]" if balance["closed"] else f"[{_BAD}]OPEN: instances are missing[/]"
    console.print(f"[bold]Balance[/]: received {balance['received']} = {terms}  {verdict}", highlight=False)


def draw_findings(console: Console, findings: Iterable[Finding]) -> None:
    """One row a check."""
    table = Table(title="Installation", title_justify="left", header_style="bold")
    for column in ("Check", "Fit", "Found"):
        table.add_column(column, overflow="fold")
    for each in findings:
        fit = f"[{_GOOD}]yes[/]" if each.fit else f"[{_BAD}]no[/]"
        table.add_row(each.check, fit, escape(each.detail))
    console.print(table)


def draw_error(console: Console, error: AirlockError) -> None:
    """What is wrong, its code, and the way out."""
    console.print(f"[{_BAD}]Error[/] {error.code}: {escape(error.cause)}", highlight=False, soft_wrap=True)
    console.print(f"{escape(error.remedy)}", highlight=False, soft_wrap=True)
