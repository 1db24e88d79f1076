"""Processes that this one starts: each in a session of its own, and none of them outlives it."""

import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress

LOOPBACK = "127.0.0.1"
_STOP_SECONDS = 10.0


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def ending_with_this_thread() -> tuple[str, ...]:
    """What stands before a command that is to end when the thread that starts it ends, however that ends.

    PR_SET_PDEATHSIG by util-linux, since code between fork and exec is unsafe in a process with threads.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv else ()


def end(process: "subprocess.Popen[bytes]", seconds: float = _STOP_SECONDS) -> int:
    """End a process and its children: SIGTERM, and SIGKILL after `seconds`; return its code."""
    signal_group(process, signal.SIGTERM)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        signal_group(process, signal.SIGKILL)
        return process.wait()


def signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send a signal to a process and its children, only while its id cannot be another's."""
    # Another thread may reap it between the two.
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
