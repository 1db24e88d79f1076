"""Resumable uploads, request by request."""

import base64
import hashlib
from typing import Any

import httpx
import pytest

from shared.local.object_store import uploads
from shared.local.object_store.server import LocalObjectStore
from tests.unit.shared.local.object_store.conftest import Api


def begin(api: Api, name: str = "a", **parameters: Any) -> str:
    """Begin an upload; its address."""
    query = {"uploadType": "resumable", "name": name, **parameters}
    answer = api.http.post("/upload/storage/v1/b/clinical/o", params=query, json={})
    assert answer.status_code == 200
    return answer.headers["Location"]


def send(api: Api, upload: str, span: str, content: bytes = b"", **headers: str) -> tuple[int, str | None]:
    """Send a chunk or a question; the status, and the range that has arrived."""
    answer = api.http.put(upload, content=content, headers={"Content-Range": f"bytes {span}", **headers})
    return answer.status_code, answer.headers.get("Range")


def content_of(api: Api, name: str = "a") -> bytes:
    """The content of an object."""
    return api.get(f"/o/{name}", alt="media").content


def test_an_upload_of_known_size(api: Api) -> None:
    """Each answer says how far it is; the last chunk makes the object."""
    upload = begin(api)
    answers = [
        send(api, upload, "*/6"),
        send(api, upload, "0-2/6", b"abc"),
        send(api, upload, "*/*"),
        send(api, upload, "3-5/6", b"def"),
    ]

    assert answers == [(308, None), (308, "bytes=0-2"), (308, "bytes=0-2"), (200, None)]
    assert content_of(api) == b"abcdef"


def test_an_upload_of_unknown_size(api: Api) -> None:
    """The size may come with the last chunk, or behind it."""
    first, second, third = begin(api, "1"), begin(api, "2"), begin(api, "3")
    answers = [
        send(api, first, "0-2/*", b"abc"),
        send(api, first, "3-3/4", b"d"),
        send(api, second, "0-2/*", b"abc"),
        send(api, second, "*/3"),
        send(api, third, "*/0"),
    ]

    assert [status for status, _ in answers] == [308, 200, 308, 200, 200]
    assert [content_of(api, name) for name in "123"] == [b"abcd", b"abc", b""]


def test_all_at_once(api: Api) -> None:
    """Without a range the body is the whole content."""
    answer = api.http.put(begin(api), content=b"everything")

    assert (answer.status_code, answer.json()["size"]) == (200, "10")


def test_what_has_arrived_may_come_once_more(api: Api) -> None:
    """A client that missed an answer begins again where it thinks it is."""
    upload = begin(api)
    send(api, upload, "0-2/6", b"abc")
    status, _ = send(api, upload, "1-5/6", b"bcdef")

    assert (status, content_of(api)) == (200, b"abcdef")


def test_after_the_end_the_object_is_answered_again(api: Api) -> None:
    """A client that missed the last answer asks, and there is no second generation."""
    upload = begin(api)
    done = api.http.put(upload, content=b"abc").json()
    asked = api.http.put(upload, headers={"Content-Range": "bytes */3"})
    repeated = api.http.put(upload, content=b"abc", headers={"Content-Range": "bytes 0-2/3"})

    assert asked.json() == repeated.json() == done
    assert api.get("/o/a").json()["generation"] == done["generation"]


@pytest.mark.parametrize(
    ("span", "content"),
    [("4-5/6", b"ef"), ("0-2/6", b"abcd"), ("0-3/6", b"abc"), ("3-2/6", b""), ("0-6/6", b""), ("x", b"")],
)
def test_a_wrong_range_is_refused(api: Api, span: str, content: bytes) -> None:
    """A gap, more or fewer bytes than it says, and what is no range; the upload can go on."""
    upload = begin(api)
    status, _ = send(api, upload, span, content)
    _, arrived = send(api, upload, "*/*")
    rest = b"abcdef"[0 if arrived is None else int(arrived.rpartition("-")[2]) + 1 :]
    finished, _ = send(api, upload, f"{6 - len(rest)}-5/6", rest)

    assert (status, finished, content_of(api)) == (400, 200, b"abcdef")


def test_a_wrong_checksum_at_the_end_stores_nothing(api: Api) -> None:
    """The client sends it with the last chunk; the upload is over."""
    upload = begin(api)
    status, _ = send(api, upload, "0-2/3", b"abc", **{"X-Goog-Hash": "crc32c=AAAAAA=="})
    later, _ = send(api, upload, "*/*")

    assert (status, later, api.get("/o/a").status_code) == (400, 404, 404)


def test_preconditions_hold_at_the_beginning_and_at_the_end(api: Api) -> None:
    """Somebody else may have been faster while the content was on its way."""
    upload = begin(api, ifGenerationMatch=0)
    api.upload("a", b"faster")
    status, _ = send(api, upload, "0-2/3", b"abc")
    query = {"uploadType": "resumable", "name": "a", "ifGenerationMatch": 0}
    early = api.http.post("/upload/storage/v1/b/clinical/o", params=query, json={})

    assert (status, early.status_code, content_of(api)) == (412, 412, b"faster")


def test_an_upload_is_cancelled(api: Api) -> None:
    """It is gone, also for who sends on; one that is not named is not."""
    upload = begin(api)
    send(api, upload, "0-2/6", b"abc")
    cancelled = api.http.delete(upload)
    later, _ = send(api, upload, "3-5/6", b"def")
    unnamed = api.http.delete("/upload/storage/v1/b/clinical/o?uploadType=resumable")

    assert (cancelled.status_code, later, unnamed.status_code) == (499, 404, 400)


def test_an_upload_goes_on_after_a_restart(api: Api, store: LocalObjectStore) -> None:
    """What had arrived is still there, and is part of the checksums."""
    upload = begin(api)
    send(api, upload, "0-2/6", b"abc")
    store.stop()
    store.start()
    arrived = send(api, upload, "*/6")
    with httpx.Client() as http:
        done = http.put(upload, content=b"def", headers={"Content-Range": "bytes 3-5/6"}).json()

    assert arrived == (308, "bytes=0-2")
    assert done["md5Hash"] == base64.b64encode(hashlib.md5(b"abcdef").digest()).decode()


def test_more_uploads_than_are_held_open(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was put aside is taken up again, with its checksums."""
    monkeypatch.setattr(uploads, "OPEN_LIMIT", 2)
    begun = [begin(api, str(number)) for number in range(4)]
    for upload in begun:
        send(api, upload, "0-2/6", b"abc")
    finished = [send(api, upload, "3-5/6", b"def")[0] for upload in begun]

    assert finished == [200] * 4
    assert [content_of(api, str(number)) for number in range(4)] == [b"abcdef"] * 4
