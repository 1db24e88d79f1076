"""Uploads to Cloud Storage: in one request or in parts, through lost answers, busy servers and races."""

from pathlib import Path

import google_crc32c
import pytest

from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.gcs_streams import PART_BYTES
from shared.adapters.google_http import GoogleSession
from shared.errors import AirlockError, ConfigurationError, PreconditionFailed, StorageUnavailable
from shared.local.object_store.faults import Fault, Kind
from shared.local.object_store.server import LocalObjectStore
from tests.contracts.blob_reading import get, put
from tests.unit.shared.adapters.gcs_buckets import made

KIB = 1 << 10
SMALL, LARGE = b"small" * 100, bytes(range(251)) * ((PART_BYTES + 300 * KIB) // 251)

pytestmark = pytest.mark.usefixtures("without_waiting")


@pytest.fixture
def bucket(store: LocalObjectStore, google_session: GoogleSession) -> GcsBlobs:
    """An empty bucket."""
    return made(store, google_session)


def failing(store: LocalObjectStore, operation: str, kind: Kind, times: int = 1) -> None:
    """Let the next requests of an operation fail."""
    store.faults.add(Fault(operation=operation, kind=kind, times=times))


def names(bucket: GcsBlobs) -> list[str]:
    """The objects of a bucket."""
    return [stat.ref.name for stat in bucket.list()]


def spooled(store: LocalObjectStore) -> list[Path]:
    """What the store holds of uploads that have not ended."""
    hidden = [path for path in store._folder.rglob("*") if path.is_file() and "spool" in str(path)]
    return [path for path in hidden if path.stat().st_size]


# -- sizes


@pytest.mark.parametrize(
    "size",
    [
        *(PART_BYTES - 1, PART_BYTES, PART_BYTES + 1),
        *(2 * PART_BYTES - 1, 2 * PART_BYTES, 2 * PART_BYTES + 1),
    ],
)
@pytest.mark.parametrize("piece", [1 << 20, 3 * PART_BYTES], ids=["in pieces", "at once"])
def test_every_size_arrives(bucket: GcsBlobs, size: int, piece: int) -> None:
    """At the borders of a part an object is what was written, however it was written."""
    content = (bytes(range(253)) * (size // 253 + 1))[:size]
    with bucket.create("object") as writer:
        for start in range(0, size, piece):
            writer.write(content[start : start + piece])

    assert (writer.stat.size, writer.stat.crc32c) == (size, f"{google_crc32c.value(content):08x}")
    assert get(bucket, writer.stat.ref) == content


@pytest.mark.parametrize("piece", [1, 255 * KIB + 1, PART_BYTES - 1])
def test_pieces_of_any_size(bucket: GcsBlobs, piece: int) -> None:
    """Parts are cut where Cloud Storage demands it, not where pieces end."""
    content = LARGE if piece > 1 else SMALL
    with bucket.create("object") as writer:
        for start in range(0, len(content), piece):
            writer.write(memoryview(content)[start : start + piece])

    assert get(bucket, writer.stat.ref) == content


# -- lost answers and busy servers


@pytest.mark.parametrize("kind", ["503", "drop_before", "drop_after"])
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("operation", ["objects.insert", "uploads.append"])
def test_an_upload_outlives_a_failure(
    store: LocalObjectStore, bucket: GcsBlobs, operation: str, content: bytes, kind: Kind
) -> None:
    """A busy server, a lost request and a lost answer, at the beginning and at a part, change nothing."""
    failing(store, operation, kind)
    stat = put(bucket, "object", content, if_generation_match=0)
    met = store.faults.pending == []

    assert met is (operation == "objects.insert" or content is LARGE)
    assert bucket.stat("object") == stat
    assert get(bucket, stat.ref) == content


def test_a_lost_last_answer_is_found(store: LocalObjectStore, bucket: GcsBlobs) -> None:
    """Where the answer to the very last part is lost, the object that it made counts."""
    with bucket.create("object", if_generation_match=0) as writer:
        writer.write(LARGE)
        failing(store, "uploads.append", "drop_after", 2)

    assert store.faults.pending == []
    assert get(bucket, writer.stat.ref) == LARGE


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_trouble_that_lasts_is_transient(store: LocalObjectStore, bucket: GcsBlobs, content: bytes) -> None:
    """After the last try nothing is there, and a later delivery finishes the work."""
    failing(store, "objects.insert", "503", 3)
    with pytest.raises(StorageUnavailable):
        put(bucket, "object", content, if_generation_match=0)
    before = names(bucket)

    assert (before, get(bucket, put(bucket, "object", content, if_generation_match=0).ref)) == ([], content)


# -- it is there already


@pytest.mark.parametrize("content", [SMALL, LARGE, LARGE * 2], ids=["small", "large", "larger"])
def test_ones_own_earlier_upload_is_success(bucket: GcsBlobs, content: bytes) -> None:
    """The same bytes where nothing must be are an earlier upload whose answer was lost."""
    first = put(bucket, "object", content, if_generation_match=0)
    again = put(bucket, "object", content, if_generation_match=0)

    assert again == first


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("expected", [0, 5])
def test_another_object_is_not_overwritten(bucket: GcsBlobs, content: bytes, expected: int) -> None:
    """Other bytes of the same size are none of ours; nor are the same where a generation was expected."""
    first = put(bucket, "object", content)
    other = content if expected else content[::-1]
    with pytest.raises(PreconditionFailed) as caught:
        put(bucket, "object", other, if_generation_match=expected)

    assert caught.value.details == {"expected": expected, "found": first.ref.generation}
    assert bucket.stat("object") == first


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_a_generation_that_is_gone_is_no_success(bucket: GcsBlobs, content: bytes) -> None:
    """Where nothing is although something was expected, nothing is written."""
    with pytest.raises(PreconditionFailed):
        put(bucket, "object", content, if_generation_match=7)

    assert names(bucket) == []


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_one_of_two_writers_wins(bucket: GcsBlobs, content: bytes) -> None:
    """Somebody else's object, made while one's own was being written, stays; the same bytes are success."""
    with bucket.create("object", if_generation_match=0) as writer:
        writer.write(content)
        first = put(bucket, "object", content, if_generation_match=0)

    assert writer.stat == first

    with pytest.raises(PreconditionFailed):
        _write_while_another_does(bucket, content)


def _write_while_another_does(bucket: GcsBlobs, content: bytes) -> None:
    with bucket.create("other", if_generation_match=0) as writer:
        writer.write(content)
        put(bucket, "other", b"somebody else's", if_generation_match=0)


# -- who may only create is told that it may not


@pytest.fixture(params=[("small", SMALL), ("large", LARGE), ("larger", LARGE * 2)], ids=lambda each: each[0])
def content(request: pytest.FixtureRequest) -> bytes:
    """What is uploaded in one request, in two parts or in more."""
    return bytes(request.param[1])


def test_ones_own_earlier_upload_is_success_without_the_right_to_overwrite(
    store: LocalObjectStore, bucket: GcsBlobs, content: bytes
) -> None:
    """Overwriting needs a permission to delete: without it Cloud Storage may say 403 instead of 412."""
    first = put(bucket, "object", content, if_generation_match=0)
    failing(store, "objects.insert", "403")

    assert put(bucket, "object", content, if_generation_match=0) == first
    assert store.faults.pending == []


@pytest.mark.parametrize("rest", [b"", LARGE], ids=["the last part", "a part"])
def test_an_upload_that_was_overtaken_is_success_without_that_right(
    store: LocalObjectStore, bucket: GcsBlobs, rest: bytes
) -> None:
    """The same bytes that another worker uploaded since the upload began are one's own."""
    with bucket.create("object", if_generation_match=0) as writer:
        writer.write(LARGE)
        first = put(bucket, "object", LARGE + rest, if_generation_match=0)
        failing(store, "uploads.append", "403")
        writer.write(rest)

    assert writer.stat == first
    assert (store.faults.pending, spooled(store)) == ([], [])


def test_another_object_is_not_overwritten_without_that_right(
    store: LocalObjectStore, bucket: GcsBlobs, content: bytes
) -> None:
    """Other bytes are none of ours, whatever the answer."""
    first = put(bucket, "object", content)
    failing(store, "objects.insert", "403")
    with pytest.raises(PreconditionFailed) as caught:
        put(bucket, "object", content[::-1], if_generation_match=0)

    assert caught.value.details == {"expected": 0, "found": first.ref.generation}
    assert bucket.stat("object") == first


def test_the_right_to_create_may_be_missing_too(
    store: LocalObjectStore, bucket: GcsBlobs, content: bytes
) -> None:
    """Where no object is, nothing else can have been meant."""
    failing(store, "objects.insert", "403")
    with pytest.raises(ConfigurationError):
        put(bucket, "object", content, if_generation_match=0)


@pytest.mark.parametrize("expected", [None, 5])
def test_who_wants_to_overwrite_needs_that_right(
    store: LocalObjectStore, bucket: GcsBlobs, content: bytes, expected: int | None
) -> None:
    """The same bytes are no success where an object was to be replaced."""
    put(bucket, "object", content)
    failing(store, "objects.insert", "403")
    with pytest.raises(ConfigurationError):
        put(bucket, "object", content, if_generation_match=expected)


# -- given up


def _give_up(bucket: GcsBlobs, content: bytes) -> None:
    with bucket.create("object") as writer:
        writer.write(content)
        raise KeyError


@pytest.mark.parametrize("content", [SMALL, LARGE, LARGE * 2], ids=["small", "large", "larger"])
def test_an_abandoned_upload_leaves_nothing(
    store: LocalObjectStore, bucket: GcsBlobs, content: bytes
) -> None:
    """An error inside takes back what was sent of it, and is the error that comes out."""
    with pytest.raises(KeyError):
        _give_up(bucket, content)

    assert names(bucket) == []
    assert spooled(store) == []


def test_an_upload_that_cannot_be_taken_back_hides_no_error(
    store: LocalObjectStore, bucket: GcsBlobs
) -> None:
    """That the store does not answer either is not what went wrong first."""
    failing(store, "uploads.cancel", "503", 3)
    with pytest.raises(KeyError):
        _give_up(bucket, LARGE)

    assert store.faults.pending == []
    assert names(bucket) == []


def test_the_outcome_is_known_at_the_end_only(bucket: GcsBlobs) -> None:
    """Before the context has ended there is nothing to tell of."""
    with bucket.create("object") as writer:
        writer.write(LARGE)
        with pytest.raises(AirlockError):
            assert writer.stat

    assert writer.stat.size == len(LARGE)
