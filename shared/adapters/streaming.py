"""The bytes of an object in chunks, checked by the CRC-32C (Castagnoli) that its bucket knows."""

from collections.abc import Iterator
from typing import Protocol

import google_crc32c

from shared.errors import StorageUnavailable

CHUNK_BYTES = 1 << 20


class Ranged(Protocol):
    """What reads ranges of an object."""

    @property
    def size(self) -> int:
        """The size in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`."""
        ...


def streamed(source: Ranged, offset: int, length: int | None, crc32c: str = "") -> Iterator[bytes]:
    """Yield the bytes from `offset` (`length` of them, or all) in chunks of at most 1 MiB.

    Args:
        source: the object.
        offset: of the first byte.
        length: how many bytes; None for all that follow.
        crc32c: the checksum of all of it, as eight hexadecimal digits; empty where it is not known.

    Raises:
        StorageUnavailable: after the last chunk, if that was all of it and is not what the checksum is of.
    """
    end = source.size if length is None else min(source.size, offset + length)
    chunks = (source.read(start, min(CHUNK_BYTES, end - start)) for start in range(offset, end, CHUNK_BYTES))
    yield from _verified(chunks, crc32c) if crc32c and offset == 0 and length is None else chunks


def _verified(chunks: Iterator[bytes], crc32c: str) -> Iterator[bytes]:
    found = 0
    for chunk in chunks:
        found = google_crc32c.extend(found, chunk)
        yield chunk
    require_checksum(found, crc32c)


def require_checksum(found: int, crc32c: str) -> None:
    """Compare a checksum with that of an object.

    Raises:
        StorageUnavailable: they differ.
    """
    if f"{found:08x}" != crc32c:
        raise StorageUnavailable(problem="the bytes are not those of the checksum")
