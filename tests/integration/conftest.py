"""What integration tests share: a running object store, the official client, and Terraform's work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.local.object_store.server import LocalObjectStore
from tests.terraform import Later, side_by_side, unusable

PROJECT = "test-project"


@pytest.fixture
def object_store(tmp_path: Path) -> Iterator[LocalObjectStore]:
    """An empty store, running."""
    with LocalObjectStore(tmp_path / "store") as running:
        yield running


@pytest.fixture
def storage_client(object_store: LocalObjectStore) -> Iterator[Any]:
    """The official client, unmodified."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    with storage.Client(
        project=PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": object_store.base_url},
    ) as client:
        yield client


@pytest.fixture
def bucket(storage_client: Any) -> Any:
    """An empty bucket."""
    return storage_client.create_bucket("clinical")


@pytest.fixture(scope="session")
def later() -> Iterator[Later]:
    """Terraform's tests, plans and breakages, which run side by side from the first test on."""
    if reason := unusable():
        pytest.skip(reason)
    with side_by_side() as waiting:
        yield waiting


@pytest.fixture
def prod(later: Later) -> Any:
    """The plan of production."""
    return later("plan", "prod")
