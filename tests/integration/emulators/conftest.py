"""A topic with a subscription in a project of the test, and somebody who receives what is pushed."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest
from google.pubsub_v1 import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.types import PubsubMessage

from shared.local.emulators import PubsubEmulator
from shared.local.topology import create_subscriptions, create_topics
from shared.ports.bus import Subscription

TOPIC, DEAD_LETTERS = "arrivals", "validate-dead-letters"
#: delivered again at once
IMPATIENT = Subscription(name="validate-arrivals", topic=TOPIC, minimum_backoff=0, maximum_backoff=0)

Body = dict[str, Any]


class Receiver:
    """An HTTP server on this machine that keeps the bodies it is sent; `answer` gives the status."""

    def __init__(self) -> None:
        self.bodies: list[Body] = []
        self.answer: Callable[[Body], int | None] = lambda _: 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Keep the body; without a status, hang up."""
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.bodies.append(body)
                status = receiver.answer(body)
                self.close_connection = status is None
                if status is not None:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base
                """Write no request log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def ids(self) -> list[str]:
        """The ids of the messages in the order in which they came."""
        return [body["message"]["messageId"] for body in self.bodies]

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who receives."""
    made = Receiver()
    yield made
    made.close()


Publish = Callable[..., str]


@pytest.fixture
def publish(pubsub_emulator: PubsubEmulator, project: str) -> Iterator[Publish]:
    """Publishes a message to the topic, as anybody does; gives its id."""
    create_topics(pubsub_emulator.host, project, [TOPIC, DEAD_LETTERS])
    unlimited = [("grpc.max_send_message_length", -1)]
    channel = grpc.insecure_channel(pubsub_emulator.host, options=unlimited)
    with PublisherClient(transport=PublisherGrpcTransport(channel=channel)) as client:

        def published(data: bytes = b"content", **fields: Any) -> str:
            message = PubsubMessage(data=data, **fields)
            answer = client.publish(topic=f"projects/{project}/topics/{TOPIC}", messages=[message])
            return str(answer.message_ids[0])

        yield published


@pytest.fixture
def subscribed(pubsub_emulator: PubsubEmulator, project: str, publish: Publish) -> Callable[..., str]:
    """Makes a subscription to the topic; gives its resource name."""

    def subscribe(subscription: Subscription = IMPATIENT) -> str:
        (name,) = create_subscriptions(pubsub_emulator.host, project, [subscription])
        return name

    return subscribe
