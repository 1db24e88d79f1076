"""`options` and `hints`: what is printed, and commands that can be copied."""

import io
import shlex
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.cli import hints
from functions.cli.options import command_line, print_json, print_text, program
from functions.cli.report import exception_report, workspace_report
from shared.errors import DestinationUnauthorized
from shared.wiring import EmbeddedWiring
from tests.factories import exception_record, generation_record, series_ref


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace in the environment, and the program started by its name."""
    monkeypatch.delenv("AIRLOCK_WORKSPACE", raising=False)
    monkeypatch.setattr(sys, "argv", ["airlock"])


def installed(folder: Path) -> Path:
    """A program of the name."""
    folder.mkdir()
    path = folder / "airlock"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_program_on_the_path_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it was found there."""
    path = installed(tmp_path / "bin")
    (tmp_path / "link").symlink_to(path.parent)
    monkeypatch.setenv("PATH", str(path.parent))
    started = [str(path), str(tmp_path / "link" / "airlock")]

    assert [monkeypatch.setattr(sys, "argv", [each]) or program() for each in started] == [
        "airlock",
        "airlock",
    ]


def test_a_program_elsewhere_is_called_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is not on the PATH, or another than the one there, keeps the path that was typed."""
    other = installed(tmp_path / "bin")
    monkeypatch.setattr(sys, "argv", ["my tools/airlock"])
    monkeypatch.setenv("PATH", "")
    alone = program()
    monkeypatch.setenv("PATH", str(other.parent))

    assert (alone, program()) == ("'my tools/airlock'", "'my tools/airlock'")


@pytest.mark.parametrize("started", ["pytest", "-c", "", "/usr/lib/python/app.py"])
def test_a_program_of_another_name_is_airlock_to_people(monkeypatch: Any, started: str) -> None:
    """Started by a test or a tool, it speaks of itself by its own name."""
    monkeypatch.setattr(sys, "argv", [started])

    assert program() == "airlock"


@pytest.mark.parametrize(
    ("workspace", "variable", "option"),
    [
        ("airlock-workspace", None, []),
        ("other", None, ["-w", "other"]),
        ("of Q", None, ["-w", "of Q"]),
        ("named", "named", []),
        ("airlock-workspace", "named", ["-w", "airlock-workspace"]),
    ],
)
def test_a_command_names_its_workspace_where_it_must(
    monkeypatch: pytest.MonkeyPatch, workspace: str, variable: str | None, option: list[str]
) -> None:
    """Left out is only what would be used anyhow; what the shell would take apart is quoted."""
    if variable is not None:
        monkeypatch.setenv("AIRLOCK_WORKSPACE", variable)

    line = command_line("exceptions", "archive", "3f", "--why", "a reason", workspace=Path(workspace))

    assert shlex.split(line) == ["airlock", "exceptions", "archive", "3f", "--why", "a reason", *option]


def test_text_is_utf_8_whatever_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """What programs read is UTF-8, whatever the terminal has, and stands behind what was printed before."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    stream.write("before\n")
    print_text("勅使河原田\n")
    print_json({"name": "Müller"})

    assert stream.buffer.getvalue().decode() == 'before\n勅使河原田\n{\n  "name": "Müller"\n}\n'  # type: ignore[attr-defined]


def test_text_may_go_where_there_are_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of text alone takes the text."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    print_text("Müller")

    assert stream.getvalue() == "Müller"


# -- hints


def test_after_a_run_without_trouble_there_is_nothing_to_say(wiring: EmbeddedWiring) -> None:
    """Who has nothing to do is told nothing."""
    assert hints.after_run(workspace_report(wiring), Path("w")) == {}


def test_after_a_run_the_next_step_has_real_names(wiring: EmbeddedWiring) -> None:
    """What is in flight goes on; the first exception is shown by its own id."""
    wiring.ledger.raise_exception(exception_record(exception_id="0f"))
    report = msgspec.structs.replace(workspace_report(wiring), settled=False)

    assert list(hints.after_run(report, Path("w")).values()) == [
        "airlock run -w w",
        "airlock exceptions show 0f -w w",
    ]


def test_the_series_with_most_to_tell_is_offered(wiring: EmbeddedWiring) -> None:
    """One that is claimed in part, before larger ones."""
    for number, ruleset, matched, count in ((1, None, 0, 9), (2, "neck", 1, 2), (3, "neck", 3, 3)):
        uids = tuple(f"2.25.{number}{n}" for n in range(count))
        record = generation_record(
            series=series_ref(number), ruleset=ruleset, matched=matched, sop_instance_uids=uids
        )
        wiring.ledger.add_generation(record)
    report = workspace_report(wiring)
    (wanted,) = (each.handle for each in report.series if each.instances == 2)

    assert hints.after_demo(report, Path("w"))["Why rules claimed a series, or did not"] == (
        f"airlock status {wanted} -w w"
    )


def test_a_demo_without_anything_still_says_how_to_go_on(wiring: EmbeddedWiring) -> None:
    """No series, no exceptions, no results: what remains can be copied."""
    assert list(hints.after_demo(workspace_report(wiring), Path("w")).values()) == [
        "airlock run w/sample -w my-workspace"
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ["retry", "archive"]),
        ({"status": "archived"}, []),
        ({"status": "retried"}, []),
        ({"code": DestinationUnauthorized.code}, ["set", "retry", "archive"]),
    ],
)
def test_an_exception_offers_what_can_be_done(changes: dict[str, str], words: list[str]) -> None:
    """Open: retry or archive, after other tokens where they were refused; closed: nothing."""
    commands = hints.for_exception(exception_report(exception_record(**changes)), Path("w"))

    assert [command.split()[2] for command in commands.values()] == words
