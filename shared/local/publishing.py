"""Publishing to Pub/Sub, or its emulator, over its REST interface."""

import base64
import http.client
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

import msgspec

from shared.errors import NetworkError

_TIMEOUT_SECONDS = 10.0


class PubsubMessage(NamedTuple):
    """A message of Pub/Sub."""

    data: bytes
    attributes: Mapping[str, str]


#: publishes messages to the topic `projects/P/topics/T`; if it raises, they are published once more later
Publish = Callable[[str, Sequence[PubsubMessage]], None]


class PubsubPublisher:
    """Publishes to the Pub/Sub at `host`, which is `name:port` as in PUBSUB_EMULATOR_HOST."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __call__(self, topic: str, messages: Sequence[PubsubMessage]) -> None:
        """Publish messages to `projects/P/topics/T`.

        Raises:
            NetworkError: Pub/Sub has refused them: perhaps there is no such topic.
            OSError: Pub/Sub is not there.
        """
        body = msgspec.json.encode({"messages": [_encoded(message) for message in messages]})
        connection = http.client.HTTPConnection(self._host, timeout=_TIMEOUT_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/v1/{topic}:publish", body, headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if status != HTTPStatus.OK:
            raise NetworkError(status=status)


def _encoded(message: PubsubMessage) -> dict[str, object]:
    return {"data": base64.b64encode(message.data).decode(), "attributes": dict(message.attributes)}
