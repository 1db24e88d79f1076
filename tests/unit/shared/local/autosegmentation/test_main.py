"""The double on its own."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared.local.autosegmentation.__main__ import main
from shared.local.autosegmentation.server import AutosegmentationDouble

ROOT = Path(__file__).parents[5]


def test_it_prints_address_and_tokens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a client needs is printed, one `name=value` a line; the tokens are good."""
    end = threading.Event()
    end.set()
    code = main(["--folder", str(tmp_path)], end=end)
    printed = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    with AutosegmentationDouble(tmp_path) as double:
        accepted = double._started.service.tokens.accepts("access", printed["access_token"])

    assert (code, accepted) == (0, True)
    assert list(printed) == ["base_url", "access_token", "refresh_token", "expires_at"]
    assert printed["base_url"].startswith("http://127.0.0.1:")


def test_it_ends_by_a_signal(tmp_path: Path) -> None:
    """A SIGTERM ends it in an orderly way."""
    command = [sys.executable, "-m", "shared.local.autosegmentation", "--folder", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        process.terminate()
        code = process.wait(timeout=30)

    assert (first[:26], code) == ("base_url=http://127.0.0.1:", 0)
