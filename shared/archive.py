"""Stored ZIP archives written by streaming: the form of released shards and of packages.

Members are stored, not compressed, with one fixed date, so that the same content gives the same bytes. The
last member of a shard is its index: name, size and SHA-256 of each instance, and the editions of the Standard
by whose tables they were de-identified.
"""

import copy
import io
import zipfile
from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256
from typing import IO, Protocol, Self, cast

import msgspec

from shared.errors import ArchiveUnreadable

INDEX_NAME = "index.json"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_BUFFER = 256 << 10
# The directory of a few hundred members, or the longest end record.
_END_BYTES = 66 << 10
_ZIP64_FROM = 1 << 31
#: of what is read at once only a directory is larger than a few MiB; in memory it takes many times its size
LARGEST_READ = 32 << 20
# The end record without its comment, and where in it the number of members stands (APPNOTE 4.3.16).
_END_RECORD_BYTES, _COUNT = 22, slice(10, 12)
_MOST_COUNTED = 0xFFFF


class Writable(Protocol):
    """Where an archive is written to; it need not be seekable."""

    def write(self, data: bytes) -> int:
        """Append `data`."""
        ...


class RangedBytes(Protocol):
    """Where an archive is read from."""

    @property
    def size(self) -> int:
        """The size in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`."""
        ...


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member of an archive; `sha256` is hexadecimal."""

    name: str
    size: int
    sha256: str


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """What a released shard holds; `editions` are those of the Standard that its instances were made by."""

    editions: tuple[str, ...]
    instances: tuple[Member, ...]


class _Appending(io.RawIOBase):
    """Lets `zipfile` write to something that can only be appended to."""

    def __init__(self, target: Writable) -> None:
        super().__init__()
        self._target = target
        self._position = 0
        self.discarding = False

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: object) -> int:
        content = cast("bytes", data)
        self._position += len(content)
        return len(content) if self.discarding else self._target.write(content)

    def pass_over(self, length: int) -> None:
        """Count bytes that the target got otherwise."""
        self._position += length


class StoredArchive:
    """A ZIP archive being written; a context manager."""

    def __init__(self, target: Writable) -> None:
        """Write to `target` by appending."""
        self._output = _Appending(target)
        self._zip = zipfile.ZipFile(cast("io.BytesIO", self._output), "w", zipfile.ZIP_STORED)
        self.members: list[Member] = []

    def add(self, name: str, size: int, chunks: Iterable[bytes]) -> Member:
        """Store one member of about `size` bytes from its chunks; return what was stored."""
        digest, written = sha256(), 0
        with self._open(name, size) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                written += len(chunk)
        self.members.append(Member(name=name, size=written, sha256=digest.hexdigest()))
        return self.members[-1]

    def adopt(self, members: Iterable[zipfile.ZipInfo], length: int) -> None:
        """Count in the members of another archive, whose first `length` bytes the target got otherwise.

        At least one member has to be added behind them.
        """
        for member in members:
            moved = copy.copy(member)
            moved.header_offset += self._output.tell()
            self._zip.filelist.append(moved)
        self._output.pass_over(length)

    def add_index(self, editions: tuple[str, ...]) -> None:
        """Store the index of the members so far."""
        content = msgspec.json.encode(Index(editions=editions, instances=tuple(self.members)))
        self.add(INDEX_NAME, len(content), [content])

    def _open(self, name: str, size: int) -> IO[bytes]:
        info = zipfile.ZipInfo(name, _EPOCH)
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w", force_zip64=size >= _ZIP64_FROM)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: object, *_: object) -> None:
        # An archive that failed must not look finished: its central directory goes nowhere.
        self._output.discarding = exc_type is not None
        self._zip.close()


class SeekableReader(io.RawIOBase):
    """Ranged bytes as a file that `zipfile` can read.

    The last of them are fetched at once: a directory is read from its end, in several steps back.

    Raises:
        ArchiveUnreadable: more than `LARGEST_READ` bytes are asked for at once.
    """

    def __init__(self, source: RangedBytes) -> None:
        """Start at the first byte of `source`."""
        super().__init__()
        self._source = source
        self._position = 0
        self._end_from = max(0, source.size - _END_BYTES)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be sought."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position as `io` defines it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def readinto(self, buffer: object) -> int:
        """Fill `buffer` from the position on."""
        view = memoryview(cast("bytearray", buffer))
        if len(view) > LARGEST_READ:
            raise ArchiveUnreadable(reason="its directory is too large", allowed_bytes=LARGEST_READ)
        data = self.read_at(self._position, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def read_at(self, offset: int, length: int) -> bytes:
        """Some bytes from `offset`, at most `length`; the position stays."""
        if offset >= self._end_from:
            start = offset - self._end_from
            return self._end[start : start + length]
        return self._source.read(offset, min(length, self._end_from - offset))

    @cached_property
    def _end(self) -> bytes:
        return self._source.read(self._end_from, self._source.size - self._end_from)


def open_archive(source: RangedBytes) -> zipfile.ZipFile:
    """Open a ZIP archive for reading by ranges.

    Raises:
        ArchiveUnreadable: it is no ZIP archive, a broken one, or one whose directory is too large.
    """
    reader = SeekableReader(source)
    try:
        archive = zipfile.ZipFile(io.BufferedReader(reader, _BUFFER))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise ArchiveUnreadable(size=source.size) from error
    _require_whole(archive, reader, source.size)
    return archive


def _require_whole(archive: zipfile.ZipFile, reader: SeekableReader, size: int) -> None:
    """Refuse a directory that hides members; what `zipfile` has not seen would be lost without a word."""
    end = size - _END_RECORD_BYTES - len(archive.comment)
    if not archive.filelist and end > 0:
        raise ArchiveUnreadable(size=size, reason="it says that it is empty")
    counted = int.from_bytes(reader.read_at(end, _END_RECORD_BYTES)[_COUNT], "little")
    # The field of an archive with more members says that it cannot tell, or begins again at zero.
    if counted != _MOST_COUNTED and counted != len(archive.filelist) % (_MOST_COUNTED + 1):
        raise ArchiveUnreadable(size=size, reason="members are missing in its directory")


def read_index(archive: zipfile.ZipFile) -> Index:
    """Read the index of a released shard.

    Raises:
        ArchiveUnreadable: it has none, or a damaged one.
    """
    try:
        return msgspec.json.decode(archive.read(INDEX_NAME), type=Index)
    except (zipfile.BadZipFile, KeyError, EOFError, msgspec.MsgspecError) as error:
        raise ArchiveUnreadable(part="index") from error
