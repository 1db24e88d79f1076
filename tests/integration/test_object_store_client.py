"""The local object store and the official client: buckets, uploads and downloads."""

import gc
import gzip
import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, Conflict, NotFound
from google.cloud import storage
from google.cloud.storage.exceptions import InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY

from shared.local.object_store.faults import Fault
from shared.local.object_store.server import LocalObjectStore

# The client leaves the socket of a connection that was dropped to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

CHUNK = 256 * 1024
LARGE = os.urandom(3 * CHUNK + 77)
NASTY = [
    b"",
    b"\0",
    b"\r\n",
    b"\r\n--",
    b"\n--===============\r\n",
    b"--boundary--",
    bytes(range(256)) * 3,
    b"\x1f\x8b not gzip",
    "\u00fc\U0001f600".encode(),
    b"x" * (CHUNK - 1),
    b"x" * CHUNK + b"\r\n-",
]
NAMES = [
    "a",
    "a/b",
    "a/b/",
    "Study 1/IM#1?.dcm",
    "\u00fc/\u65e5\u672c",
    "50%2F50",
    "..x",
    "a&b=c+d",
    "b/o/compose",
]


@pytest.fixture(autouse=True, scope="module")
def dropped_sockets() -> Iterator[None]:
    """What the client left is collected here, rather than in the middle of somebody else's test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_a_bucket_is_made_once(storage_client: Any) -> None:
    """The second one of a name is refused; it is listed, described and deleted."""
    bucket = storage_client.create_bucket("released", location="EUROPE-WEST3")

    with pytest.raises(Conflict):
        storage_client.create_bucket("released")
    assert [each.name for each in storage_client.list_buckets()] == ["released"]
    assert storage_client.get_bucket("released").location == "EUROPE-WEST3"
    bucket.delete()
    assert not bucket.exists()


def test_a_bucket_with_objects_stays(bucket: Any) -> None:
    """Only an empty bucket can be deleted."""
    bucket.blob("a").upload_from_string(b"1")

    with pytest.raises(Conflict):
        bucket.delete()


def test_labels_of_a_bucket_are_patched(storage_client: Any, bucket: Any) -> None:
    """A label is set and taken away; each time the metageneration rises."""
    bucket.labels = {"stage": "clinical", "owner": "radiology"}
    bucket.patch()
    bucket.labels = {"stage": "clinical"}
    bucket.patch()
    found = storage_client.get_bucket("clinical")

    assert found.labels == {"stage": "clinical"}
    assert found.metageneration == 3


@pytest.mark.parametrize("content", NASTY, ids=range(len(NASTY)))
def test_every_byte_comes_back(bucket: Any, content: bytes) -> None:
    """Whatever the content looks like; both sides compute the same checksums."""
    blob = bucket.blob("nasty")
    blob.upload_from_string(content, checksum="md5")

    assert blob.download_as_bytes(checksum="md5") == content
    assert blob.download_as_bytes(checksum="crc32c") == content
    assert (blob.size, blob.metageneration) == (len(content), 1)


def test_every_name_is_an_object_of_its_own(bucket: Any) -> None:
    """Slashes, percent signs and what looks like a route are part of a name."""
    for name in NAMES:
        bucket.blob(name).upload_from_string(name)

    assert {each.name: each.download_as_text() for each in bucket.list_blobs()} == {n: n for n in NAMES}


def test_files_and_file_names_are_uploaded(bucket: Any, tmp_path: Path) -> None:
    """From a file that is open, from one by name, and into a file."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.write_bytes(LARGE)
    bucket.blob("one").upload_from_file(io.BytesIO(LARGE), size=len(LARGE))
    bucket.blob("two").upload_from_filename(str(source))
    bucket.blob("two").download_to_filename(str(copy))

    assert bucket.blob("one").download_as_bytes() == LARGE
    assert copy.read_bytes() == LARGE


def test_a_resumable_upload_in_small_chunks(bucket: Any) -> None:
    """Its size is told at the beginning, or known at the end only."""
    known = bucket.blob("known", chunk_size=4 * CHUNK)
    known.metadata = {"how": "resumable"}
    # What is smaller is sent in one request, if its size is known.
    known.upload_from_file(io.BytesIO(LARGE * 12), size=12 * len(LARGE), content_type="application/dicom")
    unknown = bucket.blob("unknown", chunk_size=CHUNK)
    unknown.upload_from_file(io.BytesIO(LARGE))
    found = bucket.get_blob("known")

    assert known.download_as_bytes() == LARGE * 12
    assert unknown.download_as_bytes() == LARGE
    assert (found.content_type, found.metadata) == ("application/dicom", {"how": "resumable"})


def test_a_blob_is_opened_as_a_file(bucket: Any) -> None:
    """Written in pieces; read with seeks, as a ZIP is."""
    blob = bucket.blob("file", chunk_size=CHUNK)
    with blob.open("wb") as file:
        for start in range(0, len(LARGE), 100_000):
            file.write(LARGE[start : start + 100_000])
    with blob.open("rb") as file:
        file.seek(-50, os.SEEK_END)
        end = file.read()
        file.seek(CHUNK - 10)
        middle = file.read(20)

    assert (middle, end) == (LARGE[CHUNK - 10 : CHUNK + 10], LARGE[-50:])


