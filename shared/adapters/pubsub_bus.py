"""Topics in Pub/Sub, by its official client."""

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from shared.adapters.google_failures import google_failures

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.pubsub_v1 import PublisherClient

EMULATOR_VARIABLE = "PUBSUB_EMULATOR_HOST"
#: all tries of a publication together, and each, in seconds: the message that led to it comes again anyway
_PUBLISH_SECONDS, _TRY_SECONDS = 30.0, 10.0


class PubsubBus:
    """Publishes to the topics of one project; for any number of threads.

    A handler publishes a few messages and has to know that they are there, so each is one call without the
    batches and threads of the higher client. By gRPC: one connection carries all threads' calls.

    Args:
        project: the project of the topics.
        prefix: stands before the names of all topics, with a hyphen; none if it is empty.
        emulator: `host:port` of Google's emulator instead of the service; the environment's unless given.
    """

    def __init__(self, project: str, *, prefix: str = "", emulator: str | None = None) -> None:
        self._topics = f"projects/{project}/topics/{prefix and prefix + '-'}"
        self._emulator = os.environ.get(EMULATOR_VARIABLE) if emulator is None else emulator

    @cached_property
    def _client(self) -> "PublisherClient":
        from google.pubsub_v1 import PublisherClient

        if not self._emulator:
            return PublisherClient()
        import grpc
        from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

        channel = grpc.insecure_channel(self._emulator)
        return PublisherClient(transport=PublisherGrpcTransport(channel=channel))

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish a message durably; return its message id.

        Raises:
            ConfigurationError: the topic does not exist, or the identity may not publish to it.
            StorageError: the message cannot be published, such as one of more than 10 MB.
            StorageUnavailable: Pub/Sub did not answer.
        """
        from google.pubsub_v1.types import PubsubMessage

        message = PubsubMessage(data=data, attributes=dict(attributes))
        with google_failures():
            answer = self._client.publish(
                topic=f"{self._topics}{topic}", messages=[message], retry=_retry(), timeout=_TRY_SECONDS
            )
        return str(answer.message_ids[0])

    def close(self) -> None:
        """Close the connection."""
        if "_client" in self.__dict__:
            self._client.transport.close()


def _retry() -> "Retry":
    """The client's own rule but for its end, which would be after ten minutes."""
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    busy = if_exception_type(
        exceptions.Aborted, exceptions.Cancelled, exceptions.ServerError, exceptions.TooManyRequests
    )
    return Retry(predicate=busy, initial=0.1, maximum=5.0, multiplier=4, timeout=_PUBLISH_SECONDS)
