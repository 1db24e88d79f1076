"""Bodies of requests: streams, JSON, and the two parts of a multipart upload.

See RFC 2387 (multipart/related). Line ends are CRLF, or LF as some clients write them.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import msgspec
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request

from shared.local.object_store.refusals import Refused, invalid

CHUNK_BYTES = 1 << 18
_JSON_LIMIT = 10 << 20
_LINE_LIMIT = 1 << 16
# gcloud writes the boundary in single quotes, which are no quotes in HTTP.
_BOUNDARY = re.compile(r"""boundary=(?P<quote>["']?)(?P<boundary>[^"';,]+)(?P=quote)""")


class Upload(NamedTuple):
    """The object resource that a client sends, and the content, of which nothing is read yet."""

    resource: dict[str, Any]
    content_type: str | None
    chunks: Iterator[bytes]


def stream_of(request: Request) -> io.BufferedIOBase:
    """The body as a buffered stream, which ends where the body ends."""
    # A stream of ours, which is raw as `io` understands it, whatever its type says.
    stream = io.BufferedReader(cast("io.RawIOBase", request.stream), CHUNK_BYTES)
    # It closes what it wraps when it is collected, and the server has yet to read the rest of the body.
    request.environ["airlock.body"] = stream
    return stream


def chunks_of(request: Request) -> Iterator[bytes]:
    """The body in chunks, each as soon as it is there.

    Raises:
        ClientDisconnected: the client is gone before the end.
    """
    while data := request.stream.read(CHUNK_BYTES):
        yield data


def json_of(request: Request) -> dict[str, Any]:
    """The object of JSON in the body; an empty body is an empty object.

    Raises:
        Refused: 400, it is something else.
    """
    return parsed(stream_of(request).read(_JSON_LIMIT + 1))


def parsed(data: bytes) -> dict[str, Any]:
    """An object of JSON.

    Raises:
        Refused: 400, it is something else.
    """
    if not data.strip():
        return {}
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(400, "parseError", "Parse Error") from None


def boundary_of(request: Request) -> bytes:
    """The boundary of a multipart body.

    Raises:
        Refused: 400, there is none.
    """
    match = _BOUNDARY.search(request.headers.get("Content-Type", ""))
    if match is None:
        raise invalid("Multipart body without a boundary.")
    return match["boundary"].encode()


def multipart_of(request: Request) -> Upload:
    """The two parts of a multipart upload.

    Raises:
        Refused: 400, the body is something else.
    """
    stream = stream_of(request)
    delimiter = b"--" + boundary_of(request)
    first = _line(stream)
    if first.rstrip(b"\r\n") != delimiter:
        raise invalid("Malformed multipart body.")
    line_end = b"\r\n" if first.endswith(b"\r\n") else b"\n"
    _headers(stream)
    resource = parsed(b"".join(_lines_until(stream, delimiter)))
    content_type = _headers(stream).get("content-type")
    return Upload(resource, content_type, _until(stream, line_end + delimiter))


def _line(stream: io.BufferedIOBase) -> bytes:
    line = stream.readline(_LINE_LIMIT)
    if not line:
        raise invalid("Malformed multipart body.")
    return line


def _headers(stream: io.BufferedIOBase) -> dict[str, str]:
    headers: dict[str, str] = {}
    while line := _line(stream).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers


def _lines_until(stream: io.BufferedIOBase, delimiter: bytes) -> Iterator[bytes]:
    size = 0
    while (line := _line(stream)).rstrip(b"\r\n") != delimiter:
        size += len(line)
        if size > _JSON_LIMIT:
            raise invalid("The object resource is too large.")
        yield line


def _until(stream: io.BufferedIOBase, delimiter: bytes) -> Iterator[bytes]:
    """Yield what stands before the delimiter, which may fall on the border of two chunks."""
    kept = b""
    while data := stream.read(CHUNK_BYTES):
        kept += data
        end = kept.find(delimiter)
        if end >= 0:
            yield kept[:end]
            return
        sure = max(0, len(kept) - len(delimiter))
        yield kept[:sure]
        kept = kept[sure:]
    raise ClientDisconnected
