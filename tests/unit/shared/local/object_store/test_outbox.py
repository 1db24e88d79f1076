"""The outbox: at least once, whatever happens to the publisher."""

import threading
from collections.abc import Sequence
from pathlib import Path

import httpx

from shared.local.object_store.server import LocalObjectStore
from shared.local.publishing import PubsubMessage
from tests.unit.shared.local.object_store.conftest import Api, Topics

DOWN, UP = "projects/test-project/topics/down", "projects/test-project/topics/up"


def configure(http: httpx.Client, topic: str) -> None:
    """Configure notifications to a topic."""
    body = {"topic": f"//pubsub.googleapis.com/{topic}", "payload_format": "NONE"}
    http.post("/storage/v1/b/clinical/notificationConfigs", json=body)


def test_a_topic_that_fails_holds_up_no_other(api: Api, topics: Topics) -> None:
    """And its own messages come when it works again."""
    topics.broken.add(DOWN)
    configure(api.http, DOWN)
    configure(api.http, UP)
    api.upload("a")
    api.upload("b")
    first = [topic for topic, _ in topics.wait(2)]
    topics.broken.clear()
    later = [topic for topic, _ in topics.wait(4)]

    assert (first, later) == ([UP, UP], [UP, UP, DOWN, DOWN])


def test_messages_wait_for_a_store_that_can_publish(tmp_path: Path, topics: Topics) -> None:
    """What is owed when a store stops is published after the next start."""
    with LocalObjectStore(tmp_path) as store, httpx.Client(base_url=store.base_url) as http:
        http.post("/storage/v1/b", json={"name": "clinical"})
        configure(http, UP)
        http.post("/upload/storage/v1/b/clinical/o?uploadType=media&name=a", content=b"1")
    with LocalObjectStore(tmp_path, publish=topics):
        [(topic, message)] = topics.wait(1)

    assert (topic, message.attributes["objectId"]) == (UP, "a")


def test_an_answer_does_not_wait_for_the_publisher(tmp_path: Path) -> None:
    """An upload is answered while the publisher is stuck."""
    stuck, released = threading.Event(), threading.Event()

    def publish(_topic: str, _messages: Sequence[PubsubMessage]) -> None:
        stuck.set()
        released.wait()

    with LocalObjectStore(tmp_path, publish=publish) as store, httpx.Client(base_url=store.base_url) as http:
        http.post("/storage/v1/b", json={"name": "clinical"})
        configure(http, UP)
        statuses = []
        for name in ("a", "b"):
            answer = http.post(f"/upload/storage/v1/b/clinical/o?uploadType=media&name={name}", content=b"1")
            statuses.append(answer.status_code)
        was_stuck = stuck.wait(20)
        released.set()

    assert (statuses, was_stuck) == ([200, 200], True)
