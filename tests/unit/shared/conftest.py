"""Fixtures of the tests of the runtime, which are several modules."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.unit.shared.runtime_examples import Ports, outcome_lines


@pytest.fixture
def ports() -> Ports:
    """Ports that keep what is done with them."""
    return Ports()


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return the outcome lines that were written."""
    with outcome_lines() as written:
        yield written
