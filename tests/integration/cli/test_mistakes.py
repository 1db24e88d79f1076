"""What a person gets wrong with `airlock run` gets a sentence, before anything is begun."""

import errno
import fcntl
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from functions.cli import workspace as opening
from tests.integration.cli.harness import airlock


def test_a_path_that_does_not_exist_is_said_so(series: Path, workspace: Path) -> None:
    """Which path it is, is said by its place, for names may identify; nothing is begun with the others."""
    answer = airlock("run", series, "Zylberquist", "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error input_missing: There is nothing to take in at the given paths. (paths=2, first_missing=2)",
        "Give files, folders or ZIP archives that exist and can be read.",
    ]
    assert not workspace.exists()


def test_an_empty_folder_is_no_success(here: Path, workspace: Path) -> None:
    """Where there is nothing to do, nothing is reported as done."""
    (here / "empty" / "folders").mkdir(parents=True)
    (here / "empty" / "nothing").symlink_to("nowhere")
    answer = airlock("run", here / "empty", "-w", workspace)

    assert answer.code == 2
    assert "(files=0, broken_link=1)" in answer.err
    assert not workspace.exists()


@pytest.mark.parametrize("below", [".", "below"])
def test_a_file_is_no_workspace(series: Path, here: Path, below: str) -> None:
    """A workspace that is a file, or would lie below one, is said so."""
    (here / "file").write_text("something else")
    answer = airlock("run", series, "-w", here / "file" / below)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error workspace_unusable: Airlock cannot work in this workspace. (problem=it is a file)",
        "Choose another folder with --workspace.",
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "this user may not work in it"),
        (errno.EPERM, "this user may not work in it"),
        (errno.EROFS, "it is read-only"),
    ],
)
def test_a_workspace_without_permission_is_said_so(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """Where the workspace cannot be written, that is the sentence."""

    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(opening, "_log_file", refuse)
    answer = airlock("run", series, "-w", workspace)

    assert answer.code == 2
    assert f"(problem={words})" in answer.err


@pytest.mark.parametrize("name", ["clinical.sqlite", "released.sqlite"])
@pytest.mark.parametrize("words", [["run"], ["status"], ["balance"], ["exceptions", "list"]], ids=" ".join)
def test_a_workspace_of_another_version_is_said_so(copied: Path, name: str, words: list[str]) -> None:
    """A ledger with another schema is not touched."""
    connection = sqlite3.connect(copied / "ledger" / name)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    answer = airlock(*words, "-w", copied)

    assert (answer.code, answer.out) == (2, "")
    assert "another version of Airlock made it" in answer.err


def test_two_at_once_do_not_work_in_one_workspace(copied: Path, series: Path) -> None:
    """While one process owns the workspace, another may look but not work."""
    with (copied / "airlock.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = airlock("run", series, "-w", copied)
        looks = [
            airlock(*words, "-w", copied).code for words in (["status"], ["balance"], ["exceptions", "list"])
        ]

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error workspace_busy: Another Airlock process works in this workspace.",
        "Wait until it has finished, or choose another --workspace.",
    ]
    assert looks == [0, 0, 0]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("match/default.yaml", "name: [unfinished"),
        ("match/default.yaml", "name: default\nunknown_key: 1\n"),
        ("deidentify/basic.yaml", "name: 1\n"),
        ("destinations/autosegmentation.yaml", "name: autosegmentation\nbase_url: http://example.org\n"),
        ("templates/head_and_neck.yaml", "name: x\n"),
        ("validate/default.yaml", "name: x\n"),
    ],
)
def test_a_broken_ruleset_stops_before_anything_is_taken_in(
    series: Path, workspace: Path, rulesets: Path, file: str, content: str
) -> None:
    """The file is named, and no workspace is made."""
    (rulesets / file).write_text(content)
    answer = airlock("run", series, "-w", workspace, "--rulesets", rulesets)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error ruleset_invalid: ")
    assert f"={file}" in answer.err
    assert not workspace.exists()


def test_rulesets_without_a_folder_are_said_so(series: Path, workspace: Path, rulesets: Path) -> None:
    """A part of the rulesets that is missing is named."""
    shutil.rmtree(rulesets / "templates")
    answer = airlock("run", series, "-w", workspace, "--rulesets", rulesets)

    assert answer.code == 2
    assert "(missing=rulesets/templates)" in answer.err


def test_an_unknown_profile_stops_before_anything_is_taken_in(series: Path, workspace: Path) -> None:
    """The profiles that there are, are named."""
    answer = airlock("run", series, "-w", workspace, "--profile", "none")

    assert answer.code == 2
    assert "(unknown_profile=none, known=basic, " in answer.err
    assert not workspace.exists()
