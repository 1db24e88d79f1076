"""Records in a document's field: what is compressed, what fits, and what is refused."""

import random
import string
from datetime import UTC, datetime

import pytest

from shared.adapters.firestore_database import Document, hashed, quoted
from shared.adapters.firestore_records import PLAIN_BYTES, STORED_BYTES, RecordField
from shared.errors import StorageError
from shared.events import OriginalMessage
from shared.identifiers import BlobRef
from shared.ports.records import ExceptionRecord, GenerationRecord, ShardRecord
from shared.settings import SHARD_SIZE_LIMIT
from tests.factories import exception_record, generation_record, shard_instance, shard_record

generations = RecordField(GenerationRecord)
exceptions = RecordField(ExceptionRecord)
shards = RecordField(ShardRecord)


def document(record: object) -> Document:
    """A document with a field `record`."""
    now = datetime.now(UTC)
    return Document("a", {"record": record}, now, now)


def of_long_uids(count: int) -> GenerationRecord:
    """A generation of as many instances with UIDs of 64 characters, which share their first 20 only."""
    digits = random.Random(1)
    uids = (f"1.2.826.0.1.3680043.{digits.randrange(10**43, 10**44)}" for _ in range(count))
    return generation_record(sop_instance_uids=tuple(uids))


def longest_shard() -> ShardRecord:
    """The largest shard that a policy allows, whose objects have the longest names and nothing in common."""
    chosen = random.Random(1)
    letters = string.ascii_letters + string.digits + string.punctuation.replace("#", "")
    instances = tuple(
        shard_instance(
            n,
            sop_instance_uid=f"1.2.826.0.1.3680043.{chosen.randrange(10**43, 10**44)}",
            blob=BlobRef(bucket="clinical", name="".join(chosen.choices(letters, k=1024)), generation=n + 1),
        )
        for n in range(SHARD_SIZE_LIMIT)
    )
    return shard_record(instances=instances)


def with_message(data: bytes) -> ExceptionRecord:
    """An exception whose message carries some bytes."""
    return exception_record(message=OriginalMessage(topic="arrivals", data=data, attributes={}))


def test_a_short_record_is_text() -> None:
    """People can read it in the console of the cloud."""
    stored = generations.encode(generation_record())

    assert isinstance(stored, str)
    assert generations.decode(document(stored)) == generation_record()


@pytest.mark.parametrize("count", [2_000, 10_000, 30_000])
def test_a_large_series_fits(count: int) -> None:
    """Thirty thousand instances with the longest UIDs fit into a document, and come back as they were."""
    record = of_long_uids(count)

    stored = generations.encode(record)

    assert len(record.sop_instance_uids[0]) == 64
    assert isinstance(stored, bytes)
    assert len(stored) < STORED_BYTES
    assert generations.decode(document(stored)) == record


def test_the_largest_shard_fits() -> None:
    """Whatever its objects are called, a shard of the size that a policy allows fits into a document."""
    record = longest_shard()
    stored = shards.encode(record)

    assert len(stored) < STORED_BYTES
    assert shards.decode(document(stored)) == record


def test_an_ordinary_shard_is_text() -> None:
    """250 instances with names as hospitals give them are not compressed, and people can read them."""
    names = (f"intake/hospital-a/2026-11-26/CT/IM{n:06d}.dcm" for n in range(250))
    instances = tuple(
        shard_instance(
            n, blob=BlobRef(bucket="airlock-clinical", name=name, generation=1_795_354_244_975_295)
        )
        for n, name in enumerate(names)
    )

    assert isinstance(shards.encode(shard_record(instances=instances)), str)


def test_what_does_not_fit_is_refused() -> None:
    """A generation of 100,000 instances is an error that says how large it is, before anything is sent."""
    with pytest.raises(StorageError) as raised:
        generations.encode(of_long_uids(100_000))

    assert raised.value.retryable is False
    assert raised.value.details["record"] == "GenerationRecord"
    assert int(raised.value.details["bytes"]) > STORED_BYTES


def test_a_large_message_fits() -> None:
    """An exception keeps a message of 700,000 bytes that nothing compresses."""
    record = with_message(random.Random(1).randbytes(700_000))

    stored = exceptions.encode(record)

    assert exceptions.decode(document(stored)) == record


def test_a_message_that_does_not_fit_is_refused() -> None:
    """A message of ten million bytes, the most that Pub/Sub takes, is a coded error."""
    with pytest.raises(StorageError) as raised:
        exceptions.encode(with_message(random.Random(1).randbytes(10_000_000)))

    assert raised.value.details["limit"] == STORED_BYTES


@pytest.mark.parametrize("stored", [None, "", "{}", b"", b"no zlib", "x" * (PLAIN_BYTES + 1)])
def test_a_damaged_record_is_no_record(stored: object) -> None:
    """What cannot be decoded is an error that says which kind it is, never an empty answer."""
    with pytest.raises(StorageError, match="GenerationRecord"):
        generations.decode(document(stored))


@pytest.mark.parametrize("name", ["a/b", "..", "__x__", "é" * 800, "gs://bucket/Müller^Hans.dcm#1"])
def test_a_hashed_id_can_be_any_names(name: str) -> None:
    """Names that Firestore refuses, or that tell of a person, become 64 hexadecimal digits."""
    assert hashed(name).isalnum()
    assert len(hashed(name)) == 64
    assert hashed(name) != hashed(name + "x")


def test_a_quoted_id_is_readable() -> None:
    """An opaque name stays as it is, and a slash in it makes no other collection."""
    assert [quoted("job-00000001"), quoted("a/b")] == ["job-00000001", "a%2Fb"]
