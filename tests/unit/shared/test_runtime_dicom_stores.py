"""The runtime and notifications of DICOM stores: the instance stays the same, whatever happens to them."""

from collections.abc import Iterable
from typing import Any

from shared.errors import EventUndecodable, StorageUnavailable
from shared.events import BlobFinalized, Event, EventFailed, MessageDeadLettered
from shared.identifiers import StoredInstance, StoreName
from shared.notifications import original_event
from shared.runtime import Outcome, Runtime, Stage
from tests.factories import series_ref, uid
from tests.unit.shared.runtime_examples import DEAD_LETTER, NOW, Ports, delivery, failure, raising, run

INSTANCE = StoredInstance(
    store=StoreName(project="p", location="l", dataset="d", dicom_store="s"),
    series=series_ref(),
    sop_instance_uid=uid(1),
)
DATA = str(INSTANCE).encode()
#: as it was stored when the message was published
STORED = INSTANCE.at(int(NOW) * 1_000_000)


def seen(ports: Ports, **fields: Any) -> list[str]:
    """The keys of the events that a handler got of one delivery."""
    events: list[Event] = []

    def handler(event: BlobFinalized | MessageDeadLettered, *, ledger: Any) -> Iterable[Event]:
        events.append(original_event(event.message) or event if hasattr(event, "message") else event)
        return []

    assert run(ports, handler, delivery(None, **fields)) is Outcome.HANDLED
    return [event.key for event in events]


def test_the_older_shape_is_handled(ports: Ports) -> None:
    """A path without attributes is an instance that was stored when the message was published."""
    assert seen(ports, data=DATA) == [str(STORED)]


def test_redelivery_claims_the_same_event(ports: Ports) -> None:
    """A second delivery of one message has the same claim, for its publication stays the same."""
    seen(ports, data=DATA)
    seen(ports, data=DATA, attempt=2)
    claimed = [key for port, action, key in ports.journal if (port, action) == ("claims", "claim")]

    assert len(claimed) == 2
    assert len(set(claimed)) == 1


def test_a_failure_keeps_when_it_was_stored(ports: Ports) -> None:
    """What is published again for a retry, a day later, is about the instance that failed."""
    run(ports, raising(EventUndecodable()), delivery(None, data=DATA))
    failed = failure(ports)
    again = seen(
        Ports(), data=failed.message.data, attributes=failed.message.attributes, publish_time=NOW * 2
    )

    assert failed.subject == str(STORED)
    assert again == [str(STORED)]


def test_a_dead_letter_is_about_its_instance(ports: Ports) -> None:
    """The recorder of failures finds the instance of the message that was given up, not of its forwarding."""
    forwarded = {
        **DEAD_LETTER,
        "CloudPubSubDeadLetterSourceTopicPublishTime": "2025-11-22T10:30:00+00:00",
    }

    assert seen(ports, data=DATA, attributes=forwarded, publish_time=NOW + 3600) == [str(STORED)]


def test_what_cannot_be_dated_is_a_failure_with_an_outcome(ports: Ports) -> None:
    """A path that is none is recorded for good; nothing escapes the outcome line."""
    outcome = Runtime(Stage("work", (raising(StorageUnavailable()),)), ports).deliver(
        delivery(None, data=b"projects/nothing")
    )
    event = ports.bus.published[0].event

    assert outcome is Outcome.FAILED
    assert isinstance(event, EventFailed)
    assert event.code == EventUndecodable.code


def test_a_time_beyond_the_calendar_is_no_crash(ports: Ports) -> None:
    """A message that cannot be dated at all is to come again."""
    assert (
        run(ports, raising(StorageUnavailable()), delivery(None, data=DATA, publish_time=1e18))
        is Outcome.RETRY
    )
