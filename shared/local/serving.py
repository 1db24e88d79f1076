"""How a local server that is a process of its own learns that it is to end."""

import signal
import sys
import threading


def until_signal() -> threading.Event:
    """An event that SIGINT and SIGTERM set."""
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    return end


def end_with_stdin(end: threading.Event) -> None:
    """Set the event when standard input closes: the process at its other end is gone, however it went."""

    def wait() -> None:
        sys.stdin.read()
        end.set()

    threading.Thread(target=wait, daemon=True).start()
