"""The fault hook."""

import httpx
import pytest

from shared.local.object_store.application import OPERATIONS
from shared.local.object_store.faults import Fault, Faults
from shared.local.object_store.server import LocalObjectStore
from tests.unit.shared.local.object_store.conftest import Api


def fault(api: Api, **fields: object) -> httpx.Response:
    """Set a fault over HTTP."""
    return api.http.post("/_faults", json=fields)


def test_a_fault_meets_so_many_requests_of_its_operation() -> None:
    """Oldest first, and then no more."""
    faults = Faults()
    faults.add(Fault(operation="objects.get", kind="503", times=2))
    faults.add(Fault(operation="*", kind="slow"))
    taken = [faults.take(name) for name in ("objects.list", "objects.get", "objects.get", "objects.get")]

    assert [each.kind if each else None for each in taken] == ["slow", "503", "503", None]


@pytest.mark.parametrize(("kind", "reason"), [("403", "forbidden"), ("503", "backendError")])
def test_an_answer_alone_does_nothing(api: Api, kind: str, reason: str) -> None:
    """It is answered in the shape of all errors, and the next request is done."""
    fault(api, operation="objects.insert", kind=kind)
    refused, done = api.upload("a"), api.upload("a")

    assert refused["error"]["errors"][0]["reason"] == reason
    assert done["name"] == "a"


@pytest.mark.parametrize(("kind", "names"), [("drop_before", []), ("drop_after", ["a"])])
def test_a_connection_is_dropped(api: Api, kind: str, names: list[str]) -> None:
    """Before the work is done, or behind it."""
    fault(api, operation="objects.insert", kind=kind)

    with pytest.raises(httpx.TransportError):
        api.upload("a")
    assert api.names() == names


def test_slow_ends_when_the_faults_are_taken_back(api: Api, store: LocalObjectStore) -> None:
    """A request that waits goes on; nobody else waits for it."""
    import threading

    fault(api, operation="objects.insert", kind="slow", seconds=600)
    statuses: list[str] = []
    waiting = threading.Thread(target=lambda: statuses.append(api.upload("a")["name"]))
    waiting.start()
    while store.faults.pending:
        pass
    before = (api.names(), list(statuses))
    api.http.delete("/_faults")
    waiting.join(20)

    assert before == ([], [])
    assert (statuses, api.names()) == (["a"], ["a"])


def test_faults_are_listed(api: Api) -> None:
    """Those that no request has met yet."""
    fault(api, operation="objects.list", kind="503", times=3)
    api.names()
    listed = api.http.get("/_faults").json()["items"]

    assert listed == [{"operation": "objects.list", "kind": "503", "times": 2, "seconds": 1.0}]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"operation": "objects.inserts", "kind": "503"},
        {"operation": "*", "kind": "404"},
        {"operation": "*"},
    ],
)
def test_an_unknown_fault_is_refused(api: Api, fields: dict[str, str]) -> None:
    """A misspelt one would make a test pass for nothing."""
    assert fault(api, **fields).status_code == 400


def test_the_hook_itself_has_no_faults() -> None:
    """A fault of everything can be taken back."""
    assert not {"faults.delete", "reset", "health"} & set(OPERATIONS)


def test_a_reset_leaves_nothing(api: Api, store: LocalObjectStore) -> None:
    """Buckets, objects, half an upload and faults are gone, and everything works."""
    api.upload("a")
    fault(api, operation="*", kind="503")
    store.faults.clear()
    fault(api, operation="objects.delete", kind="503")
    api.http.post("/_reset")
    buckets = api.http.get("/storage/v1/b").json()["items"]
    api.http.post("/storage/v1/b", json={"name": "clinical"})
    empty = api.names()
    api.upload("b")

    assert (buckets, empty, api.names(), store.faults.pending) == ([], [], ["b"], [])
