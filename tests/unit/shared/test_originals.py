"""Originals are opened where they lie: alone, or as members of an archive, with few requests."""

import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.errors import ArchiveMemberUnreadable, ArchiveUnreadable, ObjectNotFound
from shared.identifiers import BlobRef
from shared.originals import open_each, open_original
from shared.wiring import EmbeddedWiring
from tests.archives import zipped
from tests.contracts.blob_reading import put
from tests.watched_blobs import WatchedBlobs

CONTENTS = [bytes([number]) * (number * 1000 + 1) for number in range(6)]


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """An empty workspace."""
    embedded = EmbeddedWiring(tmp_path, tmp_path, clock=FakeClock(1_763_807_400.0), environ={})
    yield embedded
    embedded.close()


def archive(
    wiring: EmbeddedWiring, name: str = "intake/a.zip", method: int = zipfile.ZIP_DEFLATED
) -> BlobRef:
    """An archive with a folder among its members."""
    members = [("folder/", b""), *((f"folder/{n}", content) for n, content in enumerate(CONTENTS))]
    return put(wiring.clinical, name, zipped(members, method)).ref


def contents(wiring: EmbeddedWiring, refs: list[BlobRef]) -> list[bytes]:
    """What is read at each place."""
    return [reader.read(0, reader.size) for reader in open_each(wiring.clinical, refs)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_named_by_their_index_among_files(wiring: EmbeddedWiring, method: int) -> None:
    """Folders do not count; any order will do."""
    blob = archive(wiring, method=method)
    order = [3, 0, 5, 5, 1]

    assert contents(wiring, [blob.at_member(n) for n in order]) == [CONTENTS[n] for n in order]


def test_places_of_all_kinds_may_alternate(wiring: EmbeddedWiring) -> None:
    """Objects, and members of several archives."""
    one, two = archive(wiring), archive(wiring, "intake/b.zip", zipfile.ZIP_STORED)
    alone = put(wiring.clinical, "intake/alone", b"alone").ref
    refs = [one.at_member(1), alone, two.at_member(2), one.at_member(2), alone]

    assert contents(wiring, refs) == [CONTENTS[1], b"alone", CONTENTS[2], CONTENTS[2], b"alone"]


def test_one_archive_is_opened_once(wiring: EmbeddedWiring) -> None:
    """Members that follow each other share what was opened for the first."""
    blob = archive(wiring)
    clinical = WatchedBlobs(wiring.clinical)

    assert len(list(open_each(clinical, [blob.at_member(n) for n in range(6)]))) == 6
    assert clinical.journal == [("clinical", "open", blob.name)]


def test_what_was_opened_is_closed(wiring: EmbeddedWiring) -> None:
    """Also where whoever reads stops early."""
    blob = archive(wiring)
    clinical = WatchedBlobs(wiring.clinical)
    with closing(open_each(clinical, [blob.at_member(n) for n in range(6)])) as readers:
        next(readers)
        assert clinical.reading == 1

    assert clinical.reading == 0


def test_one_is_opened_alone(wiring: EmbeddedWiring) -> None:
    """An object or a member."""
    blob = archive(wiring)
    with (
        open_original(wiring.clinical, blob.at_member(4)) as member,
        open_original(wiring.clinical, blob) as whole,
    ):
        assert member.read(0, member.size) == CONTENTS[4]
        assert whole.read(0, 2) == b"PK"


def test_an_index_beyond_the_archive_is_refused(wiring: EmbeddedWiring) -> None:
    """It may have been made from other bytes."""
    blob = archive(wiring)
    with pytest.raises(ArchiveMemberUnreadable):
        contents(wiring, [blob.at_member(6)])


def test_an_archive_that_is_gone_or_broken_is_told(wiring: EmbeddedWiring) -> None:
    """With the errors of an object, and of an archive."""
    blob = archive(wiring)
    broken = put(wiring.clinical, "intake/broken.zip", b"PK\3\4").ref
    wiring.clinical.delete(blob)

    with pytest.raises(ObjectNotFound):
        contents(wiring, [blob.at_member(0)])
    with pytest.raises(ArchiveUnreadable):
        contents(wiring, [broken.at_member(0)])
