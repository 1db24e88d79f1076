"""Events: what every one of them has."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.events import (
    AUDIT,
    ArchiveMemberFailed,
    ArchiveReceived,
    BlobEvent,
    BlobFinalized,
    DeidentifyShard,
    Event,
    EventFailed,
    JobEvent,
    MessageDeadLettered,
    OriginalMessage,
    RetrieveResult,
    SeriesEvent,
    SeriesUnmatched,
    TickElapsed,
    decode,
    encode,
)
from shared.identifiers import SeriesRef
from tests.unit.shared.event_examples import BLOB, MESSAGE, SECRET, SERIES, TYPES, any_struct, example

#: topics that a stage subscribes to; the rest goes to the audit alone
TOPICS = {
    "arrivals",
    "archives",
    "failures",
    "ticks",
    "series",
    "shards",
    "releases",
    "retrievals",
    "results",
    "deliveries",
    AUDIT,
}


events = st.sampled_from(TYPES).flatmap(any_struct)


def leaves(kind: type[Event]) -> list[type[Event]]:
    """The classes below one that have none below them."""
    return [leaf for each in kind.__subclasses__() for leaf in (leaves(each) or [each])]


# All events


@given(events)
def test_an_event_survives_its_message(event: Event) -> None:
    """Whatever an event holds, its message is decoded to the same event, with the same key."""
    again = decode(encode(event))

    assert again == event
    assert type(again) is type(event)
    assert again.key == event.key


@given(events)
def test_an_event_has_one_message(event: Event) -> None:
    """The same event gives the same bytes, its type and version included."""
    fields = msgspec.json.decode(encode(event))

    assert encode(decode(encode(event))) == encode(event)
    assert fields["type"] == type(event).__name__
    assert fields["version"] == type(event).VERSION


@given(events)
def test_every_event_has_a_key(event: Event) -> None:
    """A key is text that is the same each time."""
    assert isinstance(event.key, str)
    assert event.key == event.key


@settings(max_examples=300)
@given(events)
def test_a_masked_event_names_nobody(event: Event) -> None:
    """What a log line shows of an event holds no object name and no whole UID, only text and numbers."""
    shown = repr(event.masked)
    series = getattr(event, "series", None)

    assert SECRET not in shown
    assert "Doe" not in shown
    assert all(isinstance(value, str | int) for value in event.masked.values())
    if isinstance(series, SeriesRef):
        assert series.study_instance_uid not in shown
        assert series.series_instance_uid not in shown


def test_every_event_can_be_decoded() -> None:
    """The union that is decoded has every event that exists, each under its own name."""
    assert set(TYPES) == set(leaves(Event))
    assert len({each.__name__ for each in TYPES}) == len(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_topics(kind: type[Event]) -> None:
    """Every event is published on a topic that exists."""
    assert kind.TOPIC in TOPICS


@pytest.mark.parametrize("kind", TYPES)
def test_events_are_documented_and_frozen(kind: type[Event]) -> None:
    """An event says in a sentence what happened or what to do, and cannot be changed."""
    config = kind.__struct_config__

    assert (kind.__doc__ or "").split("\n", 1)[0].endswith(".")
    assert "__doc__" in vars(kind)
    assert config.frozen
    assert config.forbid_unknown_fields


@pytest.mark.parametrize("kind", TYPES)
def test_no_event_has_a_field_for_an_attribute(kind: type[Event]) -> None:
    """Events carry references: no field is named after an attribute of a patient or a study."""
    words = {word for name in kind.__struct_fields__ for word in name.split("_")}

    assert not words & {"patient", "name", "birth", "accession", "description", "physician", "date"}


# Keys


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (BlobFinalized(blob=BLOB, size=1), "gs://clinical/intake/a.dcm#7"),
        (SeriesUnmatched(series=SERIES, generation=2, unmatched=1), "1.2.3/1.2.4#2"),
        (DeidentifyShard(series=SERIES, generation=2, shard=0, shard_count=4), "1.2.3/1.2.4#2/0"),
        (RetrieveResult(job_id="job", tick="2026-01-01T00:00:00Z"), "job@2026-01-01T00:00:00Z"),
        (TickElapsed(at="2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z"),
    ],
)
def test_business_keys(event: Event, key: str) -> None:
    """The key is made of the references, never of counts or sizes."""
    assert event.key == key


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_a_shard_has_its_own_key(one: int, other: int) -> None:
    """Two shards of a series are handled each once."""
    shards = [
        DeidentifyShard(series=SERIES, generation=1, shard=number, shard_count=2**41)
        for number in (one, other)
    ]

    assert (shards[0].key == shards[1].key) == (one == other)


def test_one_member_of_an_archive_has_its_own_key() -> None:
    """The retry of one member is neither the batch that starts with it nor another member's retry."""
    batch = ArchiveReceived(blob=BLOB, first_member=1)
    alone = msgspec.structs.replace(batch, alone=True)

    assert len({batch.key, alone.key, msgspec.structs.replace(alone, first_member=2).key}) == 3


