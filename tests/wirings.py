"""Wirings of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.wiring import EmbeddedWiring


@contextmanager
def embedded(folder: Path) -> Iterator[EmbeddedWiring]:
    """The embedded adapters in a folder, without rulesets."""
    wiring = EmbeddedWiring(folder / "workspace", folder / "no-rulesets", environ={})
    try:
        yield wiring
    finally:
        wiring.close()
