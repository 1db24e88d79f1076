"""`delivery_of`: every shape of a message, read strictly, and nothing of it in an error."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from shared.envelope import delivery_of
from shared.notifications import blob_finalized
from shared.ports.bus import Delivery
from tests.unit.shared.envelope_examples import (
    FINALIZED,
    PUBLISHED,
    SECRET,
    STORED_OBJECT,
    STRUCTURED,
    binary,
    envelope,
    message,
    structured,
)

TIME = datetime(2025, 11, 22, 10, 30, 0, 500_000, UTC).timestamp()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def raw(fields: Any) -> bytes:
    """A body of JSON."""
    return json.dumps(fields).encode()


def failure(body: bytes, headers: Headers | dict[str, str] | None = None) -> str:
    """The text of the error that a request is refused with."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its text is what the caller is about
        delivery_of(body, headers)
    return str(caught.value)


# -- messages of Pub/Sub


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (raw(envelope()), None),
        (raw(envelope()), Headers({"content-type": "application/json"})),
        (raw(envelope()), binary()),
        (structured(envelope()), Headers(STRUCTURED)),
        (structured(envelope()), Headers({"content-type": "Application/CloudEvents+JSON"})),
        (
            structured(None, data_base64=base64.b64encode(raw(envelope())).decode()),
            Headers(STRUCTURED),
        ),
    ],
    ids=["push", "push with headers", "binary", "structured", "structured in capitals", "base64"],
)
def test_all_shapes_carry_the_same_message(body: bytes, headers: Headers | None) -> None:
    """Message, ordering key, attempt and subscription are kept in every shape."""
    delivery = delivery_of(body, headers)
    read = delivery.message

    assert (delivery.subscription, delivery.delivery_attempt) == ("quarantine-validate-dead-letters", 7)
    assert (read.topic, read.message_id, read.ordering_key) == ("validate-dead-letters", "42", "series-1")
    assert (read.data, read.attributes) == (b"\x00\xff", {"type": "TickElapsed"})
    assert (read.publish_time, delivery.ack_id) == (TIME, "42")


def test_what_may_be_left_out_has_a_meaning() -> None:
    """Data, attributes, ordering key and attempt may be missing: nothing, none, none and the first."""
    body = raw(
        {**message(data=None, attributes=None, orderingKey=None), "deliveryAttempt": 1} | {"more": [1, {}]}
    )
    bare = raw(
        {name: value for name, value in msgspec.json.decode(body).items() if name != "deliveryAttempt"}
    )
    read = delivery_of(bare)

    assert (read.message.data, read.message.attributes, read.message.ordering_key) == (b"", {}, "")
    assert read.delivery_attempt == 1


def test_both_spellings_of_the_emulator_are_no_contradiction() -> None:
    """The emulator says every name twice, in camel case and with underscores."""
    both = message(message_id="42", publish_time="2025-11-22T10:30:00.5Z")

    assert delivery_of(raw(both)) == delivery_of(raw(envelope()))


@given(data=st.binary(max_size=200), attributes=st.dictionaries(st.text(), st.text(), max_size=4))
def test_every_message_comes_through(data: bytes, attributes: dict[str, str]) -> None:
    """Any bytes and any attributes are read as they were published."""
    encoded = base64.b64encode(data).decode()
    read = delivery_of(msgspec.json.encode(message(data=encoded, attributes=attributes))).message

    assert (read.data, read.attributes) == (data, attributes)


# -- objects of Cloud Storage


def notification(delivery: Delivery) -> str:
    """The object that a delivery tells the arrival of."""
    event = blob_finalized(delivery.message.attributes)
    return str(event.blob) if event else "none"


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_an_object_event_is_its_notification(mode: str) -> None:
    """A CloudEvent of Cloud Storage leads to the same object as the bucket's own notification."""
    if mode == "binary":
        delivery = delivery_of(raw(STORED_OBJECT), binary(type=FINALIZED))
    else:
        delivery = delivery_of(structured(STORED_OBJECT, type=FINALIZED), Headers(STRUCTURED))

    assert notification(delivery) == f"gs://clinical/intake/{SECRET}.dcm#1700000000000001"
    assert (delivery.subscription, delivery.message.topic) == ("validate-arrivals", "arrivals")
    assert (delivery.message.message_id, delivery.message.publish_time) == ("event-1", TIME)
    assert (delivery.message.data, delivery.delivery_attempt) == (b"", 1)


