"""The local object store in a process of its own: its memory, and what survives the process."""

import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
MEBIBYTE = 1 << 20
OBJECT_MEBIBYTES = 600
GROWTH_LIMIT = 64 * MEBIBYTE


class Served(NamedTuple):
    """A store that runs, and a connection to it."""

    process: "subprocess.Popen[str]"
    connection: http.client.HTTPConnection

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        self.connection.request(method, path, body, {"Content-Length": str(_length(body))})
        response = self.connection.getresponse()
        return response.status, response.read()

    def peak_memory(self) -> int:
        """The most memory that was ever resident, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) * 1024


def _length(body: object) -> int:
    if body is None:
        return 0
    return len(body) if isinstance(body, bytes) else OBJECT_MEBIBYTES * MEBIBYTE


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A store in a process of its own, which is killed at the end if it still runs."""
    command = [sys.executable, "-m", "shared.local.object_store", "--folder", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            host = process.stdout.readline().strip().removeprefix("base_url=http://")
            connection = http.client.HTTPConnection(host, timeout=30)
            yield Served(process, connection)
            connection.close()
        finally:
            process.kill()


def large_content() -> Iterator[bytes]:
    """600 MiB, each of another content."""
    for number in range(OBJECT_MEBIBYTES):
        yield number.to_bytes(4, "big") * (MEBIBYTE // 4)


def test_a_large_object_needs_little_memory(tmp_path: Path) -> None:
    """600 MiB go in and come out under 64 MiB of growth, unchanged."""
    digest = hashlib.blake2b()
    with served(tmp_path) as store:
        store.request("POST", "/storage/v1/b", b'{"name": "clinical"}')
        store.request("POST", "/upload/storage/v1/b/clinical/o?uploadType=media&name=small", b"1")
        before = store.peak_memory()
        path = "/upload/storage/v1/b/clinical/o?uploadType=media&name=large"
        status, _ = store.request("POST", path, large_content())
        store.connection.request("GET", "/storage/v1/b/clinical/o/large?alt=media")
        response = store.connection.getresponse()
        while data := response.read(MEBIBYTE):
            digest.update(data)
        growth = store.peak_memory() - before
    expected = hashlib.blake2b()
    for data in large_content():
        expected.update(data)

    assert status == 200
    assert digest.digest() == expected.digest()
    assert growth < GROWTH_LIMIT


def test_objects_and_uploads_survive_a_kill(tmp_path: Path) -> None:
    """Content, metadata, configurations, and half an upload, which goes on where it was."""
    metadata = b'{"name": "kept", "metadata": {"k": "v"}}'
    begin = "/upload/storage/v1/b/clinical/o?uploadType=resumable&name=half"
    with served(tmp_path) as store:
        store.request("POST", "/storage/v1/b", b'{"name": "clinical", "versioning": {"enabled": true}}')
        store.request("POST", "/upload/storage/v1/b/clinical/o?uploadType=media&name=kept", b"content")
        store.request("PATCH", "/storage/v1/b/clinical/o/kept", metadata)
        store.connection.request("POST", begin, b"", {"Content-Length": "0"})
        response = store.connection.getresponse()
        response.read()
        upload = response.headers["Location"].split("/", 3)[3]
        store.connection.request("PUT", f"/{upload}", b"first ", {"Content-Range": "bytes 0-5/*"})
        store.connection.getresponse().read()
        os.kill(store.process.pid, signal.SIGKILL)
        store.process.wait()
    with served(tmp_path) as store:
        _, content = store.request("GET", "/storage/v1/b/clinical/o/kept?alt=media")
        _, resource = store.request("GET", "/storage/v1/b/clinical/o/kept")
        store.connection.request("PUT", f"/{upload}", b"second", {"Content-Range": "bytes 6-11/12"})
        status = store.connection.getresponse()
        finished = json.loads(status.read())
        _, joined = store.request("GET", "/storage/v1/b/clinical/o/half?alt=media")

    assert content == b"content"
    assert json.loads(resource)["metadata"] == {"k": "v"}
    assert (finished["size"], joined) == ("12", b"first second")


def test_it_ends_by_a_signal(tmp_path: Path) -> None:
    """A SIGTERM ends it in an orderly way, though a client is still connected."""
    with served(tmp_path) as store:
        store.request("GET", "/")
        store.process.terminate()
        code = store.process.wait(timeout=20)

    assert code == 0
