"""The store in this process."""

from pathlib import Path

import httpx
import pytest

from shared.errors import ConfigurationError
from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import AS_STORED, BOTH_KINDS, STORE, connected, instance, instance_path, stow


def test_content_survives_a_restart(server: LocalDicomStore, client: httpx.Client) -> None:
    """Instances and the resources that were changed."""
    stow(client, instance())
    url = f"{server.base_url}/{STORE}"
    client.patch(url, params={"updateMask": "notificationConfig"}, json={})
    server.stop()
    server.start()

    assert client.get(instance_path(), headers=AS_STORED).content == instance()
    assert "notificationConfig" not in client.get(url).json()


def test_a_reset_leaves_what_was_there_from_the_start(server: LocalDicomStore, client: httpx.Client) -> None:
    """The stores of the start as they were, and nothing in them."""
    stow(client, instance())
    parent, _, _ = f"{server.base_url}/{STORE}".rpartition("/")
    client.post(parent, params={"dicomStoreId": "another"})
    client.patch(f"{parent}/inbox", params={"updateMask": "notificationConfigs"}, json={})

    assert client.post(client.base_url.join("/_reset")).status_code == 200
    assert (client.get("studies").status_code, server.pending_notifications) == (204, 0)
    assert client.get(parent).json() == {"dicomStores": [{"name": STORE, **BOTH_KINDS}]}


def test_what_does_not_run_has_no_address(tmp_path: Path) -> None:
    """Before the start and after the end."""
    server = LocalDicomStore(tmp_path)
    with pytest.raises(ConfigurationError):
        _ = server.base_url
    with server, server:
        assert server.base_url.startswith("http://127.0.0.1:")
    with pytest.raises(ConfigurationError):
        server.reset()


def test_a_name_of_a_store_is_checked_at_once(tmp_path: Path) -> None:
    """Not when somebody asks for it."""
    with pytest.raises(ValueError, match="DICOM store"):
        LocalDicomStore(tmp_path, stores={"inbox": {}})


def test_a_store_needs_no_network_beyond_this_machine(server: LocalDicomStore) -> None:
    """It listens on the loopback address alone."""
    host, _ = server._started.server.socket.getsockname()

    assert host == "127.0.0.1"


def test_two_servers_know_nothing_of_each_other(tmp_path: Path) -> None:
    """Each has its own folder and port."""
    with (
        LocalDicomStore(tmp_path / "a", stores={STORE: {}}) as one,
        LocalDicomStore(tmp_path / "b", stores={STORE: {}}) as other,
        connected(one) as client,
        connected(other) as another,
    ):
        stow(client, instance())

        assert (client.get("studies").status_code, another.get("studies").status_code) == (200, 204)


def test_a_port_in_use_is_told(server: LocalDicomStore, tmp_path: Path) -> None:
    """And what was opened is closed again."""
    port = int(server.base_url.split(":")[2].split("/")[0])
    another = LocalDicomStore(tmp_path / "another", port=port)
    with pytest.raises(ConfigurationError) as told:
        another.start()

    assert told.value.details == {"reason": "the port is in use"}
