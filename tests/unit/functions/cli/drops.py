"""What people drop: files in folders, and what becomes of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from functions.cli.intake import Source, sources, take_in
from shared.identifiers import INTAKE_PREFIX
from shared.wiring import EmbeddedWiring


def write(path: Path, content: bytes = b"content") -> Path:
    """Write a file and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def shown(found: Iterator[Source]) -> list[str]:
    """The names of the objects behind the part that tells uploads apart."""
    return [source.name.removeprefix(INTAKE_PREFIX).partition("/")[2] for source in found]


def all_in(wiring: EmbeddedWiring, paths: Sequence[Path]) -> list[int]:
    """Take everything in; return the generations in the intake by name."""
    for source in sources(paths):
        take_in(source, wiring.clinical)
    return [stat.ref.generation for stat in wiring.clinical.list(INTAKE_PREFIX)]
