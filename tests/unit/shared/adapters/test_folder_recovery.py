"""Mending a bucket in a folder after a crash."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.folder_blobs import FolderBlobs
from shared.adapters.folder_index import IndexTransaction
from shared.adapters.folder_recovery import Recovery
from shared.errors import ObjectNotFound, StorageUnavailable
from shared.ports.blobs import BlobStat
from tests.contracts.blob_reading import Collector, get, put

START = 1_763_807_445.5  # 2025-11-22T10:30:45.500Z


class Crash(BaseException):
    """The process ended here."""


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


def crash_in(method: str, blobs: FolderBlobs, name: str, content: bytes) -> None:
    """Write an object and crash at a method of the index's transaction."""

    def crash(*args: object) -> None:
        raise Crash

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndexTransaction, method, crash)
        with pytest.raises(Crash):
            put(blobs, name, content)


def test_a_sound_bucket_needs_nothing(blobs: FolderBlobs, collector: Collector) -> None:
    """Where nothing happened nothing is changed and nobody is told anything."""
    stats = [put(blobs, name, b"content") for name in ("a", "a/b", "A%", "x" * 300)]

    assert blobs.recover() == Recovery()
    assert sorted(blobs.list(), key=lambda stat: stat.ref.generation) == stats
    assert len(collector.seen) == 4


# -- crashes


@pytest.mark.parametrize("name", ["a", "study/series/1.dcm", "../..", "x" * 300, "a%"])
def test_a_crash_before_the_commit_is_mended(blobs: FolderBlobs, collector: Collector, name: str) -> None:
    """A file that reached its place without its row becomes the generation that it was to be."""
    crash_in("put", blobs, name, b"content")
    before = list(blobs.list())
    recovery = blobs.recover()

    assert (before, recovery) == ([], Recovery(indexed=1))
    assert get(blobs, blobs.stat(name).ref) == b"content"
    assert [attributes["objectId"] for attributes in collector.seen] == [name]
    assert blobs.recover() == Recovery()


def test_a_crash_while_overwriting_is_mended(blobs: FolderBlobs, collector: Collector) -> None:
    """The old generation is gone with its file, and the new one says that it overwrote it."""
    old = put(blobs, "a", b"old")
    crash_in("put", blobs, "a", b"new")
    with pytest.raises(ObjectNotFound):
        blobs.open(old.ref)
    recovery = blobs.recover()

    assert recovery == Recovery(indexed=1)
    assert get(blobs, blobs.stat("a").ref) == b"new"
    assert collector.seen[-1]["overwroteGeneration"] == str(old.ref.generation)


def test_the_upload_again_mends_a_crash_too(blobs: FolderBlobs, collector: Collector) -> None:
    """After a crash before the commit, the same upload succeeds and leaves nothing to mend."""
    crash_in("put", blobs, "a", b"content")
    stat = put(blobs, "a", b"content", if_generation_match=0)

    assert blobs.recover() == Recovery()
    assert get(blobs, stat.ref) == b"content"
    assert len(collector.seen) == 1


@pytest.mark.parametrize("point", ["write", "put"])
def test_the_end_of_a_process_is_mended(
    tmp_path: Path, blobs: FolderBlobs, collector: Collector, point: str
) -> None:
    """A process that dies while it writes leaves a partial file, or a file without its row."""
    program = f"""if True:
        import os, pathlib, sys
        from shared.adapters import folder_index, folder_streams
        from shared.adapters.clock import FakeClock
        from shared.adapters.folder_blobs import FolderBlobs
        bucket = FolderBlobs(pathlib.Path(sys.argv[1]), "intake", clock=FakeClock(1.0), notify=print)
        with bucket.create("a") as writer:
            writer.write(b"content")
            if {point == "write"}:
                os._exit(9)
            folder_index.IndexTransaction.put = lambda *args: os._exit(9)
    """
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    recovery = blobs.recover()

    assert died.returncode == 9
    assert recovery == (Recovery(removed=1) if point == "write" else Recovery(indexed=1))
    assert list((tmp_path / ".airlock/intake/partial").iterdir()) == []
    assert len(collector.seen) == len(list(blobs.list())) == recovery.indexed


