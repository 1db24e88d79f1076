"""`delivery_of`: a push request of Pub/Sub, read strictly."""

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.push import delivery_of

VALID = (
    b'{"message": {"messageId": "1", "publishTime": "2025-11-22T10:00:00.123456789Z"},'
    b' "subscription": "a/b-c"}'
)


def test_reads_every_field() -> None:
    """Message, attempt and subscription are as they were sent; the topic is the rest of the name."""
    body = {
        "message": {
            "messageId": "42",
            "publishTime": "2025-11-22T10:30:00.5Z",
            "data": base64.b64encode(b"\x00\xff").decode(),
            "attributes": {"type": "TickElapsed"},
            "orderingKey": "",
        },
        "subscription": "projects/p/subscriptions/quarantine-validate-dead-letters",
        "deliveryAttempt": 7,
    }
    delivery = delivery_of(json.dumps(body).encode())
    message = delivery.message

    assert (delivery.subscription, delivery.delivery_attempt) == ("quarantine-validate-dead-letters", 7)
    assert (message.topic, message.message_id) == ("validate-dead-letters", "42")
    assert (message.data, message.attributes) == (b"\x00\xff", {"type": "TickElapsed"})
    assert message.publish_time == datetime(2025, 11, 22, 10, 30, 0, 500_000, UTC).timestamp()


def test_what_may_be_left_out_has_a_meaning() -> None:
    """A message without data or attributes, and a subscription without a dead-letter policy, are valid."""
    delivery = delivery_of(VALID)

    assert (delivery.message.data, delivery.message.attributes, delivery.delivery_attempt) == (b"", {}, 1)


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose clock on the wall is not in UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(
    "moment",
    [
        "2025-11-22T10:30:00Z",
        "2025-11-22T10:30:00",
        "2025-11-22T11:30:00+01:00",
        "2025-11-22T10:30:00.000000000Z",
    ],
)
def test_times_are_in_utc(moment: str) -> None:
    """A time that names no zone is not the server's local time."""
    delivery = delivery_of(VALID.replace(b"2025-11-22T10:00:00.123456789Z", moment.encode()))

    assert delivery.message.publish_time == datetime(2025, 11, 22, 10, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("moment", [b"0001-01-01T00:00:00", b"9999-12-31T23:59:59"])
def test_the_ends_of_time_are_no_failure(moment: bytes) -> None:
    """A time far away is read like any other."""
    delivery = delivery_of(VALID.replace(b"2025-11-22T10:00:00.123456789Z", moment))

    assert delivery.message.publish_time == datetime.fromisoformat(f"{moment.decode()}+00:00").timestamp()
