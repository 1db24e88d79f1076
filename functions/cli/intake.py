"""Bring a person's files into the intake: files as they are, folders with all that is in them."""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from shared.errors import ObjectNotFound, PreconditionFailed
from shared.identifiers import INTAKE_PREFIX
from shared.ports.blobs import Blobs

_CHUNK = 1 << 20


class Source(NamedTuple):
    """A file to take in, and the name of the object that it becomes."""

    path: Path
    name: str


def sources(paths: Sequence[Path]) -> Iterator[Source]:
    """Yield every file of the paths; a path always gives the same object name, so a second run resumes."""
    for path in paths:
        root = path.resolve()
        upload = sha256(os.fsencode(root)).hexdigest()[:12]
        if root.is_file():
            yield Source(root, f"{INTAKE_PREFIX}{upload}/{root.name}")
            continue
        for file in sorted(each for each in root.rglob("*") if each.is_file()):
            yield Source(file, f"{INTAKE_PREFIX}{upload}/{file.relative_to(root).as_posix()}")


def take_in(source: Source, clinical: Blobs) -> None:
    """Copy one file into the intake; the same bytes stay as they are, other bytes replace the object."""
    try:
        _copy(source, clinical, 0)
    except PreconditionFailed:
        _copy(source, clinical, _live_generation(source.name, clinical))


def _live_generation(name: str, clinical: Blobs) -> int:
    try:
        return clinical.stat(name).ref.generation
    except ObjectNotFound:
        return 0


def _copy(source: Source, clinical: Blobs, if_generation_match: int) -> None:
    with (
        source.path.open("rb", buffering=0) as file,
        clinical.create(source.name, if_generation_match=if_generation_match) as writer,
    ):
        while chunk := file.read(_CHUNK):
            writer.write(chunk)
