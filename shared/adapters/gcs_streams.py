"""The bytes of an object in Cloud Storage: a reader of one generation, and a writer of the next."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import google_crc32c
import msgspec

from shared.adapters.google_http import GoogleSession
from shared.adapters.remote_reader import RemoteReader, content_of
from shared.adapters.streaming import require_checksum, streamed
from shared.errors import (
    AirlockError,
    ConfigurationError,
    PreconditionFailed,
    StorageError,
    StorageUnavailable,
)
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobStat

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

# A gap so long is cheaper read than skipped with another request.
_SKIP_BYTES = 1 << 20
#: a larger object is uploaded in parts of this size, a multiple of 256 KiB as Cloud Storage demands
PART_BYTES = 8 << 20
_RANGE_NOT_SATISFIABLE, _RESUME = 416, 308
#: what a resumable upload is answered that there is no more; it has to be begun anew
_FORGOTTEN = (404, 410)


class GcsReader(RemoteReader):
    """One generation, read from its beginning with as few requests as possible.

    The first request fetches the front; what lies behind it streams from one more, as long as reading goes
    forward. Only a step back, or a wide one forward, opens another.

    Args:
        session: sends the requests.
        url: of the object.
        ref: the generation.
        front_bytes: what is fetched at once.

    Raises:
        ObjectNotFound: the generation is gone.
    """

    def __init__(self, session: GoogleSession, url: str, ref: BlobRef, *, front_bytes: int) -> None:
        self._session = session
        self._url = url
        self._generation = ref.generation
        response = self._get(f"0-{front_bytes - 1}")
        is_empty = response.status == _RANGE_NOT_SATISFIABLE
        content = content_of(response)
        front = b"" if is_empty else content
        super().__init__(front, widest_skip=_SKIP_BYTES)
        self._size = 0 if is_empty else _size_of(response.headers, len(front))
        self._crc32c = "00000000" if is_empty else _crc32c_of(response.headers)
        if len(front) == self._size:
            require_checksum(google_crc32c.value(front), self._crc32c)

    @property
    def crc32c(self) -> str:
        """CRC-32C of all of it, as eight hexadecimal digits."""
        return self._crc32c

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self._size

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `offset` (`length` of them, or all) in chunks of at most 1 MiB.

        Raises:
            StorageUnavailable: all of the object was read, and its bytes are not those of its checksum.
        """
        return streamed(self, offset, length, self._crc32c)

    def _reopen(self, offset: int) -> tuple["BaseHTTPResponse", int]:
        return self._get(f"{offset}-"), offset

    def _get(self, byte_range: str) -> "BaseHTTPResponse":
        # An object that is stored with gzip is fetched as it is stored: its checksum is of that.
        return self._session.open(
            "GET",
            self._url,
            query={"alt": "media", "generation": self._generation},
            headers={"Range": f"bytes={byte_range}", "Accept-Encoding": "gzip"},
            accepted=(_RANGE_NOT_SATISFIABLE,),
        )


def _size_of(headers: Mapping[str, str], received: int) -> int:
    """The whole size, from `Content-Range: bytes 0-9/100`; without one, what was received is all."""
    total = headers.get("Content-Range", "").rpartition("/")[2]
    return int(total) if total.isdigit() else received


def _crc32c_of(headers: Mapping[str, str]) -> str:
    """The checksum from `X-Goog-Hash: crc32c=…,md5=…`, which is of the whole object."""
    hashes = headers.get("X-Goog-Hash", "").replace(" ", "").split(",")
    checksum = next((each[7:] for each in hashes if each.startswith("crc32c=")), None)
    if checksum is None:
        raise StorageError(problem="the answer has no checksum")
    # big endian, in base64
    return msgspec.convert(checksum, bytes).hex()


