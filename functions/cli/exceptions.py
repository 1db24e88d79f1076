"""`airlock exceptions`: look at what failed, replay it, or close it."""

import getpass
import os
from typing import TYPE_CHECKING, Annotated

import typer

from functions.cli import hints, screen
from functions.cli.options import (
    JsonOption,
    NamesOption,
    RulesetsOption,
    WorkspaceOption,
    output,
    print_json,
)
from functions.cli.report import exception_report
from functions.cli.workspace import DEFAULT_WORKSPACE, looked_at, worked_in
from shared import review
from shared.errors import remedy_for
from shared.ports.records import ExceptionRecord

if TYPE_CHECKING:
    from shared.wiring import EmbeddedWiring

app = typer.Typer(no_args_is_help=True, help="Look at what failed, replay it, or close it.")

IdArgument = Annotated[str, typer.Argument(help="The exception's id, or its first characters.")]
CodeOption = Annotated[str | None, typer.Option("--code", help="Only exceptions with this code.")]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides; the system's user if left out.")]
_WAIT_SECONDS = 30.0
_EXCEPTIONS_OPEN, _IN_FLIGHT = 1, 3


@app.command("list")
def list_exceptions(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    code: CodeOption = None,
    closed: Annotated[bool, typer.Option("--all", help="Also those that are settled.")] = False,
    names: NamesOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the exceptions that wait for a person.

    Example: airlock exceptions list --code residue
    """
    with looked_at(workspace) as wiring:
        records = wiring.ledger.exceptions(None if closed else "open")
        reports = [exception_report(each, names=names) for each in records if code in {None, each.code}]
    if as_json:
        print_json(reports)
    else:
        screen.draw_exceptions(output(), reports)


@app.command()
def show(
    exception_id: IdArgument,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    names: NamesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one exception: what failed, where, how often, and the way out.

    Example: airlock exceptions show 3f2a
    """
    with looked_at(workspace) as wiring:
        report = exception_report(review.named(exception_id, wiring.ledger), names=names)
    if as_json:
        print_json(report)
        return
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    screen.draw_fields(output(), {**fields, "way_out": remedy_for(report.code)})
    screen.draw_commands(output(), hints.for_exception(report, workspace))


@app.command()
def retry(
    exception_id: Annotated[
        str | None, typer.Argument(help="The exception's id, or its first characters; or give --code.")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    code: Annotated[str | None, typer.Option("--code", help="All open exceptions with this code.")] = None,
    by: ByOption = None,
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to wait for the outside.")
    ] = _WAIT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Replay exactly the message that failed, and run the pipeline on.

    Example: airlock exceptions retry --code transfer_unconfirmed
    """
    if (exception_id is None) is (code is None):
        raise typer.BadParameter("give the id of one exception, or --code for all that have it")
    with looked_at(workspace) as wiring:
        review.chosen(exception_id, code, wiring.ledger)
    with worked_in(workspace, rulesets) as wiring:
        before = {each.exception_id for each in wiring.ledger.exceptions("open")}
        retried = _replay(wiring, review.chosen(exception_id, code, wiring.ledger), by or _person())
        settled = _go_on(wiring, wait)
        # What is open now and was not left open before: the same again, or what came of it further on.
        failed = [
            exception_report(each)
            for each in wiring.ledger.exceptions("open")
            if each.exception_id in retried or each.exception_id not in before
        ]
    if as_json:
        print_json({"retried": sorted(retried), "failed": failed, "settled": settled})
    else:
        screen.draw_fields(output(), {"retried": len(retried), "failed": len(failed)})
        screen.draw_exceptions(output(), failed)
        screen.draw_commands(output(), {} if settled else hints.go_on(workspace))
    raise typer.Exit(_EXCEPTIONS_OPEN if failed else 0 if settled else _IN_FLIGHT)


@app.command()
def archive(
    exception_id: IdArgument,
    why: Annotated[str, typer.Option("--why", help="The reason, for those who look later.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close an exception for good; what it is about counts as rejected.

    Example: airlock exceptions archive 3f2a --why "test image of the vendor"
    """
    if not why.strip():
        raise typer.BadParameter("the reason is empty", param_hint="--why")
    with looked_at(workspace) as wiring:
        record = review.named(exception_id, wiring.ledger)
        closed = review.archive(
            record, ledger=wiring.ledger, jobs=wiring.jobs, clock=wiring.clock, who=by or _person(), why=why
        )
    if as_json:
        print_json(exception_report(closed))
    else:
        screen.draw_fields(output(), {"archived": closed.exception_id, "by": closed.closed_by})


def _replay(wiring: "EmbeddedWiring", records: list[ExceptionRecord], who: str) -> set[str]:
    for record in records:
        review.retry(
            record, ledger=wiring.ledger, jobs=wiring.jobs, bus=wiring.bus, clock=wiring.clock, who=who
        )
    return {each.exception_id for each in records}


def _go_on(wiring: "EmbeddedWiring", wait: float) -> bool:
    from functions.cli.engine import Engine
    from functions.cli.run import board, settle

    with board(wiring) as shown:
        engine = Engine(wiring, observe=shown.count, waiting=shown.wait)
        return settle(wiring, engine, wait_seconds=wait)


def _person() -> str:
    """The system's user; in a container there may be no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