def test_an_error_while_writing_leaves_nothing(bucket: Any) -> None:
    """The client gives the upload up, by a request that does not name it."""
    blob = bucket.blob("half", chunk_size=CHUNK)

    def write_half() -> None:
        with blob.open("wb") as file:
            file.write(LARGE)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_half()
    assert not blob.exists()


def test_a_range_is_read(bucket: Any) -> None:
    """From the middle, up to the end, and nothing behind it."""
    blob = bucket.blob("range")
    blob.upload_from_string(b"0123456789")

    assert blob.download_as_bytes(start=2, end=5) == b"2345"
    assert blob.download_as_bytes(start=7) == b"789"
    assert blob.download_as_bytes(start=-3) == b"789"
    with pytest.raises(Exception, match="416"):
        blob.download_as_bytes(start=10)


def test_what_is_not_there_is_not_found(storage_client: Any, bucket: Any) -> None:
    """An object, a generation, a bucket."""
    with pytest.raises(NotFound):
        bucket.blob("missing").download_as_bytes()
    with pytest.raises(NotFound):
        bucket.blob("missing").delete()
    with pytest.raises(NotFound):
        storage_client.bucket("missing").blob("a").upload_from_string(b"1")
    assert bucket.get_blob("missing", generation=5) is None


def test_a_wrong_checksum_is_refused(bucket: Any) -> None:
    """Nothing is stored of what did not arrive as it was sent."""
    blob = bucket.blob("wrong")
    blob.md5_hash = "1B2M2Y8AsgTpgAmY7PhCfg=="

    with pytest.raises(BadRequest):
        blob.upload_from_string(b"something")
    assert not blob.exists()


def test_gzip_is_decompressed_for_whom_does_not_ask_for_it(
    bucket: Any, object_store: LocalObjectStore
) -> None:
    """Stored as it was sent, read as it was meant."""
    import httpx

    content = b"transcoded " * 1000
    blob = bucket.blob("zipped")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(content), content_type="text/plain")
    url = f"{object_store.base_url}/storage/v1/b/clinical/o/zipped?alt=media"
    plain = httpx.get(url, headers={"Accept-Encoding": "identity"})

    assert blob.download_as_bytes() == content
    assert gzip.decompress(blob.download_as_bytes(raw_download=True)) == content
    assert plain.content == content
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("kind", ["503", "drop_before", "drop_after"])
@pytest.mark.parametrize("operation", ["objects.insert", "objects.getMedia", "objects.delete"])
def test_the_client_gets_over_a_fault(
    bucket: Any, object_store: LocalObjectStore, kind: Any, operation: str
) -> None:
    """Each request meets the fault once, and the client's retry does it."""
    retry = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.05)
    blob = bucket.blob("again")
    object_store.faults.add(Fault(operation=operation, kind=kind))
    blob.upload_from_string(b"content", retry=retry)
    content = blob.download_as_bytes(retry=retry)
    if operation == "objects.delete" and kind == "drop_after":
        # The first request did it, so the second one finds nothing.
        with pytest.raises(NotFound):
            blob.delete(retry=retry)
    else:
        blob.delete(retry=retry)

    assert content == b"content"
    assert not blob.exists()
    assert object_store.faults.pending == []


@pytest.mark.parametrize("kind", ["503", "drop_before", "drop_after"])
def test_a_resumable_upload_gets_over_a_fault(bucket: Any, object_store: LocalObjectStore, kind: Any) -> None:
    """The client asks how far it is, and goes on there."""
    object_store.faults.add(Fault(operation="uploads.append", kind=kind, times=2))
    blob = bucket.blob("again", chunk_size=CHUNK)
    blob.upload_from_file(io.BytesIO(LARGE), retry=DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.05))

    assert blob.download_as_bytes() == LARGE
    assert object_store.faults.pending == []


def test_an_upload_that_lost_its_race_says_so_while_it_is_written(bucket: Any) -> None:
    """`open` raises the client's own error, with the status inside."""
    bucket.blob("first").upload_from_string(b"1")
    file = bucket.blob("first").open("wb", if_generation_match=0)
    file.write(b"2")

    with pytest.raises(InvalidResponse) as raised:
        file.close()
    assert raised.value.response.status_code == 412
    # Otherwise the client closes it once more when it is collected, and tries that for two minutes.
    file.terminate()


def test_the_environment_variable_is_enough(
    object_store: LocalObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STORAGE_EMULATOR_HOST alone leads the client here, without credentials."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", object_store.base_url)
    with storage.Client(project="test-project") as client:
        client.create_bucket("by-environment").blob("a").upload_from_string(b"1")
        names = [each.name for each in client.list_blobs("by-environment")]

    assert names == ["a"]
