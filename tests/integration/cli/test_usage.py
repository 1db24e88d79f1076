"""`airlock`: help, mistakes, JSON, pipes, narrow terminals."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from functions.cli.app import app
from tests.integration.cli.harness import airlock, python

_HEAVY = {"contourpy", "cryptography", "flask", "httpx", "numpy", "pydicom", "structlog", "werkzeug"}


def commands(group: Any = None, *path: str) -> Iterator[list[str]]:
    """Every command, as its words."""
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield [*path, name]


COMMANDS = [pytest.param(words, id=" ".join(words)) for words in commands()]


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
