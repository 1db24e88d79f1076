"""What people do with the files of a bucket in a folder."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.folder_blobs import FolderBlobs
from shared.adapters.folder_recovery import Recovery
from shared.errors import StorageUnavailable
from tests.contracts.blob_reading import Collector, get, put

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


@pytest.fixture
def home(tmp_path: Path, blobs: FolderBlobs) -> Path:
    """The folder of the bucket, where people put files."""
    return tmp_path / "intake"


def test_files_that_people_put_there_become_objects(
    blobs: FolderBlobs, home: Path, collector: Collector
) -> None:
    """Every file below the bucket's folder is an object with its path as name, and is notified once."""
    (home / "Study 1").mkdir()
    (home / "Study 1/IM 1.dcm").write_bytes(b"image")
    (home / "100%.dcm").write_bytes(b"percent")
    (home / "a%41").write_bytes(b"no escape")
    recoveries = [blobs.recover(), blobs.recover()]
    contents = {stat.ref.name: get(blobs, stat.ref) for stat in blobs.list()}

    assert recoveries == [Recovery(indexed=3), Recovery()]
    assert contents == {"Study 1/IM 1.dcm": b"image", "100%.dcm": b"percent", "a%41": b"no escape"}
    assert sorted(attributes["objectId"] for attributes in collector.seen) == sorted(contents)
    assert blobs.stat("Study 1/IM 1.dcm").crc32c == put(blobs, "other", b"image").crc32c


def test_a_changed_file_is_a_new_generation(blobs: FolderBlobs, home: Path, collector: Collector) -> None:
    """A file that a person replaced or wrote into overwrites the object."""
    old = put(blobs, "a", b"old")
    (home / "a").write_bytes(b"new!")
    recovery = blobs.recover()
    new = blobs.stat("a")

    assert (recovery, get(blobs, new.ref)) == (Recovery(indexed=1), b"new!")
    assert new.ref.generation > old.ref.generation
    assert collector.seen[-1]["overwroteGeneration"] == str(old.ref.generation)


def test_deleting_a_generation_spares_a_persons_file(blobs: FolderBlobs, home: Path) -> None:
    """A file that a person put in the object's place is not what was deleted, and becomes an object."""
    old = put(blobs, "a", b"old")
    (home / "a").write_bytes(b"new!")
    blobs.delete(old.ref)
    left = list(blobs.list())

    assert (left, blobs.recover()) == ([], Recovery(indexed=1))
    assert get(blobs, blobs.stat("a").ref) == b"new!"


def test_a_removed_file_ends_its_object(blobs: FolderBlobs, home: Path) -> None:
    """A row whose file is gone is dropped, also where a folder took the file's place."""
    for name in ("a", "b", "kept"):
        put(blobs, name, b"content")
    (home / "a").unlink()
    (home / "b").unlink()
    (home / "b").mkdir()
    recovery = blobs.recover()

    assert recovery == Recovery(dropped=2)
    assert [stat.ref.name for stat in blobs.list()] == ["kept"]


def test_hidden_files_links_and_special_files_are_left_alone(
    blobs: FolderBlobs, home: Path, tmp_path: Path
) -> None:
    """Nothing outside the folder can be drawn in, and what the system hides stays hidden."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"secret")
    (home / "link").symlink_to(tmp_path / "outside/file")
    (home / "folder").symlink_to(tmp_path / "outside")
    (home / ".DS_Store").write_bytes(b"")
    (home / ".hidden").mkdir()
    (home / ".hidden/file").write_bytes(b"")
    os.mkfifo(home / "pipe")

    assert blobs.recover() == Recovery()
    assert list(blobs.list()) == []


def test_a_file_whose_name_is_no_text_is_taken_in(blobs: FolderBlobs, home: Path) -> None:
    """A name in an old encoding is shown with its bytes, and its file becomes an object."""
    Path(os.fsdecode(os.fsencode(home) + b"/caf\xe9.dcm")).write_bytes(b"content")

    assert blobs.recover() == Recovery(indexed=1)
    assert [stat.ref.name for stat in blobs.list()] == ["caf\\xe9.dcm"]


def test_files_that_cannot_be_objects_are_counted(
    blobs: FolderBlobs, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that is too long and a file that may not be read are refused, and the rest goes on."""
    deep = home.joinpath(*["x" * 200] * 6)
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"")
    (home / "closed").write_bytes(b"")
    (home / "fine").write_bytes(b"")
    plain_open = os.open

    def deny(path: str, *args: int) -> int:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return plain_open(path, *args)

    monkeypatch.setattr(os, "open", deny)

    assert blobs.recover() == Recovery(indexed=1, refused=2)
    assert [stat.ref.name for stat in blobs.list()] == ["fine"]


