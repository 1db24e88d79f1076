"""What every bucket must hold of writing, reading and listing; and what its suites share."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import google_crc32c
import pytest

from shared.errors import ConfigurationError, ObjectNotFound
from shared.identifiers import BlobRef
from shared.ports.blobs import Blobs, BlobStat

Notifications = Callable[[], Sequence[Mapping[str, str]]]

MIB = 1 << 20


def put(blobs: Blobs, name: str, content: bytes, if_generation_match: int | None = None) -> BlobStat:
    """Write an object at once."""
    with blobs.create(name, if_generation_match=if_generation_match) as writer:
        writer.write(content)
    return writer.stat


def get(blobs: Blobs, ref: BlobRef) -> bytes:
    """Read a generation whole."""
    with blobs.open(ref) as reader:
        return reader.read(0, reader.size)


class Collector:
    """Keeps the attributes of the notifications that it is called with."""

    def __init__(self) -> None:
        self.seen: list[Mapping[str, str]] = []

    def __call__(self, attributes: Mapping[str, str], stat: BlobStat) -> None:
        """Keep those of one."""
        assert attributes["objectGeneration"] == str(stat.ref.generation)
        self.seen.append(attributes)


class ReadingContract:
    """Subclass it and override `blobs` and `notifications`."""

    @pytest.fixture
    def blobs(self) -> Blobs:
        """An empty bucket that notifies of all its objects."""
        raise NotImplementedError

    @pytest.fixture
    def notifications(self, blobs: Blobs) -> Notifications:
        """Return the attributes of all notifications that `blobs` has sent so far, oldest first."""
        raise NotImplementedError

    # -- write and read

    def test_reads_what_was_written(self, blobs: Blobs) -> None:
        """A generation holds what was written, piece by piece, as bytes and as views."""
        with blobs.create("a/b.dcm") as writer:
            lengths = [writer.write(b"one"), writer.write(memoryview(b"-two-")[1:4]), writer.write(b"")]

        assert lengths == [3, 3, 0]
        assert get(blobs, writer.stat.ref) == b"onetwo"

    def test_an_object_may_be_empty(self, blobs: Blobs) -> None:
        """An object without a byte is an object."""
        stat = put(blobs, "empty", b"")

        assert (stat.size, stat.crc32c) == (0, "00000000")
        assert get(blobs, stat.ref) == b""
        with blobs.open(stat.ref) as reader:
            assert list(reader.stream()) == []

    def test_stat_describes_what_was_written(self, blobs: Blobs) -> None:
        """Size, CRC-32C and reference are right and the same from the writer, `stat` and `list`."""
        # The check value of CRC-32C: that of the nine digits.
        stat = put(blobs, "digits", b"123456789")

        assert (stat.size, stat.crc32c) == (9, "e3069283")
        assert (stat.ref.bucket, stat.ref.name) == (blobs.bucket, "digits")
        assert blobs.stat("digits") == stat
        assert list(blobs.list()) == [stat]

    @pytest.mark.parametrize("content", [b"", b"123456789", bytes(2 * MIB)], ids=["none", "few", "many"])
    def test_a_reader_knows_its_checksum(self, blobs: Blobs, content: bytes) -> None:
        """What is open is described as it was written, also once it is overwritten."""
        stat = put(blobs, "digits", content)
        with blobs.open(stat.ref) as reader:
            put(blobs, "digits", b"other")

            assert (reader.size, reader.crc32c) == (stat.size, stat.crc32c)

    def test_the_checksum_has_leading_zeros(self, blobs: Blobs) -> None:
        """CRC-32C is always eight digits."""
        content = next(b"%d" % n for n in range(10_000) if google_crc32c.value(b"%d" % n) < 1 << 24)

        assert put(blobs, "zeros", content).crc32c == f"{google_crc32c.value(content):08x}"

    def test_what_does_not_exist_is_not_found(self, blobs: Blobs) -> None:
        """Neither `stat` nor `open` invents an object."""
        with pytest.raises(ObjectNotFound):
            blobs.stat("missing")
        with pytest.raises(ObjectNotFound):
            blobs.open(BlobRef(bucket=blobs.bucket, name="missing", generation=1))

    def test_a_member_of_an_archive_is_no_object(self, blobs: Blobs) -> None:
        """Its archive must not be taken for it, nor deleted in its place."""
        archive = put(blobs, "archive.zip", b"PK").ref
        with pytest.raises(ConfigurationError):
            blobs.open(archive.at_member(0))
        with pytest.raises(ConfigurationError):
            blobs.delete(archive.at_member(0))

        assert get(blobs, archive) == b"PK"

    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [(0, 4, b"0123"), (3, 4, b"3456"), (8, 4, b"89"), (10, 4, b""), (12, 4, b""), (5, 0, b"")],
    )
    def test_reads_ranges(self, blobs: Blobs, offset: int, length: int, expected: bytes) -> None:
        """A range is shorter only where the object ends, for `read` and `stream`."""
        with blobs.open(put(blobs, "ranges", b"0123456789").ref) as reader:
            read, streamed = reader.read(offset, length), b"".join(reader.stream(offset, length))

        assert (read, streamed) == (expected, expected)

    def test_streams_in_chunks(self, blobs: Blobs) -> None:
        """A large object is streamed in chunks of at most 1 MiB, from any offset."""
        content = bytes(range(256)) * (10 * 1024)  # 2.5 MiB
        with blobs.open(put(blobs, "large", content).ref) as reader:
            chunks, tail, size = list(reader.stream()), list(reader.stream(MIB - 7, MIB + 9)), reader.size

        assert (b"".join(chunks), size) == (content, len(content))
        assert b"".join(tail) == content[MIB - 7 : 2 * MIB + 2]
        assert max(map(len, chunks + tail)) <= MIB

    # -- list

    def test_lists_by_name_and_prefix(self, blobs: Blobs) -> None:
        """The list is in the order of UTF-8 and holds the names that start with the prefix, no others."""
        names = ["b", "a/2", "a/10", "a", "a-", "B", "\uffff", "\U0001f600", "a%", "a_b"]
        for name in names:
            put(blobs, name, name.encode())

        assert [stat.ref.name for stat in blobs.list()] == sorted(names, key=str.encode)
        assert [stat.ref.name for stat in blobs.list("a/")] == ["a/10", "a/2"]
        assert [stat.ref.name for stat in blobs.list("a%")] == ["a%"]
        assert list(blobs.list("c")) == []


def damage(path: Path, content: bytes) -> None:
    """Change a bit of some content in a file as a failing disk does: nothing else tells of it."""
    status, position = path.stat(), path.read_bytes().index(content)
    with path.open("r+b") as file:
        file.seek(position)
        file.write(bytes([content[0] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