def test_a_member_that_fails_again_fails_anew() -> None:
    """Each failure of a member is an event of its own about the same subject."""
    failed = example(ArchiveMemberFailed)
    again = msgspec.structs.replace(failed, failed_at="later")

    assert isinstance(failed, ArchiveMemberFailed)
    assert isinstance(again, ArchiveMemberFailed)
    assert failed.subject == again.subject == "gs://clinical/intake/a.dcm#7!1"
    assert failed.key != again.key


def test_batches_of_an_archive_have_their_own_keys() -> None:
    """Every batch of an archive's members is handled once, and none is taken for the object itself."""
    keys = {ArchiveReceived(blob=BLOB, first_member=first).key for first in (0, 1, 1000)}

    assert len(keys | {BlobFinalized(blob=BLOB, size=1).key}) == 4


def test_a_dead_letter_is_known_by_its_data() -> None:
    """Two messages that die in one stage at one moment are two, and the key shows nothing of them."""
    letters = [
        MessageDeadLettered(
            stage="validate",
            attempts=8,
            published_at="",
            dead_lettered_at="2026-01-01T00:00:00Z",
            message=msgspec.structs.replace(MESSAGE, data=data),
        )
        for data in (b"Doe^Jane", b"Roe^John")
    ]

    assert letters[0].key != letters[1].key
    assert "Doe" not in letters[0].key


def test_the_bases_have_no_key_of_their_own() -> None:
    """An event without a key cannot be handled once, so it cannot be handled at all."""
    with pytest.raises(TypeError, match="has no key"):
        _ = Event().key


@pytest.mark.parametrize("base", [BlobEvent, SeriesEvent, JobEvent])
def test_families_show_their_reference(base: type[Event]) -> None:
    """Events about an object, a series or a job show it masked, or the job, which says nothing."""
    shown = {"BlobEvent": "blob", "SeriesEvent": "series", "JobEvent": "job_id"}[base.__name__]

    assert all(shown in example(kind).masked for kind in leaves(base))


def test_a_failed_event_keeps_its_message_whole() -> None:
    """The message that failed comes back byte for byte, so that a retry replays exactly it."""
    message = OriginalMessage(topic="arrivals", data=bytes(range(256)), attributes={"a": "\u738b"})
    again = decode(encode(msgspec.structs.replace(example(EventFailed), message=message)))

    assert isinstance(again, EventFailed)
    assert again.message == message


def test_the_order_of_attributes_does_not_count() -> None:
    """Two messages with the same attributes give the same bytes, in whatever order they came."""
    one, other = (
        msgspec.structs.replace(MESSAGE, attributes=dict(pairs))
        for pairs in ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")])
    )
    failed = example(EventFailed)

    assert encode(msgspec.structs.replace(failed, message=one)) == encode(
        msgspec.structs.replace(failed, message=other)
    )
