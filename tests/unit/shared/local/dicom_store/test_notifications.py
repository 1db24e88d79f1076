"""Notifications, in both shapes, until they are published."""

import threading
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from shared.adapters.clock import FakeClock
from shared.local.dicom_store.server import LocalDicomStore
from shared.local.publishing import PubsubMessage
from tests.dicomweb import (
    BOTH_KINDS,
    INSTANCE,
    LEGACY_TOPIC,
    SERIES,
    STORE,
    STUDY,
    TOPIC,
    Published,
    connected,
    instance,
    instance_path,
    stow,
)

DATA = f"{STORE}/dicomWeb/{instance_path()}".encode()


def test_both_shapes_tell_of_an_instance(
    server: LocalDicomStore, client: httpx.Client, published: Published
) -> None:
    """The path as data; attributes only where `notificationConfigs` asks for the message."""
    stow(client, instance())

    assert server.wait_until_published(30)
    assert [(topic, data) for topic, data, _ in published.messages] == [(LEGACY_TOPIC, DATA), (TOPIC, DATA)]
    (_, _, no_attributes), (_, _, attributes) = published.messages
    assert no_attributes == {}
    assert {**attributes, "versionId": "", "lastUpdatedTime": ""} == {
        "action": "StoreInstances",
        "lastUpdatedTime": "",
        "storeName": STORE,
        "studyInstanceUID": STUDY,
        "seriesInstanceUID": SERIES,
        "sopInstanceUID": INSTANCE,
        "versionId": "",
        "modality": "CT",
        "storageClass": "STANDARD",
    }


def test_the_time_is_that_of_the_clock(tmp_path: Path) -> None:
    """In the form of RFC 1123; versions differ even if the clock stands still."""
    published = Published()
    clock = FakeClock(1_700_000_000.0)
    with (
        LocalDicomStore(tmp_path, stores={STORE: BOTH_KINDS}, publish=published, clock=clock) as server,
        connected(server) as client,
    ):
        stow(client, instance(1), instance(2))
        server.wait_until_published(30)
    told = [attributes for _, _, attributes in published.messages if attributes]

    assert [each["lastUpdatedTime"] for each in told] == ["Tue, 14 Nov 2023 22:13:20 GMT"] * 2
    assert parsedate_to_datetime(told[0]["lastUpdatedTime"]).timestamp() == clock.now()
    assert len({each["versionId"] for each in told}) == 2


def test_deletions_are_told_of_with_attributes_alone(
    server: LocalDicomStore, client: httpx.Client, published: Published
) -> None:
    """Once for each instance; without attributes nobody could tell a deletion from an arrival."""
    stow(client, instance(1), instance(2))
    server.wait_until_published(30)
    published.messages.clear()
    client.delete(f"studies/{STUDY}")
    server.wait_until_published(30)

    assert [
        (topic, each["action"], each["previousStorageClass"]) for topic, _, each in published.messages
    ] == [(TOPIC, "DeleteInstances", "STANDARD")] * 2


def test_what_is_not_stored_is_not_told(
    server: LocalDicomStore, client: httpx.Client, published: Published
) -> None:
    """Neither the same bytes again, nor other ones, nor garbage."""
    stow(client, instance())
    server.wait_until_published(30)
    published.messages.clear()
    stow(client, instance())
    stow(client, instance(PatientName="Someone^Else"), b"garbage")

    assert (server.pending_notifications, published.messages) == (0, [])


def test_a_failing_publisher_is_tried_again(tmp_path: Path) -> None:
    """A topic that fails keeps its messages, and does not keep others from going out."""
    published = Published()
    tries, mended = list[str](), threading.Event()

    def publish(topic: str, messages: Sequence[PubsubMessage]) -> None:
        tries.append(topic)
        if topic == LEGACY_TOPIC and tries.count(topic) < 3:
            raise OSError("no broker")
        published(topic, messages)
        mended.set() if topic == LEGACY_TOPIC else None

    with (
        LocalDicomStore(tmp_path, stores={STORE: BOTH_KINDS}, publish=publish) as server,
        connected(server) as client,
    ):
        stow(client, instance())

        assert mended.wait(30)
        assert server.wait_until_published(30)
    assert [topic for topic, _, _ in published.messages] == [TOPIC, LEGACY_TOPIC]


def test_notifications_wait_for_a_publisher(tmp_path: Path) -> None:
    """What one process could not publish, the next one does."""
    with LocalDicomStore(tmp_path, stores={STORE: BOTH_KINDS}) as server, connected(server) as client:
        stow(client, instance())

        assert (server.pending_notifications, server.wait_until_published(0)) == (2, False)
    published = Published()
    with LocalDicomStore(tmp_path, publish=published) as server:
        assert server.wait_until_published(30)
    assert [topic for topic, _, _ in published.messages] == [LEGACY_TOPIC, TOPIC]


def test_a_store_without_configuration_tells_nobody(tmp_path: Path) -> None:
    """No topic, no message."""
    with LocalDicomStore(tmp_path, stores={STORE: {}}) as server, connected(server) as client:
        stow(client, instance())

        assert server.pending_notifications == 0
