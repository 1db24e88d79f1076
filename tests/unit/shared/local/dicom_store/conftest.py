"""A running store and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import BOTH_KINDS, STORE, Published, connected


@pytest.fixture
def published() -> Published:
    """What was published."""
    return Published()


@pytest.fixture
def server(tmp_path: Path, published: Published) -> Iterator[LocalDicomStore]:
    """The store, running."""
    folder = tmp_path / "store"
    with LocalDicomStore(
        folder, stores={STORE: BOTH_KINDS}, publish=published, instance_bytes=100_000
    ) as running:
        yield running


@pytest.fixture
def client(server: LocalDicomStore) -> Iterator[httpx.Client]:
    """A client of its DICOMweb service."""
    with connected(server) as http:
        yield http
