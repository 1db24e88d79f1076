"""A bucket that is watched: what is opened, written and deleted in it, and how much is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from shared.identifiers import BlobRef
from shared.ports.blobs import BlobReader, Blobs, BlobStat, BlobWriter
from tests.doubles import Journal


class WatchedBlobs:
    """A bucket before another one: keeps what is opened, finalised and deleted, and counts bytes read.

    Attributes:
        journal: `open`, `create` (when finalised) and `delete` with the object's name.
        bytes_read: of all readers.
        reading: how many readers are open now.
        headers: how many were opened for their header only.
        largest_write: the largest piece that was written at once, in bytes.
        chunk_bytes: the size of the pieces that `stream` yields; that of the bucket's own if None.
        stats: what `stat` answers by name, instead of the bucket's own answer.
    """

    def __init__(self, blobs: Blobs, journal: Journal | None = None) -> None:
        self._blobs = blobs
        self.journal: Journal = [] if journal is None else journal
        self.bytes_read = 0
        self.reading = 0
        self.headers = 0
        self.largest_write = 0
        self.chunk_bytes: int | None = None
        self.stats: dict[str, BlobStat] = {}

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._blobs.bucket

    def stat(self, name: str) -> BlobStat:
        """Answer as told, or as the bucket."""
        return self.stats.get(name) or self._blobs.stat(name)

    def open(self, ref: BlobRef, *, header_only: bool = False) -> "WatchedReader":
        """Open with a count of what is read."""
        reader = WatchedReader(self._blobs.open(ref, header_only=header_only), self)
        self.headers += header_only
        self._record("open", ref.name)
        return reader

    @contextmanager
    def create(self, name: str, *, if_generation_match: int | None = None) -> Iterator[BlobWriter]:
        """Write to the bucket."""
        with self._blobs.create(name, if_generation_match=if_generation_match) as writer:
            yield WatchedWriter(writer, self)
        self._record("create", name)

    def list(self, prefix: str = "") -> Iterator[BlobStat]:
        """List the bucket."""
        return self._blobs.list(prefix)

    def delete(self, ref: BlobRef) -> None:
        """Delete from the bucket."""
        self._blobs.delete(ref)
        self._record("delete", ref.name)

    def _record(self, action: str, name: str) -> None:
        self.journal.append((self.bucket, action, name))


class WatchedReader:
    """A reader that tells its bucket how much was read."""

    def __init__(self, reader: BlobReader, blobs: WatchedBlobs) -> None:
        self._reader = reader
        self._blobs = blobs

    @property
    def crc32c(self) -> str:
        """The checksum."""
        return self._reader.crc32c

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self._reader.size

    def read(self, offset: int, length: int) -> bytes:
        """Read and count."""
        data = self._reader.read(offset, length)
        self._blobs.bytes_read += len(data)
        return data

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield pieces of the size that was asked for; an odd reader has another size than an even one."""
        step = self._blobs.chunk_bytes
        if step is None:
            yield from self._reader.stream(offset, length)
            return
        self._blobs.chunk_bytes = step + 1
        end = self.size if length is None else min(self.size, offset + length)
        for start in range(offset, end, step):
            yield self.read(start, min(step, end - start))

    def __enter__(self) -> Self:
        self._reader.__enter__()
        self._blobs.reading += 1
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._reader.__exit__(*exc_info)
        self._blobs.reading -= 1


class WatchedWriter:
    """A writer that tells its bucket how much was written at once."""

    def __init__(self, writer: BlobWriter, blobs: WatchedBlobs) -> None:
        self._writer = writer
        self._blobs = blobs

    def write(self, data: bytes | memoryview) -> int:
        """Write on."""
        self._blobs.largest_write = max(self._blobs.largest_write, len(data))
        return self._writer.write(data)

    @property
    def stat(self) -> BlobStat:
        """What was finalised."""
        return self._writer.stat
