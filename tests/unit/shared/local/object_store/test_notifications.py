"""Notifications: what is published of a change, and to whom."""

import base64
import json
from typing import Any

import pytest

from shared.adapters.clock import FakeClock
from shared.notifications import blob_finalized
from tests.unit.shared.local.object_store.conftest import Api, Topics

TOPIC = "projects/test-project/topics/arrivals"


def configure(api: Api, **settings: Any) -> dict[str, Any]:
    """Configure notifications to the topic."""
    body = {"topic": f"//pubsub.googleapis.com/{TOPIC}", "payload_format": "JSON_API_V1", **settings}
    configuration: dict[str, Any] = api.post("/notificationConfigs", body).json()
    return configuration


def events(topics: Topics, count: int) -> list[str]:
    """What happened, in the order in which it was published."""
    return [each["eventType"] for each in topics.attributes(count)]


def test_the_message_is_that_of_cloud_storage(api: Api, topics: Topics) -> None:
    """Attributes and data are in the documented form, and the pipeline's own reader takes them."""
    configure(api)
    resource = api.upload("intake/a.dcm")
    [(topic, message)] = topics.wait(1)
    blob = blob_finalized(message.attributes)

    assert topic == TOPIC
    assert message.attributes == {
        "notificationConfig": "projects/_/buckets/clinical/notificationConfigs/1",
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "JSON_API_V1",
        "bucketId": "clinical",
        "objectId": "intake/a.dcm",
        "objectGeneration": resource["generation"],
        "eventTime": "2025-11-22T10:30:45.500000Z",
    }
    assert json.loads(message.data) == resource
    assert blob is not None
    assert str(blob.blob) == f"gs://clinical/intake/a.dcm#{resource['generation']}"


def test_without_a_payload_there_is_no_data(api: Api, topics: Topics) -> None:
    """The format NONE sends attributes alone."""
    configure(api, payload_format="NONE")
    api.upload("a")
    [(_, message)] = topics.wait(1)

    assert (message.data, message.attributes["payloadFormat"]) == (b"", "NONE")


def test_an_overwrite_is_two_events(api: Api, topics: Topics) -> None:
    """The old generation is deleted, the new one finalised, and each names the other."""
    configure(api)
    first, second = api.upload("a"), api.upload("a")
    by_event = {each["eventType"]: each for each in topics.attributes(3)[1:]}

    assert by_event["OBJECT_DELETE"]["objectGeneration"] == first["generation"]
    assert by_event["OBJECT_DELETE"]["overwrittenByGeneration"] == second["generation"]
    assert by_event["OBJECT_FINALIZE"]["overwroteGeneration"] == first["generation"]


def test_with_versions_an_old_generation_is_archived(api: Api, topics: Topics) -> None:
    """Replaced and deleted ones are; only what is deleted by its generation is deleted."""
    api.http.patch("/storage/v1/b/clinical", json={"versioning": {"enabled": True}})
    configure(api)
    first = api.upload("a")
    api.upload("a")
    api.http.delete("/storage/v1/b/clinical/o/a")
    api.http.delete("/storage/v1/b/clinical/o/a", params={"generation": first["generation"]})

    assert sorted(events(topics, 5)) == [
        "OBJECT_ARCHIVE",
        "OBJECT_ARCHIVE",
        "OBJECT_DELETE",
        "OBJECT_FINALIZE",
        "OBJECT_FINALIZE",
    ]


def test_changed_metadata_is_an_event(api: Api, topics: Topics, clock: FakeClock) -> None:
    """Of the same generation, at the time of the change."""
    configure(api, event_types=["OBJECT_METADATA_UPDATE"])
    resource = api.upload("a")
    clock.advance(60)
    api.http.patch("/storage/v1/b/clinical/o/a", json={"metadata": {"k": "v"}})
    [attributes] = topics.attributes(1)

    assert attributes["objectGeneration"] == resource["generation"]
    assert attributes["eventTime"] == "2025-11-22T10:31:45.500000Z"


def test_only_what_is_asked_for_is_told(api: Api, topics: Topics) -> None:
    """By event type and by prefix; attributes of one's own go along."""
    configure(
        api,
        event_types=["OBJECT_FINALIZE"],
        object_name_prefix="intake/",
        custom_attributes={"hospital": "one"},
    )
    for name in ("other", "intake/1", "intake/1"):
        api.upload(name)
    found = topics.attributes(2)

    assert [(each["eventType"], each["objectId"], each["hospital"]) for each in found] == [
        ("OBJECT_FINALIZE", "intake/1", "one"),
        ("OBJECT_FINALIZE", "intake/1", "one"),
    ]


def test_configurations_are_kept_and_deleted(api: Api, topics: Topics) -> None:
    """Each has a number; whose configuration is deleted is told nothing more."""
    first, second = configure(api), configure(api, payload_format="NONE")
    listed = api.get("/notificationConfigs").json()
    one = api.get(f"/notificationConfigs/{second['id']}").json()
    api.http.delete(f"/storage/v1/b/clinical/notificationConfigs/{first['id']}")
    gone = api.get(f"/notificationConfigs/{first['id']}")
    api.upload("a")
    numbers = [each["notificationConfig"].rsplit("/", 1)[1] for each in topics.attributes(1)]

    assert listed["items"] == [first, second]
    assert one == second
    assert gone.status_code == 404
    assert numbers == ["2"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"topic": f"//pubsub.googleapis.com/{TOPIC}"},
        {"topic": "arrivals", "payload_format": "NONE"},
        {"topic": f"//pubsub.googleapis.com/{TOPIC}", "payload_format": "XML"},
        {"topic": f"//pubsub.googleapis.com/{TOPIC}", "payload_format": "NONE", "event_types": ["UPLOAD"]},
    ],
)
def test_an_invalid_configuration_is_refused(api: Api, body: dict[str, Any]) -> None:
    """What could never notify anybody is not kept."""
    answer = api.post("/notificationConfigs", body)

    assert answer.status_code == 400
    assert api.get("/notificationConfigs").json()["items"] == []


def test_a_message_of_pubsub_is_in_base64(api: Api, topics: Topics) -> None:
    """A digest as clients compute it is in the payload."""
    configure(api)
    api.upload("a", b"")
    [(_, message)] = topics.wait(1)

    assert base64.b64decode(json.loads(message.data)["crc32c"]) == b"\0\0\0\0"
