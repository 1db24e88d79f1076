"""Batch requests: several requests without media in one body.

See "Batch requests" in the documentation of Cloud Storage. Line ends are CRLF or LF.
"""

import io
import secrets
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Request, Response

from shared.local.object_store.bodies import boundary_of, stream_of
from shared.local.object_store.refusals import invalid

LIMIT = 1000
_BODY_LIMIT = 10 << 20


def answered(request: Request, answer: Callable[[Request], Response]) -> Response:
    """Answer each request of a batch by itself, whatever becomes of the others.

    Raises:
        Refused: 400, the body is no batch, or has more than 1000 requests.
    """
    parts = list(_parts(request))
    if not 0 < len(parts) <= LIMIT:
        raise invalid(f"A batch has between 1 and {LIMIT} requests.")
    boundary = f"batch_{secrets.token_hex(16)}"
    body = b"".join(_answer_part(request, part, answer, boundary) for part in parts)
    return Response(body + f"--{boundary}--\r\n".encode(), mimetype=f"multipart/mixed; boundary={boundary}")


def _answer_part(
    request: Request, part: bytes, answer: Callable[[Request], Response], boundary: str
) -> bytes:
    headers, _, inner = part.partition(b"\n\n")
    response = answer(Request(_environ(request, inner)))
    status = f"HTTP/1.1 {response.status_code} {HTTPStatus(response.status_code).phrase}"
    content_id = _header_values(headers).get("content-id")
    lines = [
        f"--{boundary}",
        "Content-Type: application/http",
        *([f"Content-ID: {_response_id(content_id)}"] if content_id else []),
        "",
        status,
        *(f"{name}: {value}" for name, value in response.headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + response.get_data() + b"\r\n"


def _parts(request: Request) -> Iterator[bytes]:
    boundary = boundary_of(request)
    body = stream_of(request).read(_BODY_LIMIT + 1)
    if len(body) > _BODY_LIMIT:
        raise invalid("Failed to parse the batch request.")
    for part in (b"\n" + body.replace(b"\r\n", b"\n")).split(b"\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        yield part.lstrip(b"\n")


def _environ(request: Request, inner: bytes) -> dict[str, Any]:
    """The WSGI environment of an inner request."""
    head, _, body = inner.partition(b"\n\n")
    first, _, headers = head.partition(b"\n")
    words = first.decode("latin-1").split(" ")
    if len(words) < 2:
        raise invalid("Failed to parse a request of the batch.")
    body = body.rstrip(b"\n")
    own = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in _header_values(headers).items()}
    common = {name: value for name, value in request.environ.items() if not name.startswith("HTTP_")}
    return {
        **common,
        **own,
        "HTTP_HOST": request.host,
        "REQUEST_METHOD": words[0],
        "RAW_URI": words[1],
        "QUERY_STRING": words[1].partition("?")[2],
        "CONTENT_TYPE": own.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }


def _header_values(lines: bytes) -> dict[str, str]:
    pairs = (line.decode("latin-1").partition(":") for line in lines.splitlines() if b":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _response_id(content_id: str) -> str:
    return f"<response-{content_id.strip('<>')}>"
