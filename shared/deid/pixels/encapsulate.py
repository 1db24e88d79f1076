"""Put frames together as encapsulated Pixel Data again (PS3.5 Annex A.4), with offset tables that are right.

New frames wait in a spool, so that memory does not grow with their number and nothing is released before the
last of them has succeeded; frames that stay are copied from the source when their turn comes.
"""

from collections.abc import Iterator
from struct import pack
from tempfile import SpooledTemporaryFile
from typing import IO, NamedTuple

from shared.deid.pixels.frames import Fragment
from shared.dicom.source import ByteSource

#: so much of new frames is kept in memory; what is more goes to a file without a name
SPOOL_BYTES = 16 << 20
_COPY_BYTES = 1 << 20
_ITEM = b"\xfe\xff\x00\xe0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_LONGEST_OFFSET = (1 << 32) - 1


class Piece(NamedTuple):
    """Bytes of one item: in the spool, or in the source."""

    spooled: bool
    fragment: Fragment


class Tables(NamedTuple):
    """The offset tables: for the first item, and for the Extended Offset Table (PS3.3 C.7.6.3)."""

    offsets: tuple[int, ...]
    lengths: tuple[int, ...]

    @property
    def basic(self) -> bytes:
        """The Basic Offset Table; empty, which is allowed, where an offset is too large for it."""
        if self.offsets and self.offsets[-1] > _LONGEST_OFFSET:
            return b""
        return b"".join(pack("<I", offset) for offset in self.offsets)

    @property
    def extended(self) -> tuple[bytes, bytes]:
        """The values of Extended Offset Table and of Extended Offset Table Lengths in little endian."""
        return _wide(self.offsets), _wide(self.lengths)


def _wide(numbers: tuple[int, ...]) -> bytes:
    return b"".join(pack("<Q", number) for number in numbers)


class Assembly:
    """Collects frames; then yields the value of Pixel Data, once."""

    def __init__(self, source: ByteSource) -> None:
        """Take the source of the frames that stay."""
        self._source = source
        self._spool: IO[bytes] = SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115  # close() does
        self._spooled = 0
        self._frames: list[tuple[Piece, ...]] = []

    def keep(self, fragments: tuple[Fragment, ...]) -> None:
        """Add a frame that stays as it is in the source."""
        self._frames.append(tuple(Piece(spooled=False, fragment=each) for each in fragments))

    def add(self, frame: bytes) -> None:
        """Add a new frame as one fragment of even length."""
        even = frame + b"\0" * (len(frame) % 2)
        self._spool.write(even)
        self._frames.append((Piece(spooled=True, fragment=(self._spooled, len(even))),))
        self._spooled += len(even)

    @property
    def tables(self) -> Tables:
        """Where each frame's first item lies behind the first item's end, and how long the frame is."""
        offsets, lengths, position = [], [], 0
        for pieces in self._frames:
            offsets.append(position)
            sizes = [piece.fragment[1] for piece in pieces]
            lengths.append(sum(sizes))
            position += sum(sizes) + 8 * len(sizes)
        return Tables(tuple(offsets), tuple(lengths))

    def length(self, table: bytes) -> int:
        """The length of the value that `chunks` yields, its end marker counted."""
        items = sum(8 + piece.fragment[1] for pieces in self._frames for piece in pieces)
        return 8 + len(table) + items + len(_SEQUENCE_END)

    def chunks(self, table: bytes) -> Iterator[bytes]:
        """Yield the Basic Offset Table, all items and the end marker."""
        with self._spool:
            yield _item(table)
            for pieces in self._frames:
                for piece in pieces:
                    yield from self._chunks_of(piece)
            yield _SEQUENCE_END

    def _chunks_of(self, piece: Piece) -> Iterator[bytes]:
        offset, length = piece.fragment
        yield _ITEM + pack("<I", length)
        for start in range(0, length, _COPY_BYTES):
            size = min(_COPY_BYTES, length - start)
            if piece.spooled:
                self._spool.seek(offset + start)
                yield self._spool.read(size)
            else:
                yield self._source.read(offset + start, size)

    def close(self) -> None:
        """Drop the spool."""
        self._spool.close()


def _item(content: bytes) -> bytes:
    return _ITEM + pack("<I", len(content)) + content
