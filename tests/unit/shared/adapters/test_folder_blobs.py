"""A bucket as a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.folder_blobs import FolderBlobs
from shared.errors import (
    ConfigurationError,
    ObjectNotFound,
    PreconditionFailed,
    StorageError,
    StorageUnavailable,
)
from shared.identifiers import BlobRef
from shared.ports.blobs import Blobs, BlobStat
from tests.contracts.blob_names import HOSTILE_NAMES
from tests.contracts.blob_reading import Collector, Notifications, damage, put
from tests.contracts.blobs import BlobsContract
from tests.contracts.races import at_once

START = 1_763_807_445.5  # 2025-11-22T10:30:45.500Z


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


class TestFolderBlobs(BlobsContract):
    """The folder holds the contract of all buckets."""

    @pytest.fixture
    def blobs(self, tmp_path: Path, collector: Collector) -> Iterator[Blobs]:
        """An empty bucket in a folder."""
        bucket = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=collector)
        yield bucket
        bucket.close()

    @pytest.fixture
    def notifications(self, collector: Collector) -> Notifications:
        """The notifications so far."""
        return lambda: collector.seen


class TestCaselessFolder(TestFolderBlobs):
    """So does a folder on a file system that takes upper and lower case for one."""

    @pytest.fixture
    def blobs(self, tmp_path: Path, collector: Collector) -> Iterator[Blobs]:
        """An empty bucket that finds its own hidden folder also under a name in upper case."""
        (tmp_path / ".AIRLOCK").mkdir()
        bucket = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=collector)
        yield bucket
        bucket.close()

    def test_no_two_files_differ_in_case_only(self, blobs: Blobs, tmp_path: Path) -> None:
        """The names of the files are all different without regard to case."""
        for name in HOSTILE_NAMES:
            put(blobs, name, b"")

        files = [path for path in (tmp_path / "intake").rglob("*") if path.is_file()]
        assert len({str(path).casefold() for path in files}) == len(files) == len(HOSTILE_NAMES)


# -- names and buckets


@pytest.mark.parametrize("name", ["", "x" * 1025, "\u6f22" * 342, "lone \udcff surrogate"])
def test_refuses_names_that_no_bucket_can_hold(blobs: FolderBlobs, name: str) -> None:
    """A name is 1 to 1024 bytes of UTF-8: others are refused for good, and not found."""
    with pytest.raises(StorageError) as caught, blobs.create(name):
        pass

    assert (caught.value.retryable, name in str(caught.value)) == (False, name == "")
    assert list(blobs.list(name or "x")) == []
    with pytest.raises(ObjectNotFound):
        blobs.stat(name)
    if name:
        blobs.delete(BlobRef(bucket="intake", name=name, generation=1))
        with pytest.raises(ObjectNotFound):
            blobs.open(BlobRef(bucket="intake", name=name, generation=1))


@pytest.mark.parametrize("bucket", ["", "..", ".airlock", "a/b", "A", "a\x00", "a" * 223])
def test_refuses_buckets_that_are_no_plain_name(tmp_path: Path, bucket: str) -> None:
    """A bucket's name cannot lead elsewhere."""
    with pytest.raises(ConfigurationError):
        FolderBlobs(tmp_path, bucket, clock=FakeClock(START))

    assert list(tmp_path.iterdir()) == []


def test_refuses_references_to_another_bucket(blobs: FolderBlobs) -> None:
    """An object of the same name and generation in another bucket is neither read nor deleted here."""
    stat = put(blobs, "a", b"")
    foreign = BlobRef(bucket="released", name="a", generation=stat.ref.generation)
    with pytest.raises(ConfigurationError):
        blobs.open(foreign)
    with pytest.raises(ConfigurationError):
        blobs.delete(foreign)

    assert blobs.stat("a") == stat


# -- generations and writers


