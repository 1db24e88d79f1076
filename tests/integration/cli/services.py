"""Commands that run until they are stopped: started in a process, watched, and stopped as by Ctrl-C."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.cli.harness import process
from tests.waiting import until

#: after Ctrl-C, in seconds
_STOPS_WITHIN = 60.0


class Service:
    """A running command; whatever it starts has its folder for temporary files, and so can be found.

    Attributes:
        temporary: the folder for temporary files.
    """

    def __init__(self, temporary: Path, *arguments: str | Path, **environ: str) -> None:
        self.temporary = temporary
        temporary.mkdir(exist_ok=True)
        variables = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRLOCK", "AUTOSEG"))
        }
        root = str(Path(__file__).parents[3])
        own = {"TMPDIR": str(temporary), "PYTHONPATH": root, "PYTHONWARNINGS": "error", "COLUMNS": "200"}
        self._process = process(*arguments, env={**variables, **own, **environ}, start_new_session=True)
        self.lines: dict[str, list[str]] = {"out": [], "err": []}
        self._readers = [
            threading.Thread(target=self._read, args=pipe)
            for pipe in (("out", self._process.stdout), ("err", self._process.stderr))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def err(self) -> str:
        """What it has written to standard error so far."""
        return "\n".join(self.lines["err"])

    def address(self, name: str) -> str:
        """What it says of an address, once it does."""
        until(lambda: self._address(name) or self._process.poll() is not None, why_not=lambda: self.err)
        found = self._address(name)
        assert found is not None, self.err
        return found

    def until_printed(self, text: str) -> None:
        """Wait until it has written a text to standard error."""
        until(lambda: text in self.err or self._process.poll() is not None, why_not=lambda: self.err)
        assert text in self.err

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stop it; return its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            return self._process.wait(_STOPS_WITHIN)
        finally:
            self._kill()

    @property
    def left(self) -> tuple[dict[int, str], list[str]]:
        """What is left behind of it: processes with their commands, and temporary files."""
        return dict(self._processes()), sorted(path.name for path in self.temporary.iterdir())

    def _address(self, name: str) -> str | None:
        lines = (line.partition("  ") for line in list(self.lines["err"]))
        return next((where.strip() for found, _, where in lines if found == name), None)

    def _read(self, name: str, pipe: Iterator[str]) -> None:
        for line in pipe:
            self.lines[name].append(line.rstrip("\n"))

    def _processes(self) -> Iterator[tuple[int, str]]:
        mark = f"TMPDIR={self.temporary}\0".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    yield int(folder.name), command.decode(errors="replace")
            except OSError:
                continue

    def _kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(10)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


@contextmanager
def service(temporary: Path, *arguments: str | Path, **environ: str) -> Iterator[Service]:
    """Run a command until the context ends."""
    running = Service(temporary, *arguments, **environ)
    try:
        yield running
    finally:
        running.stop()
