"""Messages that others publish: Cloud Storage's notifications and Pub/Sub's dead letters."""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.errors import EventUndecodable
from shared.events import BlobFinalized, Event, MessageDeadLettered, OriginalMessage, decode
from shared.identifiers import BlobRef

_DEAD_LETTER = "CloudPubSubDeadLetterSource"
#: what Cloud Storage itself writes while it composes an upload from parts
_COMPOSITE_PREFIX, _COMPOSITE_FOLDER = "gcloud/", "/parallel_composite_uploads/"


def blob_finalized(attributes: Mapping[str, str], size: int = 0) -> BlobFinalized | None:
    """Read a Cloud Storage notification by its attributes; None if it tells of nothing that arrived.

    Deletions, metadata updates and the temporary parts of parallel composite uploads tell of no arrival.

    Raises:
        EventUndecodable: the attributes are not those of a Cloud Storage notification.
    """
    if attributes.get("eventType") != "OBJECT_FINALIZE":
        return None
    try:
        name = attributes["objectId"]
        blob = BlobRef(
            bucket=attributes["bucketId"], name=name, generation=int(attributes["objectGeneration"])
        )
    except (KeyError, ValueError) as error:
        raise EventUndecodable(eventType="OBJECT_FINALIZE") from error
    if name.startswith(_COMPOSITE_PREFIX) and _COMPOSITE_FOLDER in name:
        return None
    return BlobFinalized(blob=blob, size=size)


def dead_letter(
    topic: str, data: bytes, attributes: Mapping[str, str], publish_time: float
) -> MessageDeadLettered | None:
    """Read a message that Pub/Sub forwarded as a dead letter; None if it is none.

    A subscription's name is that of its stage and its topic, joined by a hyphen.

    Args:
        topic: the dead-letter topic.
        data: its data.
        attributes: its attributes, those of the forwarding included.
        publish_time: when it was forwarded, in seconds since the epoch.
    """
    subscription = attributes.get(f"{_DEAD_LETTER}Subscription")
    if subscription is None:
        return None
    own = {name: value for name, value in attributes.items() if not name.startswith(_DEAD_LETTER)}
    stage, _, source = subscription.rsplit("/", 1)[-1].partition("-")
    return MessageDeadLettered(
        stage=stage,
        attempts=int(attributes.get(f"{_DEAD_LETTER}DeliveryCount", "0")),
        published_at=attributes.get(f"{_DEAD_LETTER}TopicPublishTime", ""),
        dead_lettered_at=datetime.fromtimestamp(publish_time, UTC).isoformat(),
        message=OriginalMessage(topic=source or topic, data=data, attributes=own),
    )


def original_event(message: OriginalMessage) -> Event | None:
    """The event of a message that failed; None if it cannot be decoded."""
    try:
        if "eventType" in message.attributes:
            return blob_finalized(message.attributes)
        return decode(message.data)
    except EventUndecodable:
        return None
