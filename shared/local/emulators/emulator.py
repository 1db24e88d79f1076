"""An emulator as a Java process of this one: start, readiness, end."""

import http.client
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from shared.errors import EmulatorFailed
from shared.local.emulators.archive import ClassArchive
from shared.local.emulators.sdk import jar, java
from shared.local.processes import LOOPBACK, end, ending_with_this_thread, free_port

START_SECONDS = 60.0

_POLL_SECONDS = 0.02
_REQUEST_SECONDS = 10.0
_LOG_BYTES = 1 << 20
_ENDED_BY_SIGTERM = 128 + signal.SIGTERM  # a JVM catches the signal, ends in order and says so
#: one compiler and a simple collector: ready sooner, and 512 MB instead of a quarter of the machine's memory
_JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+IgnoreUnrecognizedVMOptions",
    # Into our log, instead of a file in whatever folder is the current one.
    "-XX:+ErrorFileToStdout",
    # Firestore's is known to speak English only; clients match on its messages.
    "-Duser.language=en",
)


class Emulator:
    """One emulator; a context manager that starts it, waits until it answers and stops it.

    Start it from the main thread where it should end with this process however that ends: Linux sends the
    signal when the thread that started it ends.

    Raises:
        EmulatorMissing: from `start`: the SDK, its component or Java is not on this machine.
        EmulatorFailed: from `wait`: it ended, found its port taken or did not answer in time.
    """

    jar_pattern: ClassVar[str]
    variable: ClassVar[str]
    ready_path: ClassVar[str]

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        self._log = -1
        self._shares_classes = False
        self.port = 0

    @property
    def host(self) -> str:
        """Where it listens, `127.0.0.1:port`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variable that leads Google's clients here."""
        return {self.variable: self.host}

    def start(self) -> Self:
        """Start the process and return at once."""
        program, interpreter = jar(self.jar_pattern), java()
        self._archive = ClassArchive(program, interpreter)
        self._shares_classes = self._archive.exists
        self._launch(program, interpreter, self._archive.options)
        return self

    def wait(self, seconds: float = START_SECONDS) -> Self:
        """Wait until it answers a request, at most so many seconds."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            self._require_alive()
            if time.monotonic() >= deadline:
                raise EmulatorFailed(emulator=type(self).__name__, reason=f"no answer in {seconds:g} s")
            time.sleep(_POLL_SECONDS)
        return self

    def stop(self) -> None:
        """End the process: SIGTERM, and SIGKILL after 10 seconds; harmless if it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            if end(process) == _ENDED_BY_SIGTERM:
                self._archive.finish()
        finally:
            self._archive.abandon()
            self._stack.close()

    def reset(self) -> None:
        """Forget everything."""
        raise NotImplementedError

    def arguments(self, program: Path) -> tuple[str, ...]:
        """What Java is told after its own options."""
        raise NotImplementedError

    def request(self, method: str, path: str) -> int:
        """Send a request without a body and return the status of the answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=_REQUEST_SECONDS)
        try:
            connection.request(method, path, headers={"Content-Length": "0"})
            return connection.getresponse().status
        finally:
            connection.close()

    def log(self) -> str:
        """What it has printed so far."""
        # Not by reading the file: its position is shared with the process that writes.
        return os.pread(self._log, _LOG_BYTES, 0).decode(errors="replace")

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self.stop)
            self.start().wait()
            stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            # Our own process must be alive, or somebody else answers at its port.
            return self.request("GET", self.ready_path) == http.client.OK and self._failure() is None
        return False

    def _require_alive(self) -> None:
        if (reason := self._failure()) is None:
            return
        if not self._shares_classes:
            raise EmulatorFailed(emulator=type(self).__name__, reason=reason)
        # A broken archive of classes ends the JVM with an abort, whatever it is told about sharing.
        self._archive.discard()
        self.stop()
        self._shares_classes = False
        self._launch(jar(self.jar_pattern), java(), ())

    def _launch(self, program: Path, interpreter: Path, options: tuple[str, ...]) -> None:
        self.port = free_port()
        command = [*_ends_with_us(), str(interpreter), *_JVM_OPTIONS, *options, *self.arguments(program)]
        log = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - lives until `stop`
        self._log = log.fileno()
        # In a session of its own, so that Ctrl-C does not end it before those who use it.
        self._process = subprocess.Popen(  # noqa: S603 - Google's jar by the machine's Java
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )

    def _failure(self) -> str | None:
        if self._process is None:
            return "not started"
        if (code := self._process.poll()) is not None:
            return f"ended with {code}"
        # It stays alive without a port, and whoever has the port would answer in its place.
        return "port taken" if "BindException" in self.log() else None


@contextmanager
def running(*emulators: Emulator) -> Iterator[None]:
    """Run several emulators: all start together, and the block begins when all answer.

    Raises:
        EmulatorMissing: the SDK, one of its components or Java is not on this machine.
        EmulatorFailed: one did not start; the others are stopped.
    """
    with ExitStack() as stack:
        for emulator in emulators:
            stack.callback(emulator.stop)
            emulator.start()
        for emulator in emulators:
            emulator.wait()
        yield


def _ends_with_us() -> tuple[str, ...]:
    # The signal comes at the end of the thread that starts it, so a short-lived one must not ask for it.
    return ending_with_this_thread() if threading.current_thread() is threading.main_thread() else ()
