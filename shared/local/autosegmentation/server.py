"""The double as an HTTP server on the loopback address."""

import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from shared.adapters.clock import SystemClock
from shared.local.autosegmentation.application import application
from shared.local.autosegmentation.faults import Faults
from shared.local.autosegmentation.service import SegmentationService
from shared.local.autosegmentation.tasks import Task
from shared.local.autosegmentation.tokens import LIFETIME
from shared.local.processes import LOOPBACK
from shared.local.server import LocalServer
from shared.ports.clock import Clock
from shared.ports.keys import TokenPair


class AutosegmentationDouble(LocalServer["_Running"]):
    """Runs the double in threads of this process; a context manager. What it was given lies in `folder`."""

    def __init__(
        self, folder: Path, *, clock: Clock | None = None, faults: Faults | None = None, port: int = 0
    ) -> None:
        """Keep the settings; port 0 takes a free one at the first start."""
        super().__init__(port)
        self._folder = folder
        self._clock = clock or SystemClock()
        self.faults = faults or Faults()

    def _run(self) -> "_Running":
        service = SegmentationService(self._folder, clock=self._clock, faults=self.faults)
        return _Running(service, self.faults, self._clock, self._port)

    def _release(self) -> None:
        self.faults.release()

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
    server = make_server(LOOPBACK, port, app, threaded=True, request_handler=_QuietHandler)
    # Threads of requests are joined by server_close(), so that none outlives the database.
    vars(server).update(daemon_threads=False, block_on_close=True)
    return server


class _QuietHandler(WSGIRequestHandler):
    """Writes no request log; a client that stays silent for long is left."""

    timeout = 30

    def log(self, *_message: object) -> None:
        """Say nothing: paths hold transaction ids."""
