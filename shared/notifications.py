"""Messages of others: Cloud Storage's, the DICOM stores', Cloud Scheduler's, and Pub/Sub's dead letters."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime

from shared.errors import EventUndecodable
from shared.events import (
    BlobFinalized,
    Event,
    MessageDeadLettered,
    OriginalMessage,
    TickElapsed,
    decode,
)
from shared.identifiers import BlobRef, StoredInstance

_DEAD_LETTER = "CloudPubSubDeadLetterSource"
DEAD_LETTER_SUBSCRIPTION = f"{_DEAD_LETTER}Subscription"
#: all that Cloud Scheduler says each minute, for it cannot write the time into a message
TICK = b"tick"
_TICKED_AT = "elapsedAt"
#: with what the path of every resource begins
_RESOURCE = b"projects/"
_LAST_UPDATED = "lastUpdatedTime"
_ARRIVING_ACTIONS = frozenset({"StoreInstances", "ImportDicomData"})
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


def notified(data: bytes, attributes: Mapping[str, str]) -> BlobFinalized | TickElapsed | None:
    """Read a notification of a bucket, a DICOM store or the scheduler; None if nothing arrived.

    Raises:
        EventUndecodable: it is none, or not whole.
    """
    if "eventType" in attributes:
        return blob_finalized(attributes)
    return _tick(attributes) if data == TICK else instance_stored(data, attributes)


def is_notification(data: bytes, attributes: Mapping[str, str]) -> bool:
    """Tell a notification from an event of ours, which is a JSON object."""
    return "eventType" in attributes or data == TICK or data.startswith(_RESOURCE)


def _tick(attributes: Mapping[str, str]) -> TickElapsed:
    if _TICKED_AT not in attributes:
        raise EventUndecodable(type=TickElapsed.__name__)
    return TickElapsed(at=attributes[_TICKED_AT])


def instance_stored(data: bytes, attributes: Mapping[str, str]) -> BlobFinalized | None:
    """Read a notification of a DICOM store; None if it tells of no instance that arrived.

    The data is the instance's resource path. `notificationConfigs` add attributes, and also tell of deletions
    and of changed storage classes; the older `notificationConfig` has none, see `dated`.

    Raises:
        EventUndecodable: the data is no such path, or nobody knows when it was stored.
    """
    if attributes.get("action", "StoreInstances") not in _ARRIVING_ACTIONS:
        return None
    try:
        instance = StoredInstance.from_string(data.decode())
        stored_at = parsedate_to_datetime(attributes[_LAST_UPDATED])
        # A zone of -0000 says that a time is in UTC, and is read as none (RFC 5322 section 3.3).
        stored_at = stored_at if stored_at.tzinfo else stored_at.replace(tzinfo=UTC)
        return BlobFinalized(blob=instance.at(int(stored_at.timestamp() * 1e6)), size=0)
    except (KeyError, ValueError, OverflowError) as error:
        raise EventUndecodable(action="StoreInstances") from error


def dated(data: bytes, attributes: Mapping[str, str], publish_time: float) -> Mapping[str, str]:
    """The attributes of a message, with the time where a DICOM store's or the scheduler's does not say it.

    Without it nobody could tell an instance from one that was stored there after it was deleted.
    The scheduler's minute is that in which it was published, so that a minute that comes twice counts once.
    A message that is retried keeps the attribute, so that it is about the same instance or minute still. A
    dead letter, which is published anew, is dated by `dead_letter`.
    """
    if DEAD_LETTER_SUBSCRIPTION in attributes:
        return attributes
    if data == TICK and _TICKED_AT not in attributes:
        minute = datetime.fromtimestamp(publish_time, UTC).replace(second=0, microsecond=0)
        return {**attributes, _TICKED_AT: minute.isoformat()}
    if not data.startswith(_RESOURCE) or _LAST_UPDATED in attributes:
        return attributes
    return {**attributes, _LAST_UPDATED: formatdate(publish_time, usegmt=True)}


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
    subscription = attributes.get(DEAD_LETTER_SUBSCRIPTION)
    if subscription is None:
        return None
    own = {name: value for name, value in attributes.items() if not name.startswith(_DEAD_LETTER)}
    published_at = attributes.get(f"{_DEAD_LETTER}TopicPublishTime", "")
    stage, _, source = subscription.rsplit("/", 1)[-1].partition("-")
    return MessageDeadLettered(
        stage=stage,
        attempts=int(attributes.get(f"{_DEAD_LETTER}DeliveryCount", "0")),
        published_at=published_at,
        dead_lettered_at=datetime.fromtimestamp(publish_time, UTC).isoformat(),
        message=OriginalMessage(
            topic=source or topic, data=data, attributes=dict(dated(data, own, _seconds(published_at)))
        ),
    )


def _seconds(moment: str) -> float:
    """Seconds since the epoch; 0 where Pub/Sub gave no time."""
    return datetime.fromisoformat(moment).timestamp() if moment else 0.0


def original_event(message: OriginalMessage) -> Event | None:
    """The event of a message that failed; None if it cannot be decoded."""
    try:
        if is_notification(message.data, message.attributes):
            return notified(message.data, message.attributes)
        return decode(message.data)
    except EventUndecodable:
        return None
