"""Batch requests."""

import pytest

from tests.unit.shared.local.object_store.conftest import Api

PARTS = [
    "DELETE /storage/v1/b/clinical/o/a HTTP/1.1\n\n",
    "DELETE /storage/v1/b/clinical/o/missing HTTP/1.1\n\n",
    'PATCH /storage/v1/b/clinical/o/b?alt=json HTTP/1.1\n\n{"metadata": {"k": "v"}}',
]


def batched(parts: list[str], line: str) -> bytes:
    """The body of a batch."""
    heads = ["Content-Type: application/http\nContent-ID: <{}>\n\n"] * len(parts)
    body = "".join(
        f"--cut\n{head.format(n)}{part}\n" for n, (head, part) in enumerate(zip(heads, parts, strict=True))
    )
    return f"{body}--cut--\n".replace("\n", line).encode()


@pytest.mark.parametrize("line", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_each_request_is_answered_by_itself(api: Api, line: str) -> None:
    """In their order, with their ids; one that fails does not keep the others."""
    api.upload("a")
    api.upload("b")
    headers = {"Content-Type": "multipart/mixed; boundary=cut"}
    answer = api.http.post("/batch/storage/v1", content=batched(PARTS, line), headers=headers)
    lines = answer.text.splitlines()

    assert [each for each in lines if each.startswith("HTTP/1.1")] == [
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 404 Not Found",
        "HTTP/1.1 200 OK",
    ]
    assert [each for each in lines if each.startswith("Content-ID")] == [
        f"Content-ID: <response-{number}>" for number in range(3)
    ]
    assert api.get("/o/b").json()["metadata"] == {"k": "v"}


@pytest.mark.parametrize("body", [b"", b"--cut--\n", b"--cut\nContent-Type: application/http\n\n\n--cut--\n"])
def test_what_is_no_batch_is_refused(api: Api, body: bytes) -> None:
    """An empty one, and one with an empty request."""
    answer = api.http.post("/batch", content=body, headers={"Content-Type": "multipart/mixed; boundary=cut"})

    assert answer.status_code == 400
