"""A function in a process of its own, served by functions-framework, and started again if it dies."""

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from shared.errors import EmulatorFailed
from shared.local.processes import LOOPBACK, end, ending_with_this_thread, free_port, signal_group

#: a line that the function wrote to standard error, with the function's name
Line = Callable[[str, str], None]

_POLL_SECONDS = 0.05
_START_SECONDS = 60.0
#: so many processes may end before one answers
_TRIES = 3
_HEALTH = "/healthz"


class FunctionProcess:
    """Runs one function until it is stopped; what dies in between is started again on the same port.

    Args:
        name: of the function.
        source: its `main.py`.
        environ: its environment, as in a container: nothing of this process's own is added.
        line: is called with every line that it logs.
    """

    def __init__(self, name: str, source: Path, environ: Mapping[str, str], *, line: Line) -> None:
        self.name = name
        self._source = source
        self._environ = environ
        self._line = line
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended: list[int] = []
        self._stopping = threading.Event()
        # It starts the process, so it has to live as long: see `ending_with_this_thread`.
        self._keeper = threading.Thread(target=self._keep, name=f"function-{name}", daemon=True)

    @property
    def url(self) -> str:
        """Where it is pushed to."""
        return f"http://{LOOPBACK}:{self._port}/"

    @property
    def pid(self) -> int | None:
        """The id of its process at the moment."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it and return at once."""
        self._keeper.start()

    def wait(self) -> None:
        """Wait until it answers.

        Raises:
            EmulatorFailed: it did not in a minute, or ended again and again.
        """
        deadline, ended = time.monotonic() + _START_SECONDS, len(self._ended)
        while not self._answers():
            if len(self._ended) - ended >= _TRIES:
                raise EmulatorFailed(emulator=self.name, reason=f"ended with {self._ended[-1]}")
            if time.monotonic() > deadline:
                raise EmulatorFailed(emulator=self.name, reason="no answer")
            time.sleep(_POLL_SECONDS)

    def kill(self) -> None:
        """Kill it with all its threads and children, in the middle of whatever it does."""
        if self._process is not None:
            signal_group(self._process, signal.SIGKILL)

    def ask_to_stop(self) -> None:
        """Let it finish its requests and end; it is not started again."""
        self._stopping.set()
        if self._process is not None:
            signal_group(self._process, signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._stopping.set()
        if self._process is not None:
            end(self._process)
        if self._keeper.ident is not None:
            self._keeper.join()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._run()

    def _run(self) -> None:
        command = [*ending_with_this_thread(), sys.executable, "-m", "functions_framework"]
        self._process = subprocess.Popen(  # noqa: S603 - our own function by our own interpreter
            command,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if self._stopping.is_set():
            end(self._process)
        with self._process as process:
            for line in process.stderr or ():
                self._line(self.name, line.decode(errors="replace").rstrip("\n"))
        self._ended.append(process.returncode)

    @property
    def _variables(self) -> dict[str, str]:
        return {
            **self._environ,
            "FUNCTION_SOURCE": str(self._source),
            "FUNCTION_TARGET": "handle",
            "FUNCTION_SIGNATURE_TYPE": "http",
            "HOST": LOOPBACK,
            "PORT": str(self._port),
        }

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=5)
        try:
            connection.request("GET", _HEALTH)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
