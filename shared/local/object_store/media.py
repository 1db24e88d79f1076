"""Downloads: ranges, headers and decompressive transcoding.

See RFC 9110 section 14, and "Transcoding of gzip-compressed files" in the documentation of Cloud Storage.
"""

import re
import zlib
from collections.abc import Iterator, Mapping

from werkzeug.wrappers import Request, Response

from shared.adapters.folder_streams import FolderReader
from shared.local.object_store.metadata import DEFAULT_CONTENT_TYPE
from shared.local.object_store.records import Generation
from shared.local.object_store.refusals import range_not_satisfiable
from shared.local.object_store.resources import STORAGE_CLASS, etag

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_CHUNK_BYTES = 1 << 20
_FIELD_HEADERS = {
    "cacheControl": "Cache-Control",
    "contentDisposition": "Content-Disposition",
    "contentLanguage": "Content-Language",
}


def media(request: Request, generation: Generation, reader: FolderReader) -> Response:
    """The content, or a part of it; the reader is closed when it is sent.

    Raises:
        Refused: 416, the range begins behind the end.
    """
    fields = generation.fields
    headers = media_headers(generation, fields)
    encoding = fields.get("contentEncoding")
    if encoding == "gzip" and "gzip" not in request.headers.get("Accept-Encoding", ""):
        headers["Warning"] = "214 UploadServer gunzipped"
        headers["X-Guploader-Response-Body-Transformations"] = "gunzipped"
        return _response(200, headers, gunzipped(reader.stream()), reader)
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    span = wanted_range(request.headers.get("Range"), reader.size)
    first, length = span or (0, reader.size)
    headers["Content-Length"] = str(length)
    if span is not None:
        headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{reader.size}"
    return _response(206 if span else 200, headers, reader.stream(first, length), reader)


def wanted_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the length of a range; None: everything, also where the header is no single range.

    Raises:
        Refused: 416, the range begins behind the end.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        length = min(int(match["last"]), size)
        first = size - length
    else:
        first = int(match["first"])
        last = min(int(match["last"] or size), size - 1)
        length = last - first + 1
    if first >= size or length <= 0:
        raise range_not_satisfiable(size)
    return first, length


def gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip, in chunks of at most 1 MiB however well it was compressed."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        rest = chunk
        while rest and not inflater.eof:
            yield inflater.decompress(rest, _CHUNK_BYTES)
            rest = inflater.unconsumed_tail
    yield inflater.flush()


def media_headers(generation: Generation, fields: Mapping[str, str]) -> dict[str, str]:
    """The headers that say which generation it is."""
    named = {header: fields[name] for name, header in _FIELD_HEADERS.items() if name in fields}
    return {
        "Content-Type": fields.get("contentType", DEFAULT_CONTENT_TYPE),
        "Accept-Ranges": "bytes",
        "ETag": etag(generation.etag),
        "X-Goog-Hash": generation.checksums.header,
        "X-Goog-Generation": str(generation.generation),
        "X-Goog-Metageneration": str(generation.metageneration),
        "X-Goog-Stored-Content-Length": str(generation.size),
        "X-Goog-Stored-Content-Encoding": fields.get("contentEncoding", "identity"),
        "X-Goog-Storage-Class": fields.get("storageClass", STORAGE_CLASS),
        **named,
    }


def _response(
    status: int, headers: dict[str, str], chunks: Iterator[bytes], reader: FolderReader
) -> Response:
    response = Response(chunks, status=status, headers=headers, direct_passthrough=True)
    response.call_on_close(lambda: reader.__exit__(None, None, None))
    return response