def test_a_file_that_is_still_written_waits(
    blobs: FolderBlobs, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that changes while its checksum is taken becomes an object the next time."""
    (home / "a").write_bytes(b"half")
    plain_pread = os.pread

    def write_on(*args: int) -> bytes:
        data = plain_pread(*args)
        (home / "a").write_bytes(b"half and half")
        return data

    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", write_on)
        first = blobs.recover()

    assert (first, blobs.recover()) == (Recovery(), Recovery(indexed=1))
    assert get(blobs, blobs.stat("a").ref) == b"half and half"


def test_a_file_that_a_person_calls_like_a_flat_place_replaces_nothing(
    blobs: FolderBlobs, home: Path
) -> None:
    """A file `a%` beside the object `a` is the object `a%`."""
    stat = put(blobs, "a", b"content")
    (home / "a%").write_bytes(b"person")
    recovery = blobs.recover()

    assert recovery == Recovery(indexed=1)
    assert get(blobs, stat.ref) == b"content"
    assert get(blobs, blobs.stat("a%").ref) == b"person"


def test_a_person_moves_a_flat_object_to_its_name(blobs: FolderBlobs, home: Path) -> None:
    """A file under an object's own name replaces the one that lies flat because of a clash that is over."""
    below = put(blobs, "a/b", b"below")
    put(blobs, "a", b"flat")
    blobs.delete(below.ref)
    (home / "a").write_bytes(b"person")
    recovery = blobs.recover()

    assert recovery == Recovery(indexed=1)
    assert get(blobs, blobs.stat("a").ref) == b"person"
    assert [path.name for path in home.iterdir()] == ["a"]


def test_a_lost_index_is_built_again(tmp_path: Path, collector: Collector) -> None:
    """Without its index a bucket finds all its objects again, whatever their names."""
    names = ["a", "a/b", "../x", "x" * 300, "A", "u\u0308", "/".join("d" * 100)]
    blobs = FolderBlobs(tmp_path, "intake", clock=FakeClock(START))
    for name in names:
        put(blobs, name, name.encode())
    blobs.close()
    for file in (tmp_path / ".airlock/intake").glob("index.db*"):
        file.unlink()
    found = FolderBlobs(tmp_path, "intake", clock=FakeClock(START), notify=collector)
    recovery = found.recover()
    contents = {stat.ref.name: get(found, stat.ref) for stat in found.list()}
    found.close()

    assert recovery == Recovery(indexed=len(names))
    assert contents == {name: name.encode() for name in names}


def test_a_folder_that_cannot_be_read_is_no_empty_one(
    blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recovery does not take a failing disk for a bucket without files."""
    put(blobs, "a", b"content")

    def fail(path: str) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", fail)
        with pytest.raises(StorageUnavailable):
            blobs.recover()

    assert len(list(blobs.list())) == 1


def test_a_copied_bucket_keeps_its_generations(
    blobs: FolderBlobs, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a copy or a restored backup every generation is found again, and nobody is told anew."""
    stats = [put(blobs, name, name.encode()) for name in ("a", "a/b", "x" * 300)]
    blobs.close()
    copied, told = tmp_path_factory.mktemp("copies") / "copy", Collector()
    shutil.copytree(tmp_path, copied)
    bucket = FolderBlobs(copied, "intake", clock=FakeClock(START), notify=told)
    recoveries = [bucket.recover(), bucket.recover()]
    contents = [get(bucket, stat.ref).decode() for stat in stats]
    bucket.close()

    assert recoveries == [Recovery(refreshed=3), Recovery()]
    assert contents == [stat.ref.name for stat in stats]
    assert told.seen == []
