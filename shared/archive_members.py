"""A member of a ZIP archive, read where it lies: stored or deflated, and checked against its CRC-32."""

import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import IO, Self

import google_crc32c

from shared.errors import ArchiveMemberEncrypted, ArchiveMemberUnreadable

_FRONT_BYTES = 64 << 10
_CHUNK = 256 << 10
# Whoever walks through windows begins each at the element that the one before cut off; who looks where the
# next frame begins reads the one before then.
_KEPT_BYTES = 4 << 20
_LEAST_PIECE = 64 << 10
_ENCRYPTED_FLAG = 0x1
# The standard library inflates these piece by piece; all other methods unpack a whole chunk at once, however
# large that is in memory.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class MemberReader:
    """Reads a member as if it were an object of its own; quick as long as it goes forward.

    A small step back is read from what is kept, a wide one begins at the member's start again. What is read
    up to the end is checked against its CRC-32.

    Args:
        archive: the open archive.
        info: the member.

    Raises:
        ArchiveMemberEncrypted: it is encrypted.
        ArchiveMemberUnreadable: from every method, too: it is compressed in a way that is not supported, or
            damaged.
    """

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise ArchiveMemberEncrypted
        if info.compress_type not in _METHODS:
            raise ArchiveMemberUnreadable(compression_method=info.compress_type)
        self.size = info.file_size
        with _unreadable():
            self._file: IO[bytes] = archive.open(info)
        self._kept: deque[bytes] = deque()
        self._kept_size = 0
        self._front = self._take(0, min(_FRONT_BYTES, self.size))
        if not self.size:
            self._require_empty()

    @cached_property
    def crc32c(self) -> str:
        """CRC-32C of all of it, as eight hexadecimal digits, for which all of it is read."""
        checksum = google_crc32c.Checksum()
        for chunk in self.stream():
            checksum.update(chunk)
        return str(checksum.digest().hex())

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the member ends."""
        end = min(offset + length, self.size)
        front = self._front[offset:end]
        missing = end - offset - len(front)
        return front + self._take(offset + len(front), missing) if missing > 0 else front

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `offset` (`length` of them, or all) in chunks."""
        end = self.size if length is None else min(offset + length, self.size)
        for start in range(offset, end, _CHUNK):
            yield self.read(start, min(_CHUNK, end - start))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._file.close()

    def _take(self, offset: int, length: int) -> bytes:
        with _unreadable():
            kept = self._read_kept(offset, length)
            if not kept:
                self._go_to(offset)
            data = kept + self._read_on(length - len(kept))
        if len(data) < length:
            raise ArchiveMemberUnreadable(reason="it ends early")
        return data

    def _require_empty(self) -> None:
        """Compare the CRC-32 of nothing, too: an instance whose size was left out must not pass for it."""
        with _unreadable():
            self._file.read(1)

    def _read_kept(self, offset: int, length: int) -> bytes:
        """What was just read, from a place in it on; nothing if that is not kept."""
        end = self._file.tell()
        position, found = end - self._kept_size, []
        if not position <= offset < end:
            return b""
        for piece in self._kept:
            found.append(piece[max(offset - position, 0) : max(offset + length - position, 0)])
            position += len(piece)
        return b"".join(found)

    def _go_to(self, offset: int) -> None:
        """Read up to a place; to seek forward, `zipfile` would read 16 MiB at once."""
        if offset < self._file.tell():
            self._file.seek(0)
            self._kept.clear()
            self._kept_size = 0
        for start in range(self._file.tell(), offset, _CHUNK):
            self._read_on(min(_CHUNK, offset - start))

    def _read_on(self, length: int) -> bytes:
        data = self._file.read(length) if length else b""
        self._keep(data[-_KEPT_BYTES:])
        return data

    def _keep(self, piece: bytes) -> None:
        self._kept_size += len(piece)
        if self._kept and len(self._kept[-1]) < _LEAST_PIECE:
            piece = self._kept.pop() + piece
        self._kept.append(piece)
        while self._kept_size - len(self._kept[0]) >= _KEPT_BYTES:
            self._kept_size -= len(self._kept.popleft())


@contextmanager
def _unreadable() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise ArchiveMemberUnreadable from error
