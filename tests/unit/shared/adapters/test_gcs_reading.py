"""Reading objects in Cloud Storage: back and forth, with few requests and little memory, and broken off."""

import gzip
import tracemalloc
from collections.abc import Iterator
from typing import Any

import google_crc32c
import msgspec
import pytest

from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.google_http import GoogleSession
from shared.adapters.remote_reader import FRONT_BYTES
from shared.dicom.source import HEADER_BYTES
from shared.errors import StorageError, StorageUnavailable
from shared.identifiers import BlobRef
from shared.local.object_store.faults import Fault
from shared.local.object_store.server import LocalObjectStore
from tests.contracts.blob_reading import MIB, get, put
from tests.contracts.scripted_http import Answer, ScriptedServer
from tests.unit.shared.adapters.gcs_buckets import made

CONTENT = bytes(range(251)) * (5 * MIB // 251)
REF = BlobRef(bucket="bucket", name="object", generation=5)

pytestmark = pytest.mark.usefixtures("without_waiting")


class CountingSession(GoogleSession):
    """Requests that are counted."""

    def __init__(self) -> None:
        super().__init__(None)
        self.ranges: list[str] = []

    def open(self, method: str, url: str, **request: Any) -> Any:
        """Keep what is asked for."""
        self.ranges.append((request.get("headers") or {}).get("Range", ""))
        return super().open(method, url, **request)


@pytest.fixture
def counting() -> Iterator[CountingSession]:
    """Requests that are counted."""
    session = CountingSession()
    yield session
    session.close()


@pytest.fixture
def bucket(store: LocalObjectStore, counting: CountingSession) -> GcsBlobs:
    """An empty bucket."""
    return made(store, counting)


# -- back and forth


@pytest.mark.parametrize(
    "reads",
    [
        [(0, 10), (FRONT_BYTES - 5, 10), (FRONT_BYTES + 5, 10), (0, 10)],
        [(3 * MIB, 10), (0, 10), (3 * MIB + 10, 10), (2 * MIB, 10), (FRONT_BYTES, MIB)],
        [(FRONT_BYTES - 1, 2), (FRONT_BYTES - 1, 2), (FRONT_BYTES, 1), (FRONT_BYTES, 1)],
        [(len(CONTENT) - 5, 10), (len(CONTENT), 5), (len(CONTENT) + 5, 5), (5, 0), (0, len(CONTENT) + 7)],
        [(2 * MIB, 5), (2 * MIB + 5 + MIB, 5), (2 * MIB + 5 + 2 * MIB + 6, 5), (FRONT_BYTES + 1, 2 * MIB)],
    ],
    ids=range(5),
)
def test_reads_back_and_forth(bucket: GcsBlobs, reads: list[tuple[int, int]]) -> None:
    """Any range in any order is what was written there."""
    with bucket.open(put(bucket, "object", CONTENT).ref) as reader:
        found = [reader.read(offset, length) for offset, length in reads]

    assert found == [CONTENT[offset : offset + length] for offset, length in reads]


def test_reads_forward_with_two_requests(bucket: GcsBlobs, counting: CountingSession) -> None:
    """The front, and one more for all that lies behind it, small gaps included."""
    ref = put(bucket, "object", CONTENT).ref
    counting.ranges.clear()
    with bucket.open(ref) as reader:
        for offset in range(0, len(CONTENT), MIB // 2):
            reader.read(offset, 100)

    assert counting.ranges == ["bytes=0-1048575", f"bytes={FRONT_BYTES}-"]


@pytest.mark.parametrize("size", [0, 1, FRONT_BYTES - 1, FRONT_BYTES])
def test_reads_a_small_object_with_one_request(
    bucket: GcsBlobs, counting: CountingSession, size: int
) -> None:
    """An object of usual size is one request, however often it is read."""
    ref = put(bucket, "object", CONTENT[:size]).ref
    counting.ranges.clear()
    with bucket.open(ref) as reader:
        found = [b"".join(reader.stream()), reader.read(0, size), reader.read(size // 2, size)]

    assert found == [CONTENT[:size], CONTENT[:size], CONTENT[size // 2 : size]]
    assert counting.ranges == ["bytes=0-1048575"]


def test_a_wide_gap_is_not_read(bucket: GcsBlobs, counting: CountingSession) -> None:
    """Behind a gap of more than 1 MiB another request is cheaper."""
    ref = put(bucket, "object", CONTENT).ref
    counting.ranges.clear()
    with bucket.open(ref) as reader:
        reader.read(4 * MIB, 10)

    assert counting.ranges[1:] == [f"bytes={4 * MIB}-"]


# -- as it is stored


def test_an_object_with_gzip_is_read_as_it_is_stored(store: LocalObjectStore, bucket: GcsBlobs) -> None:
    """What was uploaded with `Content-Encoding: gzip` has the size and checksum of the compressed bytes."""
    plain = bytes(range(256)) * 12_000
    for name, content in (("small", gzip.compress(plain)), ("large", gzip.compress(plain, 0))):
        url = f"{store.base_url}/upload/storage/v1/b/{bucket.bucket}/o"
        query = {"uploadType": "media", "name": name, "contentEncoding": "gzip"}
        bucket._session.read("POST", url, query=query, body=content)
        stat = bucket.stat(name)
        with bucket.open(stat.ref) as reader:
            streamed = b"".join(reader.stream())

            assert (reader.size, reader.crc32c) == (stat.size, stat.crc32c)
            assert (get(bucket, stat.ref), streamed) == (content, content)


def test_a_versioned_bucket_keeps_what_is_open(
    store: LocalObjectStore, google_session: GoogleSession
) -> None:
    """With versioning an old generation is read to its end although it was overwritten and deleted."""
    bucket = made(store, google_session, versioning={"enabled": True})
    old = put(bucket, "object", CONTENT)
    with bucket.open(old.ref) as reader:
        chunks = reader.stream()
        first = next(chunks)
        new = put(bucket, "object", b"other")
        bucket.delete(new.ref)

        assert first + b"".join(chunks) == CONTENT
    assert get(bucket, old.ref) == CONTENT


def test_little_memory_both_ways(bucket: GcsBlobs) -> None:
    """An object of 100 MB is written and read in a fraction of its size."""
    block = bytes(range(256)) * 4096
    tracemalloc.start()
    try:
        with bucket.create("object") as writer:
            for _ in range(100):
                writer.write(block)
        with bucket.open(writer.stat.ref) as reader:
            read = sum(map(len, reader.stream()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert read == 100 * len(block)
    assert peak < 48 * MIB


def test_a_header_is_all_that_is_fetched_of_it(bucket: GcsBlobs, counting: CountingSession) -> None:
    """Where no more than the header is read, no more comes; what lies behind it can be had all the same."""
    ref = put(bucket, "object", CONTENT).ref
    counting.ranges.clear()
    with bucket.open(ref, header_only=True) as reader:
        assert (reader.read(0, HEADER_BYTES), reader.size) == (CONTENT[:HEADER_BYTES], len(CONTENT))
        assert counting.ranges == ["bytes=0-65535"]
        assert b"".join(reader.stream()) == CONTENT


# -- what breaks off


@pytest.mark.parametrize("kind", ["503", "drop_before"])
def test_opening_outlives_a_failure(store: LocalObjectStore, bucket: GcsBlobs, kind: Any) -> None:
    """A busy server and a lost connection are tried again."""
    ref = put(bucket, "object", CONTENT).ref
    store.faults.add(Fault(operation="objects.getMedia", kind=kind, times=2))

    assert get(bucket, ref) == CONTENT
    assert store.faults.pending == []


def checked(content: bytes, **headers: str) -> dict[str, str]:
    """The checksum of an object as Cloud Storage sends it."""
    digest = google_crc32c.Checksum(content).digest()
    encoded = msgspec.json.decode(msgspec.json.encode(digest))
    return {"X-Goog-Hash": f"crc32c={encoded},md5=AAAA", **headers}


def test_another_checksum_is_no_object(google_session: GoogleSession) -> None:
    """Bytes that the way here has changed are never handed on; they are fetched again by another delivery."""
    answer = Answer(status=206, body=b"changed", headers=checked(b"content"))
    with ScriptedServer(answer) as server, pytest.raises(StorageUnavailable):
        GcsBlobs("bucket", google_session, url=server.base_url).open(REF)


def test_a_large_object_is_checked_when_it_was_read_whole(google_session: GoogleSession) -> None:
    """The last chunk is followed by an error, so that nobody takes what was changed on the way for it."""
    content = CONTENT[: FRONT_BYTES + 9]
    headers = checked(content[:-1] + b"?", **{"Content-Range": f"bytes 0-{FRONT_BYTES - 1}/{len(content)}"})
    answers = [
        Answer(status=206, body=content[:FRONT_BYTES], headers=headers),
        Answer(status=206, body=content[FRONT_BYTES:], headers=headers),
    ]
    with (
        ScriptedServer(*answers) as server,
        GcsBlobs("bucket", google_session, url=server.base_url).open(REF) as reader,
    ):
        chunks = reader.stream()

        assert next(chunks) + next(chunks) == content
        with pytest.raises(StorageUnavailable):
            next(chunks)


@pytest.mark.parametrize("headers", [{}, {"X-Goog-Hash": "md5=AAAA"}], ids=["none", "another"])
def test_an_answer_without_a_checksum_is_refused(
    google_session: GoogleSession, headers: dict[str, str]
) -> None:
    """Cloud Storage always says it; who does not is something else."""
    with (
        ScriptedServer(Answer(status=206, body=b"x", headers=headers)) as server,
        pytest.raises(StorageError),
    ):
        GcsBlobs("bucket", google_session, url=server.base_url).open(REF)


def test_a_stream_that_breaks_off_is_transient_and_can_go_on(google_session: GoogleSession) -> None:
    """Half an answer is an error, never a shorter object; who reads on gets the rest by another request."""
    content = CONTENT[: 3 * MIB]
    whole = checked(content, **{"Content-Range": f"bytes 0-{FRONT_BYTES - 1}/{len(content)}"})
    tail = content[FRONT_BYTES:]
    answers = [
        Answer(status=206, body=content[:FRONT_BYTES], headers=whole),
        Answer(status=206, body=tail[:100], headers=checked(content), cut="within_answer"),
        Answer(status=206, body=tail, headers=checked(content)),
    ]
    with (
        ScriptedServer(*answers) as server,
        GcsBlobs("bucket", google_session, url=server.base_url).open(REF) as reader,
    ):
        with pytest.raises(StorageUnavailable):
            reader.read(FRONT_BYTES, 200)
        again = reader.read(FRONT_BYTES, 200)

    assert again == tail[:200]
    assert [seen.headers.get("Range") for seen in server.requests[1:]] == [f"bytes={FRONT_BYTES}-"] * 2


def test_a_front_that_breaks_off_is_transient(google_session: GoogleSession) -> None:
    """Nor is half a front an object."""
    answer = Answer(status=206, body=b"conte", headers=checked(b"content"), cut="within_answer")
    with ScriptedServer(answer) as server, pytest.raises(StorageUnavailable):
        GcsBlobs("bucket", google_session, url=server.base_url).open(REF)


NO_RESOURCES = [b"<html>", b"{}", b"[]", b'{"name": "object", "generation": "x"}', b"", b"\xff"]
NO_PAGES = [b"<html>", b"[]", b'{"items": [{}]}', b'{"items": [{"name": 5}]}', b"", b"\xff"]


@pytest.mark.parametrize(("resource", "page"), list(zip(NO_RESOURCES, NO_PAGES, strict=True)), ids=range(6))
def test_an_answer_of_another_form_is_an_error_of_ours(
    google_session: GoogleSession, resource: bytes, page: bytes
) -> None:
    """What something in between answers is never a description of an object, nor a list of them."""
    with ScriptedServer(Answer(body=resource), Answer(body=page)) as server:
        bucket = GcsBlobs("bucket", google_session, url=server.base_url)
        with pytest.raises(StorageError):
            bucket.stat("object")
        with pytest.raises(StorageError):
            list(bucket.list())
