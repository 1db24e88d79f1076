"""The nine endpoints behind an HTTP server on this machine, and what Pub/Sub sends them."""

import base64
import importlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import NamedTuple

from flask import Flask, request
from werkzeug.serving import WSGIRequestHandler, make_server

from functions.pipeline import PIPELINE
from shared.ports.bus import Delivery

NAMES = [stage.name for stage in PIPELINE]


class Reply(NamedTuple):
    """What an endpoint answered."""

    status: int
    body: bytes
    headers: str


class QuietHandler(WSGIRequestHandler):
    """Writes no request log."""

    def log(self, *_message: object) -> None:
        """Say nothing."""


class Endpoints:
    """A server on a free port of this machine with every stage's `main.handle` under its name."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, name: str, body: bytes, headers: dict[str, str] | None = None) -> Reply:
        """Send a body to a stage."""
        self._connection.request("POST", f"/{name}", body, headers or {})
        response = self._connection.getresponse()
        return Reply(response.status, response.read(), str(response.headers))

    def push(self, delivery: Delivery) -> Reply:
        """Send a delivery to its stage as Pub/Sub does."""
        return self.post(delivery.subscription.partition("-")[0], pushed(delivery))

    def get(self, name: str) -> Reply:
        """Look whether somebody is there."""
        self._connection.request("GET", f"/{name}")
        response = self._connection.getresponse()
        return Reply(response.status, response.read(), str(response.headers))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def pushed(delivery: Delivery) -> bytes:
    """The body of a push request (PubsubMessage in its wrapper)."""
    message = delivery.message
    envelope = {
        "message": {
            "data": base64.b64encode(message.data).decode(),
            "attributes": message.attributes,
            "messageId": message.message_id,
            "message_id": message.message_id,
            "publishTime": datetime.fromtimestamp(message.publish_time, UTC).isoformat(),
        },
        "subscription": f"projects/example/subscriptions/{delivery.subscription}",
        "deliveryAttempt": delivery.delivery_attempt,
    }
    return json.dumps(envelope).encode()


@contextmanager
def served() -> Iterator[Endpoints]:
    """Load the nine modules anew and serve them."""
    app = Flask("push")
    for name in NAMES:
        handle = importlib.reload(importlib.import_module(f"functions.{name}.main")).handle
        app.add_url_rule(f"/{name}", name, lambda handle=handle: handle(request), methods=["GET", "POST"])
    server = make_server("127.0.0.1", 0, app, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    endpoints = Endpoints(server.port)
    try:
        yield endpoints
    finally:
        endpoints.close()
        server.shutdown()
        thread.join()
        server.server_close()
