"""`airlock run` goes on after whatever stopped it."""

import errno
import signal
from pathlib import Path
from typing import Any, TextIO

import pytest

from functions.cli import progress
from functions.cli import run as running
from functions.cli import workspace as opening
from shared.errors import SpaceExhausted
from tests.acceptance.hospital import SETTLED, write_drop
from tests.integration.cli.harness import airlock, python


@pytest.mark.parametrize("delivery", [1, 2, 4, 6, 9])
def test_goes_on_after_ctrl_c(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, delivery: int
) -> None:
    """Wherever it is stopped, it says that nothing is lost, and the next run ends as if nothing had been."""
    counted, count = [0], progress.Board.count

    def stop(board: progress.Board, stage: str, outcome: Any) -> None:
        counted[0] += 1
        if counted[0] == delivery:
            raise KeyboardInterrupt
        count(board, stage, outcome)

    with monkeypatch.context() as patched:
        patched.setattr(progress.Board, "count", stop)
        stopped = airlock("run", series, "-w", workspace)
    resumed = airlock("run", "-w", workspace, "--json")

    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.err == "Stopped. Nothing is lost: `airlock run` on the same workspace goes on.\n"
    assert resumed.code == 0
    assert resumed.balance == {"received": 2, "exported": 2}
    assert len(list((workspace / "double" / "results").iterdir())) <= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_goes_on_after_a_signal(here: Path, workspace: Path, number: int) -> None:
    """A process that is stopped in the middle, or killed, leaves a workspace in which a run goes on."""
    code = """
import signal
from functions.cli import app, progress

# As from a terminal: what is started in the background begins without heeding Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
count = progress.Board.count

def say(board, stage, outcome):
    count(board, stage, outcome)
    print(stage, flush=True)

progress.Board.count = say
app.main()
"""
    drop = write_drop(here / "drop")
    process = python(code, "run", drop, "-w", workspace)
    assert process.stdout is not None
    for line in process.stdout:
        if line == "deidentify\n":
            process.send_signal(number)
            break
    _, err = process.communicate()
    resumed = airlock("run", drop, "-w", workspace, "--json")

    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    assert "Traceback" not in err
    assert resumed.code == 1
    assert resumed.json["balance"] == {**SETTLED._asdict(), "closed": True}


def test_goes_on_after_the_disk_was_full(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends the run with a sentence; once there is space, the same command goes on."""
    taken, take_in = [0], running.take_in

    def until_full(*arguments: Any, **settings: Any) -> None:
        if taken[0]:
            raise SpaceExhausted(system="ENOSPC")
        taken[0] += 1
        take_in(*arguments, **settings)

    with monkeypatch.context() as patched:
        patched.setattr(running, "take_in", until_full)
        full = airlock("run", series, "-w", workspace)
    resumed = airlock("run", series, "-w", workspace, "--json")

    assert (full.code, full.out) == (2, "")
    assert full.err.startswith("Error space_exhausted: The storage is full. (system=ENOSPC)\nFree space;")
    assert resumed.code == 0
    assert resumed.balance == {"received": 2, "exported": 2}


class FullLog:
    """A log file on a full disk."""

    def write(self, _text: str) -> None:
        """Fail."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        """Do nothing: nothing was written."""


def test_a_log_that_cannot_be_written_is_a_full_disk(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the log fills the disk there is a sentence, no traceback, and nothing is lost."""

    class Opened:
        def __enter__(self) -> TextIO:
            return FullLog()  # type: ignore[return-value]  # all that a log needs

        def __exit__(self, *exc_info: object) -> None:
            """Leave nothing open."""

    with monkeypatch.context() as patched:
        patched.setattr(opening, "_log_file", lambda _workspace: Opened())
        full = airlock("run", series, "-w", workspace)
    resumed = airlock("run", "-w", workspace, "--json")

    assert full.code == 2
    assert full.err.startswith("Error space_exhausted: ")
    assert (resumed.code, resumed.balance) == (0, {"received": 2, "exported": 2})


def test_is_stopped_at_any_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before a command has begun, Ctrl-C is no failure."""

    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("functions.cli.app.app", stop)
    answer = airlock("status")

    assert (answer.code, answer.out) == (130, "")
    assert answer.err == "Stopped. Nothing is lost: `airlock run` on the same workspace goes on.\n"
