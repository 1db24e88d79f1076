"""The files of a bucket in a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.folder_blobs import FolderBlobs
from shared.errors import ObjectNotFound
from tests.contracts.blob_names import HOSTILE_NAMES
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


def files_of(folder: Path) -> list[Path]:
    """All files below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_object_is_a_plain_file_under_its_name(blobs: FolderBlobs, tmp_path: Path) -> None:
    """People find the live generation where its name says, and nothing else beside it."""
    put(blobs, "Study 1/IM-0001 \u00fc.dcm", b"old")
    put(blobs, "Study 1/IM-0001 \u00fc.dcm", b"new")

    assert files_of(tmp_path / "intake") == [tmp_path / "intake/Study 1/IM-0001 \u00fc.dcm"]
    assert (tmp_path / "intake/Study 1/IM-0001 \u00fc.dcm").read_bytes() == b"new"


def test_hostile_names_stay_within_the_folder(blobs: FolderBlobs, tmp_path: Path) -> None:
    """No name leads out of the bucket's folder or into a hidden file."""
    for name in HOSTILE_NAMES:
        put(blobs, name, name.encode())
    files = files_of(tmp_path / "intake")

    assert sorted(file.read_bytes() for file in files) == sorted(map(str.encode, HOSTILE_NAMES))
    assert not any(part.startswith(".") for file in files for part in file.relative_to(tmp_path).parts)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".airlock", "intake"]
    assert files_of(tmp_path / ".airlock/intake/partial") == []


def test_others_may_not_read(blobs: FolderBlobs, tmp_path: Path) -> None:
    """Files and folders of a bucket are closed to users outside the owner's group."""
    put(blobs, "a/b", b"content")
    paths = [
        tmp_path / "intake",
        tmp_path / "intake/a",
        tmp_path / "intake/a/b",
        tmp_path / ".airlock/intake",
    ]

    assert [oct(path.stat().st_mode & 0o007) for path in paths] == ["0o0"] * 4


def test_deleting_prunes_empty_folders(blobs: FolderBlobs, tmp_path: Path) -> None:
    """Folders go with their last object, the bucket's own folder stays."""
    kept, gone = put(blobs, "a/b", b""), put(blobs, "a/c/d/e", b"")
    blobs.delete(gone.ref)
    left = sorted(path.name for path in (tmp_path / "intake").rglob("*"))
    blobs.delete(kept.ref)

    assert left == ["a", "b"]
    assert list((tmp_path / "intake").iterdir()) == []


def test_a_file_gives_way_to_a_folder_and_back(blobs: FolderBlobs) -> None:
    """An object `a` and an object `a/b` exist together, are replaced and deleted, whichever came first."""
    for first, second in (("a", "a/b"), ("c/d", "c")):
        put(blobs, first, b"1")
        put(blobs, second, b"2")
        replaced = put(blobs, first, b"3"), put(blobs, second, b"4")

        assert [get(blobs, stat.ref) for stat in replaced] == [b"3", b"4"]
        for stat in replaced:
            blobs.delete(stat.ref)

    assert list(blobs.list()) == []


def test_a_removed_file_is_no_object(blobs: FolderBlobs, tmp_path: Path) -> None:
    """What a person removed is not found, and an upload again is written and not taken for there."""
    gone = put(blobs, "a", b"content")
    (tmp_path / "intake/a").unlink()

    with pytest.raises(ObjectNotFound):
        blobs.stat("a")
    with pytest.raises(ObjectNotFound):
        blobs.open(gone.ref)
    assert get(blobs, put(blobs, "a", b"content", if_generation_match=0).ref) == b"content"


@pytest.mark.parametrize("change", ["written into", "replaced", "linked", "made a folder", "made a pipe"])
def test_a_changed_file_is_not_the_generation(blobs: FolderBlobs, tmp_path: Path, change: str) -> None:
    """A generation is never read from a file that a person changed."""
    ref, path = put(blobs, "a", b"content").ref, tmp_path / "intake/a"
    if change != "written into":
        path.unlink()
    if change in {"written into", "replaced"}:
        path.write_bytes(b"CONTENT!")
    elif change == "linked":
        path.symlink_to(tmp_path / "elsewhere")
    elif change == "made a folder":
        path.mkdir()
    else:
        os.mkfifo(path)

    with pytest.raises(ObjectNotFound):
        blobs.open(ref)


def test_a_file_that_is_cut_off_is_not_read_short(blobs: FolderBlobs, tmp_path: Path) -> None:
    """A reader whose file loses its end says so and gives no shorter content."""
    with blobs.open(put(blobs, "a", b"content").ref) as reader:
        os.truncate(tmp_path / "intake/a", 3)

        with pytest.raises(ObjectNotFound):
            reader.read(0, 7)
