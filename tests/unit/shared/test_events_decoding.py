"""How strictly events are decoded."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import EventUndecodable
from shared.events import Event, decode, encode
from tests.unit.shared.event_examples import SECRET, TYPES, example

FINALIZED: dict[str, Any] = {
    "type": "BlobFinalized",
    "version": 1,
    "blob": {"bucket": "b", "name": "a", "generation": 1},
    "size": 1,
}
SAFE = {"size", "type", "version"}


def refused(data: bytes) -> dict[str, Any]:
    """The details with which a message is refused."""
    with pytest.raises(EventUndecodable) as raised:
        decode(data)
    return raised.value.details


def test_the_example_is_valid() -> None:
    """The message that the tests below spoil is valid."""
    assert decode(msgspec.json.encode(FINALIZED)).key == "gs://b/a#1"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Unknown"},
        {"type": "Event"},
        {"type": "BlobEvent"},
        {"type": None},
        {"type": 1},
        {"version": 2},
        {"version": 0},
        {"version": "1"},
        {"version": None},
        {"size": "1"},
        {"size": 1.5},
        {"size": None},
        {"extra": 1},
        {"blob": None},
        {"blob": "gs://b/a#1"},
        {"blob": {"bucket": "b", "name": "a", "generation": 0}},
        {"blob": {"bucket": "b", "name": "a", "generation": 1, "extra": 1}},
        {"blob": {"bucket": "b", "name": "a"}},
    ],
)
def test_what_is_refused(changes: dict[str, Any]) -> None:
    """An unknown type, version or field, a wrong type and an impossible reference are refused."""
    details = refused(msgspec.json.encode({**FINALIZED, **changes}))

    assert set(details) <= SAFE


@pytest.mark.parametrize("missing", ["type", "blob", "size"])
def test_what_may_not_be_missing(missing: str) -> None:
    """An event without its type or a field is refused."""
    assert refused(msgspec.json.encode({name: value for name, value in FINALIZED.items() if name != missing}))


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_refuses_other_versions_and_fields(kind: type[Event]) -> None:
    """Each event is as strict as the others."""
    fields = msgspec.json.decode(encode(example(kind)))

    assert decode(msgspec.json.encode(fields)) == example(kind)
    assert refused(msgspec.json.encode({**fields, "version": 999})) == {"type": kind.__name__, "version": 999}
    assert refused(msgspec.json.encode({**fields, "patient_name": "Doe^Jane"}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"1",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"type":"BlobFinalized"}',
        b'{"type":"BlobFinalized"',
        b'{"type":"BlobFinalized"}{}',
        b'{"type":"BlobFinalized","blob":' + b'{"bucket":' * 10_000,
    ],
)
def test_what_is_no_event(data: bytes) -> None:
    """What is no JSON object of an event is refused with its size alone, however deep it nests."""
    assert refused(data) == {"size": len(data)}


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_decoded(data: bytes) -> None:
    """Nothing but a refusal comes out of bytes that are no event."""
    assert refused(data) == {"size": len(data)}


@given(st.text())
def test_a_refusal_never_shows_the_message(text: str) -> None:
    """The error of an undecodable message holds nothing of it."""
    details = refused(msgspec.json.encode({**FINALIZED, "extra": f"{SECRET}{text}"}))

    assert SECRET not in str(details)