def test_a_partial_file_in_use_stays(blobs: FolderBlobs) -> None:
    """Recovery while somebody writes does not take the writer's file away."""
    with blobs.create("a") as writer:
        writer.write(b"content")
        recovery = blobs.recover()

    assert recovery == Recovery()
    assert get(blobs, writer.stat.ref) == b"content"


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_move_that_a_power_failure_forgot_is_done_again(
    blobs: FolderBlobs, tmp_path: Path, old: bytes | None
) -> None:
    """A generation whose file still lies among the partial ones is brought to its place as it was."""
    if old is not None:
        put(blobs, "a/b", old)
    stat = put(blobs, "a/b", b"content")
    (tmp_path / "intake/a/b").rename(tmp_path / ".airlock/intake/partial/forgotten")
    if old is not None:
        (tmp_path / "intake/a/b").write_bytes(old)
    recovery = blobs.recover()

    assert recovery == Recovery(restored=1)
    assert get(blobs, stat.ref) == b"content"
    assert list(blobs.list()) == [stat]


# -- notifications


class Broken:
    """Nobody who is told; then everybody."""

    def __init__(self, then: Collector) -> None:
        self.works = False
        self._then = then

    def __call__(self, attributes: Mapping[str, str], stat: BlobStat) -> None:
        """Fail, or keep the attributes."""
        if not self.works:
            raise StorageUnavailable
        self._then(attributes, stat)


def test_owed_notifications_are_sent(tmp_path: Path, collector: Collector) -> None:
    """What could not be told is told by the recovery, once, with the attributes of its own time."""
    broken = Broken(collector)
    clock = FakeClock(START)
    blobs = FolderBlobs(tmp_path, "intake", clock=clock, notify=broken)
    for content in (b"1", b"2"):
        with pytest.raises(StorageUnavailable):
            put(blobs, "a", content)
    with pytest.raises(StorageUnavailable):
        blobs.recover()
    broken.works = True
    clock.advance(3600)
    recoveries = [blobs.recover(), blobs.recover()]
    blobs.close()

    assert recoveries == [Recovery(notified=2), Recovery()]
    assert [attributes["eventTime"] for attributes in collector.seen] == [
        "2025-11-22T10:30:45.500000Z",
        "2025-11-22T10:30:45.500001Z",
    ]
    assert ["overwroteGeneration" in attributes for attributes in collector.seen] == [False, True]


def test_what_was_told_is_not_told_after_a_restart(tmp_path: Path, collector: Collector) -> None:
    """A bucket that was closed owes nothing, and a bucket without listeners never does."""
    for notify in (collector, None):
        blobs = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=notify)
        put(blobs, "a", b"content")
        blobs.close()
    reopened = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=collector)
    recovery = reopened.recover()
    reopened.close()

    assert recovery == Recovery()
    assert len(collector.seen) == 1


# -- objects that are recorded together


def test_together_they_are_announced_once_they_are_recorded(
    blobs: FolderBlobs, collector: Collector, tmp_path: Path
) -> None:
    """Nobody is told before the block's end; until the notifications are safe they are owed."""
    told: list[list[str]] = []

    @contextmanager
    def announcing() -> Iterator[None]:
        told.append([each["objectId"] for each in collector.seen])
        yield
        told.append(resent(tmp_path))

    with blobs.together(announcing()):
        for name in ("a", "b", "c"):
            put(blobs, name, b"content")
    put(blobs, "d", b"content")

    assert told == [[], ["a", "b", "c"]]
    assert [each["objectId"] for each in collector.seen] == ["a", "b", "c", "d"]
    assert resent(tmp_path) == ["d"]


def test_what_fails_together_stays_owed(tmp_path: Path, blobs: FolderBlobs, collector: Collector) -> None:
    """Where the block or the bus fails, a later process tells of what was finalised."""
    with suppress(StorageUnavailable), blobs.together(nullcontext()):
        put(blobs, "a", b"content")
        raise StorageUnavailable
    put(blobs, "b", b"content")

    assert [each["objectId"] for each in collector.seen] == ["b"]
    assert resent(tmp_path) == ["a", "b"]


def resent(folder: Path) -> list[str]:
    """What a process that starts now sends again; the bucket itself is left as it is."""
    copy = folder / "after-a-crash"
    shutil.copytree(folder, copy, ignore=lambda *_: [copy.name], dirs_exist_ok=True, copy_function=clone)
    seen = Collector()
    with closing(FolderBlobs(copy, "intake", clock=FakeClock(START), notify=seen)) as other:
        other.recover()
    shutil.rmtree(copy)
    return [each["objectId"] for each in seen.seen]


def clone(source: str, target: str) -> None:
    """A link, so that an object keeps its identity; a copy of what SQLite writes into."""
    (shutil.copy if "/.airlock/" in source else os.link)(source, target)
