"""`airlock exceptions`: look at what failed, replay it, or close it."""

import getpass
from typing import Annotated

import typer

from functions.cli import screen
from functions.cli.engine import Engine
from functions.cli.options import JsonOption, RulesetsOption, WorkspaceOption, console, print_json
from functions.cli.report import exception_report
from functions.cli.workspace import DEFAULT_WORKSPACE, looked_at, worked_in
from shared import review
from shared.errors import NothingFound, remedy_for
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ExceptionRecord

app = typer.Typer(no_args_is_help=True, help="Look at what failed, replay it, or close it.")

IdArgument = Annotated[str, typer.Argument(help="The exception's id, or its first characters.")]
CodeOption = Annotated[str | None, typer.Option("--code", help="Only exceptions with this code.")]
NamesOption = Annotated[
    bool, typer.Option("--show-names", help="Show the object's name, which may identify a patient.")
]
ByOption = Annotated[str | None, typer.Option("--by", help="Who decides; the system's user if left out.")]
_POLL_SECONDS, _WAIT_SECONDS = 0.1, 30.0


@app.command("list")
def list_exceptions(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    code: CodeOption = None,
    closed: Annotated[bool, typer.Option("--all", help="Also those that are settled.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the exceptions that wait for a person.

    Example: airlock exceptions list --code residue
    """
    with looked_at(workspace) as wiring:
        records = wiring.ledger.exceptions(None if closed else "open")
        reports = [exception_report(each) for each in records if code in {None, each.code}]
    if as_json:
        print_json(reports)
    else:
        screen.draw_exceptions(console(), reports)


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
        record = _find(exception_id, wiring.ledger)
    report = exception_report(record)
    if as_json:
        print_json(report)
        return
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    screen.draw_fields(console(), {**fields, "way out": remedy_for(record.code)})
    if names and record.blob is not None:
        screen.draw_fields(console(), {"object": record.blob.name})


@app.command()
def retry(
    exception_id: Annotated[str | None, typer.Argument(help="The exception's id; or give --code.")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    code: CodeOption = None,
    by: ByOption = None,
) -> None:
    """Replay exactly the message that failed, and run the pipeline on.

    Example: airlock exceptions retry --code transfer_unconfirmed
    """
    with worked_in(workspace, rulesets) as wiring:
        records = _chosen(exception_id, code, wiring.ledger)
        for record in records:
            review.retry(
                record,
                ledger=wiring.ledger,
                jobs=wiring.jobs,
                bus=wiring.bus,
                clock=wiring.clock,
                who=by or getpass.getuser(),
            )
        Engine(wiring).settle(poll_seconds=_POLL_SECONDS, wait_seconds=_WAIT_SECONDS)
        again = [each for each in wiring.ledger.exceptions("open") if each.exception_id in _ids(records)]
    screen.draw_fields(console(), {"retried": len(records), "failed again": len(again)})
    screen.draw_exceptions(console(), [exception_report(each) for each in again])
    raise typer.Exit(1 if again else 0)


@app.command()
def archive(
    exception_id: IdArgument,
    why: Annotated[str, typer.Option("--why", help="The reason, for those who look later.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    by: ByOption = None,
) -> None:
    """Close an exception for good; what it is about counts as rejected.

    Example: airlock exceptions archive 3f2a --why "test image of the vendor"
    """
    with looked_at(workspace) as wiring:
        record = _find(exception_id, wiring.ledger)
        review.archive(record, ledger=wiring.ledger, clock=wiring.clock, who=by or getpass.getuser(), why=why)
    screen.draw_fields(console(), {"archived": record.exception_id})


def _find(exception_id: str, ledger: ClinicalLedger) -> ExceptionRecord:
    """Find one exception by the first characters of its id.

    Raises:
        NothingFound: none has them, or several do.
    """
    found = [each for each in ledger.exceptions() if each.exception_id.startswith(exception_id)]
    if len(found) != 1:
        raise NothingFound(matching_exceptions=len(found))
    return found[0]


def _chosen(exception_id: str | None, code: str | None, ledger: ClinicalLedger) -> list[ExceptionRecord]:
    if exception_id is not None:
        return [_find(exception_id, ledger)]
    chosen = [each for each in ledger.exceptions("open") if code is not None and each.code == code]
    if not chosen:
        raise NothingFound(matching_exceptions=0)
    return chosen


def _ids(records: list[ExceptionRecord]) -> set[str]:
    return {each.exception_id for each in records}
