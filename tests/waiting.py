"""Waiting on conditions, never for a time."""

import threading
import time
from collections.abc import Callable

#: between two looks, in seconds, unless a test says otherwise
_LOOK = 0.05


def until(
    condition: Callable[[], object],
    seconds: float = 60.0,
    why_not: Callable[[], str] = str,
    *,
    look: float = _LOOK,
) -> None:
    """Wait until a condition holds, which is asked every `look` seconds; fail after so many seconds.

    Where it takes longer to look than that, half of the time is left to what is waited for.
    """
    never, deadline = threading.Event(), time.monotonic() + seconds
    looked = time.monotonic()
    while not condition():
        took = time.monotonic() - looked
        if looked + took > deadline:
            raise AssertionError(f"not within {seconds} seconds; {why_not()}")
        never.wait(max(look, took))
        looked = time.monotonic()
