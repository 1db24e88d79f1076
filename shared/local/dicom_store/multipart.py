"""Read and write multipart/related bodies part by part (RFC 2046 section 5.1, RFC 2387).

The parsers that are installed know multipart/form-data alone, which demands a Content-Disposition.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from shared.local.dicom_store.refusal import bad_request

CHUNK = 256 << 10
_MOST_HEADER_BYTES = 16 << 10
#: what may stand before the first part; senders write an empty line, or nothing
_MOST_PREAMBLE_BYTES = 4 << 10
#: RFC 2046 allows 70 characters; Orthanc sends 73
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,\-./:=? ]{0,199}[0-9A-Za-z'()+_,\-./:=?]")


class Part(NamedTuple):
    """A part: its header fields by lower-case name, and its content, which must be read before the next."""

    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class MultipartReader:
    """Yields the parts of a body; holds one chunk of it at a time.

    Raises:
        Refusal: 400, the body is not what its Content-Type says, or ends too early.
    """

    def __init__(self, read: Callable[[int], bytes], boundary: bytes) -> None:
        """Take a function that reads up to so many bytes, none at the end."""
        if _BOUNDARY.fullmatch(boundary) is None:
            raise bad_request("the boundary of a multipart body is missing or invalid")
        self._read = read
        self._delimiter = b"\r\n--" + boundary
        # A first boundary needs no line end before it; with one, all boundaries look alike.
        self._buffer = bytearray(b"\r\n")
        self._ended = False

    def __iter__(self) -> Iterator[Part]:
        if sum(map(len, self._until_delimiter())) > _MOST_PREAMBLE_BYTES:
            raise bad_request("the multipart body does not begin with its boundary")
        while not self._closes():
            chunks = self._until_delimiter()
            yield Part(self._headers(), chunks)
            for _ in chunks:
                pass

    def _fill(self) -> None:
        """Have more bytes, or refuse a body that ends here."""
        chunk = self._read(CHUNK)
        if not chunk:
            raise bad_request("the multipart body ends before its last boundary")
        self._buffer += chunk

    def _until_delimiter(self) -> Iterator[bytes]:
        """Yield what stands before the next delimiter, and take the delimiter away."""
        searched = 0
        while True:
            position = self._buffer.find(self._delimiter, searched)
            if position < 0:
                # The delimiter may have begun in the last bytes.
                safe = max(len(self._buffer) - len(self._delimiter) + 1, 0)
                searched = 0
                if safe:
                    yield self._take(safe)
                self._fill()
            elif self._is_delimiter(position + len(self._delimiter)):
                if position:
                    yield self._take(position)
                del self._buffer[: len(self._delimiter)]
                return
            else:
                searched = position + 1

    def _is_delimiter(self, end: int) -> bool:
        """Whether a line end or the closing mark follows; else the boundary is the start of a longer line."""
        while True:
            rest = bytes(self._buffer[end : end + _MOST_PREAMBLE_BYTES])
            padded = rest.lstrip(b" \t")
            if rest[:2] == b"--" or padded[:2] == b"\r\n":
                return True
            if rest[:1] not in {b"", b"-", b"\r", b" ", b"\t"} or len(padded) >= 2:
                return False
            if len(rest) == _MOST_PREAMBLE_BYTES or (rest[:1] == b"-" and len(rest) >= 2):
                return False
            self._fill()

    def _closes(self) -> bool:
        """Whether the delimiter that was taken away was the last one; else take its line's end away, too."""
        if self._buffer[:2] == b"--":
            while self._read(CHUNK):
                pass
            return True
        del self._buffer[: self._buffer.index(b"\r\n")]
        return False

    def _headers(self) -> dict[str, str]:
        # The delimiter's own line end stands before the first field, or before the empty line.
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MOST_HEADER_BYTES:
                raise bad_request("the header of a part is too long")
            self._fill()
        lines = self._take(end).decode("latin_1").split("\r\n")
        del self._buffer[:4]
        return dict(map(_field, filter(None, lines)))

    def _take(self, length: int) -> bytes:
        with memoryview(self._buffer) as view:
            taken = bytes(view[:length])
        del self._buffer[:length]
        return taken


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise bad_request("a part has a header field without a name")
    return name.strip().lower(), value.strip()


def multipart_body(parts: Iterable[tuple[str, Iterable[bytes]]], boundary: str) -> Iterator[bytes]:
    """Yield a body of parts, each given as its Content-Type and its content."""
    for content_type, chunks in parts:
        yield f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\n\r\n".encode()
        yield from chunks
    yield f"\r\n--{boundary}--\r\n".encode()
