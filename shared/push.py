"""One Pub/Sub push request in, one answer out: what a deployed function is called with."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Protocol

import msgspec

from shared import log
from shared.errors import AirlockError
from shared.ports.bus import Delivery, Message
from shared.runtime import Runtime, Stage
from shared.wiring import EmbeddedWiring

#: answers: done with; deliver again; not a push message
_ACKNOWLEDGED, _AGAIN, _NO_MESSAGE = 204, 503, 400

Answer = tuple[str, int]


class Request(Protocol):
    """The part of an HTTP request that is needed."""

    def get_data(self) -> bytes:
        """The body."""
        ...


class _PushMessage(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str
    publish_time: str
    data: bytes = b""
    attributes: dict[str, str] = {}


class _PushEnvelope(msgspec.Struct, frozen=True, rename="camel"):
    message: _PushMessage
    subscription: str
    delivery_attempt: int = 1


def delivery_of(body: bytes) -> Delivery:
    """Read the body of a push request (`PubsubMessage` in its wrapper).

    Raises:
        ValueError: the body is no push message.
    """
    envelope = msgspec.json.decode(body, type=_PushEnvelope)
    message = envelope.message
    subscription = envelope.subscription.rpartition("/")[2]
    return Delivery(
        subscription=subscription,
        message=Message(
            topic=subscription.partition("-")[2],
            data=message.data,
            attributes=message.attributes,
            message_id=message.message_id,
            publish_time=_seconds(message.publish_time),
        ),
        delivery_attempt=envelope.delivery_attempt,
        ack_id=message.message_id,
    )


def _seconds(moment: str) -> float:
    """Seconds since the epoch; a time that names no zone is in UTC."""
    time = datetime.fromisoformat(moment)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def endpoint(stage: Stage) -> Callable[[Request], Answer]:
    """Make the function that an HTTP server calls for a stage.

    It answers 204 to what is done with, 503 to what is to be delivered again, also where the installation is
    not fit, and 400 to what is no push message, never with anything of the request in the answer.
    """

    @cache
    def runtime() -> Runtime:
        log.configure(json=True)
        return Runtime(stage, EmbeddedWiring.from_environment())

    def handle(request: Request) -> Answer:
        try:
            delivery = delivery_of(request.get_data())
        except (ValueError, RecursionError):
            return "not a push message", _NO_MESSAGE
        try:
            outcome = runtime().deliver(delivery)
        except AirlockError as error:
            log.logger().error("unfit", stage=stage.name, code=error.code, cause=error.cause)
            return "", _AGAIN
        return "", _ACKNOWLEDGED if outcome.acknowledges else _AGAIN

    return handle
