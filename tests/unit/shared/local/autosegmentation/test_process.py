"""`double_process`: the double in a process of its own."""

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from shared.local.autosegmentation import process as module
from shared.local.autosegmentation.process import double_process

#: starts the double, says where it is, and dies without a word
ORPHANING = """
import os, signal, sys
from pathlib import Path
from shared.local.autosegmentation.process import double_process
with double_process(Path(sys.argv[1])) as double:
    print(double.base_url, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def is_up(base_url: str) -> bool:
    """Whether something answers the health check."""
    try:
        with urllib.request.urlopen(f"{base_url}/api/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_runs_while_the_context_lasts(tmp_path: Path) -> None:
    """It answers inside the context with tokens of its own, and no more behind it."""
    with double_process(tmp_path / "double") as double:
        inside = is_up(double.base_url)

    assert (inside, is_up(double.base_url)) == (True, False)
    assert double.tokens.access_token != double.tokens.refresh_token


def test_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """A killed process leaves no double behind."""
    started = subprocess.run(
        [sys.executable, "-c", ORPHANING, str(tmp_path / "double")],
        capture_output=True,
        text=True,
        check=False,
    )
    base_url = started.stdout.strip()
    deadline = time.monotonic() + 20
    while is_up(base_url) and time.monotonic() < deadline:
        pass

    assert base_url.startswith("http://127.0.0.1:")
    assert not is_up(base_url)


def test_says_when_it_did_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A double that ends at once is an error of the installation, not a wait without end."""
    monkeypatch.setattr(module, "_MODULE", "shared.no_such_module")

    with pytest.raises(ConfigurationError), double_process(tmp_path / "double"):
        pass
