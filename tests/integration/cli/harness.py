"""Starts the command line in this process, as its entry point does, and keeps what it prints."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from functions.cli.app import main
from shared import log

ROOT = Path(__file__).parents[3]
_VARIABLES = ("AUTOSEGMENTATION_URL", "AIRLOCK_WORKSPACE", "AIRLOCK_RULESETS", "FORCE_COLOR", "NO_COLOR")


class Answer(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document."""
        return json.loads(self.out)

    @property
    def balance(self) -> dict[str, int]:
        """The balance of a report, without what is zero."""
        counts: dict[str, int] = self.json["balance"]
        return {name: count for name, count in counts.items() if count and name != "closed"}

    @property
    def commands(self) -> list[list[str]]:
        """The commands that it says can be tried next, as arguments."""
        offered = self.out.partition("What to try next")[2]
        return [line.split()[1:] for line in re.findall(r"^ {4}(airlock .*)$", offered, re.MULTILINE)]


def airlock(
    *arguments: str | os.PathLike[str], stdin: str | io.StringIO = "", encoding: str = "utf-8"
) -> Answer:
    """Run a command, and give its exit code and what it printed on a pipe."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True) for _ in range(2))
    words = ["airlock", *map(os.fspath, arguments)]
    with (
        patch.object(sys, "argv", words),
        patch.object(sys, "stdin", io.StringIO(stdin) if isinstance(stdin, str) else stdin),
        redirect_stdout(out),
        redirect_stderr(err),
        warnings.catch_warnings(),
        _signals_kept(),
    ):
        code = _code_of_main()
    # The log's file is closed by now.
    log.configure(json=True, stream=io.StringIO())
    return Answer(code, *(stream.buffer.getvalue().decode(encoding) for stream in (out, err)))  # type: ignore[attr-defined]


def process(*arguments: str | os.PathLike[str], **settings: Any) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    code = "import sys; from functions.cli.app import main; sys.argv[0] = 'airlock'; main()"
    return python(code, *arguments, **settings)


def python(code: str, *arguments: str | os.PathLike[str], **settings: Any) -> subprocess.Popen[str]:
    """Start Python code in a process of its own, with pipes."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], **{"env": environ, **pipes, **settings})


def forget_environment(patched: Any) -> None:
    """Take away whatever in the environment changes what commands do or print."""
    for name in _VARIABLES:
        patched.delenv(name, raising=False)
    patched.setenv("COLUMNS", "80")
    patched.setenv("TERM", "xterm")


def _code_of_main() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@contextmanager
def _signals_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
