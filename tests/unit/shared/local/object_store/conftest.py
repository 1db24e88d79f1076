"""What the tests of the local object store share: a running store with a recording publisher, and HTTP."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from shared.adapters.clock import FakeClock
from shared.local.object_store.server import LocalObjectStore
from shared.local.publishing import PubsubMessage

NOW = 1_763_807_445.5  # 2025-11-22T10:30:45.500Z
PATIENCE_SECONDS = 20


class Topics:
    """Records what is published; while it is `broken`, it raises instead."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self._messages: list[tuple[str, PubsubMessage]] = []
        self._changed = threading.Condition()

    def __call__(self, topic: str, messages: Sequence[PubsubMessage]) -> None:
        """Take messages."""
        if topic in self.broken:
            raise ConnectionRefusedError
        with self._changed:
            self._messages.extend((topic, message) for message in messages)
            self._changed.notify_all()

    def wait(self, count: int) -> list[tuple[str, PubsubMessage]]:
        """All messages, when there are so many."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._messages) >= count, PATIENCE_SECONDS)
            return list(self._messages)

    def attributes(self, count: int) -> list[Mapping[str, str]]:
        """The attributes of all messages, when there are so many."""
        return [message.attributes for _, message in self.wait(count)]


class Api(NamedTuple):
    """The JSON API, spoken by hand."""

    http: httpx.Client

    def upload(self, name: str, content: bytes = b"content", **parameters: Any) -> dict[str, Any]:
        """Upload an object by one request; its resource, or the error."""
        query = {"uploadType": "media", "name": name, **parameters}
        resource: dict[str, Any] = self.http.post(
            "/upload/storage/v1/b/clinical/o", params=query, content=content
        ).json()
        return resource

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """`GET` below the bucket."""
        return self.http.get(f"/storage/v1/b/clinical{path}", params=parameters)

    def post(self, path: str, body: Any = None, **parameters: Any) -> httpx.Response:
        """`POST` below the bucket."""
        return self.http.post(f"/storage/v1/b/clinical{path}", params=parameters, json=body or {})

    def names(self, **parameters: Any) -> list[str]:
        """The names in one page of a list."""
        return [item["name"] for item in self.get("/o", **parameters).json().get("items", [])]


@pytest.fixture
def topics() -> Topics:
    """Where notifications go."""
    return Topics()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(NOW)


@pytest.fixture
def store(tmp_path: Path, topics: Topics, clock: FakeClock) -> Iterator[LocalObjectStore]:
    """An empty store, running."""
    with LocalObjectStore(tmp_path / "store", publish=topics, clock=clock) as running:
        yield running


@pytest.fixture
def api(store: LocalObjectStore) -> Iterator[Api]:
    """A client with the bucket `clinical`."""
    with httpx.Client(base_url=store.base_url, timeout=20) as client:
        client.post("/storage/v1/b", json={"name": "clinical"})
        yield Api(client)
