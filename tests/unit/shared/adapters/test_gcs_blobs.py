"""A bucket in Cloud Storage, against the local object store."""

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence

import pytest

from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.google_http import GoogleSession
from shared.errors import ObjectNotFound
from shared.local.object_store.server import LocalObjectStore
from shared.local.publishing import PubsubMessage
from shared.ports.blobs import Blobs
from tests.contracts.blob_reading import MIB, Notifications, put
from tests.contracts.blobs import BlobsContract
from tests.unit.shared.adapters.gcs_buckets import let_notify, made

_TOPIC = "//pubsub.googleapis.com/projects/test-project/topics/arrivals"
_SECONDS = 30.0


class Published:
    """The attributes of what the store published."""

    def __init__(self) -> None:
        self._seen: list[Mapping[str, str]] = []
        self._changed = threading.Condition()

    def __call__(self, _topic: str, messages: Sequence[PubsubMessage]) -> None:
        """Take messages of the store."""
        with self._changed:
            self._seen += [message.attributes for message in messages]
            self._changed.notify_all()

    def of(self, bucket: str, until: str) -> list[Mapping[str, str]]:
        """Those of one bucket up to the object `until`, which is waited for and left out."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._has(until), _SECONDS)
            return [each for each in self._seen if each["bucketId"] == bucket and each["objectId"] != until]

    def _has(self, name: str) -> bool:
        return any(each["objectId"] == name for each in self._seen)


@pytest.fixture(scope="module")
def published() -> Published:
    """What the store published."""
    return Published()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, published: Published) -> Iterator[LocalObjectStore]:
    """A running store."""
    with LocalObjectStore(tmp_path_factory.mktemp("store"), publish=published) as running:
        yield running


@pytest.fixture
def bucket(store: LocalObjectStore, google_session: GoogleSession) -> GcsBlobs:
    """An empty bucket that notifies."""
    bucket = made(store, google_session)
    let_notify(store, google_session, bucket, _TOPIC)
    return bucket


class TestGcsBlobs(BlobsContract):
    """Cloud Storage holds the contract of all buckets."""

    #: (object names in the documentation of Cloud Storage)
    unstorable = frozenset({".", "..", "line\r\nbreak", "\r", "\n"})

    @pytest.fixture
    def blobs(self, bucket: GcsBlobs) -> Blobs:
        """An empty bucket that notifies."""
        return bucket

    @pytest.fixture
    def notifications(self, bucket: GcsBlobs, published: Published) -> Notifications:
        """What was published so far of finalised objects."""

        def finalised() -> list[Mapping[str, str]]:
            fence = uuid.uuid4().hex
            put(bucket, fence, b"")
            seen = published.of(bucket.bucket, until=fence)
            return [each for each in seen if each["eventType"] == "OBJECT_FINALIZE"]

        return finalised

    def test_an_open_generation_outlives_its_deletion(self, bucket: GcsBlobs) -> None:
        """A generation that is gone is never continued with another's bytes."""
        stat = put(bucket, "a", bytes(3 * MIB))
        with bucket.open(stat.ref) as reader:
            chunks = reader.stream()
            next(chunks)
            put(bucket, "a", b"other")

            with pytest.raises(ObjectNotFound):
                next(chunks)
