"""Publishing over the REST interface of Pub/Sub."""

from queue import Queue

import msgspec
import pytest

from shared.errors import NetworkError
from shared.local.publishing import PubsubMessage, PubsubPublisher
from tests.broker import broker

TOPIC = "projects/test-project/topics/arrivals"


def test_messages_are_posted_in_base64() -> None:
    """One request publishes all messages to a topic."""
    received: Queue[tuple[str, bytes]] = Queue()
    messages = [PubsubMessage(b"{}", {"eventType": "OBJECT_FINALIZE"}), PubsubMessage(b"", {"k": "v"})]
    with broker("200 OK", received) as host:
        PubsubPublisher(host)(TOPIC, messages)
    path, body = received.get_nowait()

    assert received.empty()
    assert (path, msgspec.json.decode(body)) == (
        f"/v1/{TOPIC}:publish",
        {
            "messages": [
                {"data": "e30=", "attributes": {"eventType": "OBJECT_FINALIZE"}},
                {"data": "", "attributes": {"k": "v"}},
            ]
        },
    )


@pytest.mark.parametrize("status", ["404 Not Found", "503 Service Unavailable"])
def test_a_refusal_is_an_error(status: str) -> None:
    """A topic that is not there must not look like a success."""
    with broker(status, Queue()) as host, pytest.raises(NetworkError, match=f"status={status[:3]}"):
        PubsubPublisher(host)(TOPIC, [PubsubMessage(b"", {})])


def test_nobody_there_is_an_error() -> None:
    """The messages stay owed."""
    with pytest.raises(OSError, match="refused"):
        PubsubPublisher("127.0.0.1:1")(TOPIC, [PubsubMessage(b"", {})])
