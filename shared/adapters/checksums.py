"""CRC-32C (Castagnoli), by which a bucket knows what it was given."""

from collections.abc import Iterator

import google_crc32c

from shared.errors import StorageUnavailable


def verified(chunks: Iterator[bytes], crc32c: str) -> Iterator[bytes]:
    """Pass an object's chunks on.

    Args:
        chunks: all of it, in order.
        crc32c: its checksum as eight hexadecimal digits.

    Raises:
        StorageUnavailable: after the last chunk, if they are not what the checksum is of.
    """
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
