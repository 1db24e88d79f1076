"""Folders, logs, the hospital's drop and a running installation."""

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
import pytest
import structlog

from shared import log
from tests.acceptance.flow import Flow, opened
from tests.acceptance.hospital import write_drop
from tests.acceptance.samples import write_series

_MEMORY = Path("/dev/shm")
_END = "-----END CERTIFICATE-----\n"


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one certificate authority: hundreds of runs make hundreds of clients, and each loads them all."""
    first, end, _ = Path(certifi.where()).read_text(encoding="ascii").partition(_END)
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(first[first.index("-----BEGIN") :] + end, encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def unread_log() -> Iterator[StringIO]:
    """The log of what belongs to no single test."""
    lines = StringIO()
    log.configure(json=True, stream=lines)
    yield lines
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def log_lines(unread_log: StringIO) -> Iterator[StringIO]:
    """The log of the test, as JSON lines."""
    lines = StringIO()
    log.configure(json=True, stream=lines)
    yield lines
    log.configure(json=True, stream=unread_log)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """An empty folder, in memory where there is such a thing: every commit waits for the disk."""
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="airlock-", dir=parent) as folder:
        yield Path(folder)


@pytest.fixture
def flow(scratch: Path) -> Iterator[Flow]:
    """A running installation with the policies as shipped."""
    with opened(scratch) as running:
        yield running


@pytest.fixture(scope="session")
def drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a hospital drops: three series that match, what else lies about, and what is wrong."""
    return write_drop(tmp_path_factory.mktemp("hospital") / "drop")


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory, drop: Path) -> Iterator[Flow]:
    """An installation that has run the drop to the end, to be looked at."""
    with opened(tmp_path_factory.mktemp("done")) as flow:
        flow.run(drop)
        yield flow


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Two slices of one series."""
    return write_series(tmp_path, "faults")
