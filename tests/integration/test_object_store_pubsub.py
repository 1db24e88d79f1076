"""The local object store and the Pub/Sub emulator: an upload becomes a message."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.local.object_store.server import LocalObjectStore
from shared.local.publishing import PubsubPublisher

EMULATORS = Path("/usr/lib/google-cloud-sdk/platform/pubsub-emulator/lib")
PATIENCE_SECONDS = 60
TOPIC, SUBSCRIPTION = "projects/test-project/topics/arrivals", "projects/test-project/subscriptions/arrivals"

pytestmark = pytest.mark.skipif(
    shutil.which("java") is None or not EMULATORS.exists(),
    reason="the Pub/Sub emulator is not installed on this machine",
)


@pytest.fixture
def pubsub(tmp_path: Path) -> Iterator[httpx.Client]:
    """The emulator, running, by its REST interface."""
    [jar] = EMULATORS.glob("cloud-pubsub-emulator-*.jar")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    flags = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    command = [shutil.which("java") or "", *flags, "-jar", str(jar), "--host=127.0.0.1", f"--port={port}"]
    with (
        (tmp_path / "emulator.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
    ):
        try:
            wait_until_ready(client, process)
            yield client
        finally:
            os.kill(process.pid, signal.SIGTERM)


def wait_until_ready(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    """Ask until it answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.get("/v1/projects/test-project/topics").raise_for_status()
        except httpx.TransportError:
            continue
        return
    pytest.fail("the Pub/Sub emulator did not start")


def pulled(client: httpx.Client, count: int) -> list[dict[str, Any]]:
    """So many messages, as soon as they are there."""
    messages: list[dict[str, Any]] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(messages) < count and time.monotonic() < deadline:
        answer = client.post(f"/v1/{SUBSCRIPTION}:pull", json={"maxMessages": 10}).json()
        received = answer.get("receivedMessages", [])
        messages += [each["message"] for each in received]
        if received:
            ids = [each["ackId"] for each in received]
            client.post(f"/v1/{SUBSCRIPTION}:acknowledge", json={"ackIds": ids})
    return messages


def test_an_upload_becomes_a_message(pubsub: httpx.Client, tmp_path: Path) -> None:
    """Configured by the official client, with its payload, and only below the prefix."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    publish = PubsubPublisher(str(pubsub.base_url).removeprefix("http://"))
    with (
        LocalObjectStore(tmp_path / "store", publish=publish) as store,
        storage.Client(
            project="test-project",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": store.base_url},
        ) as client,
    ):
        pubsub.put(f"/v1/{TOPIC}", json={}).raise_for_status()
        pubsub.put(f"/v1/{SUBSCRIPTION}", json={"topic": TOPIC}).raise_for_status()
        bucket = client.create_bucket("clinical")
        bucket.notification("arrivals", payload_format="JSON_API_V1", blob_name_prefix="intake/").create()
        configured = [each.topic_name for each in bucket.list_notifications()]
        for name in ("other", "intake/1.dcm", "intake/2.dcm"):
            bucket.blob(name).upload_from_string(b"content")
        found = pulled(pubsub, 2)
    resources = [json.loads(base64.b64decode(each["data"])) for each in found]

    assert configured == ["arrivals"]
    assert [each["attributes"]["eventType"] for each in found] == ["OBJECT_FINALIZE"] * 2
    assert sorted(each["attributes"]["objectId"] for each in found) == ["intake/1.dcm", "intake/2.dcm"]
    assert sorted(each["name"] for each in resources) == ["intake/1.dcm", "intake/2.dcm"]
