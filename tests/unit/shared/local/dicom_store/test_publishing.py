"""The publisher for the emulator of Pub/Sub."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import StartResponse, WSGIEnvironment

import httpx
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from shared.local.dicom_store.publishing import emulator_publisher
from tests.dicomweb import TOPIC


class _Quiet(WSGIRequestHandler):
    def log(self, *_message: object) -> None:
        """Say nothing."""


@contextmanager
def broker(status: str, received: list[tuple[str, bytes]]) -> Iterator[str]:
    """A broker that answers everything alike; its host."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        received.append((environ["PATH_INFO"], body))
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


def test_a_message_goes_to_its_topic() -> None:
    """In the form of the REST interface."""
    received: list[tuple[str, bytes]] = []
    with broker("200 OK", received) as host:
        emulator_publisher(host)(TOPIC, b"data", {"action": "StoreInstances"})
    ((path, body),) = received
    message = {"data": base64.b64encode(b"data").decode(), "attributes": {"action": "StoreInstances"}}

    assert (path, json.loads(body)) == (f"/v1/{TOPIC}:publish", {"messages": [message]})


@pytest.mark.parametrize("status", ["404 Not Found", "503 Service Unavailable"])
def test_a_refusal_is_an_error(status: str) -> None:
    """So that the notification is kept."""
    with broker(status, []) as host, pytest.raises(httpx.HTTPStatusError):
        emulator_publisher(host)(TOPIC, b"", {})
