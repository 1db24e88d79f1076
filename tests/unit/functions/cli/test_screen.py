"""`screen`: reports on a terminal, however narrow, and with whatever people wrote in them."""

from io import StringIO
from typing import Any

import msgspec
import pytest
from rich.console import Console

from functions.cli import screen
from functions.cli.doctor import Finding
from functions.cli.report import ExceptionReport, SeriesReport, WorkspaceReport, exception_report
from shared.errors import NothingFound
from tests.factories import exception_record

BALANCE: dict[str, int | bool] = {"received": 3, "exported": 2, "in_flight": 1, "closed": True}


def drawn(draw: Any, *arguments: Any, width: int = 80, **settings: Any) -> str:
    """What is drawn on a terminal of some width."""
    written = StringIO()
    draw(Console(file=written, width=width), *arguments, **settings)
    return written.getvalue()


def series_report(**changes: Any) -> SeriesReport:
    """The report on a series that came back."""
    fields: dict[str, Any] = {
        "handle": "858a5b84",
        "study": "2.25...8606",
        "series": "2.25...1678",
        "modality": "CT",
        "instances": 41,
        "matched": 40,
        "generation": 1,
        "completed_because": "quiet_period",
        "state": "result delivered",
        "ruleset": "head_and_neck_ct",
        "profile": "draw",
        "destination": "autosegmentation",
        "job_id": "0123",
        "transaction_id": "4567",
        "destination_status": None,
        "exception_id": None,
        "exception_code": None,
        "result": "/data/clinical/results/0123/rtstruct.dcm",
        "trace": (),
    }
    return SeriesReport(**{**fields, **changes})


def exception(number: int = 1, **changes: Any) -> ExceptionReport:
    """The report on an exception."""
    report = exception_report(exception_record(exception_id=f"{number:016x}"))
    return msgspec.structs.replace(report, **changes)


def test_a_series_is_one_row() -> None:
    """Handle, modality, how many matched, ruleset and state stand side by side."""
    head, row = drawn(screen.draw_series, [series_report()]).splitlines()

    assert head.split() == ["Handle", "Modality", "Matched", "Ruleset", "State"]
    assert row.split("  ")[0] == "858a5b84"
    assert "40 of 41  head_and_neck_ct  result delivered" in row


def test_a_narrow_terminal_leaves_the_ruleset_out() -> None:
    """What fits is kept whole."""
    lines = drawn(screen.draw_series, [series_report()], width=40).splitlines()

    assert lines[0].split() == ["Handle", "Modality", "Matched", "State"]
    assert max(map(len, lines)) <= 40


def test_says_that_there_are_no_series() -> None:
    """An empty table is a sentence."""
    assert drawn(screen.draw_series, []) == "No series.\n"


def test_a_reason_names_what_is_to_be_copied_on_a_line_of_its_own() -> None:
    """Transaction and result are never broken."""
    text = drawn(screen.draw_reason, series_report(), width=30)

    assert "  sent to autosegmentation, transaction 4567\n" in text
    assert "  RTSTRUCT under the original identity: /data/clinical/results/0123/rtstruct.dcm\n" in text


def test_a_held_series_names_its_exception() -> None:
    """The code and the id that `airlock exceptions show` takes."""
    held = series_report(exception_id="0f", exception_code="residue", result=None, transaction_id=None)

    assert drawn(screen.draw_reason, held).splitlines()[-1] == "  held: residue, exception 0f"


def test_a_series_that_was_not_judged_has_no_trace() -> None:
    """Where there is nothing to show, that is said."""
    assert "The rules have not judged this series." in drawn(screen.draw_trace, series_report())


@pytest.mark.parametrize("text", ["[red]not red[/red]", "[/]", "a [b", "\\[x]"])
def test_what_people_wrote_is_no_markup(text: str) -> None:
    """Brackets in causes, rulesets, reasons and paths are shown as they are."""
    series = series_report(ruleset=text, result=text, destination=text, trace=(f"{text}: yes",))
    shown = [
        drawn(screen.draw_series, [series]),
        drawn(screen.draw_reason, series),
        drawn(screen.draw_trace, series),
        drawn(screen.draw_exceptions, [exception(cause=text)]),
        drawn(screen.draw_fields, {"closed reason": text}),
        drawn(screen.draw_findings, [Finding("Disk", fit=True, detail=text)]),
        drawn(screen.draw_commands, {"Again": text}),
        drawn(screen.draw_error, NothingFound(name=text), program="airlock"),
    ]

    assert all(text in each for each in shown)


def test_an_exception_is_two_lines() -> None:
    """Id, stage and code, then the cause; a status only where it is not open."""
    text = drawn(screen.draw_exceptions, [exception(), exception(2, status="archived")])

    assert text.splitlines() == [
        "Exceptions",
        "0000000000000001  validate  not_dicom",
        "  The file is not DICOM.",
        "0000000000000002  validate  not_dicom  archived",
        "  The file is not DICOM.",
    ]


def test_a_long_report_is_cut_and_says_so() -> None:
    """Of hundreds the first twenty are drawn, with the commands that list all."""
    report = WorkspaceReport(
        series=tuple(series_report(handle=f"{number:08x}") for number in range(25)),
        exceptions=tuple(exception(number) for number in range(321)),
        balance=BALANCE,
    )
    text = drawn(screen.draw_report, report)

    assert (text.count("00000013  "), text.count("00000014  ")) == (3, 0)
    assert "... and 5 more series: `airlock status` lists all." in text
    assert "... and 301 more exceptions: `airlock exceptions list` lists all." in text


def test_what_was_left_out_is_counted_and_named_where_that_is_asked() -> None:
    """Reasons and counts always, names for those who ask."""
    report = WorkspaceReport(
        series=(), exceptions=(), balance=BALANCE, left_out={"linked_folder": 2, "unreadable": 1}
    )
    names = msgspec.structs.replace(report, left_out_names={"/scans/a": "unreadable"})

    assert "Left out: linked folder 2, unreadable 1\n  The same command with --show-names" in drawn(
        screen.draw_left_out, report
    )
    assert drawn(screen.draw_left_out, names).endswith("  unreadable: /scans/a\n")


def test_the_balance_is_an_equation_and_a_verdict() -> None:
    """All terms with their numbers; an open balance says what that means."""
    assert drawn(screen.draw_balance, BALANCE) == (
        "Balance: received 3 = exported 2 + in flight 1\nThe balance is closed.\n"
    )
    assert "The balance is OPEN: instances are missing." in drawn(
        screen.draw_balance, {**BALANCE, "closed": False}
    )


def test_fields_that_are_not_known_are_left_out() -> None:
    """Nobody reads `None`."""
    assert drawn(screen.draw_fields, {"closed_by": None, "attempts": 3}) == "attempts: 3\n"


def test_commands_stand_alone_on_their_lines() -> None:
    """A command is one line, whatever its length; without any there is no heading."""
    command = f"airlock status {'x' * 99}"

    assert drawn(screen.draw_commands, {"Again": command}).splitlines()[-1] == f"    {command}"
    assert drawn(screen.draw_commands, {}) == ""


def test_an_error_names_the_way_out_as_it_can_be_typed() -> None:
    """The command in the remedy is called as this program was."""
    text = drawn(screen.draw_error, NothingFound(matching_series=0), program=".venv/bin/airlock")

    assert text.startswith("Error nothing_found: Nothing has this name. (matching_series=0)\n")
    assert "`.venv/bin/airlock status` lists the series, `.venv/bin/airlock exceptions list`" in text
