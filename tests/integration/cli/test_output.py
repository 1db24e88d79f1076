"""What commands print: JSON for programs, and lines that pipes and narrow terminals can take."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.harness import ROOT, airlock, process


@pytest.fixture
def an_exception(finished: Path) -> str:
    """The id of an exception of the finished workspace."""
    return str(airlock("exceptions", "list", "-w", finished, "--json").json[0]["exception_id"])


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["status"],
        ["status", "HANDLE"],
        ["balance"],
        ["metadata", "HANDLE"],
        ["doctor"],
        ["exceptions", "list"],
        ["exceptions", "list", "--all"],
        ["exceptions", "show", "EXCEPTION"],
        ["exceptions", "retry", "EXCEPTION"],
        ["exceptions", "archive", "EXCEPTION", "--why", "reason"],
    ],
    ids=" ".join,
)
def test_json_is_all_that_is_on_standard_output(words: list[str], copied: Path, an_exception: str) -> None:
    """With `--json` standard output is one JSON document, in every command."""
    handle = airlock("status", "-w", copied, "--json").json[0]["handle"]
    real = [{"HANDLE": handle, "EXCEPTION": an_exception}.get(word, word) for word in words]
    answer = airlock(*real, "-w", copied, *([] if "metadata" in words else ["--json"]))

    assert answer.code in {0, 1}
    assert isinstance(answer.json, dict | list)


def test_json_of_a_stored_secret(workspace: Path) -> None:
    """`secrets set --json` says what it stored, not the token."""
    answer = airlock("secrets", "set", "autosegmentation", "-w", workspace, "--json", stdin="one\ntwo\n")

    assert (answer.code, answer.json) == (0, {"stored": "autosegmentation"})


@pytest.mark.parametrize("words", [["status"], ["exceptions", "list"], ["doctor"], ["balance"]], ids=" ".join)
def test_a_pipe_gets_no_colours(words: list[str], finished: Path) -> None:
    """What is piped holds no escape sequences and no carriage returns."""
    answer = airlock(*words, "-w", finished)

    assert not re.search(r"[\x1b\r]", answer.out + answer.err)


def test_a_pipe_gets_no_progress(series: Path, workspace: Path) -> None:
    """A run on a pipe prints its report alone."""
    answer = airlock("run", series, "-w", workspace)

    assert answer.code == 0
    assert answer.err == ""
    assert "━" not in answer.out
    assert not re.search(r"[\x1b\r]", answer.out)


@pytest.mark.parametrize("columns", ["40", "80"])
def test_what_can_be_copied_is_never_broken(finished: Path, columns: str, monkeypatch: Any) -> None:
    """Handles, ids, paths and commands stand on one line, however narrow the terminal is."""
    monkeypatch.setenv("COLUMNS", columns)
    reports = airlock("status", "-w", finished, "--json").json
    exceptions = airlock("exceptions", "list", "-w", finished, "--json").json
    answer = airlock("run", "-w", finished)

    assert all(each["handle"] in answer.out for each in reports)
    assert all(each["exception_id"] in answer.out for each in exceptions)
    assert all(each["result"] in answer.out for each in reports if each["result"])
    assert f"airlock exceptions show {exceptions[0]['exception_id']} -w {finished}" in answer.out


@pytest.mark.parametrize("columns", ["40", "80"])
def test_tables_fit_the_terminal(finished: Path, columns: str, monkeypatch: Any) -> None:
    """No row of the list of series is wider than the terminal."""
    monkeypatch.setenv("COLUMNS", columns)
    lines = airlock("status", "-w", finished).out.splitlines()

    assert max(map(len, lines)) <= int(columns)
    assert re.match(r"Handle +Modality +Matched +", lines[0])


def test_prints_in_a_terminal_that_knows_ascii_alone(series: Path, here: Path) -> None:
    """What the terminal cannot show is written otherwise, and is no reason to stop."""
    workspace = here / "Arbeitsfläche"
    ran = airlock("run", series, "-w", workspace, encoding="ascii")

    assert ran.code == 0
    assert "Arbeitsfl\\xe4che/clinical/results" in ran.out


def test_metadata_is_utf_8_in_every_terminal(finished: Path) -> None:
    """What programs read does not depend on the terminal."""
    handle = next(each["handle"] for each in airlock("status", "-w", finished, "--json").json)
    plain = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    running = process("metadata", handle, "-w", finished, env=plain)
    out, err = running.communicate()

    assert (running.returncode, err) == (0, "")
    assert json.loads(out) == airlock("metadata", handle, "-w", finished).json


def test_a_reader_that_leaves_early_is_no_error(finished: Path) -> None:
    """`airlock status | head -1` ends without a traceback."""
    running = process("status", "-w", finished, "--json")
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    err = running.stderr.read()
    running.stderr.close()
    running.wait()

    assert "Traceback" not in err
