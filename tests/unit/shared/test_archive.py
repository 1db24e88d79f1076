"""Stored archives, written by streaming."""

import contextlib
import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archive import (
    INDEX_NAME,
    Member,
    StoredArchive,
    open_archive,
    read_index,
)
from shared.dicom.source import MemorySource
from tests.unit.shared.archive_examples import (
    CENTRAL_DIRECTORY,
    EDITIONS,
    END,
    MEMBERS,
    Sink,
    archive_of,
    opened,
)

ZIP64_EXTRA = b"\1\0\x10\0"
LARGE = 1 << 31
members = st.dictionaries(
    st.text("abc/._0", min_size=1, max_size=12).filter(lambda name: name != INDEX_NAME),
    st.binary(max_size=200),
    max_size=5,
)


@given(members)
def test_what_is_written_can_be_read(written: dict[str, bytes]) -> None:
    """Python's own reader finds every member, stored and with a valid checksum."""
    with zipfile.ZipFile(io.BytesIO(archive_of(written, index=False))) as archive:
        read = {info.filename: archive.read(info) for info in archive.infolist()}

        assert archive.testzip() is None
        assert read == written
        assert {info.compress_type for info in archive.infolist()} <= {zipfile.ZIP_STORED}


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip")
def test_unzip_reads_it(tmp_path: Path) -> None:
    """The usual tool tests the archive without complaint."""
    path = tmp_path / "shard.zip"
    path.write_bytes(archive_of(MEMBERS))

    result = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "No errors detected" in result.stdout


def test_the_same_content_gives_the_same_bytes() -> None:
    """Neither the time nor the size of the chunks leaves a trace."""
    sink = Sink()
    with StoredArchive(sink) as archive:
        for name, content in MEMBERS.items():
            archive.add(name, len(content), [content])
        archive.add_index(EDITIONS)

    assert bytes(sink.content) == archive_of(MEMBERS)
    with zipfile.ZipFile(io.BytesIO(archive_of(MEMBERS))) as read:
        assert {info.date_time for info in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_other_content_gives_other_bytes() -> None:
    """A changed member, name or order changes the archive."""
    archives = {
        archive_of(MEMBERS),
        archive_of({**MEMBERS, "000000.dcm": b"frist"}),
        archive_of({"x": b"first"}),
        archive_of(dict(reversed(MEMBERS.items()))),
    }

    assert len(archives) == 4


@given(members)
def test_the_index_lists_what_is_stored(written: dict[str, bytes]) -> None:
    """The last member names every other one in order, with its size and its SHA-256."""
    with open_archive(MemorySource(archive_of(written))) as archive:
        index = read_index(archive)

        assert archive.namelist() == [*written, INDEX_NAME]
        assert index.editions == EDITIONS
        assert index.instances == tuple(
            Member(name=name, size=len(content), sha256=sha256(content).hexdigest())
            for name, content in written.items()
        )


def test_adding_returns_what_was_stored() -> None:
    """The size that counts is that of the chunks, not the one that was announced."""
    archive = StoredArchive(Sink())

    member = archive.add("a", 1000, [b"ab", b"", b"c"])
    assert member == Member(name="a", size=3, sha256=sha256(b"abc").hexdigest())
    assert archive.members == [member]


def interrupted() -> Iterator[bytes]:
    """A member whose content ends in an error."""
    yield b"half of it"
    raise OSError


def aborted(second: Iterator[bytes]) -> bytes:
    """What was written of an archive whose second member ends in an error."""
    sink = Sink()
    with contextlib.suppress(OSError), StoredArchive(sink) as archive:
        archive.add("a", 5, [b"whole"])
        archive.add("b", 20, second)
        raise OSError
    return bytes(sink.content)


@pytest.mark.parametrize("second", [interrupted(), iter([b"whole, too"])])
def test_an_aborted_archive_is_unreadable(second: Iterator[bytes]) -> None:
    """After an error within a member or behind it an archive has no central directory."""
    content = aborted(second)

    assert b"whole" in content
    assert CENTRAL_DIRECTORY not in content
    assert END not in content
    assert opened(content) == "archive_unreadable"


def test_an_error_is_not_swallowed() -> None:
    """Whoever writes an archive sees the error that aborted it."""
    archive = StoredArchive(Sink())
    with pytest.raises(OSError, match=r"^$"), archive:
        archive.add("b", 20, interrupted())


@pytest.mark.parametrize(("size", "zip64"), [(5, False), (LARGE - 1, False), (LARGE, True), (1 << 40, True)])
def test_large_members_have_64_bit_sizes(size: int, *, zip64: bool) -> None:
    """From 2 GiB on the local header has the ZIP64 field, without which the sizes behind it would not fit."""
    sink = Sink()
    with StoredArchive(sink) as archive:
        archive.add("a", size, [b"short"])
    content = bytes(sink.content)
    extra = content[31 : 31 + int.from_bytes(content[28:30], "little")]

    assert content[:4] == b"PK\3\4"
    assert extra.startswith(ZIP64_EXTRA) is zip64
    with open_archive(MemorySource(content)) as read:
        assert read.read("a") == b"short"


def test_nothing_is_written_twice_or_out_of_order() -> None:
    """The target sees appended bytes only, the first member's before the second is added."""
    sink = Sink()
    with StoredArchive(sink) as archive:
        archive.add("a", 5, [b"first"])
        after_first = bytes(sink.content)
        archive.add("b", 6, [b"second"])

    assert b"first" in after_first
    assert bytes(sink.content).startswith(after_first)
