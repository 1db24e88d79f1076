"""`unpack` against archives that are made to do harm: by size, by number, by depth, by lies."""

import random
import tracemalloc
import zipfile
from typing import Any

import pytest

from shared.errors import ArchiveMemberUnsafe, ArchiveUnreadable, LimitExceeded
from shared.events import Event
from shared.identifiers import BlobRef
from shared.ports.blobs import Blobs
from shared.wiring import EmbeddedWiring
from tests.archives import COMPRESSED_SIZE, SIZE, patched, with_entry_again, zipped
from tests.instances import ct_image
from tests.unit.functions.unpack.harness import ONE, TWO, failures, members, run, stored, unpack_one
from tests.watched_blobs import WatchedBlobs

MIB = 1 << 20


def test_refuses_an_end_that_hides_the_members(wiring: EmbeddedWiring) -> None:
    """A comment that looks like the end of an empty archive does not make it one."""
    archive = zipped([("1.dcm", ONE), ("2.dcm", TWO)])
    hidden = archive[:-2] + (22).to_bytes(2, "little") + zipped([])
    blob = stored(wiring, hidden)
    with pytest.raises(ArchiveUnreadable):
        run(wiring, blob)

    assert wiring.ledger.archive(blob) is None


def test_refuses_a_member_that_is_too_large(wiring: EmbeddedWiring) -> None:
    """A member beyond the limit is refused by its announced size."""
    failed, _ = unpack_one(wiring, zipped([("1.dcm", ONE)]), member_bytes=len(ONE) - 1)

    assert failed.cause.endswith(f"(reason=too large, allowed_bytes={len(ONE) - 1})")


def test_refuses_a_ratio_beyond_the_limit(wiring: EmbeddedWiring) -> None:
    """A member of a mebibyte or more may not be compressed beyond the ratio."""
    content = ct_image(pixels=bytes(MIB))
    failed, _ = unpack_one(wiring, zipped([("1.dcm", content)], zipfile.ZIP_DEFLATED))

    assert failed.cause.endswith("(reason=compression ratio, allowed=200)")


def test_accepts_any_ratio_of_small_members(wiring: EmbeddedWiring) -> None:
    """Under a mebibyte no ratio does harm."""
    blob = stored(wiring, zipped([("1.dcm", ct_image(pixels=bytes(MIB // 2)))], zipfile.ZIP_DEFLATED))

    assert failures(run(wiring, blob)) == {}


def test_refuses_an_announced_size_without_data(wiring: EmbeddedWiring) -> None:
    """A compressed size of nothing does not hide the ratio."""
    archive = patched(zipped([("1.dcm", ONE)], zipfile.ZIP_DEFLATED), 0, COMPRESSED_SIZE, 0)
    failed, _ = unpack_one(wiring, patched(archive, 0, SIZE, MIB))

    assert failed.code == "archive_member_unsafe"


def test_refuses_members_that_overlap(wiring: EmbeddedWiring) -> None:
    """One that is listed many times lies there once: of a few bytes would come as many as one likes."""
    blob = stored(wiring, with_entry_again(zipped([("1.dcm", ONE), ("2.dcm", TWO)]), 0, times=2))
    events = run(wiring, blob)

    assert failures(events) == {0: "archive_member_unsafe", 2: "archive_member_unsafe"}
    assert members(wiring, blob) == {1: TWO, 3: ONE}


def test_refuses_a_member_that_reaches_into_the_next(wiring: EmbeddedWiring) -> None:
    """Its data would hold the other's."""
    archive = zipped([("1.dcm", ONE), ("2.dcm", TWO)])
    blob = stored(wiring, patched(archive, 0, COMPRESSED_SIZE, len(ONE) + 40))

    assert failures(run(wiring, blob)) == {0: "archive_member_unsafe"}
    assert members(wiring, blob) == {1: TWO}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_refuses_a_size_of_nothing_for_something(wiring: EmbeddedWiring, method: int) -> None:
    """What is said to be empty has no checksum but that of nothing; it must not be ignored as no DICOM."""
    failed, _ = unpack_one(wiring, patched(zipped([("1.dcm", ONE)], method), 0, SIZE, 0))

    assert failed.code == "archive_member_unreadable"


@pytest.mark.parametrize(
    ("limit", "allowed"), [("member_count", 1), ("total_bytes", len(ONE) + len(TWO) - 1)]
)
def test_refuses_an_archive_beyond_its_limits(wiring: EmbeddedWiring, limit: str, allowed: int) -> None:
    """An archive with too many or too large members is refused before anything is unpacked."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO)]))
    with pytest.raises(LimitExceeded) as caught:
        run(wiring, blob, **dict[str, Any]({limit: allowed}))

    assert caught.value.details == {"limit": limit, "allowed": allowed}
    assert (members(wiring, blob), wiring.ledger.archive(blob)) == ({}, None)


def test_accepts_an_archive_at_its_limits(wiring: EmbeddedWiring) -> None:
    """A limit is the most that is allowed."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO)]))
    sizes = len(ONE), len(TWO)
    limits: dict[str, Any] = {"member_count": 2, "total_bytes": sum(sizes), "member_bytes": max(sizes)}

    assert failures(run(wiring, blob, **limits)) == {}


def test_refuses_archives_that_are_nested_too_deep(wiring: EmbeddedWiring) -> None:
    """Two archives may lie within each other; a third is refused."""
    archive = zipped([("inner.zip", zipped([("inner.zip", zipped([("1.dcm", ONE)]))]))])
    outer = stored(wiring, archive)
    run(wiring, outer)
    (inner,) = [stat.ref for stat in wiring.clinical.list(f"{outer.name}.members/")]
    run(wiring, inner)
    (innermost,) = [stat.ref for stat in wiring.clinical.list(f"{inner.name}.members/")]
    with pytest.raises(ArchiveMemberUnsafe) as caught:
        run(wiring, innermost)

    assert caught.value.details == {"reason": "archives nested too deep", "allowed": 2}


def peak_memory(wiring: EmbeddedWiring, blob: BlobRef, clinical: Blobs) -> tuple[int, list[Event]]:
    """Unpack and return the most memory in bytes that it took at one time."""
    tracemalloc.start()
    try:
        events = run(wiring, blob, clinical=clinical, compression_ratio=10**9)
        return tracemalloc.get_traced_memory()[1], events
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_unpacks_a_large_member_in_little_memory(wiring: EmbeddedWiring, method: int) -> None:
    """A member of 24 MiB is written in pieces of at most one."""
    content = ct_image(pixels=random.Random(1).randbytes(MIB // 4) * 96)
    blob = stored(wiring, zipped([("1.dcm", content)], method))
    clinical = WatchedBlobs(wiring.clinical)
    peak, events = peak_memory(wiring, blob, clinical)

    assert failures(events) == {}
    assert clinical.largest_write <= MIB
    assert peak < 6 * MIB


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unpacks_a_member_that_lies_about_its_size_in_little_memory(
    wiring: EmbeddedWiring, method: int
) -> None:
    """A member that says 4 KiB and unpacks to 32 MiB fails without ever being in memory."""
    bomb = zipped([("1.dcm", ct_image(pixels=bytes(32 * MIB)))], method)
    blob = stored(wiring, patched(bomb, 0, SIZE, 4096))
    peak, events = peak_memory(wiring, blob, wiring.clinical)

    assert failures(events) == {0: "archive_member_unreadable"}
    assert peak < 6 * MIB
