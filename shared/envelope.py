"""The shapes in which a message reaches a function over HTTP, read strictly into one delivery.

A Pub/Sub push request, a CloudEvent in binary mode and one in structured mode carry the same two things: a
message of Pub/Sub, or the event of a Cloud Storage object.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.events import BlobFinalized
from shared.notifications import DEAD_LETTER_SUBSCRIPTION
from shared.ports.bus import Delivery, Message

_STRUCTURED = "application/cloudevents+json"
_MESSAGE_PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
#: CloudEvents of Cloud Storage, and the `eventType` of the notification that says the same
_OBJECT_EVENTS = {
    "google.cloud.storage.object.v1.finalized": "OBJECT_FINALIZE",
    "google.cloud.storage.object.v1.deleted": "OBJECT_DELETE",
    "google.cloud.storage.object.v1.archived": "OBJECT_ARCHIVE",
    "google.cloud.storage.object.v1.metadataUpdated": "OBJECT_METADATA_UPDATE",
}


class _PushMessage(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str
    publish_time: str
    data: bytes = b""
    attributes: dict[str, str] = {}
    ordering_key: str = ""


class _PushEnvelope(msgspec.Struct, frozen=True, rename="camel"):
    message: _PushMessage
    subscription: str
    delivery_attempt: int = 1


class _CloudEvent(msgspec.Struct, frozen=True):
    specversion: str
    id: str
    type: str
    source: str
    time: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    data_base64: bytes = b""

    @property
    def content(self) -> bytes:
        """The data, which must be there."""
        content = self.data_base64 or bytes(self.data)
        if not content or self.specversion != "1.0":
            raise ValueError("no CloudEvent of version 1.0 with data")
        return content


class _Object(msgspec.Struct, frozen=True, rename="camel"):
    """The part of an object resource that a notification repeats in its attributes."""

    bucket: str
    name: str
    generation: str


def delivery_of(body: bytes, headers: Mapping[str, str] | None = None, *, prefix: str = "") -> Delivery:
    """Read a request: a Pub/Sub push, or a CloudEvent in structured or in binary mode.

    Args:
        body: the request's body.
        headers: its headers; names are looked up as `ce-type`, so the mapping has to ignore case.
        prefix: what the installation's subscriptions begin with, before a hyphen; it ends here.

    Raises:
        ValueError: the request carries no message; its text shows nothing of the request.
    """
    try:
        return _of_request(body, headers or {}, prefix)
    except RecursionError:
        raise ValueError("a message nests deeper than any of Pub/Sub's") from None


def _of_request(body: bytes, named: Mapping[str, str], prefix: str) -> Delivery:
    if named.get("Content-Type", "").lower().startswith(_STRUCTURED):
        return _of_cloud_event(msgspec.json.decode(body, type=_CloudEvent), prefix)
    if "ce-type" in named:
        return _of_cloud_event(_binary_cloud_event(body, named), prefix)
    return _of_push(msgspec.json.decode(body, type=_PushEnvelope), prefix)


def _binary_cloud_event(body: bytes, headers: Mapping[str, str]) -> _CloudEvent:
    attributes: dict[str, Any] = {
        name: headers.get(f"ce-{name}") for name in ("specversion", "id", "type", "source", "time")
    }
    attributes["data_base64"] = base64.b64encode(body).decode()
    return msgspec.convert(attributes, _CloudEvent)


def _of_cloud_event(event: _CloudEvent, prefix: str) -> Delivery:
    if event.type == _MESSAGE_PUBLISHED:
        return _of_push(msgspec.json.decode(event.content, type=_PushEnvelope), prefix)
    if event.type not in _OBJECT_EVENTS:
        raise ValueError("a CloudEvent of another type")
    return _of_object(event, msgspec.json.decode(event.content, type=_Object))


def _of_push(envelope: _PushEnvelope, prefix: str) -> Delivery:
    message = envelope.message
    subscription = _own_name(envelope.subscription, prefix)
    attributes = message.attributes
    if DEAD_LETTER_SUBSCRIPTION in attributes:
        source = _own_name(attributes[DEAD_LETTER_SUBSCRIPTION], prefix)
        attributes = {**attributes, DEAD_LETTER_SUBSCRIPTION: source}
    return Delivery(
        subscription=subscription,
        message=Message(
            topic=subscription.partition("-")[2],
            data=message.data,
            attributes=attributes,
            message_id=message.message_id,
            publish_time=_seconds(message.publish_time),
            ordering_key=message.ordering_key,
        ),
        delivery_attempt=envelope.delivery_attempt,
        ack_id=message.message_id,
    )


def _own_name(subscription: str, prefix: str) -> str:
    """The name that the stage knows a subscription by: its stage and its topic, joined by a hyphen."""
    return subscription.rpartition("/")[2].removeprefix(prefix and f"{prefix}-")


def _of_object(event: _CloudEvent, stored: _Object) -> Delivery:
    """The delivery of the notification that tells the same as a CloudEvent of Cloud Storage."""
    attributes = {
        "eventType": _OBJECT_EVENTS[event.type],
        "bucketId": stored.bucket,
        "objectId": stored.name,
        "objectGeneration": stored.generation,
    }
    return Delivery(
        subscription=f"validate-{BlobFinalized.TOPIC}",
        message=Message(
            topic=BlobFinalized.TOPIC,
            data=b"",
            attributes=attributes,
            message_id=event.id,
            publish_time=_seconds(event.time) if event.time else 0.0,
        ),
        delivery_attempt=1,
        ack_id=event.id,
    )


def _seconds(moment: str) -> float:
    """Seconds since the epoch; a time that names no zone is in UTC.

    Raises:
        ValueError: it is none, or outside the years 1 to 9999.
    """
    try:
        time = datetime.fromisoformat(moment)
        return (time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError("no time of ISO 8601") from None
