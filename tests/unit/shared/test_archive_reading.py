"""Archives, read by ranges."""

import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archive import LARGEST_READ, SeekableReader, open_archive
from shared.dicom.source import MemorySource
from shared.errors import ArchiveUnreadable
from tests.unit.shared.archive_examples import CENTRAL_DIRECTORY, END, MEMBERS, archive_of, opened


class StrictSource:
    """A source that refuses ranges which an object does not have."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self._content)

    def read(self, offset: int, length: int) -> bytes:
        """Read a range, none of which may lie behind the end."""
        assert 0 <= offset < self.size
        assert 0 < length <= self.size - offset
        return self._content[offset : offset + length]


@settings(max_examples=200)
@given(st.binary(max_size=80), st.data())
def test_a_seekable_reader_behaves_like_a_file(content: bytes, data: st.DataObject) -> None:
    """Whatever is sought and read, positions and bytes are those of a file in memory."""
    reader, reference = SeekableReader(MemorySource(content)), io.BytesIO(content)
    for _ in range(data.draw(st.integers(1, 12))):
        if data.draw(st.booleans()):
            whence = data.draw(st.sampled_from([io.SEEK_SET, io.SEEK_CUR, io.SEEK_END]))
            offset = data.draw(st.integers(0 if whence == io.SEEK_SET else -100, 100))
            assert reader.seek(offset, whence) == reference.seek(offset, whence)
        else:
            size = data.draw(st.integers(-1, 100))
            assert reader.read(size) == reference.read(size)
        assert reader.tell() == reference.tell()

    assert reader.readable()
    assert reader.seekable()
    assert not reader.writable()


@given(st.binary(min_size=1, max_size=80), st.integers(0, 100), st.integers(0, 100))
def test_no_range_behind_the_end_is_asked_for(content: bytes, offset: int, size: int) -> None:
    """A reader asks only for bytes that exist: an object store answers others with an error."""
    reader = SeekableReader(StrictSource(content))
    reader.seek(offset)

    assert reader.read(size) == content[offset : offset + size]
    assert reader.read() == content[offset + size :]
    assert reader.read() == b""


def test_a_buffered_reader_works_on_it() -> None:
    """With Python's buffering in between the content is the same."""
    content = random.Random(1).randbytes(100_000)
    reader = io.BufferedReader(SeekableReader(StrictSource(content)), 1000)

    assert reader.read(1234) == content[:1234]
    assert reader.seek(-5, io.SEEK_END) == 99_995
    assert reader.read() == content[-5:]


def test_the_end_of_an_archive_is_read_first() -> None:
    """Opening an archive does not read its members."""
    content = archive_of({"a": bytes(3 << 20), "b": b"small"})
    read: list[int] = []

    class Counting(StrictSource):
        def read(self, offset: int, length: int) -> bytes:
            read.append(length)
            return super().read(offset, length)

    with open_archive(Counting(content)) as archive:
        assert archive.read("b") == b"small"
    assert sum(read) < 1 << 20


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\3\4",
        b"no archive at all",
        bytes(1000),
        archive_of(MEMBERS)[:-1],
        archive_of(MEMBERS)[:-22],
        archive_of(MEMBERS)[-22:],
        END + b"\xff" * 18,
    ],
)
def test_what_is_no_archive(content: bytes) -> None:
    """Bytes without a sound central directory are refused with their size."""
    with pytest.raises(ArchiveUnreadable) as raised:
        open_archive(MemorySource(content))

    assert raised.value.details == {"size": len(content)}


def test_a_directory_that_leaves_members_out() -> None:
    """Where the end tells of more members than the directory has, some would be lost without a word."""
    content = bytearray(archive_of(MEMBERS))
    content[-12] += 1
    with pytest.raises(ArchiveUnreadable) as raised:
        open_archive(MemorySource(bytes(content)))

    assert raised.value.details["reason"] == "members are missing in its directory"


@pytest.mark.parametrize("length", [0, 1, 65_535])
def test_a_comment_of_any_length(length: int) -> None:
    """The number of members stands in front of it."""
    content = archive_of(MEMBERS)[:-2] + length.to_bytes(2, "little") + b"x" * length

    with open_archive(MemorySource(content)) as archive:
        assert len(archive.comment) == length


@pytest.mark.parametrize("count", [65_535, 65_536, 65_537])
def test_more_members_than_the_end_can_tell(count: int) -> None:
    """With ZIP64 the end says that it does not know."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")

    with open_archive(MemorySource(content.getvalue())) as opened_archive:
        assert len(opened_archive.filelist) == count


def test_a_directory_that_fills_the_memory() -> None:
    """A directory of any size is refused before it is read."""
    entry = b"PK\1\2" + bytes(42)
    entries = 2 * LARGEST_READ // len(entry)
    end = END + bytes(4) + b"\xff" * 4 + (entries * len(entry)).to_bytes(4, "little") + bytes(6)
    read: list[int] = []

    class Large:
        size = entries * len(entry) + len(end)

        def read(self, offset: int, length: int) -> bytes:
            read.append(length)
            return (bytes(max(self.size - len(end) - offset, 0)) + end)[:length]

    with pytest.raises(ArchiveUnreadable) as raised:
        open_archive(Large())

    assert raised.value.details["allowed_bytes"] == LARGEST_READ
    assert sum(read) < 1 << 20


@pytest.mark.parametrize("seed", range(4))
def test_no_damage_makes_opening_fail_otherwise(seed: int) -> None:
    """A damaged archive is opened or refused, never anything else."""
    rng = random.Random(seed)
    whole = archive_of(MEMBERS)
    directory = whole.index(CENTRAL_DIRECTORY)
    outcomes = set()
    for _ in range(1000):
        content = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            content[rng.randrange(directory, len(content))] = rng.choice([0, 1, 127, 255, rng.randrange(256)])
        outcomes.add(opened(bytes(content[: rng.choice([len(content), rng.randrange(len(content))])])))

    assert outcomes == {"ok", "archive_unreadable"}


@pytest.mark.parametrize("offset", [0, 1 << 31, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
@pytest.mark.parametrize("size", [0, 100, 1 << 31, 1 << 62, 1 << 63, (1 << 64) - 1])
def test_impossible_zip64_directories(offset: int, size: int) -> None:
    """A ZIP64 directory with absurd offsets and sizes is refused or read as empty."""
    record = b"PK\6\6" + (44).to_bytes(8, "little") + b"-\0-\0" + bytes(8) + (1).to_bytes(8, "little") * 2
    record += size.to_bytes(8, "little") + offset.to_bytes(8, "little")
    locator = b"PK\6\7" + bytes(12) + (1).to_bytes(4, "little")
    end = END + bytes(4) + b"\xff" * 12 + bytes(2)

    assert opened(bytes(200) + record + locator + end) in {"ok", "archive_unreadable"}
