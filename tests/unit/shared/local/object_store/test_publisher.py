"""Publishing over the REST interface of Pub/Sub."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from shared.errors import NetworkError
from shared.local.object_store.outbox import PubsubMessage
from shared.local.object_store.publisher import PubsubPublisher

TOPIC = "projects/test-project/topics/arrivals"


class Emulator(HTTPServer):
    """Records what is posted, and answers with `status`."""

    status = 200

    def __init__(self) -> None:
        self.posted: list[tuple[str, object]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Emulator

    def do_POST(self) -> None:
        """Record one request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, msgspec.json.decode(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A Pub/Sub that only records."""
    with Emulator() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_messages_are_posted_in_base64(emulator: Emulator) -> None:
    """One request publishes all messages to a topic."""
    publish = PubsubPublisher(f"127.0.0.1:{emulator.server_port}")
    publish(TOPIC, [PubsubMessage(b"{}", {"eventType": "OBJECT_FINALIZE"}), PubsubMessage(b"", {"k": "v"})])

    assert emulator.posted == [
        (
            f"/v1/{TOPIC}:publish",
            {
                "messages": [
                    {"data": "e30=", "attributes": {"eventType": "OBJECT_FINALIZE"}},
                    {"data": "", "attributes": {"k": "v"}},
                ]
            },
        )
    ]


def test_a_refusal_is_an_error(emulator: Emulator) -> None:
    """A topic that is not there must not look like a success."""
    emulator.status = 404

    with pytest.raises(NetworkError, match="status=404"):
        PubsubPublisher(f"127.0.0.1:{emulator.server_port}")(TOPIC, [PubsubMessage(b"", {})])


def test_nobody_there_is_an_error() -> None:
    """The messages stay owed."""
    with pytest.raises(OSError, match="refused"):
        PubsubPublisher("127.0.0.1:1")(TOPIC, [PubsubMessage(b"", {})])
