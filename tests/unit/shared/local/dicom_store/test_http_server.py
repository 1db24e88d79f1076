"""Connections: they stay open, and end with the server."""

import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.local.dicom_store import study_views
from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import AS_STORED, STORE, Published, instance, instance_path, multipart, stow

PATH = f"/v1/{STORE}/dicomWeb"


@pytest.fixture
def connection(server: LocalDicomStore) -> Iterator[http.client.HTTPConnection]:
    """A plain connection."""
    opened = http.client.HTTPConnection(server.base_url.split("/")[2], timeout=30)
    yield opened
    opened.close()


def head(*fields: str) -> bytes:
    """The head of a request that stores one instance."""
    lines = (f"POST {PATH}/studies HTTP/1.1", "Host: x", "Content-Type: application/dicom", *fields)
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    """Behind answers of every kind, and behind errors, the next request is found."""
    body = multipart([instance()])
    headers = {"Content-Type": "multipart/related; boundary=cut"}
    sockets, statuses = set[int](), list[int]()
    requests = [
        ("GET", "/studies", None),
        ("POST", "/studies", body),
        ("GET", f"/{instance_path()}/metadata", None),
        ("HEAD", "/studies", None),
        ("GET", "/studies?limit=x", None),
        ("PUT", "/studies", body),
        ("POST", "/nowhere", body),
        ("GET", "/studies", None),
    ]
    for method, path, content in requests:
        connection.request(method, PATH + path, content, headers)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        sockets.add(id(connection.sock))

    assert statuses == [204, 200, 200, 200, 400, 405, 404, 200]
    assert len(sockets) == 1


def test_small_answers_do_not_wait(server: LocalDicomStore) -> None:
    """The server's sockets send at once (TCP_NODELAY)."""
    with socket.create_connection(("127.0.0.1", int(server.base_url.split(":")[2].split("/")[0]))) as client:
        client.sendall(b"GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(1)
        (accepted,) = server._started.server._connections

        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_an_old_client_gets_no_chunks(connection: http.client.HTTPConnection, client: httpx.Client) -> None:
    """HTTP/1.0 knows none; the end of the connection is the end of the answer."""
    stow(client, instance())
    connection.connect()
    connection.sock.sendall(f"GET {PATH}/studies HTTP/1.0\r\n\r\n".encode())
    received = b""
    while piece := connection.sock.recv(4096):
        received += piece

    assert b"Transfer-Encoding" not in received
    assert received.partition(b"\r\n\r\n")[2].startswith(b"[{")


def test_a_client_that_waits_for_leave_gets_it(connection: http.client.HTTPConnection) -> None:
    """`Expect: 100-continue`, as curl sends it with large bodies."""
    connection.connect()
    connection.sock.sendall(head("Expect: 100-continue", f"Content-Length: {len(instance())}"))

    assert connection.sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sock.sendall(instance())
    assert connection.sock.recv(15) == b"HTTP/1.1 200 OK"


def test_a_body_that_breaks_off_stores_nothing(
    client: httpx.Client, connection: http.client.HTTPConnection, tmp_path: Path
) -> None:
    """A client that goes away in the middle leaves nothing behind, and the server serves others."""
    connection.connect()
    connection.sock.sendall(head("Content-Length: 9999") + instance())
    connection.sock.shutdown(socket.SHUT_WR)
    status = connection.sock.recv(12)

    assert status == b"HTTP/1.1 400"
    assert list((tmp_path / "store" / "spool").iterdir()) == []
    assert client.get("studies").status_code == 204


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nab"])
def test_broken_chunks_are_400(connection: http.client.HTTPConnection, chunk: bytes) -> None:
    """And end the connection, where nothing can be found behind them."""
    connection.connect()
    connection.sock.sendall(head("Transfer-Encoding: chunked") + chunk)
    connection.sock.shutdown(socket.SHUT_WR)
    received = b""
    while piece := connection.sock.recv(4096):
        received += piece

    assert received.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "line", ["GET /studies?PatientName=Quarrington^Zebulon Otto HTTP/1.1", "Quarrington / HTTP/1.1"]
)
def test_what_is_no_http_is_not_echoed(connection: http.client.HTTPConnection, line: str) -> None:
    """A space that should have been encoded, or a method that is none, may come with a name."""
    connection.connect()
    connection.sock.sendall(f"{line}\r\nHost: x\r\n\r\n".encode())
    connection.sock.shutdown(socket.SHUT_WR)
    received = b""
    while piece := connection.sock.recv(4096):
        received += piece

    assert b'"code":4' in received.replace(b" ", b"")
    assert b"Quarrington" not in received


