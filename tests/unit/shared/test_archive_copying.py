"""Members that go from one archive into another."""

import zipfile

import pytest

from shared.archive import StoredArchive, open_archive, read_index
from shared.dicom.source import MemorySource
from tests.unit.shared.archive_examples import MEMBERS, Sink, archive_of


def test_a_copy_is_the_same_archive() -> None:
    """Members, digests and index come out as they went in."""
    sink = Sink()

    with open_archive(MemorySource(archive_of(MEMBERS))) as source, StoredArchive(sink) as archive:
        for member in read_index(source):
            archive.copy(member, source)
        archive.add_index()
    assert bytes(sink.content) == archive_of(MEMBERS)


def test_what_changed_at_rest_is_not_copied() -> None:
    """ZIP's own checksum finds a byte that is another one."""
    content = archive_of(MEMBERS).replace(b"first", b"frist", 1)

    with open_archive(MemorySource(content)) as source, StoredArchive(Sink()) as archive:
        member = read_index(source)[0]
        with pytest.raises(zipfile.BadZipFile):
            archive.copy(member, source)
