"""`airlock doctor`: fit, or what is not and what to do about it."""

import importlib.metadata
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from functions.cli import doctor as examination
from functions.cli import workspace as opening
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.integration.cli.harness import airlock


class Usage(NamedTuple):
    """What `shutil.disk_usage` tells, in bytes."""

    total: int
    used: int
    free: int


def unfit(*options: object) -> dict[str, str]:
    """What is not fit, and what is said of it; exit code 2 says that there is such a thing."""
    answer = airlock("doctor", *map(str, options), "--json")
    found = {each["check"]: each["detail"] for each in answer.json if not each["fit"]}

    assert answer.code == (2 if found else 0)
    return found


def fit(*options: object) -> dict[str, str]:
    """What is fit."""
    return {
        each["check"]: each["detail"]
        for each in airlock("doctor", *map(str, options), "--json").json
        if each["fit"]
    }


def test_a_healthy_installation_is_fit(finished: Path) -> None:
    """Exit code 0, every check with what was found."""
    answer = airlock("doctor", "-w", finished)

    assert answer.code == 0
    assert unfit("-w", finished) == {}
    assert set(fit("-w", finished)) == {
        *("Python", "SQLite", "Packages", "Intake policy", "Profiles", "Pixel rules", "Templates"),
        *("Destinations", "Rulesets", "Workspace", "Key", "Destination", "Disk"),
    }
    assert fit("-w", finished)["Workspace"] == "4 series"
    assert fit("-w", finished)["Key"] == "readable, private"


def test_needs_no_workspace_and_makes_none(here: Path) -> None:
    """Before the first run everything is fit, and nothing is made by looking."""
    assert unfit() == {}
    assert list(here.iterdir()) == []


def test_an_old_python_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least version is known."""
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))

    assert unfit() == {"Python": "3.10.4"}


def test_an_old_sqlite_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the ledgers need, SQLite must have."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 7, 17))

    assert set(unfit()) == {"SQLite"}


@pytest.mark.parametrize("absent", ["pydicom", "cryptography", "typer", "airlock-dicom"])
def test_a_missing_package_is_unfit(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    """Every requirement of the project is looked for, and the one that is missing is named."""
    version = importlib.metadata.version

    def version_of(name: str) -> str:
        if name == absent:
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(examination, "version", version_of)

    assert unfit() == {"Packages": f"{absent} missing: install the project again with its requirements"}


def test_without_the_double_a_destination_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the double's packages are not installed, it cannot stand in."""
    monkeypatch.setattr(opening, "find_spec", lambda name: None if name == "flask" else object())

    assert set(unfit()) == {"Destination"}
    assert "missing_package=flask, unset_variable=AUTOSEGMENTATION_URL" in unfit()["Destination"]


@pytest.mark.parametrize(
    ("file", "checks"),
    [
        ("match/default.yaml", {"Rulesets"}),
        ("validate/default.yaml", {"Intake policy"}),
        ("templates/head_and_neck.yaml", {"Templates", "Rulesets"}),
        ("deidentify/basic.yaml", {"Profiles", "Rulesets"}),
        ("destinations/autosegmentation.yaml", {"Destinations", "Rulesets"}),
    ],
)
def test_a_broken_ruleset_is_unfit(rulesets: Path, file: str, checks: set[str]) -> None:
    """The check says which file; what needs it is not fit either, and the others are checked nevertheless."""
    (rulesets / file).write_text("name: [unfinished")
    found = unfit("--rulesets", rulesets)

    assert set(found) == checks
    assert all(detail.startswith("ruleset_invalid: ") for detail in found.values())
    assert all(f"={file}" in detail for detail in found.values())
    assert "Disk" in fit("--rulesets", rulesets)


def test_a_key_that_others_may_read_is_unfit(copied: Path) -> None:
    """The key is the owner's alone."""
    (copied / "keys" / "deidentification.key").chmod(0o644)

    assert set(unfit("-w", copied)) == {"Key"}
    assert "chmod 600" in unfit("-w", copied)["Key"]


def test_a_damaged_key_is_unfit(copied: Path) -> None:
    """A key has 32 bytes."""
    (copied / "keys" / "deidentification.key").write_bytes(b"short")

    assert unfit("-w", copied)["Key"].startswith("key_invalid: ")


def test_a_file_is_no_workspace(here: Path) -> None:
    """What cannot become a workspace is not fit."""
    (here / "file").write_text("something else")

    assert unfit("-w", here / "file")["Workspace"] == "it is a file: choose another folder with --workspace"


def test_a_workspace_of_another_version_is_unfit(copied: Path) -> None:
    """A ledger with another schema is said so."""
    connection = sqlite3.connect(copied / "ledger" / "clinical.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    assert "another version of Airlock made it" in unfit("-w", copied)["Workspace"]


def test_ledgers_that_cannot_be_written_are_unfit(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only workspace is said so."""
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).name != "ledger")

    assert "this user may not write to its ledgers" in unfit("-w", copied)["Workspace"]


def test_a_disk_without_space_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than two gibibytes are too few."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1 << 40, 1 << 40, 1 << 30))

    assert unfit() == {"Disk": "1 GiB free"}


def test_a_place_that_cannot_be_written_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the workspace would be, this user must be able to make it."""
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)

    assert unfit()["Disk"].endswith(", not writable")


def test_a_destination_without_tokens_is_unfit(service: AutosegmentationDouble, workspace: Path) -> None:
    """The command that stores tokens is named."""
    detail = unfit("-w", workspace)["Destination"]

    assert detail.startswith("tokens_missing: ")
    assert "`airlock secrets set DESTINATION`" in detail


def test_a_destination_that_answers_is_fit(connected: AutosegmentationDouble, workspace: Path) -> None:
    """A destination with tokens is asked for its health."""
    assert unfit("-w", workspace) == {}
    assert fit("-w", workspace)["Destination"] == "autosegmentation answers, and there are tokens for it"


def test_a_destination_that_does_not_answer_is_unfit(
    connected: AutosegmentationDouble, workspace: Path
) -> None:
    """It is asked once, without the patience of a run."""
    connected.stop()

    assert unfit("-w", workspace)["Destination"].startswith("destination_unavailable: ")


def test_the_double_and_a_destination_do_not_mix(copied: Path, service: AutosegmentationDouble) -> None:
    """An address in the environment does not fit a workspace in which the double works."""
    assert "the local double works in it" in unfit("-w", copied)["Destination"]


def test_an_address_in_the_clear_is_unfit(monkeypatch: Any) -> None:
    """Tokens travel encrypted, or not at all."""
    monkeypatch.setenv("AUTOSEGMENTATION_URL", "http://segmentation.example.org")

    assert "base_url needs https" in unfit()["Destinations"]