class GcsWriter:
    """An object being written: in one request where it is small, else in parts of a resumable upload.

    Args:
        session: sends the requests.
        url: of uploads to the bucket.
        query: the preconditions.
        name: of the object.
        finalised: reads the resource of the object that the last request answers with.
    """

    def __init__(
        self,
        session: GoogleSession,
        url: str,
        query: Mapping[str, str | int],
        name: str,
        finalised: Callable[[bytes], BlobStat],
    ) -> None:
        self._session = session
        self._url = url
        self._query = query
        self._name = name
        self._finalised = finalised
        # Made once: growing and shrinking with each part would cost more than sending it.
        self._part = bytearray(PART_BYTES)
        self._filled = 0
        self._upload: str | None = None
        self._sent = 0
        self._checksum = google_crc32c.Checksum()
        self._refused: AirlockError | None = None
        self._stat: BlobStat | None = None

    @property
    def size(self) -> int:
        """How many bytes were written."""
        return self._sent + self._filled

    @property
    def crc32c(self) -> str:
        """The checksum of what was written."""
        return str(self._checksum.digest().hex())

    def write(self, data: bytes | memoryview) -> int:
        """Append `data`; return its length in bytes.

        Raises:
            StorageUnavailable: the connection failed.
        """
        self._checksum.update(bytes(data))
        left = memoryview(data)
        while left:
            if self._filled == PART_BYTES:
                self._offer_part()
            taken = left[: PART_BYTES - self._filled]
            self._part[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            left = left[len(taken) :]
        return len(data)

    @property
    def stat(self) -> BlobStat:
        """What was finalised; only after the context has ended."""
        if self._stat is None:
            raise StorageError(problem="the object is not finalised")
        return self._stat

    def finalise(self, stat: BlobStat | None = None) -> None:
        """Send what is left, unless the object is there already as `stat` says.

        Raises:
            PreconditionFailed: the live generation is not the expected one.
            ConfigurationError: the identity may not write the object, or not overwrite it.
        """
        if stat is not None:
            self._stat = stat
        elif self._refused is not None:
            raise self._refused
        elif self._upload is None:
            self._stat = self._finalised(self._send_whole())
        else:
            self._stat = self._finalised(self._send_rest())

    def abandon(self) -> None:
        """Take back a resumable upload that has begun."""
        if self._upload is not None:
            with suppress(AirlockError):
                self._session.read("DELETE", self._upload, headers={"Content-Length": "0"}, accepted=(499,))

    def _offer_part(self) -> None:
        """Send a part, unless the object may be there already: then only its checksum is of interest."""
        if self._refused is None:
            try:
                self._send_part(f"{self._sent}-{self._sent + PART_BYTES - 1}/*", PART_BYTES)
            except (PreconditionFailed, ConfigurationError) as error:
                self._refused = error
            else:
                return
        self._drop(PART_BYTES)

    def _send_whole(self) -> bytes:
        boundary = secrets.token_hex(16)
        body = b"\r\n".join(
            (
                f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n".encode(),
                self._resource(crc32c=True),
                f"--{boundary}\r\nContent-Type: application/octet-stream\r\n".encode(),
                self._pending(self._filled),
                f"--{boundary}--\r\n".encode(),
            )
        )
        return self._session.read(
            "POST",
            self._url,
            query={"uploadType": "multipart", **self._query},
            headers={"Content-Type": f"multipart/related; boundary={boundary}"},
            body=body,
        )

    def _resource(self, *, crc32c: bool = False) -> bytes:
        checksum = {"crc32c": self._checksum.digest()} if crc32c else {}
        return msgspec.json.encode({"name": self._name, **checksum})

    def _begin(self) -> str:
        response = self._session.open(
            "POST",
            self._url,
            query={"uploadType": "resumable", **self._query},
            headers={"Content-Type": "application/json; charset=UTF-8"},
            body=self._resource(),
        )
        response.drain_conn()
        return str(response.headers["Location"])

    def _send_rest(self) -> bytes:
        """Send all that is pending, until Cloud Storage says that it has the object."""
        total = self.size
        while self._filled:
            answer = self._send_part(f"{self._sent}-{total - 1}/{total}", self._filled)
            if answer is not None:
                return answer
        raise StorageUnavailable(problem="the upload did not end")

    def _send_part(self, content_range: str, length: int) -> bytes | None:
        """Send the first `length` bytes that are pending; return the object's resource, None if it goes on.

        Cloud Storage may keep less than it was sent, and says how much; the rest stays pending.
        """
        self._upload = self._upload or self._begin()
        response = self._session.open(
            "PUT",
            self._upload,
            headers={"Content-Range": f"bytes {content_range}"},
            body=self._pending(length),
            accepted=(_RESUME, *_FORGOTTEN),
        )
        answer = content_of(response)
        if response.status in _FORGOTTEN:
            raise StorageUnavailable(problem="the upload is forgotten", status=response.status)
        goes_on = response.status == _RESUME
        kept = min(length, _kept_of(response.headers) - self._sent) if goes_on else length
        if kept <= 0:
            raise StorageUnavailable(problem="nothing of a part was kept")
        self._drop(kept)
        return None if goes_on else answer

    def _pending(self, length: int) -> memoryview:
        """The first `length` bytes that were not kept yet."""
        return memoryview(self._part)[:length]

    def _drop(self, kept: int) -> None:
        """Forget the first bytes that are pending: they are kept elsewhere, or not needed."""
        self._part[: self._filled - kept] = self._part[kept : self._filled]
        self._filled -= kept
        self._sent += kept


def _kept_of(headers: Mapping[str, str]) -> int:
    """How many bytes of an upload are kept, from `Range: bytes=0-9`; none where it is missing."""
    last = headers.get("Range", "").rpartition("-")[2]
    return int(last) + 1 if last.isdigit() else 0
