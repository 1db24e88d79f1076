"""What a killed process leaves, and what lies where."""

from pathlib import Path

import pytest

from shared.local.object_store.server import LocalObjectStore
from tests.contracts.blob_names import HOSTILE_NAMES
from tests.unit.shared.local.object_store.conftest import Api


def files(tmp_path: Path) -> list[str]:
    """The files of the bucket."""
    home = tmp_path / "store" / "clinical"
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_a_generation_is_a_plain_file(api: Api, tmp_path: Path) -> None:
    """People find it under its name; a replaced one is gone, and so is the folder of a deleted one."""
    api.upload("Study 1/IM-1.dcm", b"old")
    generation = api.upload("Study 1/IM-1.dcm", b"new")["generation"]
    found = files(tmp_path)
    api.http.delete("/storage/v1/b/clinical/o/Study%201%2FIM-1.dcm")

    assert found == [f"Study 1/IM-1.dcm#{generation}"]
    assert list((tmp_path / "store" / "clinical").iterdir()) == []


def test_what_was_never_recorded_is_removed(api: Api, store: LocalObjectStore, tmp_path: Path) -> None:
    """A file whose transaction did not stand, and half an upload of nobody; what people put there stays."""
    generation = api.upload("a", b"recorded")["generation"]
    home = tmp_path / "store" / "clinical"
    spool = tmp_path / "store" / ".object-store" / "spool"
    (home / "a#123").write_bytes(b"not recorded")
    (home / "notes.txt").write_bytes(b"a person's")
    (spool / "forgotten").write_bytes(b"half")
    store.stop()
    store.start()

    assert files(tmp_path) == [f"a#{generation}", "notes.txt"]
    assert list(spool.iterdir()) == []
    assert api.get("/o/a", alt="media").content == b"recorded"


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=range(len(HOSTILE_NAMES)))
def test_every_name_survives_a_restart(api: Api, store: LocalObjectStore, name: str) -> None:
    """No file of an object is taken for one that was forgotten."""
    resource = api.upload(name, name.encode())
    if "error" in resource:
        assert set(name) & {"\r", "\n"} or name in {".", ".."}
        return
    store.stop()
    store.start()
    [item] = api.get("/o").json()["items"]

    assert item == resource


def test_a_failed_finalisation_leaves_no_file(api: Api, tmp_path: Path) -> None:
    """The loser of a race, a wrong checksum, a move of nothing."""
    api.upload("a")
    before = files(tmp_path)
    api.upload("a", ifGenerationMatch=0)
    api.post("/o/a/rewriteTo/b/clinical/o/b", ifGenerationMatch=5)
    api.post("/o/missing/moveTo/o/b")
    spool = tmp_path / "store" / ".object-store" / "spool"

    assert files(tmp_path) == before
    assert list(spool.iterdir()) == []


def test_a_moved_object_leaves_no_file(api: Api, tmp_path: Path) -> None:
    """Its content lies under the new name alone; a copy is a file of its own name."""
    api.upload("a")
    moved = api.post("/o/a/moveTo/o/b").json()
    copied = api.post("/o/b/copyTo/b/clinical/o/c").json()
    found = files(tmp_path)
    api.http.delete("/storage/v1/b/clinical/o/b")

    assert found == [f"b#{moved['generation']}", f"c#{copied['generation']}"]
    assert api.get("/o/c", alt="media").content == b"content"
