"""What the start of a function loads."""

import subprocess
import sys

import pytest

from functions.pipeline import PIPELINE

#: what costs most and what no function needs before its first message
LATE = [
    "asyncio",
    "cryptography",
    "google.api_core",
    "google.auth",
    "grpc",
    "httpx",
    "imagecodecs",
    "numpy",
    "pydicom",
    "rich",
    "sqlite3",
    "structlog",
    "typer",
    "urllib3",
]
#: what only the functions that read rules or change data sets need
WORKERS = {"match", "deidentify", "reidentify"}
_LOADED = "import sys, functions.{0}.main; print(*sorted(sys.modules))"


def loaded(name: str) -> set[str]:
    """The modules of a new process that has loaded a function."""
    command = [sys.executable, "-c", _LOADED.format(name)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("name", [stage.name for stage in PIPELINE])
def test_a_start_loads_little(name: str) -> None:
    """No client, no logger, nothing of DICOM's and no screen; only workers load the rules."""
    modules = loaded(name)
    deid = {each for each in modules if each.startswith(("shared.deid", "yaml"))}

    assert f"functions.{name}.handler" in modules
    assert [each for each in LATE if each in modules] == []
    assert bool(deid) == (name in WORKERS)
