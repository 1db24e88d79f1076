"""`airlock`: help, mistakes, JSON, pipes, narrow terminals."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from functions.cli.app import app
from tests.integration.cli.harness import airlock, process, python

_HEAVY = {"contourpy", "cryptography", "flask", "httpx", "numpy", "pydicom", "structlog", "werkzeug"}


def commands(group: Any = None, *path: str) -> Iterator[list[str]]:
    """Every command, as its words."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield [*path, name]


COMMANDS = [pytest.param(words, id=" ".join(words)) for words in commands()]


@pytest.fixture
def an_exception(finished: Path) -> str:
    """The id of an exception of the finished workspace."""
    return str(airlock("exceptions", "list", "-w", finished, "--json").json[0]["exception_id"])


# -- help


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_with_an_example(words: list[str]) -> None:
    """`--help` says what the command does, on standard output, and shows one way to call it."""
    answer = airlock(*words, "--help")

    assert (answer.code, answer.err) == (0, "")
    assert f"Example: airlock {' '.join(words)}" in answer.out


@pytest.mark.parametrize("words", COMMANDS)
def test_the_examples_can_be_parsed(words: list[str]) -> None:
    """An example has no option that does not exist."""
    example = re.search(r"Example: airlock (.+)", " ".join(airlock(*words, "--help").out.split()))
    assert example is not None
    used = set(re.findall(r"--[a-z-]+", example[1].partition("╭")[0]))

    assert used <= set(re.findall(r"--[a-z-]+", airlock(*words, "--help").out.partition("╭")[2]))


def test_nothing_asked_is_help() -> None:
    """Without a command the commands are listed."""
    answer = airlock()

    assert "Begin with `airlock demo`" in answer.out + answer.err
    assert all(f"│ {words[0]} " in answer.out + answer.err for words in commands())


def test_help_says_what_exit_codes_mean() -> None:
    """All of them are in the help."""
    text = " ".join(airlock("--help").out.split())

    assert "0 all is well, 1 something waits for a person, 2 wrong usage" in text
    assert "3 still in flight, 130 stopped by Ctrl-C" in text


def test_says_its_version() -> None:
    """`--version` prints the version alone."""
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*\n", airlock("--version").out)


def test_metadata_warns_that_it_prints_patient_data() -> None:
    """The one command that is not masked says so in its help."""
    assert "It holds patient data" in " ".join(airlock("metadata", "--help").out.split())


# -- mistakes


@pytest.mark.parametrize(
    "words",
    [
        ["frobnicate"],
        ["run", "--frobnicate"],
        ["run", "--wait", "soon"],
        ["run", "--wait", "-1"],
        ["run", "--rulesets", "nowhere"],
        ["metadata"],
        ["exceptions", "show"],
        ["exceptions", "archive", "3f2a"],
        ["exceptions", "archive", "3f2a", "--why", " "],
        ["exceptions", "retry"],
        ["exceptions", "retry", "3f2a", "--code", "residue"],
        ["secrets", "set"],
        ["secrets", "set", "nowhere"],
    ],
    ids=" ".join,
)
def test_a_mistake_of_usage_gets_a_sentence(words: list[str], here: Path) -> None:
    """Exit code 2, the way to the help on standard error, nothing on standard output, nothing made."""
    answer = airlock(*words)

    assert (answer.code, answer.out) == (2, "")
    assert "--help' for help" in answer.err
    assert "Traceback" not in answer.err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "3f2a9c01", "--json"],
        ["balance"],
        ["metadata", "3f2a9c01"],
        ["exceptions", "list"],
        ["exceptions", "show", "3f2a"],
        ["exceptions", "retry", "3f2a"],
        ["exceptions", "archive", "3f2a", "--why", "reason"],
        ["run"],
    ],
    ids=" ".join,
)
def test_without_a_workspace_there_is_a_way_out(words: list[str], here: Path) -> None:
    """Where there is no workspace, every command that needs one says how to get one, and makes none."""
    answer = airlock(*words)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error workspace_missing: There is no workspace here.",
        "Give the folder with --workspace, or make one with `airlock run PATH`.",
    ]
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["status", "00000000"],
        ["metadata", "00000000"],
        ["exceptions", "show", "xyz"],
        ["exceptions", "retry", "xyz"],
        ["exceptions", "retry", "--code", "residue"],
        ["exceptions", "archive", "xyz", "--why", "reason"],
    ],
    ids=" ".join,
)
def test_a_name_that_nothing_has_is_said_so(words: list[str], finished: Path) -> None:
    """Exit code 2, and the commands that list the names."""
    answer = airlock(*words, "-w", finished)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error nothing_found: ")
    assert "`airlock status` lists the series" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ["exceptions", "show", ""],
        ["exceptions", "retry", ""],
        ["exceptions", "archive", "", "--why", "reason"],
    ],
    ids=" ".join,
)
def test_a_name_that_several_have_is_said_so(words: list[str], finished: Path) -> None:
    """Too few characters name nothing, and no command chooses by itself."""
    answer = airlock(*words, "-w", finished)

    assert answer.code == 2
    assert answer.err.startswith("Error name_ambiguous: ")


# -- what programs read


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


def test_prints_in_a_terminal_that_knows_ascii_alone(finished: Path) -> None:
    """Where the terminal cannot show a character, it is written otherwise; metadata stays UTF-8."""
    answer = airlock("status", "-w", finished, encoding="ascii")
    handle = next(each["handle"] for each in airlock("status", "-w", finished, "--json").json)
    piped = process(
        "metadata", handle, "-w", finished, env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": "."}, cwd="."
    )
    out, err = piped.communicate()

    assert answer.code == 0
    assert (piped.returncode, err) == (0, "")
    assert json.loads(out)


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


# -- how commands are called


def test_names_itself_as_it_was_started(finished: Path, here: Path) -> None:
    """Who has no `airlock` on the PATH gets commands that can be copied nevertheless."""
    code = "import sys; from functions.cli.app import main; sys.argv[0] = 'my tools/airlock'; main()"
    running = python(code, "run", "-w", finished)
    out, _ = running.communicate()

    assert "    'my tools/airlock' exceptions show" in out


def test_the_usual_workspace_needs_no_option(series: Path, workspace: Path, monkeypatch: Any) -> None:
    """A workspace that the environment names is left out of the commands to copy; spaces are quoted."""
    elsewhere = workspace / "one of many"
    (series / "letter.txt").write_text("Dear colleague,")
    shown = airlock("run", series, "-w", elsewhere)
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(elsewhere))
    usual = airlock("run")

    assert shlex.quote(str(elsewhere)) in shown.out
    assert usual.commands == [["exceptions", "show", shown.commands[0][2]]]


# -- how fast


def test_looking_needs_nothing_heavy(finished: Path) -> None:
    """Help, status, balance and the list of exceptions import none of the large packages."""
    code = """
import contextlib, io, sys
from functions.cli.app import main
in_it = ["-w", sys.argv[-1]]
for words in (["--help"], ["status", *in_it], ["balance", *in_it], ["exceptions", "list", *in_it]):
    sys.argv = ["airlock", *words]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main()
print(" ".join({name.partition(".")[0] for name in sys.modules}))
"""
    running = python(code, finished)
    out, err = running.communicate()

    assert running.returncode == 0, err
    assert set(out.split()) & _HEAVY == set()
