"""docs/reference/workspace.md against what an installation makes."""

import stat
from pathlib import Path

import pytest

from functions.cli.workspace import worked_in
from tests.unit.docs.pages import inline_code, reference, table

NAMED = {name.partition("/")[0] for row in table(reference("workspace")) for name in inline_code(row[0])}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace in which everything was opened once."""
    folder = tmp_path / "workspace"
    with worked_in(folder) as wiring:
        for port in ("bus", "ledger", "jobs", "keys", "secrets", "clinical", "released"):
            getattr(wiring, port)
    return folder


def test_everything_in_a_workspace_is_explained(workspace: Path) -> None:
    """No file or folder lies there that the page does not name."""
    assert {path.name for path in workspace.iterdir()} - NAMED == set()


def test_modes_are_as_promised(workspace: Path) -> None:
    """The workspace and its private folders are the owner's alone; so are key and databases."""
    folders = [workspace, *(workspace / name for name in ("keys", "secrets", "ledger", "bus"))]
    files = [
        *workspace.glob("keys/*"),
        *workspace.glob("ledger/*"),
        *workspace.glob("bus/*"),
        *workspace.glob("secrets/*"),
    ]

    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
