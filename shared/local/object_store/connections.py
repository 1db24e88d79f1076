"""Connections of HTTP/1.1 that are kept alive, and that end when the server does."""

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wsgi import LimitedStream

from shared.local.processes import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_STALL_SECONDS = 30
_GRACE_SECONDS = 3.0
_DRAIN_BYTES = 1 << 18
_BODYLESS = {"204", "304"}


class Connections:
    """The open connections of one server."""

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._ended = False
        self._changed = threading.Condition()

    def add(self, connection: socket.socket) -> None:
        """A client has connected."""
        with self._changed:
            self._open.add(connection)
        if self._ended:
            self._shut(socket.SHUT_RD)

    def discard(self, connection: socket.socket) -> None:
        """A connection has ended."""
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def end(self) -> None:
        """End them: requests that have arrived are answered, within a few seconds; no more is read."""
        self._ended = True
        self._shut(socket.SHUT_RD)
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _GRACE_SECONDS)
        self._shut(socket.SHUT_RDWR)

    def _shut(self, how: int) -> None:
        with self._changed:
            for connection in self._open:
                with suppress(OSError):  # it has ended by itself
                    connection.shutdown(how)


def server_of(port: int, connections: Connections) -> BaseWSGIServer:
    """A server on the loopback address whose application is still to be set; port 0 takes a free one."""

    class Handler(_Handler):
        open_connections = connections

    server = make_server(LOOPBACK, port, _not_ready, threaded=True, request_handler=Handler)
    # Threads of requests are joined by server_close(), so that none outlives the catalog.
    vars(server).update(daemon_threads=False, block_on_close=True)
    return server


def _not_ready(_environ: "WSGIEnvironment", _start_response: object) -> Iterable[bytes]:
    raise ConnectionAbortedError


class _Answer:
    """What the application says before its body."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []

    def start(self, status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Any:
        """WSGI's `start_response`; there is no `write`, which only old applications use."""
        self.status = status
        self.headers = headers


class _Handler(WSGIRequestHandler):
    """Answers one request after the other; a client that stays silent for long is left."""

    timeout = _STALL_SECONDS
    # Without it the second small packet of an answer waits for the client's acknowledgement of the first.
    disable_nagle_algorithm = True
    open_connections: Connections

    def setup(self) -> None:
        """Know the connection, so that the server's end ends it."""
        super().setup()
        self.open_connections.add(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        self.open_connections.discard(self.connection)
        with suppress(OSError):  # the client may have gone
            super().finish()

    def run_wsgi(self) -> None:
        """Answer one request. The parent's version ends every connection, because it cannot drain bodies."""
        environ = self.environ = self.make_environ()
        body = self._body(environ)
        try:
            self._respond(self.server.app, environ)
            while body is not None and body.read(_DRAIN_BYTES):
                pass
        except Exception:  # noqa: BLE001 - gone, or half an answer is sent: only the end of it is left to say
            self.close_connection = True

    def log(self, *_message: object) -> None:
        """Say nothing: paths hold names of objects."""

    def _body(self, environ: "WSGIEnvironment") -> Any:
        if not environ.get("wsgi.input_terminated"):
            length = int(environ.get("CONTENT_LENGTH") or 0)
            environ["wsgi.input"] = LimitedStream(environ["wsgi.input"], length)
            environ["wsgi.input_terminated"] = True
        return environ["wsgi.input"]

    def _respond(self, app: "WSGIApplication", environ: "WSGIEnvironment") -> None:
        answer = _Answer()
        chunks = app(environ, answer.start)
        try:
            chunked = self._send_head(answer)
            for chunk in chunks:
                if chunk:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _send_head(self, answer: _Answer) -> bool:
        """Send status and headers; tell whether the body is to be chunked (RFC 9112 section 7.1)."""
        code, _, phrase = answer.status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in answer.headers:
            self.send_header(name, value)
        sized = any(name.lower() == "content-length" for name, _ in answer.headers)
        chunked = not sized and code not in _BODYLESS and self.command != "HEAD"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return chunked