@pytest.mark.parametrize("kind", ["deleted", "archived", "metadataUpdated"])
def test_other_object_events_tell_of_no_arrival(kind: str) -> None:
    """Deletions and changes of metadata are deliveries of nothing that arrived."""
    delivery = delivery_of(raw(STORED_OBJECT), binary(type=f"google.cloud.storage.object.v1.{kind}"))

    assert notification(delivery) == "none"


def test_an_object_event_may_be_without_a_time() -> None:
    """The time of a CloudEvent is optional."""
    assert delivery_of(raw(STORED_OBJECT), binary(type=FINALIZED, time=None)).message.publish_time == 0


# -- what is none


MALFORMED = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b"{}",
    SECRET.encode(),
    raw(envelope(message=None)),
    raw(envelope(subscription=None)),
    raw(envelope(subscription=7)),
    raw(envelope(deliveryAttempt=SECRET)),
    raw(envelope(deliveryAttempt=1.5)),
    raw(envelope(message=[SECRET])),
    raw(message(messageId=None)),
    raw(message(messageId=1)),
    raw(message(publishTime=None)),
    raw(message(publishTime=SECRET)),
    raw(message(publishTime="2025-02-30T00:00:00Z")),
    raw(message(publishTime="0001-01-01T00:00:00+23:59")),
    raw(message(publishTime="9999-12-31T23:59:59-23:59")),
    raw(message(data=SECRET)),
    raw(message(data="AAA")),
    raw(message(attributes={SECRET: 1})),
    raw(message(attributes=[SECRET])),
    raw(message(orderingKey=5)),
    raw(envelope()) + b"}",
    raw(envelope())[:-1] + b', "more": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
@pytest.mark.parametrize("headers", [None, binary()], ids=["push", "binary"])
def test_refuses_what_is_no_message(body: bytes, headers: Headers | None) -> None:
    """Whatever is wrong with a request, it is a ValueError whose text shows nothing of it."""
    assert SECRET not in failure(body, headers)


@pytest.mark.parametrize(
    "body",
    [
        structured(envelope(), specversion=None),
        structured(envelope(), specversion="0.3"),
        structured(envelope(), id=None),
        structured(envelope(), source=None),
        structured(envelope(), type=None),
        structured(envelope(), type=SECRET),
        structured(envelope(), type="google.cloud.storage.object.v1.created"),
        structured(None),
        structured(SECRET),
        structured(None, data_base64=SECRET),
        structured(STORED_OBJECT),
        structured(envelope(), type=FINALIZED),
        structured({**STORED_OBJECT, "generation": 5}, type=FINALIZED),
        structured(STORED_OBJECT, type=FINALIZED, time=SECRET),
        raw(envelope()),
    ],
    ids=range(15),
)
def test_refuses_what_is_no_structured_event(body: bytes) -> None:
    """A CloudEvent that lacks something, or holds something else than its type says, is refused."""
    assert SECRET not in failure(body, Headers(STRUCTURED))


@pytest.mark.parametrize("missing", ["specversion", "id", "source"])
def test_refuses_a_binary_event_without_its_attributes(missing: str) -> None:
    """The headers of a CloudEvent are required like its fields."""
    assert failure(raw(envelope()), binary(**{missing: None}))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (raw(envelope()), binary(specversion="2.0")),
        (raw(envelope()), binary(type=SECRET)),
        (raw(STORED_OBJECT), binary(type=FINALIZED, time=SECRET)),
        (b"", binary(type=FINALIZED)),
        (raw(STORED_OBJECT), binary(type=PUBLISHED)),
    ],
    ids=range(5),
)
def test_refuses_a_binary_event_of_another_kind(body: bytes, headers: Headers) -> None:
    """Another version, type or content is refused, and not shown."""
    assert SECRET not in failure(body, headers)


@given(body=st.binary(max_size=60) | json_values.map(msgspec.json.encode))
def test_anything_else_is_a_value_error(body: bytes) -> None:
    """No request breaks the reader in another way, in any of the shapes."""
    for headers in (None, binary(), binary(type=FINALIZED), Headers(STRUCTURED)):
        with suppress(ValueError):
            delivery_of(body, headers)


@given(field=st.sampled_from(["messageId", "publishTime", "data", "attributes"]), value=json_values)
def test_any_value_of_a_field_is_read_or_refused(field: str, value: Any) -> None:
    """A field of another type is a ValueError, never a delivery that is half read."""
    body = msgspec.json.encode({**envelope(), "message": {**envelope()["message"], field: value}})
    with suppress(ValueError):
        read = delivery_of(body).message

        assert isinstance(read.message_id, str)
        assert isinstance(read.publish_time, float)
        assert isinstance(read.data, bytes)
        assert all(isinstance(each, str) for each in read.attributes.values())
