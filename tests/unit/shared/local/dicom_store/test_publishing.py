"""The publisher for the emulator of Pub/Sub."""

import base64
import json
from queue import Queue

import httpx
import pytest

from shared.local.dicom_store.publishing import emulator_publisher
from tests.broker import broker
from tests.dicomweb import TOPIC


def test_a_message_goes_to_its_topic() -> None:
    """In the form of the REST interface."""
    received: Queue[tuple[str, bytes]] = Queue()
    with broker("200 OK", received) as host:
        emulator_publisher(host)(TOPIC, b"data", {"action": "StoreInstances"})
    path, body = received.get_nowait()
    message = {"data": base64.b64encode(b"data").decode(), "attributes": {"action": "StoreInstances"}}

    assert (path, json.loads(body)) == (f"/v1/{TOPIC}:publish", {"messages": [message]})


@pytest.mark.parametrize("status", ["404 Not Found", "503 Service Unavailable"])
def test_a_refusal_is_an_error(status: str) -> None:
    """So that the notification is kept."""
    with broker(status, Queue()) as host, pytest.raises(httpx.HTTPStatusError):
        emulator_publisher(host)(TOPIC, b"", {})
