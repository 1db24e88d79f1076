"""Parts of what cannot be in memory as a whole, to be searched for text."""

from collections.abc import Iterator

from shared.dicom.source import ByteSource

OVERLAP = 1 << 10


def windows(source: ByteSource, start: int, end: int, size: int) -> Iterator[bytes]:
    """Yield the bytes from `start` to `end` in parts of `size` that overlap: no word is cut."""
    for position in range(start, end, size):
        yield source.read(position, min(size + OVERLAP, end - position))
