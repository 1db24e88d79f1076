"""`airlock run` and the outside: a real destination, the double, never both, and nobody who answers."""

import re
from pathlib import Path
from typing import Any

import pytest

from functions.cli import run as running
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.integration.cli.harness import airlock

DEAD = "http://127.0.0.1:9"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A destination that nobody answers for."""
    monkeypatch.setenv("AUTOSEGMENTATION_URL", DEAD)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a destination often: tests have no minutes."""
    monkeypatch.setattr(running, "_POLL_DESTINATION", 0.05)


def test_sends_to_the_service_that_the_environment_names(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """With an address and tokens the series goes there, and no double is made."""
    answer = airlock("run", series, "-w", workspace, "--json")

    assert answer.code == 0
    assert len(connected.uploads) == 1
    assert not (workspace / "double").exists()


def test_sends_to_the_address_in_the_rulesets(
    connected: AutosegmentationDouble, series: Path, workspace: Path, rulesets: Path, monkeypatch: Any
) -> None:
    """An address that the rulesets name is used, and the double does not come in its way."""
    monkeypatch.delenv("AUTOSEGMENTATION_URL")
    file = rulesets / "destinations" / "autosegmentation.yaml"
    file.write_text(file.read_text().replace("env:AUTOSEGMENTATION_URL", connected.base_url))
    answer = airlock("run", series, "-w", workspace, "--rulesets", rulesets, "--json")

    assert answer.code == 0
    assert len(connected.uploads) == 1


@pytest.mark.usefixtures("nobody")
def test_without_tokens_nothing_is_begun(series: Path, workspace: Path) -> None:
    """The command that stores tokens is named."""
    answer = airlock("run", series, "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error tokens_missing: ")
    assert "`airlock secrets set DESTINATION`" in answer.err
    assert not workspace.exists()


def test_a_forgotten_address_does_not_bring_the_double(
    connected: AutosegmentationDouble, series: Path, workspace: Path, monkeypatch: Any
) -> None:
    """In a workspace of a real destination the double would deliver invented structures: it does not come."""
    monkeypatch.delenv("AUTOSEGMENTATION_URL")
    before = (workspace / "secrets" / "autosegmentation.json").read_bytes()
    answer = airlock("run", series, "-w", workspace)

    assert answer.code == 2
    assert "(unset_variable=AUTOSEGMENTATION_URL, problem=this workspace works with" in answer.err
    assert (workspace / "secrets" / "autosegmentation.json").read_bytes() == before


def test_a_workspace_of_the_double_sends_nothing_real(
    copied: Path, service: AutosegmentationDouble, series: Path
) -> None:
    """Where the double has worked, a real destination is refused, and so are its tokens."""
    stored = airlock("secrets", "set", "autosegmentation", "-w", copied, stdin="one\ntwo\n")
    answer = airlock("run", series, "-w", copied)

    assert (stored.code, answer.code) == (2, 2)
    assert "the local double works in it" in stored.err
    assert "the local double works in it" in answer.err
    assert service.uploads == []


def test_what_is_in_flight_goes_on_with_the_next_run(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """`--wait 0` sends and leaves with exit code 3; a run without paths fetches the result."""
    connected.faults.polls_before_result = 1
    sent = airlock("run", series, "-w", workspace, "--wait", "0")
    fetched = airlock("run", "-w", workspace, "--json")

    assert sent.code == 3
    assert sent.commands == [["run", "-w", str(workspace)]]
    assert fetched.code == 0
    assert [each["state"] for each in fetched.json["series"]] == ["result delivered"]


@pytest.mark.usefixtures("nobody")
def test_says_what_it_waits_for_and_since_when(series: Path, workspace: Path) -> None:
    """A destination that does not answer is no hang: who, what, since when, when again; `--wait` ends it."""
    airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin="one\ntwo\n")
    answer = airlock("run", series, "-w", workspace, "--wait", "0.2")
    time = r"\d\d:\d\d:\d\d"

    assert answer.code == 3
    assert re.fullmatch(
        rf"Waiting for autosegmentation to accept 1 series since {time}\n"
        rf"Next try at {time}; {re.escape(str(workspace))}/log.jsonl says what failed\n",
        answer.err,
    )
    assert "pending transfer" in answer.out


def test_says_which_results_it_waits_for(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """A destination that is still at work is named with the number of its results to come."""
    connected.faults.polls_before_result = 100
    answer = airlock("run", series, "-w", workspace, "--wait", "2")

    assert answer.code == 3
    assert answer.err.startswith("Waiting for autosegmentation to return 1 result since ")
    assert re.search(r"  sent *\n", answer.out)
