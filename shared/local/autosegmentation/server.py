"""The double as an HTTP server on the loopback address."""

import threading
from pathlib import Path
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from shared.adapters.clock import SystemClock
from shared.errors import ConfigurationError
from shared.local.autosegmentation.application import application
from shared.local.autosegmentation.faults import Faults
from shared.local.autosegmentation.service import SegmentationService
from shared.local.autosegmentation.tasks import Task
from shared.local.autosegmentation.tokens import LIFETIME
from shared.ports.clock import Clock
from shared.ports.keys import TokenPair

HOST = "127.0.0.1"


class AutosegmentationDouble:
    """Runs the double in threads of this process; a context manager. What it was given lies in `folder`.

    It may be stopped and started again, on the same port and with everything it had.
    """

    def __init__(
        self, folder: Path, *, clock: Clock | None = None, faults: Faults | None = None, port: int = 0
    ) -> None:
        """Keep the settings; port 0 takes a free one at the first start."""
        self._folder = folder
        self._clock = clock or SystemClock()
        self.faults = faults or Faults()
        self._port = port
        self._running: _Running | None = None

    def start(self) -> None:
        """Accept requests from now on."""
        if self._running is None:
            service = SegmentationService(self._folder, clock=self._clock, faults=self.faults)
            self._running = _Running(service, self.faults, self._clock, self._port)
            self._port = self._running.port

    def stop(self) -> None:
        """Finish the requests that are being handled, and end all threads."""
        running, self._running = self._running, None
        if running is not None:
            self.faults.release()
            running.stop()

    @property
    def base_url(self) -> str:
        """The address, `http://127.0.0.1:port`."""
        return f"http://{HOST}:{self._started.port}"

    @property
    def uploads(self) -> list[Task]:
        """Every package that it accepted, with the number of times that it was uploaded."""
        return self._started.service.tasks.all()

    def issue_tokens(self, lifetime: float = LIFETIME) -> TokenPair:
        """Issue a token pair; the access token is good for `lifetime` seconds by the clock."""
        return self._started.service.tokens.issue(lifetime)

    def revoke_access_tokens(self) -> None:
        """Refuse all access tokens that were issued; refresh tokens stay good."""
        self._started.service.tokens.revoke_all("access")

    def revoke_refresh_tokens(self) -> None:
        """Refuse all refresh tokens that were issued."""
        self._started.service.tokens.revoke_all("refresh")

    @property
    def _started(self) -> "_Running":
        if self._running is None:
            raise ConfigurationError(reason="the double of the autosegmentation service is not running")
        return self._running

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


class _Running:
    """The server's thread and those of its requests."""

    def __init__(self, service: SegmentationService, faults: Faults, clock: Clock, port: int) -> None:
        self.service = service
        self._server = _server(service, faults, clock, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="autosegmentation-double"
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.port

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.service.close()


def _server(service: SegmentationService, faults: Faults, clock: Clock, port: int) -> BaseWSGIServer:
    app = application(service, faults, clock)
    server = make_server(HOST, port, app, threaded=True, request_handler=_QuietHandler)
    # Threads of requests are joined by server_close(), so that none outlives the database.
    vars(server).update(daemon_threads=False, block_on_close=True)
    return server


class _QuietHandler(WSGIRequestHandler):
    """Writes no request log; a client that stays silent for long is left."""

    timeout = 30

    def log(self, *_message: object) -> None:
        """Say nothing: paths hold transaction ids."""
