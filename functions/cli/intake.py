"""Bring a person's files into the intake: files as they are, folders with all that is in them."""

import os
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from functions.cli.workspace import LOCK_NAME, OWN_NAMES
from shared.adapters.folder_names import is_storable
from shared.errors import ObjectNotFound, PreconditionFailed
from shared.identifiers import INTAKE_PREFIX
from shared.ports.blobs import Blobs

_CHUNK = 1 << 20
# Of a name that no bucket can hold, what is kept for people; its digest tells it from others.
_NAME_KEPT, _DIGEST_KEPT = 200, 16


class Source(NamedTuple):
    """A file to take in, and the name of the object that it becomes."""

    path: Path
    name: str


class Reason(StrEnum):
    """Why something at the given paths is not taken in."""

    #: the file or folder cannot be read
    UNREADABLE = "unreadable"
    #: a link that leads nowhere
    BROKEN_LINK = "broken_link"
    #: a link to a folder; following it could lead round in circles
    LINKED_FOLDER = "linked_folder"
    #: a pipe, a socket or a device
    SPECIAL_FILE = "special_file"
    #: another workspace, which holds copies
    WORKSPACE = "workspace"


class LeftOut(NamedTuple):
    """Something that is not taken in."""

    path: Path
    reason: Reason


LeaveOut = Callable[[LeftOut], None]


def sources(
    paths: Sequence[Path], *, workspace: Path | None = None, leave_out: LeaveOut = lambda _: None
) -> Iterator[Source]:
    """Yield every file of the paths; a path always gives the same object name, so a second run resumes.

    Args:
        paths: files and folders, hidden ones included; what does not exist has no files.
        workspace: where the files go; what Airlock itself keeps there is never one of them.
        leave_out: is told of everything else that is no file to take in.
    """
    own = workspace.resolve() if workspace is not None else None
    for path in paths:
        root = path.resolve()
        upload = INTAKE_PREFIX + sha256(os.fsencode(root)).hexdigest()[:12]
        if own is not None and is_own(root, own):
            continue
        for file in _files(root, own, leave_out):
            inside = file.name if file == root else file.relative_to(root).as_posix()
            yield Source(file, _object_name(upload, inside))


def take_in(source: Source, clinical: Blobs, *, copied: Callable[[int], None] = lambda _: None) -> None:
    """Copy one file into the intake; the same bytes stay as they are, other bytes replace the object.

    Args:
        source: the file.
        clinical: the clinical bucket.
        copied: is told of the bytes of every piece.

    Raises:
        OSError: the file cannot be read.
        StorageError: the object cannot be written.
    """
    try:
        _copy(source, clinical, 0, copied)
    except PreconditionFailed:
        _copy(source, clinical, _live_generation(source.name, clinical), copied)


def is_own(root: Path, workspace: Path) -> bool:
    """Tell whether a path is the workspace, or something that Airlock keeps in it; both of them resolved."""
    if not root.is_relative_to(workspace):
        return False
    inside = root.relative_to(workspace).parts
    return not inside or inside[0] in OWN_NAMES


def _files(root: Path, own: Path | None, leave_out: LeaveOut) -> Iterator[Path]:
    """Walk in the order of the names, without recursion: folders may be nested as deep as paths are long."""
    pending = [root]
    while pending:
        path = pending.pop()
        try:
            if path.is_dir() and (path == root or not path.is_symlink()):
                pending.extend(reversed(_entries(path, own, leave_out)))
            elif path.is_file():
                yield path
            elif path.is_symlink() or path != root or path.exists():
                leave_out(LeftOut(path, _reason(path)))
        except OSError:
            leave_out(LeftOut(path, Reason.UNREADABLE))


def _entries(folder: Path, own: Path | None, leave_out: LeaveOut) -> list[Path]:
    entries = sorted(folder.iterdir())
    if not any(each.name == LOCK_NAME for each in entries):
        return entries
    if folder != own:
        leave_out(LeftOut(folder, Reason.WORKSPACE))
    return []


def _reason(path: Path) -> Reason:
    if not path.is_symlink():
        return Reason.SPECIAL_FILE
    return Reason.LINKED_FOLDER if path.is_dir() else Reason.BROKEN_LINK


def _object_name(upload: str, inside: str) -> str:
    """The object's name; where a bucket cannot hold it, what is left of it with a digest of the whole."""
    name = f"{upload}/{inside}"
    if is_storable(name):
        return name
    content = os.fsencode(inside)
    kept = content[-_NAME_KEPT:].decode("utf-8", "replace").replace("/", "_")
    return f"{upload}/{sha256(content).hexdigest()[:_DIGEST_KEPT]}_{kept}"


def _live_generation(name: str, clinical: Blobs) -> int:
    try:
        return clinical.stat(name).ref.generation
    except ObjectNotFound:
        return 0


def _copy(source: Source, clinical: Blobs, if_generation_match: int, copied: Callable[[int], None]) -> None:
    with (
        source.path.open("rb", buffering=0) as file,
        clinical.create(source.name, if_generation_match=if_generation_match) as writer,
    ):
        while chunk := file.read(_CHUNK):
            writer.write(chunk)
            copied(len(chunk))
