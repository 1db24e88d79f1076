"""`demo`: what is drawn in the end."""

from pathlib import Path

import pytest

from functions.cli.demo import draw
from functions.cli.report import workspace_report
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.factories import exception_record, generation_record


@pytest.fixture
def shown(wiring: EmbeddedWiring, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What is drawn of a workspace with a result and an exception."""
    monkeypatch.setenv("COLUMNS", "80")
    record = generation_record(
        state=SeriesState.RESULT_DELIVERED,
        ruleset="neck",
        matched=2,
        job_id="0123",
    )
    wiring.ledger.add_generation(record)
    wiring.ledger.raise_exception(exception_record(exception_id="0f"))
    draw(workspace_report(wiring), Path("my demo"))
    return capsys.readouterr().out


def test_the_report_comes_first(shown: str) -> None:
    """Series, exceptions and balance stand before what can be tried next."""
    order = ["Handle", "Exceptions", "Balance: ", "Where things lie", "What to try next"]

    assert sorted(order, key=shown.index) == order


def test_says_where_things_lie(shown: str) -> None:
    """Originals, what was released, results and the log, by their paths."""
    assert [line for line in shown.splitlines() if ": my demo/" in line] == [
        "  originals: my demo/clinical/intake",
        "  what was released: my demo/released/jobs",
        "  results: my demo/clinical/results",
        "  one line an event: my demo/log.jsonl",
    ]


def test_three_commands_can_be_copied(shown: str) -> None:
    """Each with the names of this run and the workspace, quoted for the shell."""
    commands = [line.strip() for line in shown.splitlines() if line.startswith("    ")]

    assert [command.split()[1] for command in commands] == ["status", "exceptions", "run"]
    assert commands[1] == "airlock exceptions show 0f -w 'my demo'"
    assert commands[2] == "airlock run 'my demo/sample' -w my-workspace"