def test_a_failure_tells_no_patient(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """An error of our own is a 500 without its text, and a log of places alone."""
    name = "Quarrington"

    def fail(*_: object) -> None:
        raise RuntimeError(name)

    monkeypatch.setattr(study_views, "parse_query", fail)
    answer = client.get("studies", params={"PatientName": name})
    logged = capfd.readouterr()

    assert (answer.status_code, answer.json()["error"]["message"]) == (500, "internal error")
    assert "RuntimeError" in logged.err
    assert name not in answer.text + logged.err + logged.out


def test_an_answer_that_breaks_off_is_seen_as_broken(client: httpx.Client, tmp_path: Path) -> None:
    """A file that is gone in the middle of a study must not look like the end of it."""
    stow(client, instance(1), instance(2))
    first, last = sorted(
        (tmp_path / "store" / "instances").iterdir(), key=lambda path: path.stat().st_mtime_ns
    )
    last.unlink()

    with pytest.raises(httpx.RemoteProtocolError):
        client.get(
            "studies/1.3.6.1.4.1.99999.1", headers={"Accept": 'multipart/related; type="application/dicom"'}
        )
    assert first.exists()


def test_idle_connections_do_not_hold_up_the_end(server: LocalDicomStore, client: httpx.Client) -> None:
    """The server ends at once, and serves again on the same port after a start."""
    address = server.base_url
    client.get("studies")
    ending = threading.Thread(target=server.stop)
    ending.start()
    ending.join(10)

    assert not ending.is_alive()
    server.start()
    assert server.base_url == address


def test_a_request_under_way_is_finished(server: LocalDicomStore, client: httpx.Client) -> None:
    """The end waits for it."""
    client.post(client.base_url.join("/_faults"), json={"fault": "slow", "seconds": 600})
    statuses: list[int] = []
    asking = threading.Thread(target=lambda: statuses.append(stow(client, instance()).status_code))
    asking.start()
    asking.join(0.2)
    server.stop()
    asking.join(30)

    assert statuses == [200]


def test_a_file_that_is_gone_is_404(client: httpx.Client, tmp_path: Path) -> None:
    """Whoever reads what is being deleted learns that it is not there."""
    stow(client, instance())
    next((tmp_path / "store" / "instances").iterdir()).unlink()

    assert client.get(f"{instance_path()}/frames/1").status_code == 404


@pytest.mark.parametrize(
    ("changes", "expected"),
    [([{}] * 6, [200] * 6), ([{"PatientID": str(number)} for number in range(6)], [200] + [409] * 5)],
)
def test_of_several_at_once_one_is_first(
    server: LocalDicomStore, client: httpx.Client, published: Published, changes: Any, expected: list[int]
) -> None:
    """The same bytes are stored once and told once; of different ones under the same UIDs one is taken."""
    contents = [instance(**each) for each in changes]
    start = threading.Barrier(len(contents))

    def store(content: bytes) -> int:
        start.wait(30)
        return stow(client, content).status_code

    with ThreadPoolExecutor(len(contents)) as threads:
        statuses = sorted(threads.map(store, contents))

    assert statuses == expected
    assert server.wait_until_published(30)
    assert len(published.messages) == 2
    assert len(client.get("instances").json()) == 1


def test_readers_and_writers_share_the_store(client: httpx.Client) -> None:
    """Several clients store and read at once; nothing is lost, nothing is mixed up."""
    failed: list[object] = []

    def work(first: int) -> None:
        for number in range(first, first + 5):
            content = instance(number)
            if stow(client, content).status_code != 200:
                failed.append(number)
            if client.get(instance_path(number), headers=AS_STORED).content != content:
                failed.append(number)

    threads = [threading.Thread(target=work, args=(first,)) for first in (10, 20, 30, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failed == []
    assert len(client.get("instances").json()) == 20
