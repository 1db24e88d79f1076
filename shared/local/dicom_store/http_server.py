"""An HTTP/1.1 server whose connections stay open; werkzeug's own closes each after one request."""

import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from socket import SHUT_RD, socket
from typing import TYPE_CHECKING, Any, cast

import msgspec
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from shared.local.dicom_store.refusal import error_body
from shared.local.processes import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_WRITE_BUFFER = 64 << 10
_NO_BODY = frozenset({204, 304})


class Handler(WSGIRequestHandler):
    """Serves the requests of one connection. The application reads every request's body to its end."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _WRITE_BUFFER
    #: how long a connection may be silent, in seconds
    timeout = 60

    def setup(self) -> None:
        """Let the server know of the connection."""
        super().setup()
        self._store_server.connected(self.connection)

    def finish(self) -> None:
        """Let the server forget the connection."""
        self._store_server.disconnected(self.connection)
        super().finish()

    @property
    def _store_server(self) -> "HttpServer":
        return cast("HttpServer", self.server)

    def handle_expect_100(self) -> bool:
        """Tell a client that waits for it to send its body; a buffer must not keep that back."""
        goes_on = super().handle_expect_100()
        self.wfile.flush()
        return goes_on

    def run_wsgi(self) -> None:
        """Answer one request."""
        with self._store_server.busy(self.connection):
            try:
                self._answer()
            except OSError:
                self.close_connection = True
            except Exception as error:  # noqa: BLE001 - half an answer ends with its connection
                self.close_connection = True
                log_failure(error)
            if self._store_server.stopping:
                self.close_connection = True

    def _answer(self) -> None:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            del exc_info
            started[:] = [status, headers]
            return self.wfile.write

        body = self.server.app(self.make_environ(), start_response)
        try:
            self._send(started[0], started[1], body)
        finally:
            if hasattr(body, "close"):
                body.close()

    def _send(self, status: str, headers: list[tuple[str, str]], body: Iterable[bytes]) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        has_length = any(name.lower() == "content-length" for name, _ in headers)
        chunked = not has_length and int(code) not in _NO_BODY and self.command != "HEAD"
        if chunked and self.request_version < "HTTP/1.1":
            chunked, self.close_connection = False, True
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send_body(body, chunked=chunked)
        self.wfile.flush()

    def _send_body(self, body: Iterable[bytes], *, chunked: bool) -> None:
        for data in body:
            if data and chunked:
                self.wfile.write(b"%x\r\n" % len(data))
                self.wfile.write(data)
                self.wfile.write(b"\r\n")
            elif data:
                self.wfile.write(data)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no HTTP; the base class would echo the line that it cannot read."""
        del message, explain
        status = HTTPStatus(code)
        body = msgspec.json.encode(error_body(status, status.phrase))
        self.send_response(code, status.phrase)
        self.send_header("Connection", "close")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log(self, *_message: object) -> None:
        """Say nothing: paths hold UIDs, and queries hold names."""


class HttpServer(ThreadedWSGIServer):
    """Listens on the loopback address; its threads have ended when it is closed."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, port: int, app: "WSGIApplication") -> None:
        """Bind the port; 0 takes a free one."""
        super().__init__(LOOPBACK, port, app, handler=Handler)
        self.stopping = False
        self._connections: dict[socket, bool] = {}
        self._lock = threading.Lock()

    def connected(self, connection: socket) -> None:
        """Know a connection, which waits for its first request."""
        with self._lock:
            self._connections[connection] = False
            if self.stopping:
                _end_of_requests(connection)

    def disconnected(self, connection: socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.pop(connection, None)

    @contextmanager
    def busy(self, connection: socket) -> Iterator[None]:
        """Have a connection at work."""
        self._set_busy(connection, True)
        try:
            yield
        finally:
            self._set_busy(connection, False)

    def _set_busy(self, connection: socket, is_busy: bool) -> None:  # noqa: FBT001 - a state, not a switch
        with self._lock:
            self._connections[connection] = is_busy

    def stop(self) -> None:
        """Take no more requests, finish those under way, and end all threads."""
        self.shutdown()
        with self._lock:
            self.stopping = True
            for connection, is_busy in self._connections.items():
                if not is_busy:
                    _end_of_requests(connection)
        self.server_close()

    def log(self, *_message: object) -> None:
        """Say nothing: messages hold paths."""

    def handle_error(self, *_request: object) -> None:
        """Log where a connection failed, not with what."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            log_failure(error)


def log_failure(error: BaseException) -> None:
    """Write where an error was raised to standard error; its message may hold what a client sent."""
    places = "".join(traceback.format_tb(error.__traceback__))
    sys.stderr.write(f"{places}{type(error).__name__}\n")


def _end_of_requests(connection: socket) -> None:
    with suppress(OSError):
        connection.shutdown(SHUT_RD)
