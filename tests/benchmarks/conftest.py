"""Options, workloads and the destination of the benchmarks."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.benchmarks.harness import MEMORY, Bench, Destination
from tests.benchmarks.workloads import write_compressed, write_multiframe, write_series

_SLICES, _MANY, _COMPRESSED, _WARM_UP = 300, 2_000, 200, 4
_MULTIFRAME_BYTES = 600_000_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long to measure, and what."""
    parser.addoption("--rounds", type=int, default=5, help="How often each pair is measured.")
    parser.addoption("--slices", type=Path, help="A folder with a CT series of your own instead of the 300.")


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> int:
    """How often to measure."""
    return pytestconfig.getoption("rounds")


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where the workloads lie: in memory, so that reading them never waits."""
    with TemporaryDirectory(prefix="airlock-workloads-", dir=MEMORY) as made:
        yield Path(made)


@pytest.fixture(scope="session")
def slices(folder: Path, pytestconfig: pytest.Config) -> Path:
    """One series of 300 slices of 512 by 512, 535 KB each, or the one that was asked for."""
    own = pytestconfig.getoption("slices")
    return own or write_series(folder / "slices", count=_SLICES, size=512, label="slices")


@pytest.fixture(scope="session")
def small(folder: Path) -> Path:
    """One series of 2,000 slices of 64 by 64: nearly all header."""
    return write_series(folder / "small", count=_MANY, size=64, label="small")


@pytest.fixture(scope="session")
def large(folder: Path) -> Path:
    """One series of 2,000 slices of 256 by 256; the structure set that comes back has 6.5 MB."""
    return write_series(folder / "large", count=_MANY, size=256, label="large")


@pytest.fixture(scope="session")
def compressed(folder: Path) -> Path:
    """One series of 200 slices whose pixels are encapsulated, 200 KB each."""
    return write_compressed(folder / "compressed", count=_COMPRESSED)


@pytest.fixture(scope="session")
def multiframe(folder: Path) -> Path:
    """One Enhanced CT of 600 MB."""
    return write_multiframe(folder / "multiframe", total_bytes=_MULTIFRAME_BYTES)


@pytest.fixture(scope="session")
def bench(folder: Path) -> Iterator[Bench]:
    """The destination, and what measures."""
    warm_up = write_series(folder / "warm-up", count=_WARM_UP, size=64, label="warm up")
    with ExitStack() as kept:
        destination = Destination(folder / "double")
        kept.callback(destination.stop)
        yield Bench(destination, warm_up, kept)
