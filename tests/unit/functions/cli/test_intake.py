"""`sources`: which files of people become objects, and under which names."""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from functions.cli.intake import LeftOut, Reason, sources
from shared.identifiers import INTAKE_PREFIX
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.unit.functions.cli.drops import all_in, shown, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's folder."""
    made = tmp_path / "drop"
    made.mkdir()
    return made


# -- which files


def test_a_file_is_one_source(folder: Path) -> None:
    """A file becomes an object of its own name, under an upload of its own."""
    file = write(folder / "image.dcm")
    (source,) = sources([file])
    prefix, upload, name = source.name.split("/")

    assert source.path == file
    assert (prefix, len(upload), name) == ("intake", 12, "image.dcm")


def test_a_folder_is_all_files_in_it(folder: Path) -> None:
    """Files at any depth are found, in an order that does not change, under one upload."""
    for name in ("b/2.dcm", "a.dcm", "b/1.dcm", "b/c/d/1.dcm"):
        write(folder / name)
    found = list(sources([folder]))

    assert shown(iter(found)) == ["a.dcm", "b/1.dcm", "b/2.dcm", "b/c/d/1.dcm"]
    assert len({source.name.split("/")[1] for source in found}) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Zylberquist Ottokar.dcm",
        "Жильберквист.dcm",
        "e\u0301.dcm",
        "100%.dcm",
        "a#b?c.dcm",
        ".hidden",
        "two\nlines",
    ],
)
def test_takes_files_of_any_name(folder: Path, wiring: EmbeddedWiring, name: str) -> None:
    """Spaces, other scripts, signs and a leading dot are no reason to lose a file."""
    write(folder / name, b"one")
    write(folder / ".folder" / name, b"two")
    all_in(wiring, [folder])

    assert shown(sources([folder])) == [f".folder/{name}", name] if name > ".f" else [name, f".folder/{name}"]
    assert {get(wiring.clinical, stat.ref) for stat in wiring.clinical.list(INTAKE_PREFIX)} == {
        b"one",
        b"two",
    }


@pytest.mark.parametrize(
    ("name", "kept"),
    [(b"\xff.dcm", "\ufffd.dcm"), (b"/".join([b"x" * 250] * 5) + b"/1.dcm", "x" * 194 + "_1.dcm")],
    ids=["no text", "too long"],
)
def test_gives_a_name_that_no_bucket_can_hold_another(
    folder: Path, wiring: EmbeddedWiring, name: bytes, kept: str
) -> None:
    """Such a file is named by a digest of its name and what can be kept of it, always the same."""
    write(Path(os.fsdecode(os.fsencode(folder) + b"/" + name)), b"one")
    all_in(wiring, [folder])
    (stat,) = wiring.clinical.list(INTAKE_PREFIX)
    shown_name = stat.ref.name.split("/", 2)[2]

    assert get(wiring.clinical, stat.ref) == b"one"
    assert shown_name == f"{sha256(name).hexdigest()[:16]}_{kept}"
    assert all_in(wiring, [folder]) == [stat.ref.generation]


def test_follows_links_to_files_alone(folder: Path, tmp_path: Path) -> None:
    """A link to a file counts as that file; links to folders or nothing, and pipes, are left out."""
    elsewhere = write(tmp_path / "elsewhere" / "image.dcm")
    (folder / "file.dcm").symlink_to(elsewhere)
    (folder / "folder").symlink_to(elsewhere.parent)
    (folder / "nothing").symlink_to(tmp_path / "nothing")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    left_out: list[LeftOut] = []

    assert shown(sources([folder], leave_out=left_out.append)) == ["file.dcm"]
    assert {each.path.name: each.reason for each in left_out} == {
        "folder": Reason.LINKED_FOLDER,
        "loop": Reason.LINKED_FOLDER,
        "nothing": Reason.BROKEN_LINK,
        "pipe": Reason.SPECIAL_FILE,
    }


def test_a_link_that_is_given_is_followed(folder: Path) -> None:
    """A person who names a link means what it leads to."""
    write(folder / "image.dcm")
    link = folder.parent / "link"
    link.symlink_to(folder)

    assert shown(sources([link])) == ["image.dcm"]