def test_generations_are_the_clock_in_microseconds(tmp_path: Path) -> None:
    """A generation is the time of its write, and one more than the last where the clock does not rise."""
    clock = FakeClock(START)
    blobs = FolderBlobs(tmp_path, "intake", clock=clock)
    stats = [put(blobs, "a", b""), put(blobs, "b", b"")]
    clock.advance(1.5)
    stats.append(put(blobs, "c", b""))
    clock.advance(-3600)
    stats.append(put(blobs, "d", b""))
    blobs.close()

    start = 1_763_807_445_500_000
    assert [stat.ref.generation - start for stat in stats] == [0, 1, 1_500_000, 1_500_001]
    assert [stat.finalized_at for stat in stats[:3:2]] == [START, START + 1.5]


def test_generations_rise_across_restarts(tmp_path: Path) -> None:
    """A deleted generation's number is not given again after a restart."""
    generations = []
    for _ in range(3):
        blobs = FolderBlobs(tmp_path, "intake", clock=FakeClock(START))
        stat = put(blobs, "a", b"")
        blobs.delete(stat.ref)
        blobs.close()
        generations.append(stat.ref.generation)

    assert generations == [generations[0] + n for n in range(3)]


def test_notifies_of_the_prefix_only(tmp_path: Path, collector: Collector) -> None:
    """Objects outside the prefix are written without a word."""
    blobs = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=collector, notify_prefix="in/")
    for name in ("in/a", "out/a", "in"):
        put(blobs, name, b"")
    blobs.close()

    assert [attributes["objectId"] for attributes in collector.seen] == ["in/a"]


def test_a_writer_has_no_stat_before_its_end(blobs: FolderBlobs) -> None:
    """Nobody learns a generation that does not exist yet."""
    with blobs.create("a") as writer, pytest.raises(RuntimeError):
        _ = writer.stat

    assert writer.stat == blobs.stat("a")


def test_what_was_closed_does_not_reach_another_file(blobs: FolderBlobs, tmp_path: Path) -> None:
    """A writer or reader used after its end fails, though the number of its file may be another's by then."""
    with blobs.create("a") as writer:
        writer.write(b"content")
    with blobs.open(writer.stat.ref) as reader:
        pass

    with (tmp_path / "victim").open("wb+"), pytest.raises(StorageUnavailable):
        writer.write(b"stray")
    with (tmp_path / "victim").open("rb"), pytest.raises(StorageUnavailable):
        reader.read(0, 1)
    assert (tmp_path / "victim").read_bytes() == b""


def test_two_processes_race(tmp_path: Path) -> None:
    """Of eight openers of one bucket, each with an index of its own, exactly one creates the object."""

    def create(n: int) -> BlobStat:
        blobs = FolderBlobs(tmp_path, "intake", clock=FakeClock(START))
        try:
            return put(blobs, "a", b"%d" % n, if_generation_match=0)
        finally:
            blobs.close()

    results = at_once(8, create)
    assert sorted(type(result).__name__ for result in results) == ["BlobStat"] + ["PreconditionFailed"] * 7


def test_the_earlier_upload_is_found_also_in_the_transaction(
    blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object that appears after the early look is judged just as well."""
    first = put(blobs, "a", b"same")
    monkeypatch.setattr(blobs._index, "find", lambda name: None)
    again = put(blobs, "a", b"same", if_generation_match=0)

    assert again == first
    with pytest.raises(PreconditionFailed):
        put(blobs, "a", b"other", if_generation_match=0)


def test_finds_damage_when_an_object_was_read_whole(tmp_path: Path, blobs: FolderBlobs) -> None:
    """What the disk changed by itself has the time and the size of before; its checksum tells."""
    ref = put(blobs, "a", b"content").ref
    damage(tmp_path / "intake" / "a", b"content")
    with blobs.open(ref) as reader:
        assert b"".join(reader.stream(0, reader.size)) == b"bontent"
        with pytest.raises(StorageUnavailable):
            list(reader.stream())
