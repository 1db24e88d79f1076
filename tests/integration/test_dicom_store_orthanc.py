"""The local DICOM store and Orthanc: an independent peer pushes, pulls and searches."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dicomweb import STUDY

ROOT = Path(__file__).parents[2]
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def can_be_alone() -> bool:
    """Whether this user may make a network namespace."""
    command = ["unshare", "--net", "ip", "link", "set", "lo", "up"]
    return (
        bool(shutil.which("unshare"))
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


pytestmark = [
    pytest.mark.skipif(
        shutil.which("Orthanc") is None or not PLUGIN.is_file(),
        reason="orthanc and orthanc-dicomweb are not installed",
    ),
    pytest.mark.skipif(
        not can_be_alone(), reason="no network namespace can be made to keep Orthanc from the network"
    ),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of it."""
    folder = tmp_path_factory.mktemp("orthanc")
    command = ["unshare", "--net", sys.executable, "-m", "tests.integration.orthanc_peer", str(folder)]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=120)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_orthanc_pushes_files_byte_by_byte(results: dict[str, Any]) -> None:
    """Its DICOMweb client stores what it has; again, it is told that all is well."""
    assert (results["pushed"], results["pushed again"]) == ([True, True], 200)


def test_orthanc_pulls_files_byte_by_byte(results: dict[str, Any]) -> None:
    """Its DICOMweb client retrieves a study."""
    assert results["pulled"] == [True, True]


def test_orthanc_searches(results: dict[str, Any]) -> None:
    """With wild cards, which its own server does not take from clients."""
    assert (results["found"], results["not found"]) == ([STUDY, "1.3.6.1.4.1.99999.2"], [])
