"""A stage with one handler, on ports that keep what is done with them."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from shared import log
from shared.adapters.clock import FakeClock
from shared.events import (
    AUDIT,
    ArchiveReceived,
    BlobFinalized,
    Event,
    EventFailed,
    InstanceAccepted,
    encode,
)
from shared.ports.bus import Delivery, Message
from shared.runtime import (
    Handler,
    Outcome,
    Runtime,
    Stage,
)
from tests.doubles import Journal, RecordingBus, RecordingClaims
from tests.factories import blob_ref, series_ref

NOW, ISO_NOW = 1_763_807_400.0, "2025-11-22T10:30:00+00:00"
ARRIVAL = BlobFinalized(blob=blob_ref(), size=0)
KEY = f"work:BlobFinalized:{blob_ref()}"
ACCEPTED = InstanceAccepted(blob=blob_ref(), series=series_ref())
ARCHIVE = ArchiveReceived(blob=blob_ref())
NOTIFICATION = {
    "eventType": "OBJECT_FINALIZE",
    "bucketId": blob_ref().bucket,
    "objectId": blob_ref().name,
    "objectGeneration": str(blob_ref().generation),
}
DEAD_LETTER = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "8",
    "CloudPubSubDeadLetterSourceSubscription": "validate-arrivals",
    "CloudPubSubDeadLetterSourceSubscriptionProject": "local",
    "CloudPubSubDeadLetterSourceTopicPublishTime": "2025-11-22T10:00:00+00:00",
}


class Ports:
    """A wiring whose bus and claims keep one journal; `ledger` is what the handlers here ask for."""

    def __init__(self) -> None:
        self.journal: Journal = []
        self.bus = RecordingBus(self.journal)
        self.ledger = RecordingClaims(self.journal)
        self.clock = FakeClock(NOW)


@contextmanager
def outcome_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return the outcome lines that were written."""
    stream = io.StringIO()
    log.configure(json=True, stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()


def saying(*events: Event) -> Handler:
    """A handler that says these events."""

    def handler(event: BlobFinalized, *, ledger: Any) -> Iterable[Event]:
        ledger.journal.append(("handler", "handle", event.key))
        return events

    return handler


def raising(error: BaseException) -> Handler:
    """A handler that says one event and then fails."""

    def handler(event: BlobFinalized, *, ledger: Any) -> Iterator[Event]:
        yield ACCEPTED
        raise error

    return handler


def delivery(
    event: Event | None = ARRIVAL,
    *,
    attempt: int = 1,
    attributes: dict[str, str] | None = None,
    **fields: Any,
) -> Delivery:
    """A delivery of an event, or of other data."""
    message = {
        "topic": "arrivals",
        "data": encode(event) if event else b"",
        "attributes": attributes or {},
        "message_id": "message-7",
        "publish_time": NOW,
        **fields,
    }
    return Delivery(
        subscription="work-arrivals", message=Message(**message), delivery_attempt=attempt, ack_id="ack-1"
    )


def run(ports: Ports, handler: Handler, given: Delivery | None = None, **stage: Any) -> Outcome:
    """Deliver to a stage with one handler."""
    return Runtime(Stage("work", (handler,), **stage), ports).deliver(given or delivery())


def failure(ports: Ports) -> EventFailed:
    """The one failure that was published, to the topic of failures and to the audit."""
    assert [each.topic for each in ports.bus.published] == ["failures", AUDIT]
    event = ports.bus.published[0].event
    assert isinstance(event, EventFailed)
    return event
