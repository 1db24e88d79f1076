"""One message in the shapes in which it may reach a function."""

import base64
import json
from typing import Any

from werkzeug.datastructures import Headers

PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"
FINALIZED = "google.cloud.storage.object.v1.finalized"
STRUCTURED = {"Content-Type": "application/cloudevents+json; charset=UTF-8"}
#: stands wherever a request could hold something of a patient's
SECRET = "Zylberquist^Ottokar"

STORED_OBJECT = {
    "kind": "storage#object",
    "bucket": "clinical",
    "name": f"intake/{SECRET}.dcm",
    "generation": "1700000000000001",
    "size": "5",
}


def envelope(**changes: Any) -> dict[str, Any]:
    """A push request's wrapper; None leaves a field out."""
    fields = {
        "message": {
            "messageId": "42",
            "publishTime": "2025-11-22T10:30:00.5Z",
            "data": base64.b64encode(b"\x00\xff").decode(),
            "attributes": {"type": "TickElapsed"},
            "orderingKey": "series-1",
        },
        "subscription": "projects/p/subscriptions/quarantine-validate-dead-letters",
        "deliveryAttempt": 7,
    }
    return _changed(fields, changes)


def message(**changes: Any) -> dict[str, Any]:
    """The same with changes in the message."""
    return envelope(message=_changed(envelope()["message"], changes))


def structured(data: Any, **changes: Any) -> bytes:
    """A CloudEvent whose data is JSON, in structured mode."""
    fields = {
        "specversion": "1.0",
        "id": "event-1",
        "type": PUBLISHED,
        "source": "//pubsub.googleapis.com/projects/p/topics/arrivals",
        "time": "2025-11-22T10:30:00.5Z",
        "data": data,
    }
    return json.dumps(_changed(fields, changes)).encode()


def binary(**changes: str | None) -> Headers:
    """The headers of a CloudEvent in binary mode."""
    fields = {
        "Content-Type": "application/json",
        "Ce-Specversion": "1.0",
        "Ce-Id": "event-1",
        "Ce-Type": PUBLISHED,
        "Ce-Source": "//pubsub.googleapis.com/projects/p/topics/arrivals",
        "Ce-Time": "2025-11-22T10:30:00.5Z",
    }
    named = {f"Ce-{name.capitalize()}": value for name, value in changes.items()}
    return Headers(_changed(fields, named))


def _changed(fields: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}
