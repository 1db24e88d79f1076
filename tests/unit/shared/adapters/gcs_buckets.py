"""Buckets in the local object store, as the suites of Cloud Storage use them."""

import uuid

import msgspec

from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.google_http import GoogleSession
from shared.local.object_store.server import LocalObjectStore

_JSON = {"Content-Type": "application/json"}


def made(store: LocalObjectStore, session: GoogleSession, **settings: object) -> GcsBlobs:
    """Make an empty bucket."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    _post(session, f"{store.base_url}/storage/v1/b?project=test-project", {"name": name, **settings})
    return GcsBlobs(name, session, url=store.base_url)


def let_notify(store: LocalObjectStore, session: GoogleSession, bucket: GcsBlobs, topic: str) -> None:
    """Let a bucket tell a topic of its objects."""
    url = f"{store.base_url}/storage/v1/b/{bucket.bucket}/notificationConfigs"
    _post(session, url, {"topic": topic, "payload_format": "JSON_API_V1"})


def _post(session: GoogleSession, url: str, resource: dict[str, object]) -> None:
    session.json("POST", url, body=msgspec.json.encode(resource), headers=_JSON)
