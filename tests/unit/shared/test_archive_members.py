"""A member of an archive is read like an object: by ranges in any order, checked, in little memory."""

import io
import random
import tracemalloc
import zipfile
from collections import Counter

import google_crc32c
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archive_members import MemberReader
from shared.errors import ArchiveMemberEncrypted, ArchiveMemberUnreadable
from tests.archives import FLAGS, METHOD, SIZE, patched, with_damaged_data, zipped

MIB = 1 << 20
CONTENT = random.Random(1).randbytes(MIB // 4) * 3 + b"end"
METHODS = {"stored": zipfile.ZIP_STORED, "deflated": zipfile.ZIP_DEFLATED}
ARCHIVES = {name: zipped([("1", CONTENT)], method) for name, method in METHODS.items()}


def member(archive: bytes) -> MemberReader:
    """The first member."""
    opened = zipfile.ZipFile(io.BytesIO(archive))
    return MemberReader(opened, opened.infolist()[0])


@pytest.mark.parametrize("method", METHODS)
@given(ranges=st.lists(st.tuples(st.integers(0, len(CONTENT) + 9), st.integers(0, MIB)), max_size=5))
def test_reads_any_ranges(method: str, ranges: list[tuple[int, int]]) -> None:
    """Forwards and backwards, shorter only at the end, by `read` and by `stream`."""
    with member(ARCHIVES[method]) as reader:
        for offset, length in ranges:
            assert reader.read(offset, length) == CONTENT[offset : offset + length]
            assert b"".join(reader.stream(offset, length)) == CONTENT[offset : offset + length]
        assert b"".join(reader.stream()) == CONTENT


@pytest.mark.parametrize(
    ("window", "step"),
    [(MIB // 4, MIB // 4 - 1000), (3 * MIB, 1000), (8, 4)],
    ids=["windows", "frames", "bits"],
)
@pytest.mark.parametrize("method", METHODS)
def test_small_steps_back_read_nothing_again(
    method: str, window: int, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long header, or of many frames: inflated from its start for each, that takes minutes."""
    content, read = CONTENT * 8, Counter[str]()
    original = zipfile.ZipExtFile.read

    def counted(file: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        data = original(file, n)
        read["bytes"] += len(data)
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    with member(zipped([("1", content)], METHODS[method])) as reader:
        for start in range(MIB, len(content), max(window, len(content) // 100)):
            next_one = reader.read(start + window, 8)
            assert next_one == content[start + window :][:8]
            assert reader.read(start + window - step, step) == content[start + window - step :][:step]
            assert reader.read(start, window) == content[start : start + window]

    assert read["bytes"] <= len(content)


@pytest.mark.parametrize("method", METHODS)
def test_knows_its_size_and_checksum(method: str) -> None:
    """As an object of its own would."""
    with member(ARCHIVES[method]) as reader:
        assert (reader.size, reader.crc32c) == (len(CONTENT), f"{google_crc32c.value(CONTENT):08x}")


def test_an_empty_member_is_read() -> None:
    """There is nothing in it, and nothing wrong with it."""
    with member(zipped([("1", b"")])) as reader:
        assert (reader.size, reader.read(0, 9), list(reader.stream()), reader.crc32c) == (
            0,
            b"",
            [],
            "00000000",
        )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("start", [0, MIB // 2], ids=["from its start", "from its middle"])
def test_notices_damage_once_it_is_read_to_its_end(method: str, start: int) -> None:
    """Wherever reading began: what was passed over counts as read."""
    archive = with_damaged_data(ARCHIVES[method], 0)
    with member(archive) as reader, pytest.raises(ArchiveMemberUnreadable):
        list(reader.stream(start))


@pytest.mark.parametrize(
    ("archive", "error"),
    [
        (patched(ARCHIVES["stored"], 0, FLAGS, 1), ArchiveMemberEncrypted),
        (zipped([("1", CONTENT)], zipfile.ZIP_BZIP2), ArchiveMemberUnreadable),
        (patched(ARCHIVES["stored"], 0, METHOD, 99), ArchiveMemberUnreadable),
    ],
    ids=["encrypted", "bzip2", "AES"],
)
def test_refuses_what_it_cannot_read(archive: bytes, error: type[Exception]) -> None:
    """Before anything is read."""
    with pytest.raises(error):
        member(archive)


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1], ids=["less", "more"])
@pytest.mark.parametrize("method", METHODS)
def test_notices_a_wrong_size(method: str, size: int) -> None:
    """More or less than the directory says is no member of ours."""
    with member(patched(ARCHIVES[method], 0, SIZE, size)) as reader, pytest.raises(ArchiveMemberUnreadable):
        list(reader.stream())


@pytest.mark.parametrize("method", METHODS)
def test_a_large_member_takes_little_memory(method: str) -> None:
    """48 MiB are read in pieces, and passed over in pieces."""
    archive = zipped([("1", CONTENT[: MIB // 4] * 192)], METHODS[method])
    tracemalloc.start()
    with member(archive) as reader:
        last = reader.read(reader.size - 1, 1)
        size = sum(map(len, reader.stream()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (size, len(last)) == (48 * MIB, 1)
    assert peak < 8 * MIB
