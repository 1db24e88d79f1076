"""Faults on demand."""

import threading
from typing import Any

import httpx
import pytest

from shared.local.dicom_store.application import _ROUTES
from shared.local.dicom_store.faults import OPERATIONS
from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import AS_STORED, instance, instance_path, stow


def ask(client: httpx.Client, **fault: Any) -> int:
    """Ask for a fault; the status of the answer."""
    return client.post(client.base_url.join("/_faults"), json=fault).status_code


@pytest.mark.parametrize(("fault", "name"), [("503", "UNAVAILABLE"), ("429", "RESOURCE_EXHAUSTED")])
def test_a_status_is_answered_so_many_times(client: httpx.Client, fault: str, name: str) -> None:
    """And nothing is done; then all is well again, on the same connection."""
    ask(client, fault=fault, times=2)
    answers = [stow(client, instance()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [int(fault), int(fault), 200]
    assert answers[0].json()["error"]["status"] == name


def test_a_fault_may_be_meant_for_one_operation(client: httpx.Client) -> None:
    """Others do not use it up."""
    ask(client, fault="503", operation="search_studies")

    assert stow(client, instance()).status_code == 200
    assert [client.get("studies").status_code for _ in range(2)] == [503, 200]


def test_a_dropped_request_was_handled(client: httpx.Client) -> None:
    """The client learns nothing, and may not assume that nothing happened."""
    ask(client, fault="drop", operation="store")
    with pytest.raises(httpx.TransportError):
        stow(client, instance())

    assert client.get(instance_path(), headers=AS_STORED).content == instance()


def test_a_dropped_answer_has_no_body(client: httpx.Client) -> None:
    """A retrieval breaks off."""
    stow(client, instance())
    ask(client, fault="drop", operation="retrieve")
    with pytest.raises(httpx.TransportError):
        client.get(instance_path(), headers=AS_STORED)

    assert client.get(instance_path(), headers=AS_STORED).status_code == 200


def test_a_slow_request_waits(server: LocalDicomStore, client: httpx.Client) -> None:
    """Until its time is over, or the faults are taken back; it is handled then."""
    ask(client, fault="slow", seconds=600)
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(stow(client, instance()).status_code))
    waiting.start()
    waiting.join(0.2)

    assert (waiting.is_alive(), answers) == (True, [])
    server.faults.clear()
    waiting.join(30)
    assert answers == [200]


def test_a_slow_request_is_not_slow_for_ever(client: httpx.Client) -> None:
    """Its seconds are counted."""
    ask(client, fault="slow", seconds=0.01)

    assert client.get("studies").status_code == 204


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"fault": "explode"},
        {"fault": "503", "times": 0},
        {"fault": "503", "operation": "retreive"},
        {"fault": "503", "times": "x"},
        {"fault": "slow", "seconds": -1},
        {"fault": "slow", "seconds": "long"},
    ],
)
def test_a_fault_that_is_unknown_is_refused(client: httpx.Client, fault: dict[str, Any]) -> None:
    """A test that misspells one must not pass."""
    assert (ask(client, **fault), client.get("studies").status_code) == (400, 204)


def test_every_operation_can_fail() -> None:
    """The names that faults know are those of the routes."""
    assert {operation for _, _, operation in _ROUTES if not operation.startswith("_")} == OPERATIONS


def test_a_reset_forgets_faults(client: httpx.Client) -> None:
    """They do not outlive the test that asked for them."""
    ask(client, fault="503", times=100)
    client.post(client.base_url.join("/_reset"))

    assert client.get("studies").status_code == 204
