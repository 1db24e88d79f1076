"""A workspace of its own for every test of a stage."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shared.adapters.clock import FakeClock
from shared.wiring import EmbeddedWiring

#: 2025-11-22T10:30:00+00:00
NOW = 1_763_807_400.0
# In memory, where the machine has a folder for that: a stage waits for the disk with every object.
_MEMORY = Path("/dev/shm")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at 2025-11-22T10:30:00+00:00."""
    return FakeClock(NOW)


@pytest.fixture
def wiring(clock: FakeClock) -> Iterator[EmbeddedWiring]:
    """The embedded adapters in an empty workspace; stages that need policy are given their own."""
    with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        embedded = EmbeddedWiring(Path(folder), Path(folder) / "no-rulesets", clock=clock, environ={})
        yield embedded
        embedded.close()
