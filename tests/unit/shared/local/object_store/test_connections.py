"""Connections: kept alive, drained, and nobody's but their own."""

import http.client
import socket
from contextlib import suppress

from shared.local.object_store.server import LocalObjectStore
from tests.unit.shared.local.object_store.conftest import PATIENCE_SECONDS, Api


def host_of(store: LocalObjectStore) -> tuple[str, int]:
    """Where the store listens."""
    host, _, port = store.base_url.removeprefix("http://").partition(":")
    return host, int(port)


def connected(store: LocalObjectStore) -> http.client.HTTPConnection:
    """A connection of HTTP, without a pool."""
    connection = http.client.HTTPConnection(*host_of(store), timeout=PATIENCE_SECONDS)
    connection.connect()
    return connection


def test_it_listens_on_the_loopback_address_alone(store: LocalObjectStore) -> None:
    """Nobody else on the network reaches it."""
    assert host_of(store)[0] == "127.0.0.1"
    assert store._started._server.socket.getsockname()[0] == "127.0.0.1"


def test_a_connection_is_used_again(api: Api, store: LocalObjectStore) -> None:
    """After answers with and without bodies, errors included."""
    connection = connected(store)
    own = connection.sock.getsockname()
    statuses = []
    for method, path in [
        ("GET", "/storage/v1/b/clinical/o/missing"),
        ("DELETE", "/storage/v1/b/missing"),
        ("GET", "/storage/v1/b"),
        ("HEAD", "/storage/v1/b"),
        ("GET", "/"),
    ]:
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        statuses.append((response.status, connection.sock.getsockname() == own))
    connection.close()

    assert statuses == [(404, True), (404, True), (200, True), (200, True), (200, True)]


def test_a_refused_body_is_read_to_its_end(api: Api, store: LocalObjectStore) -> None:
    """A client that sends megabytes for nothing is told why, and can go on."""
    connection = connected(store)
    connection.request("POST", "/upload/storage/v1/b/missing/o?uploadType=media&name=a", bytes(8 << 20))
    refused = connection.getresponse()
    refused.read()
    connection.request("GET", "/storage/v1/b/clinical")
    status = connection.getresponse().status
    connection.close()

    assert (refused.status, status) == (404, 200)


def test_a_stalled_upload_blocks_nobody(api: Api, store: LocalObjectStore) -> None:
    """Others write the same object meanwhile; of a broken upload nothing is left."""
    with socket.create_connection(host_of(store)) as stalled:
        stalled.sendall(
            b"POST /upload/storage/v1/b/clinical/o?uploadType=media&name=a HTTP/1.1\r\n"
            b"Host: localhost\r\nContent-Length: 1000\r\n\r\nonly this"
        )
        resource = api.upload("a", b"meanwhile")
    found = api.get("/o/a").json()

    assert found == resource


def test_a_stalled_upload_does_not_keep_the_store_from_stopping(api: Api, store: LocalObjectStore) -> None:
    """Its connection ends, and with it the thread."""
    with socket.create_connection(host_of(store)) as stalled:
        stalled.settimeout(PATIENCE_SECONDS)
        stalled.sendall(b"POST /storage/v1/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        api.names()
        store.stop()
        # What the store has not read when it closes makes the end a reset.
        with suppress(ConnectionResetError):
            while stalled.recv(1000):
                pass
    store.start()

    assert api.names() == []


def test_packets_are_not_held_back(store: LocalObjectStore) -> None:
    """TCP_NODELAY: a small answer does not wait for the client's acknowledgement."""
    assert store._started._server.RequestHandlerClass.disable_nagle_algorithm is True  # type: ignore[attr-defined]
