"""What stands in for the emulator of Pub/Sub where only publishing matters."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, *_message: object) -> None:
        """Say nothing."""


@contextmanager
def broker(status: str, received: Queue[tuple[str, bytes]]) -> Iterator[str]:
    """A broker that answers everything alike; its host."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        received.put((environ["PATH_INFO"], body))
        start(status, [("Content-Length", "2")])
        return [b"{}"]

    server = make_server("127.0.0.1", 0, app, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
