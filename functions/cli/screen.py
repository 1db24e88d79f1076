"""Draw reports for a terminal, however narrow."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from functions.cli.reasons import reasons
from functions.cli.report import ExceptionReport, SeriesReport, WorkspaceReport
from shared.errors import AirlockError

if TYPE_CHECKING:
    from rich.table import Table

    from functions.cli.doctor import Finding

_GOOD, _BAD, _QUIET = "green", "red", "dim"
#: below this width the series' rulesets have no room
_WIDE = 70
_INDENT, _LEAST_WIDTH = "  ", 20
#: of a long report so much is drawn; the lists have all of it
_SHOWN = 20


def draw_report(console: Console, report: WorkspaceReport) -> None:
    """Draw everything: what matched and why, what was exported, what came back, what failed, the balance."""
    draw_series(console, report.series[:_SHOWN])
    for series in report.series[:_SHOWN]:
        draw_reason(console, series)
    _draw_rest(console, len(report.series), "series", "airlock status")
    console.print()
    draw_exceptions(console, report.exceptions[:_SHOWN])
    _draw_rest(console, len(report.exceptions), "exceptions", "airlock exceptions list")
    draw_left_out(console, report)
    console.print()
    draw_balance(console, report.balance)


def draw_series(console: Console, series: Iterable[SeriesReport]) -> None:
    """One row a series."""
    rows = list(series)
    if not rows:
        console.print("No series.", style=_QUIET)
        return
    wide = console.width >= _WIDE
    table = _table("Handle", "Modality", "Matched", *(["Ruleset"] if wide else []), "State")
    for each in rows:
        matched = f"{each.matched} of {each.instances}"
        ruleset = [each.ruleset or "-"] if wide else []
        table.add_row(each.handle, escape(each.modality), matched, *map(escape, ruleset), each.state)
    console.print(table)


def draw_reason(console: Console, series: SeriesReport) -> None:
    """Why a ruleset claims a series or none does, what was exported and what came back."""
    _line(console, f"\n[bold]{series.handle}[/]  study {series.study}, series {series.series}")
    for reason in reasons(series.trace, series.ruleset):
        _prose(console, reason)
    if series.profile:
        _prose(console, f"profile {series.profile}")
    if series.transaction_id:
        sent = f"sent to {escape(str(series.destination))}, transaction {escape(series.transaction_id)}"
        _line(console, f"  {sent}", style=_GOOD)
    if series.result:
        kind = series.result.rpartition("/")[2].partition(".")[0].upper()
        _line(console, f"  {kind} under the original identity: {escape(series.result)}", style=_GOOD)
    if series.exception_id:
        _line(console, f"  held: {series.exception_code}, exception {series.exception_id}", style=_BAD)


def draw_trace(console: Console, series: SeriesReport) -> None:
    """Every condition of every ruleset, and whether it held."""
    _line(console, "\n[bold]Rule by rule[/]")
    for line in series.trace or ("The rules have not judged this series.",):
        _line(console, escape(line))


def draw_exceptions(console: Console, exceptions: Sequence[ExceptionReport]) -> None:
    """Two lines an exception: which, then what."""
    if not exceptions:
        console.print("No exceptions.", style=_GOOD)
        return
    console.print("[bold]Exceptions[/]")
    for each in exceptions:
        status = "" if each.status == "open" else f"  {each.status}"
        _line(console, f"{each.exception_id}  {each.stage}  [{_BAD}]{each.code}[/]{status}")
        _prose(console, each.cause)


def draw_left_out(console: Console, report: WorkspaceReport) -> None:
    """What was not taken in, by the reason; names only where somebody asked for them."""
    if not report.left_out:
        return
    counts = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in report.left_out.items())
    _line(console, f"\n[bold]Left out[/]: {counts}", style=_BAD)
    if report.left_out_names is None:
        _prose(console, "The same command with --show-names says which.")
    for name, reason in (report.left_out_names or {}).items():
        _line(console, f"  {reason.replace('_', ' ')}: {escape(name)}")


def draw_fields(console: Console, fields: Mapping[str, object]) -> None:
    """One line a field; what is not known is left out."""
    for name, value in fields.items():
        if value is not None:
            _line(console, f"[bold]{name.replace('_', ' ')}[/]: {escape(str(value))}")


def draw_balance(console: Console, balance: Mapping[str, int | bool]) -> None:
    """The equation with its numbers."""
    terms = " + ".join(
        f"{name.replace('_', ' ')} {count}"
        for name, count in balance.items()
        if name not in {"received", "closed"}
    )
    verdict = f"[{_GOOD}]closed[/]" if balance["closed"] else f"[{_BAD}]OPEN: instances are missing[/]"
    console.print(f"[bold]Balance[/]: received {balance['received']} = {terms}", highlight=False)
    console.print(f"The balance is {verdict}.", highlight=False)


def draw_findings(console: Console, findings: "Iterable[Finding]") -> None:
    """One row a check."""
    table = _table("Fit", "Check", "Found")
    for each in findings:
        fit = f"[{_GOOD}]yes[/]" if each.fit else f"[{_BAD}]no[/]"
        table.add_row(fit, each.check, escape(each.detail))
    console.print(table)


def draw_commands(console: Console, commands: Mapping[str, str]) -> None:
    """What to try next: what for, and below it the command to copy."""
    if commands:
        _line(console, "\n[bold]What to try next[/]")
    for purpose, command in commands.items():
        _prose(console, f"{purpose}:")
        _line(console, f"    {escape(command)}")


def draw_error(console: Console, error: AirlockError, *, program: str) -> None:
    """What is wrong, its code, and the way out."""
    _line(console, f"[{_BAD}]Error[/] {error.code}: {escape(error.cause)}")
    _line(console, escape(error.remedy.replace("`airlock ", f"`{program} ")))


def _draw_rest(console: Console, count: int, what: str, command: str) -> None:
    if count > _SHOWN:
        _line(console, f"\n... and {count - _SHOWN} more {what}: `{command}` lists all.")


def _table(*columns: str) -> "Table":
    # Only here: with all that it imports it costs a tenth of the start-up, and most commands draw none.
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _line(console: Console, text: str, style: str | None = None) -> None:
    """One line, never broken by us: what stands in it can be copied whole."""
    console.print(text, style=style, highlight=False, soft_wrap=True)


def _prose(console: Console, text: str) -> None:
    """Words to be read, broken where the terminal ends and set in a little."""
    lines = textwrap.wrap(text, max(console.width - len(_INDENT), _LEAST_WIDTH))
    for line in lines:
        _line(console, _INDENT + escape(line), style=_QUIET)
