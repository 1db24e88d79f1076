"""Multipart uploads and bodies of JSON."""

import pytest

from tests.unit.shared.local.object_store.conftest import Api

CONTENTS = [
    b"",
    b"\n",
    b"\r\n",
    b"--",
    b"\r\n--part",
    b"\n--cut\n",
    b"x" * 262_143 + b"\r\n--cu",
    bytes(range(256)) * 2000,
]


def multipart(content: bytes, line: bytes, resource: bytes = b'{"name": "a"}', end: bytes = b"--") -> bytes:
    """The body of a multipart upload."""
    head = [
        b"--cut.",
        b"Content-Type: application/json",
        b"",
        resource,
        b"--cut.",
        b"Content-Type: text/plain",
        b"",
    ]
    return line.join([*head, content, b"--cut." + end, b""])


def post(
    api: Api, body: bytes, content_type: str = "multipart/related; boundary=cut."
) -> tuple[int, dict[str, str]]:
    """Upload it; the status and the answer."""
    url = "/upload/storage/v1/b/clinical/o?uploadType=multipart"
    answer = api.http.post(url, content=body, headers={"Content-Type": content_type})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("line", [b"\r\n", b"\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("content", CONTENTS, ids=range(len(CONTENTS)))
def test_content_is_what_stands_between_the_boundaries(api: Api, content: bytes, line: bytes) -> None:
    """To the byte, with either line end, and wherever chunks end."""
    status, resource = post(api, multipart(content, line))

    assert (status, resource["contentType"]) == (200, "text/plain")
    assert api.get("/o/a", alt="media").content == content


@pytest.mark.parametrize("quoted", ['"cut."', "'cut.'"])
def test_a_boundary_may_be_quoted(api: Api, quoted: str) -> None:
    """As HTTP does it, and as gcloud does."""
    status, _ = post(api, multipart(b"1", b"\n"), f"multipart/related; boundary={quoted}")

    assert status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"something",
        multipart(b"1", b"\r\n", end=b"")[:-12],
        multipart(b"1", b"\r\n", resource=b"[]"),
        multipart(b"1", b"\r\n", resource=b"{}"),
        multipart(b"1", b"\r\n", resource=b'{"name": "a", "md5Hash": "1B2M2Y8AsgTpgAmY7PhCfg=="}'),
        b'--cut.\r\n\r\n{"name": "a"}',
    ],
)
def test_a_malformed_upload_is_refused(api: Api, body: bytes) -> None:
    """Nothing is stored of what is cut off, wrong or nameless."""
    status, _ = post(api, body)

    assert (status, api.names()) == (400, [])


def test_a_boundary_is_needed(api: Api) -> None:
    """Without one there are no parts."""
    status, _ = post(api, multipart(b"1", b"\n"), "multipart/related")

    assert status == 400


def test_json_that_is_none_is_refused(api: Api) -> None:
    """It is not taken for an empty object."""
    answers = [api.http.post("/storage/v1/b", content=body) for body in (b"{", b"[]", b"\xff")]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


def test_a_chunked_body_is_taken(api: Api) -> None:
    """A client need not know how long it is."""
    url = "/upload/storage/v1/b/clinical/o?uploadType=media&name=a"
    answer = api.http.post(url, content=iter([b"one ", b"two"]))

    assert (answer.json()["size"], api.get("/o/a", alt="media").content) == ("7", b"one two")
