"""A server in threads of this process, which can be stopped and started again."""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, Self, TypeVar

from shared.errors import ConfigurationError
from shared.local.processes import LOOPBACK


class Running(Protocol):
    """A server that accepts requests."""

    @property
    def port(self) -> int:
        """The port that it listens on."""
        ...

    def stop(self) -> None:
        """Finish the requests that are being handled, and end all threads."""
        ...


R = TypeVar("R", bound=Running)


class LocalServer(ABC, Generic[R]):
    """Runs a server on the loopback address; a context manager.

    It may be stopped and started again, on the same port and with everything it had.

    Args:
        port: of 127.0.0.1; 0 takes a free one at the first start.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._running: R | None = None

    @abstractmethod
    def _run(self) -> R:
        """Open what is served, and accept requests at the port."""

    @abstractmethod
    def _release(self) -> None:
        """Let requests go on that a fault keeps waiting."""

    def start(self) -> None:
        """Accept requests from now on."""
        if self._running is None:
            self._running = self._run()
            self._port = self._running.port

    def stop(self) -> None:
        """Finish the requests that are being handled, and end all threads."""
        running, self._running = self._running, None
        if running is not None:
            self._release()
            running.stop()

    @property
    def base_url(self) -> str:
        """The address, `http://127.0.0.1:port`."""
        return f"http://{LOOPBACK}:{self._started.port}"

    @property
    def _started(self) -> R:
        if self._running is None:
            raise ConfigurationError(reason=f"{type(self).__name__} is not running")
        return self._running

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()
