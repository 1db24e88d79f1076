"""The store on its own."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared.local.object_store.__main__ import main

ROOT = Path(__file__).parents[5]


def test_it_prints_its_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When it is ready, as `name=value`."""
    end = threading.Event()
    end.set()
    code = main(["--folder", str(tmp_path), "--pubsub-host", "127.0.0.1:1"], end=end)

    assert code == 0
    assert capsys.readouterr().out.startswith("base_url=http://127.0.0.1:")


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """When the other end of its input is closed."""
    command = [
        sys.executable,
        "-m",
        "shared.local.object_store",
        "--folder",
        str(tmp_path),
        "--while-stdin-is-open",
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        first = process.stdout.readline()
        process.stdin.close()
        code = process.wait(timeout=30)

    assert (first[:26], code) == ("base_url=http://127.0.0.1:", 0)
