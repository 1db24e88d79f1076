"""A workspace of its own for every test of a stage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.wiring import EmbeddedWiring

#: 2025-11-22T10:30:00+00:00
NOW = 1_763_807_400.0


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at 2025-11-22T10:30:00+00:00."""
    return FakeClock(NOW)


@pytest.fixture
def wiring(tmp_path: Path, clock: FakeClock) -> Iterator[EmbeddedWiring]:
    """The embedded adapters in an empty workspace; stages that need policy are given their own."""
    embedded = EmbeddedWiring(tmp_path / "workspace", tmp_path / "no-rulesets", clock=clock, environ={})
    yield embedded
    embedded.close()
