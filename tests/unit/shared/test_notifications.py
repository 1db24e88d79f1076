"""Messages that others publish."""

import pytest

from shared.errors import EventUndecodable
from shared.events import BlobFinalized, MessageDeadLettered, OriginalMessage, TickElapsed, encode
from shared.identifiers import BlobRef
from shared.notifications import TICK, blob_finalized, dated, dead_letter, notified, original_event

ATTRIBUTES = {
    "notificationConfig": "projects/_/buckets/clinical/notificationConfigs/1",
    "eventType": "OBJECT_FINALIZE",
    "payloadFormat": "JSON_API_V1",
    "bucketId": "clinical",
    "objectId": "intake/a b/\u738b#1.dcm",
    "objectGeneration": "1700000000000001",
    "eventTime": "2026-01-01T00:00:00Z",
}
BLOB = BlobRef(bucket="clinical", name="intake/a b/\u738b#1.dcm", generation=1700000000000001)
FORWARDED = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "8",
    "CloudPubSubDeadLetterSourceSubscription": "validate-arrivals",
    "CloudPubSubDeadLetterSourceSubscriptionProject": "project",
    "CloudPubSubDeadLetterSourceTopicPublishTime": "2026-01-01T00:00:00.5Z",
}


# Cloud Storage


def test_an_object_that_arrived() -> None:
    """A notification names bucket, object and generation."""
    assert blob_finalized(ATTRIBUTES, size=5) == BlobFinalized(blob=BLOB, size=5)
    assert blob_finalized(ATTRIBUTES) == BlobFinalized(blob=BLOB, size=0)


def test_an_overwritten_object_arrived_too() -> None:
    """That it overwrote another generation changes nothing."""
    assert blob_finalized({**ATTRIBUTES, "overwroteGeneration": "5"}) == BlobFinalized(blob=BLOB, size=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"eventType": "OBJECT_DELETE"},
        {"eventType": "OBJECT_ARCHIVE"},
        {"eventType": "OBJECT_METADATA_UPDATE"},
        {"objectId": "gcloud/tmp/parallel_composite_uploads/see_gcloud_storage_cp_help/x_1"},
    ],
)
def test_what_is_no_arrival(changes: dict[str, str]) -> None:
    """Deletions, metadata updates and the parts of a composite upload are passed over."""
    assert blob_finalized({**ATTRIBUTES, **changes}) is None


@pytest.mark.parametrize(
    "name", ["gcloud/a.dcm", "x/gcloud/tmp/parallel_composite_uploads/a", "parallel_composite_uploads/a"]
)
def test_names_that_only_resemble_a_part(name: str) -> None:
    """An object is lost by its name only where Cloud Storage itself wrote it."""
    found = blob_finalized({**ATTRIBUTES, "objectId": name})

    assert found is not None
    assert found.blob.name == name


@pytest.mark.parametrize("missing", ["bucketId", "objectId", "objectGeneration"])
def test_a_notification_without_its_attributes(missing: str) -> None:
    """A notification that lacks one of its attributes is undecodable, not ignored."""
    with pytest.raises(EventUndecodable):
        blob_finalized({name: value for name, value in ATTRIBUTES.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("objectGeneration", "latest"),
        ("objectGeneration", "0"),
        ("objectGeneration", "-1"),
        ("objectGeneration", ""),
        ("objectId", ""),
        ("bucketId", ""),
        ("bucketId", "a/b"),
    ],
)
def test_a_notification_with_impossible_attributes(name: str, value: str) -> None:
    """A notification of an object that cannot exist is undecodable, and the error does not show its name."""
    with pytest.raises(EventUndecodable) as raised:
        blob_finalized({**ATTRIBUTES, name: value})

    assert "\u738b" not in str(raised.value)


# Dead letters


def test_a_dead_letter() -> None:
    """A forwarded message tells stage, topic, attempts and times; its own attributes stay, the others go."""
    letter = dead_letter("validate-dead-letters", b"{}", {**FORWARDED, **ATTRIBUTES}, 1_767_225_600.0)

    assert letter == MessageDeadLettered(
        stage="validate",
        attempts=8,
        published_at="2026-01-01T00:00:00.5Z",
        dead_lettered_at="2026-01-01T00:00:00+00:00",
        message=OriginalMessage(topic="arrivals", data=b"{}", attributes=ATTRIBUTES),
    )


def test_the_full_name_of_a_subscription() -> None:
    """The stage is read from a resource name like from a plain name."""
    name = {"CloudPubSubDeadLetterSourceSubscription": "projects/p/subscriptions/deidentify-shards"}
    letter = dead_letter("deidentify-dead-letters", b"", name, 0.0)

    assert letter is not None
    assert (letter.stage, letter.attempts, letter.published_at) == ("deidentify", 0, "")


def test_a_message_that_was_not_forwarded() -> None:
    """A message without the forwarding's attributes is no dead letter."""
    assert dead_letter("arrivals", b"{}", ATTRIBUTES, 0.0) is None


# What failed


def message(data: bytes = b"", attributes: dict[str, str] | None = None) -> OriginalMessage:
    """A message as it was published."""
    return OriginalMessage(topic="arrivals", data=data, attributes=attributes or {})


def test_the_event_of_a_failed_message() -> None:
    """A notification and one of the product's own events are both recovered from their message."""
    tick = TickElapsed(at="2026-01-01T00:00:00Z")

    assert original_event(message(b"{}", ATTRIBUTES)) == BlobFinalized(blob=BLOB, size=0)
    assert original_event(message(encode(tick), {"type": "TickElapsed"})) == tick


@pytest.mark.parametrize(
    "original",
    [
        message(b""),
        message(b"not json"),
        message(b'{"type":"Unknown"}'),
        message(b"[" * 100_000),
        message(b"{}", {"eventType": "OBJECT_FINALIZE"}),
        message(b"{}", {**ATTRIBUTES, "objectGeneration": "x"}),
    ],
)
def test_what_cannot_be_decoded_has_no_event(original: OriginalMessage) -> None:
    """A message that nobody can decode has no event, which is no error."""
    assert original_event(original) is None


# The scheduler's minutes


def test_a_tick_is_of_the_minute_in_which_it_was_published() -> None:
    """Cloud Scheduler cannot say the time; two publications in one minute are the same tick."""
    minute = {"elapsedAt": "2026-01-01T00:00:00+00:00"}
    [first, again] = [dated(TICK, {}, 1_767_225_600.0 + seconds) for seconds in (0.2, 59.9)]

    assert first == again == minute
    assert notified(TICK, minute) == TickElapsed(at="2026-01-01T00:00:00+00:00")


def test_a_tick_that_is_retried_keeps_its_minute() -> None:
    """What failed is about the minute that it was about at first."""
    minute = {"elapsedAt": "2026-01-01T00:00:00+00:00"}

    assert dated(TICK, minute, 1_767_300_000.0) is minute


def test_a_tick_without_its_minute_is_undecodable() -> None:
    """Nobody guesses a time."""
    with pytest.raises(EventUndecodable):
        notified(TICK, {})


def test_a_tick_that_became_a_dead_letter() -> None:
    """A forwarded tick is of the minute of its own publication, not of the forwarding."""
    letter = dead_letter("assemble-dead-letters", TICK, FORWARDED, 1_767_300_000.0)

    assert letter is not None
    assert original_event(letter.message) == TickElapsed(at="2026-01-01T00:00:00+00:00")
