"""Buckets, request by request."""

from typing import Any

import pytest

from shared.local.object_store.buckets import merged
from tests.unit.shared.local.object_store.conftest import Api

BUCKET = "/storage/v1/b/clinical"


@pytest.mark.parametrize("name", ["", "ab", "Clinical", "a/b", "-abc", "a..b/", None, 5])
def test_a_name_that_no_bucket_has_is_refused(api: Api, name: Any) -> None:
    """Letters in lower case, digits, `.`, `_` and `-`; three at least."""
    assert api.http.post("/storage/v1/b", json={"name": name}).status_code == 400


def test_buckets_are_listed_by_prefix(api: Api) -> None:
    """By name."""
    for name in ("released", "clinical-two"):
        api.http.post("/storage/v1/b", json={"name": name})
    found = api.http.get("/storage/v1/b", params={"project": "test-project", "prefix": "clin"}).json()[
        "items"
    ]

    assert [each["name"] for each in found] == ["clinical", "clinical-two"]


def test_an_update_replaces_what_a_patch_keeps(api: Api) -> None:
    """Each raises the metageneration, and preconditions hold."""
    patched = api.http.patch(BUCKET, json={"labels": {"a": "1"}, "location": "EUROPE-WEST3"}).json()
    again = api.http.patch(BUCKET, json={"labels": {"b": "2"}}).json()
    refused = api.http.patch(BUCKET, json={}, params={"ifMetagenerationMatch": 1}).status_code
    updated = api.http.put(BUCKET, json={"labels": {"c": "3"}}).json()

    assert (patched["location"], again["labels"]) == ("EUROPE-WEST3", {"a": "1", "b": "2"})
    assert (refused, updated["labels"], updated["location"]) == (412, {"c": "3"}, "US")
    assert [each["metageneration"] for each in (patched, again, updated)] == ["2", "3", "4"]


def test_a_deleted_bucket_is_gone_with_its_configurations(api: Api) -> None:
    """A new one of its name begins empty; archived objects keep a bucket from being deleted."""
    api.http.patch(BUCKET, json={"versioning": {"enabled": True}})
    topic = "//pubsub.googleapis.com/projects/test-project/topics/arrivals"
    api.post("/notificationConfigs", {"topic": topic, "payload_format": "NONE"})
    generation = api.upload("a")["generation"]
    api.http.delete(f"{BUCKET}/o/a")
    archived = api.http.delete(BUCKET).status_code
    api.http.delete(f"{BUCKET}/o/a", params={"generation": generation})
    empty = api.http.delete(BUCKET).status_code
    api.http.post("/storage/v1/b", json={"name": "clinical"})

    assert (archived, empty) == (409, 204)
    assert api.get("/notificationConfigs").json()["items"] == []
    assert "versioning" not in api.get("").json()


def test_a_layout_is_flat(api: Api) -> None:
    """What gcloud asks before it lists."""
    layout = api.get("/storageLayout").json()

    assert (layout["bucket"], layout["hierarchicalNamespace"]) == ("clinical", {"enabled": False})


def test_a_patch_goes_into_objects() -> None:
    """As RFC 7396 has it; Cloud Storage's own fields are nobody's to change."""
    fields = {"labels": {"a": "1", "b": "2"}, "versioning": {"enabled": True}}
    patch = {"labels": {"a": None, "c": "3"}, "versioning": None, "lifecycle": {"rule": []}, "name": "other"}

    assert merged(fields, patch) == {"labels": {"b": "2", "c": "3"}, "lifecycle": {"rule": []}}
