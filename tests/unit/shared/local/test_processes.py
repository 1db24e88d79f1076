"""What every process that Airlock starts has in common."""

import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from shared.local.processes import end, ending_with_this_thread, free_port, signal_group

#: ignores SIGTERM, says so, and waits
STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
signal.pause()
"""


def started(code: str) -> "subprocess.Popen[bytes]":
    """Python code in a process with a session of its own, once it has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_a_free_port_can_be_bound() -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", free_port())) as server:
        port = server.getsockname()[1]

    assert port > 0


def test_ends_a_process_that_ends_when_asked() -> None:
    """SIGTERM is enough for most."""
    process = started("import signal; print('ready', flush=True); signal.pause()")

    assert end(process) == -signal.SIGTERM


def test_kills_a_process_that_does_not_end() -> None:
    """After the time that it is given, nothing is asked any more."""
    process = started(STUBBORN)

    assert end(process, seconds=0.05) == -signal.SIGKILL


def test_a_process_that_has_ended_gets_no_signal() -> None:
    """Its id may be another's by now."""
    process = started("print('ready', flush=True)")
    code = process.wait()
    signal_group(process, signal.SIGKILL)

    assert (code, end(process)) == (0, 0)


def test_a_process_may_end_while_it_is_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may reap it between the look and the signal."""
    process = started("print('ready', flush=True)")
    process.wait()
    sent: list[int] = []

    def kill(group: int, _number: int) -> None:
        sent.append(group)
        raise ProcessLookupError

    monkeypatch.setattr(process, "poll", lambda: None)
    monkeypatch.setattr(os, "killpg", kill)
    signal_group(process, signal.SIGTERM)

    assert sent == [process.pid]


def test_without_util_linux_a_process_is_started_anyway(monkeypatch: Any) -> None:
    """Other systems have no such program."""
    monkeypatch.setattr("shutil.which", lambda _: None)

    assert ending_with_this_thread() == ()
