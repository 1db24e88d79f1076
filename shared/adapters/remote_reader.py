"""An object that is read over HTTP: its front from memory, the rest as one stream that goes forward."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from shared.adapters.streaming import CHUNK_BYTES, streamed
from shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

#: all of an object of usual size, so that one request reads it
FRONT_BYTES = 1 << 20


class RemoteReader(ABC):
    """Reads ranges with as few requests as possible.

    Args:
        front: the first bytes.
        tail: the answer that goes on behind the front, if it is open already.
        widest_skip: so many bytes are read and dropped rather than another request made; None for any number.
    """

    def __init__(
        self, front: bytes, *, tail: "BaseHTTPResponse | None" = None, widest_skip: int | None = None
    ) -> None:
        self._front = front
        self._tail = tail
        self._position = len(front)
        self._widest_skip = widest_skip

    @property
    @abstractmethod
    def crc32c(self) -> str:
        """CRC-32C of all of it, as eight hexadecimal digits."""

    @property
    @abstractmethod
    def size(self) -> int:
        """The size in bytes."""

    @abstractmethod
    def _reopen(self, offset: int) -> tuple["BaseHTTPResponse", int]:
        """Ask again for the bytes from `offset`, or from the place that is returned, which is before it."""

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the object ends.

        Raises:
            ObjectNotFound: the object is gone meanwhile.
            StorageUnavailable: the connection failed.
        """
        end = min(offset + length, self.size)
        front = self._front[offset:end]
        missing = end - offset - len(front)
        return front + self._read_tail(offset + len(front), missing) if missing > 0 else front

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `offset` (`length` of them, or all) in chunks of at most 1 MiB."""
        return streamed(self, offset, length)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._close_tail()

    def _read_tail(self, offset: int, length: int) -> bytes:
        skip = offset - self._position
        too_wide = self._widest_skip is not None and skip > self._widest_skip
        if self._tail is None or skip < 0 or too_wide:
            self._close_tail()
            self._tail, self._position = self._reopen(offset)
        while offset > self._position:
            self._take(min(CHUNK_BYTES, offset - self._position))
        return self._take(length)

    def _take(self, length: int) -> bytes:
        # An answer that fails is not read on: who asks again gets another one.
        tail, self._tail = self._tail, None
        data = read_from(tail, length) if tail is not None else b""
        if tail is None or len(data) < length:
            raise StorageUnavailable(problem="the object ended early")
        self._tail = tail
        self._position += length
        return data

    def _close_tail(self) -> None:
        tail, self._tail = self._tail, None
        if tail is not None:
            # Read to its end a connection is good for more; what is left of another is cheaper dropped.
            (tail.release_conn if self._position == self.size else tail.close)()


def read_from(response: "BaseHTTPResponse", length: int) -> bytes:
    """Read `length` bytes of an answer; fewer only where it ends.

    Raises:
        StorageUnavailable: the connection failed.
    """
    from urllib3.exceptions import HTTPError

    try:
        return response.read(length)
    except HTTPError as error:
        response.close()
        raise StorageUnavailable(problem=type(error).__name__) from error


def content_of(response: "BaseHTTPResponse") -> bytes:
    """Read an answer whole.

    Raises:
        StorageUnavailable: the connection failed.
    """
    from urllib3.exceptions import HTTPError

    try:
        return response.data
    except HTTPError as error:
        raise StorageUnavailable(problem=type(error).__name__) from error
