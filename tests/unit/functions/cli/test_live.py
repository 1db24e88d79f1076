"""`LiveScreen`: what a running system serves and does, on a terminal and elsewhere."""

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from functions.cli import live as module
from functions.cli.live import LiveScreen
from shared import log
from shared.balance import Balance
from shared.errors import StorageUnavailable

ADDRESSES = {"DICOMweb": "http://127.0.0.1:1/dicomWeb", "inbox": "/data/inbox"}
STAGES = ("validate", "match")
EMPTY = Balance(received=0, exported=0, unmatched=0, ignored=0, rejected=0, in_flight=0, exceptions=0)


class Counted:
    """A balance that says how often it was counted."""

    def __init__(self, counts: Balance = EMPTY) -> None:
        self.counts = counts
        self.times = 0
        self.failure: Exception | None = None

    def __call__(self) -> Balance:
        """Count."""
        self.times += 1
        if self.failure is not None:
            raise self.failure
        return self.counts


def screen(*, terminal: bool, counted: Counted | None = None) -> tuple[LiveScreen, Console]:
    """A screen, and where it draws."""
    console = Console(file=StringIO(), force_terminal=terminal, width=100, color_system=None)
    return LiveScreen(console, ADDRESSES, STAGES, counted or Counted()), console


def text(console: Console) -> str:
    """What was drawn."""
    file: Any = console.file
    return str(file.getvalue())


def line(**fields: object) -> str:
    """A line of a function's log, as it writes it to standard error."""
    return json.dumps(fields) + "\n"


@pytest.mark.parametrize("terminal", [True, False])
def test_shows_the_addresses(*, terminal: bool) -> None:
    """Where to push to is the first that is shown."""
    shown, console = screen(terminal=terminal)
    with shown:
        pass
    drawn = text(console)

    assert "DICOMweb  http://127.0.0.1:1/dicomWeb" in drawn
    assert "inbox     /data/inbox" in drawn


def test_on_no_terminal_there_is_a_line_an_event() -> None:
    """A log file, or a pipe, gets plain lines and nothing that moves a cursor."""
    shown, console = screen(terminal=False)
    with shown:
        shown.line("match", line(message="handled", event_type="SeriesCompleted", series="1234...5678"))
        shown.line("match", line(message="failed", code="ruleset_invalid", cause="RulesetInvalid"))
        shown.line("", line(event="retry", stage="export", code="unexpected"))
    drawn = text(console)

    assert drawn.splitlines()[2:] == [
        "match handled SeriesCompleted 1234...5678",
        "match failed ruleset_invalid RulesetInvalid",
        "export retry unexpected",
    ]
    assert "\x1b" not in drawn


def test_a_terminal_shows_counts_lines_and_the_balance() -> None:
    """The table counts what each function answered; the last lines and the balance stand below."""
    counted = Counted(EMPTY._replace(received=3, exported=2, in_flight=1))
    shown, console = screen(terminal=True, counted=counted)
    with shown:
        for _ in range(11):
            shown.line("validate", line(message="handled", event_type="BlobFinalized"))
        shown.line("match", line(message="failed", code="rule_missing"))
    last = text(console).rpartition("function")[2]

    assert "validate  11 " in last
    assert last.count("validate handled BlobFinalized") == 7
    assert "match failed rule_missing" in last
    assert "received 3, exported 2, in flight 1" in last


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("written", ["Traceback: DOE^JANE", "[1, 2]", '"DOE^JANE"', "", '{"message": "han'])
def test_what_is_no_event_is_not_shown(written: str, *, terminal: bool) -> None:
    """A warning of a library may quote a data set: only what went through the log's mask is shown."""
    shown, console = screen(terminal=terminal)
    with shown:
        shown.line("validate", written)
    drawn = text(console)

    assert "DOE" not in drawn
    assert "han" not in drawn.replace("handled", "")


def test_shows_no_patient_data() -> None:
    """Of an event only fields are shown that the log has masked, and none that names a person."""
    shown, console = screen(terminal=False)
    stream = StringIO()
    log.configure(json=True, stream=stream)
    log.logger().error(
        "failed",
        stage="validate",
        code="not_dicom",
        series="1.2.840.113619.2.55.3.604688119",
        patient_name="DOE^JANE",
        study_description="Neck of DOE",
        note="DOE",
    )
    log.reset()
    with shown:
        shown.line("", stream.getvalue())

    assert text(console).splitlines()[2:] == ["validate failed not_dicom 1.2....8119"]


def test_markup_and_escapes_are_text() -> None:
    """A value cannot draw on the terminal."""
    shown, console = screen(terminal=False)
    with shown:
        shown.line("match", line(message="failed", code="[red]x[/red]\x1b[2J\nsecond"))
    (drawn,) = text(console).splitlines()[2:]

    assert drawn == "match failed [red]x[/red][2J second"


def test_says_so_when_the_balance_cannot_be_counted() -> None:
    """A ledger that does not answer at the moment does not end the screen."""
    counted = Counted()
    counted.failure = StorageUnavailable()
    shown, console = screen(terminal=True, counted=counted)
    with shown:
        pass

    assert "the balance cannot be counted at the moment" in text(console)


def test_the_balance_is_not_counted_for_every_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting reads the whole ledger: what was counted a moment ago is shown again."""
    counted = Counted()
    times = [1e9]
    monkeypatch.setattr(module.time, "monotonic", lambda: times[-1])
    shown, _ = screen(terminal=True, counted=counted)
    for _ in range(5):
        shown._drawn()
    before = counted.times
    times.append(2e9)
    shown._drawn()

    assert (before, counted.times) == (1, 2)
