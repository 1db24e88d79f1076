"""What a disk and SQLite raise, in our words."""

import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.folder_blobs import FolderBlobs
from shared.adapters.folder_index import IndexTransaction
from shared.errors import AirlockError, SpaceExhausted, StorageUnavailable
from tests.contracts.blob_reading import Collector, get, put

START = 1_763_807_445.5  # 2025-11-22T10:30:45.500Z

NO_SPACE = OSError(errno.ENOSPC, "No space left on device", "/patient/name")
OVER_QUOTA = OSError(errno.EDQUOT, "Disk quota exceeded", "/patient/name")
BROKEN = OSError(errno.EIO, "Input/output error", "/patient/name")
LOCKED = sqlite3.OperationalError("database is locked")


@pytest.fixture
def collector() -> Collector:
    """Where the notifications go."""
    return Collector()


@pytest.fixture
def blobs(tmp_path: Path, collector: Collector) -> Iterator[FolderBlobs]:
    """An empty bucket in a folder."""
    bucket = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=collector)
    yield bucket
    bucket.close()


@pytest.mark.parametrize(
    ("place", "theirs", "ours"),
    [
        ("os.open", BROKEN, StorageUnavailable),
        ("os.open", NO_SPACE, SpaceExhausted),
        ("os.write", BROKEN, StorageUnavailable),
        ("os.write", NO_SPACE, SpaceExhausted),
        ("os.write", OVER_QUOTA, SpaceExhausted),
        ("os.fsync", BROKEN, StorageUnavailable),
        ("os.fsync", OVER_QUOTA, SpaceExhausted),
        ("os.replace", BROKEN, StorageUnavailable),
        ("os.replace", NO_SPACE, SpaceExhausted),
        ("shared.adapters.folder_index.IndexTransaction.put", LOCKED, StorageUnavailable),
        ("shared.adapters.folder_index.IndexTransaction.owe", sqlite3.DatabaseError(), StorageUnavailable),
    ],
)
def test_translates_what_fails_in_writing(
    blobs: FolderBlobs,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    theirs: Exception,
    ours: type[AirlockError],
) -> None:
    """What a disk or SQLite raises while an object is written becomes one of our errors, without names."""
    with monkeypatch.context() as patch:
        patch.setattr(place, _raiser(theirs))
        with pytest.raises(ours) as caught:
            put(blobs, "name", b"content")

    assert (type(caught.value), caught.value.__cause__) == (ours, theirs)
    assert (caught.value.retryable, "name" in str(caught.value)) == (True, False)
    assert list(blobs.list()) == []


@pytest.mark.parametrize("place", ["os.open", "os.fstat", "os.pread"])
def test_translates_what_fails_in_reading(
    blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Whatever a disk raises while an object is read arrives as StorageUnavailable."""
    ref = put(blobs, "name", b"content").ref
    with monkeypatch.context() as patch:
        patch.setattr(place, _raiser(BROKEN))
        with pytest.raises(StorageUnavailable) as caught:
            get(blobs, ref)

    assert caught.value.__cause__ is BROKEN


def test_an_error_of_the_block_stays_what_it_is(blobs: FolderBlobs) -> None:
    """An OSError that the writing stage raises itself is not taken for the storage's."""
    with pytest.raises(ConnectionResetError), blobs.create("a"):
        raise ConnectionResetError


def test_a_broken_index_is_unavailable(tmp_path: Path) -> None:
    """An index that is no database is refused, and not taken for an empty bucket."""
    (tmp_path / ".airlock/intake").mkdir(parents=True)
    (tmp_path / ".airlock/intake/index.db").write_bytes(b"no database" * 100)

    with pytest.raises(StorageUnavailable):
        FolderBlobs(tmp_path, "intake", clock=FakeClock(START))


def _raiser(error: Exception) -> object:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return fail


def test_a_failed_commit_leaves_the_index_as_it_was(
    blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch, collector: Collector
) -> None:
    """When the index cannot be written nobody is told, and the same upload succeeds afterwards."""
    with monkeypatch.context() as patch:
        patch.setattr(IndexTransaction, "put", _raiser(LOCKED))
        with pytest.raises(StorageUnavailable):
            put(blobs, "a", b"content", if_generation_match=0)
    told = len(collector.seen)
    stat = put(blobs, "a", b"content", if_generation_match=0)

    assert (told, len(collector.seen)) == (0, 1)
    assert get(blobs, stat.ref) == b"content"
