"""The store on its own."""

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import httpx
import pytest

from shared.local.dicom_store.__main__ import main
from tests.broker import broker
from tests.dicomweb import AS_STORED, STORE, TOPIC, instance, instance_path, stow

ROOT = Path(__file__).parents[5]


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    """The process and a client of its store."""
    command = [
        sys.executable,
        "-m",
        "shared.local.dicom_store",
        "--folder",
        str(folder),
        "--store",
        STORE,
        *options,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            url = lines[1].strip().removeprefix("dicomweb_url=")
            with httpx.Client(base_url=f"{url}/", timeout=30, trust_env=False) as client:
                yield process, client
        finally:
            process.kill()


def test_it_prints_its_addresses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The API's, and that of each store, one `name=value` a line."""
    end = threading.Event()
    end.set()
    code = main(["--folder", str(tmp_path), "--store", STORE, "--topic", TOPIC], end=end)
    (_, base_url), (name, url) = (line.split("=", 1) for line in capsys.readouterr().out.splitlines())

    assert (code, name, url) == (0, "dicomweb_url", f"{base_url}/{STORE}/dicomWeb")


def test_content_survives_a_kill(tmp_path: Path) -> None:
    """What was answered with 200 is there after the process was killed."""
    with running(tmp_path) as (process, client):
        status = stow(client, instance()).status_code
        process.kill()
        process.wait(30)
    with running(tmp_path) as (_, client):
        found = client.get(instance_path(), headers=AS_STORED).content

    assert (status, found) == (200, instance())


def test_notifications_survive_a_kill(tmp_path: Path) -> None:
    """What could not be published before the process was killed is published by the next one."""
    with running(tmp_path, "--topic", TOPIC, "--pubsub-host", "127.0.0.1:1") as (process, client):
        status = stow(client, instance()).status_code
        process.kill()
        process.wait(30)
    received: Queue[tuple[str, bytes]] = Queue()
    with broker("200 OK", received) as host, running(tmp_path, "--pubsub-host", host):
        path, body = received.get(timeout=30)
    (message,) = json.loads(body)["messages"]

    assert (status, path) == (200, f"/v1/{TOPIC}:publish")
    assert base64.b64decode(message["data"]).decode() == f"{STORE}/dicomWeb/{instance_path()}"
    assert message["attributes"]["action"] == "StoreInstances"


def test_it_ends_by_a_signal(tmp_path: Path) -> None:
    """A SIGTERM ends it in an orderly way, though a connection is open."""
    with running(tmp_path) as (process, client):
        client.get("studies")
        process.terminate()
        code = process.wait(30)

    assert code == 0


def test_a_broken_name_is_told_at_the_start(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is served then."""
    with pytest.raises(SystemExit):
        main(["--folder", str(tmp_path), "--store", "inbox"], end=threading.Event())

    assert "--store" in capsys.readouterr().err