def test_goes_on_beside_a_folder_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be read is told, and the files beside it are found."""
    write(folder / "closed" / "1.dcm")
    write(folder / "open" / "2.dcm")
    iterdir = Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path.name == "closed":
            raise PermissionError
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    left_out: list[LeftOut] = []

    assert shown(sources([folder], leave_out=left_out.append)) == ["open/2.dcm"]
    assert left_out == [LeftOut(folder / "closed", Reason.UNREADABLE)]


@pytest.mark.parametrize("given", [".", "clinical", "clinical/intake/1.dcm"])
def test_never_takes_in_what_it_keeps_itself(folder: Path, given: str) -> None:
    """The workspace is no source, nor is anything that Airlock put there; nobody needs to be told."""
    write(folder / "airlock.lock")
    write(folder / "clinical" / "intake" / "1.dcm")
    left_out: list[LeftOut] = []

    assert list(sources([folder / given], workspace=folder, leave_out=left_out.append)) == []
    assert left_out == []


def test_passes_over_its_own_workspace_on_the_way(folder: Path) -> None:
    """A folder may be taken in that the workspace lies in."""
    write(folder / "1.dcm")
    write(folder / "workspace" / "airlock.lock")
    write(folder / "workspace" / "clinical" / "intake" / "1.dcm")
    left_out: list[LeftOut] = []
    found = sources([folder], workspace=folder / "workspace", leave_out=left_out.append)

    assert (shown(found), left_out) == (["1.dcm"], [])


def test_takes_what_a_person_put_beside_it(folder: Path) -> None:
    """What lies in the workspace's folder but is not Airlock's own is a source if it is named."""
    write(folder / "airlock.lock")
    write(folder / "scans" / "1.dcm")

    assert shown(sources([folder / "scans"], workspace=folder)) == ["1.dcm"]


def test_tells_of_another_workspace_and_leaves_it_out(folder: Path) -> None:
    """The objects of another workspace are copies of files that were taken in already."""
    write(folder / "other" / "airlock.lock")
    write(folder / "other" / "clinical" / "intake" / "1.dcm")
    left_out: list[LeftOut] = []

    assert list(sources([folder], workspace=folder.parent / "mine", leave_out=left_out.append)) == []
    assert left_out == [LeftOut(folder / "other", Reason.WORKSPACE)]


def test_finds_nothing_where_nothing_is(folder: Path) -> None:
    """An empty folder, one of empty folders, and a path that is not there have no files."""
    (folder / "empty" / "empty").mkdir(parents=True)

    assert list(sources([folder, folder / "missing"])) == []


def test_an_empty_file_is_a_file(folder: Path, wiring: EmbeddedWiring) -> None:
    """A file of no bytes is taken in, to be refused by name and not forgotten."""
    write(folder / "empty.dcm", b"")

    assert len(all_in(wiring, [folder])) == 1


# -- the names of uploads


def test_the_same_path_gives_the_same_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absolute, relative, by a link or with detours: one place has one name."""
    write(folder / "image.dcm")
    link = folder.parent / "link"
    link.symlink_to(folder)
    monkeypatch.chdir(folder.parent)
    spellings = [folder, Path("drop"), link, folder / ".." / "drop", Path("./drop/")]

    assert len({tuple(sources([path])) for path in spellings}) == 1


def test_files_of_one_name_in_two_places_are_two_objects(folder: Path, wiring: EmbeddedWiring) -> None:
    """Two folders may hold the same file names without getting in each other's way."""
    first, second = write(folder / "a" / "1.dcm", b"one"), write(folder / "b" / "1.dcm", b"two")
    all_in(wiring, [first.parent, second.parent])

    assert {get(wiring.clinical, stat.ref) for stat in wiring.clinical.list()} == {b"one", b"two"}


def test_a_name_says_nothing_of_the_folders_around_it(folder: Path) -> None:
    """What lies above the given path is no part of the object's name."""
    file = write(folder / "Zylberquist Ottokar" / "scans" / "1.dcm")
    (source,) = sources([file.parent])

    assert "Zylberquist" not in source.name
