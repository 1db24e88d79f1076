"""Archives that take in the members of others without touching them."""

from hypothesis import given
from hypothesis import strategies as st

from shared.archive import INDEX_NAME, StoredArchive, open_archive
from shared.dicom.source import MemorySource
from tests.unit.shared.archive_examples import Sink, archive_of

_CONTENTS = st.lists(st.binary(max_size=40), max_size=4)
_NAMES = ("{}.dcm", "{} of a shard with a longer name.dcm", "\u00e4\u6f22{}.dcm")


def adopt(sink: Sink, archive: StoredArchive, shard: bytes) -> None:
    """Give the shard's members to the sink, and let the archive count them in."""
    with open_archive(MemorySource(shard)) as read:
        end = read.getinfo(INDEX_NAME).header_offset
        archive.adopt((each for each in read.infolist() if each.filename != INDEX_NAME), end)
    sink.write(shard[:end])


@given(st.lists(_CONTENTS, max_size=3))
def test_adopted_members_are_as_if_they_had_been_added(shards: list[list[bytes]]) -> None:
    """The bytes are those of an archive to which the same members were added one by one."""
    members = [
        {_NAMES[number].format(f"{count}-{number}"): content for number, content in enumerate(contents[:3])}
        for count, contents in enumerate(shards)
    ]
    sink = Sink()
    with StoredArchive(sink) as archive:
        archive.add("first", 5, [b"first"])
        for shard in members:
            adopt(sink, archive, archive_of(shard))
        archive.add("last", 4, [b"last"])
    added = {"first": b"first", **{name: each for shard in members for name, each in shard.items()}}

    assert bytes(sink.content) == archive_of({**added, "last": b"last"}, index=False)


def test_the_other_archive_stays_as_it_was() -> None:
    """Its members can be read after they were adopted."""
    sink = Sink()
    with open_archive(MemorySource(archive_of({"a": b"first", "b": b"second"}))) as read:
        with StoredArchive(sink) as archive:
            archive.add("before", 6, [b"before"])
            archive.adopt([read.getinfo("b")], 0)

        assert read.read("b") == b"second"
