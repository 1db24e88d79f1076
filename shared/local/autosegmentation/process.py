"""The double in a process of its own: its memory is its own, and it ends with whoever started it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from shared.errors import ConfigurationError
from shared.ports.keys import TokenPair

_MODULE = "shared.local.autosegmentation"
_ANNOUNCED_LINES = 4
_STOP_SECONDS = 10.0


class RunningDouble(NamedTuple):
    """Where the double listens, and tokens for it."""

    base_url: str
    tokens: TokenPair


@contextmanager
def double_process(folder: Path) -> Iterator[RunningDouble]:
    """Run the double until the context ends, or this process does, however it ends.

    Raises:
        ConfigurationError: it did not start.
    """
    command = [sys.executable, "-m", _MODULE, "--folder", str(folder), "--while-stdin-is-open"]
    # In a session of its own, so that Ctrl-C does not end it in the middle of an answer.
    with subprocess.Popen(  # noqa: S603 - our own module by our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield _announced(process)
        finally:
            _stop(process)


def _announced(process: "subprocess.Popen[str]") -> RunningDouble:
    """Read what the double prints when it is ready, one `name=value` a line."""
    printed = islice(process.stdout or (), _ANNOUNCED_LINES)
    values = dict(line.rstrip("\n").partition("=")[::2] for line in printed)
    if len(values) < _ANNOUNCED_LINES:
        raise ConfigurationError(reason="the local double did not start")
    tokens = TokenPair(
        access_token=values["access_token"],
        refresh_token=values["refresh_token"],
        expires_at=float(values["expires_at"]),
    )
    return RunningDouble(values["base_url"], tokens)


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
