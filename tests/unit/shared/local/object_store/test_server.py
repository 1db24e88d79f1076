"""`LocalObjectStore` in a process."""

from pathlib import Path

import httpx
import pytest

from shared.errors import ConfigurationError
from shared.local.object_store.server import LocalObjectStore
from tests.unit.shared.local.object_store.conftest import Api


def test_it_keeps_everything_and_its_port(api: Api, store: LocalObjectStore) -> None:
    """It may be stopped and started again."""
    before, resource = store.base_url, api.upload("a")
    store.stop()
    store.start()

    assert store.base_url == before
    assert api.get("/o/a").json() == resource
    assert api.get("/o/a", alt="media").content == b"content"


def test_a_folder_has_one_store(store: LocalObjectStore, tmp_path: Path) -> None:
    """A second one would remove what the first is about to record."""
    with pytest.raises(ConfigurationError, match="another object store"):
        LocalObjectStore(tmp_path / "store").start()


def test_without_a_start_it_has_no_address(tmp_path: Path) -> None:
    """An address of nothing is an error."""
    with pytest.raises(ConfigurationError, match="not running"):
        _ = LocalObjectStore(tmp_path).base_url


def test_stopped_means_stopped(tmp_path: Path) -> None:
    """Nothing answers behind the context, and a second stop is nothing."""
    with LocalObjectStore(tmp_path) as store:
        address = store.base_url
    store.stop()

    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_it_is_reset_in_the_process(api: Api, store: LocalObjectStore) -> None:
    """As by `POST /_reset`."""
    api.upload("a")
    store.reset()

    assert api.http.get("/storage/v1/b").json()["items"] == []
