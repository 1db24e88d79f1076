"""`unpack`: every member of an archive becomes an object, is ignored, or fails, and is counted once."""

import random
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from functions.unpack.handler import unpack
from shared.adapters.clock import FakeClock
from shared.errors import (
    ArchiveMemberUnsafe,
    ArchiveUnreadable,
    LimitExceeded,
    ObjectNotFound,
    SpaceExhausted,
)
from shared.events import ArchiveMemberFailed, ArchiveReceived, ArchiveUnpacked, Event
from shared.identifiers import BlobRef
from shared.ports.blobs import Blobs
from shared.ports.records import ArchiveRecord, IgnoredRecord
from shared.settings import UnpackPolicy
from shared.wiring import EmbeddedWiring
from tests.archives import (
    COMPRESSED_SIZE,
    CRC,
    FLAGS,
    METHOD,
    SIZE,
    patched,
    with_damaged_data,
    with_name_in_local_header,
    zipped,
)
from tests.contracts.blob_reading import get, put
from tests.doubles import WatchedBlobs
from tests.instances import ct_image, media_directory, without_meta

ENCRYPTED, STRONGLY_ENCRYPTED, UTF_8, PATCHED = 0x1, 0x41, 0x800, 0x20
MIB = 1 << 20
ONE, TWO = ct_image(1), ct_image(2)


def stored(wiring: EmbeddedWiring, archive: bytes, name: str = "intake/archive.zip") -> BlobRef:
    """Put an archive into the intake."""
    return put(wiring.clinical, name, archive).ref


def run(
    wiring: EmbeddedWiring, blob: BlobRef, first: int = 0, *, clinical: Blobs | None = None, **policy: Any
) -> list[Event]:
    """Handle one batch."""
    return list(
        unpack(
            ArchiveReceived(blob=blob, first_member=first),
            clinical=clinical or wiring.clinical,
            ledger=wiring.ledger,
            unpacking=UnpackPolicy(**policy),
            clock=wiring.clock,
        )
    )


def members(wiring: EmbeddedWiring, blob: BlobRef) -> dict[int, bytes]:
    """The content of the members that became objects, by their index in the archive."""
    folder = f"{blob.name}.members/{blob.generation}/"
    found = wiring.clinical.list(folder)
    return {int(stat.ref.name.removeprefix(folder)): get(wiring.clinical, stat.ref) for stat in found}


def failures(events: Sequence[Event]) -> dict[int, str]:
    """The code of each member that failed."""
    return {event.member: event.code for event in events if isinstance(event, ArchiveMemberFailed)}


def unpack_one(
    wiring: EmbeddedWiring, archive: bytes, **policy: Any
) -> tuple[ArchiveMemberFailed, ArchiveRecord]:
    """Unpack an archive of one member that fails; return the failure and the record."""
    blob = stored(wiring, archive)
    failed, unpacked = run(wiring, blob, **policy)
    record = wiring.ledger.archive(blob)

    assert isinstance(failed, ArchiveMemberFailed)
    assert unpacked == ArchiveUnpacked(blob=blob, extracted=0, ignored=0, failed=1)
    assert record is not None
    assert members(wiring, blob) == {}
    return failed, record


# -- what becomes of members


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_makes_an_object_of_every_instance(wiring: EmbeddedWiring, method: int) -> None:
    """Members of one base name in different folders become objects of their own, byte for byte."""
    blob = stored(wiring, zipped([("a/1.dcm", ONE), ("b/c/1.dcm", TWO)], method))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, extracted=2, ignored=0, failed=0)]
    assert members(wiring, blob) == {0: ONE, 1: TWO}
    assert wiring.ledger.archive(blob) == ArchiveRecord(
        blob=blob, members=2, unpacked_to=2, extracted=2, finished=True
    )


def test_makes_an_object_of_each_of_two_members_of_one_name(wiring: EmbeddedWiring) -> None:
    """An archive may hold a name twice; both members are there afterwards."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("1.dcm", TWO)]))
    run(wiring, blob)

    assert members(wiring, blob) == {0: ONE, 1: TWO}


def test_keeps_names_that_people_gave_out_of_the_new_ones(wiring: EmbeddedWiring) -> None:
    """The new object's name holds the archive's generation and the member's index."""
    blob = stored(wiring, zipped([("Zylberquist Ottokar/scan.dcm", ONE)]))
    run(wiring, blob)

    names = [stat.ref.name for stat in wiring.clinical.list(f"{blob.name}.")]
    assert names == [f"intake/archive.zip.members/{blob.generation}/000000"]


def test_does_not_count_folders_as_members(wiring: EmbeddedWiring) -> None:
    """Entries of folders hold nothing; indices count the files alone."""
    blob = stored(wiring, zipped([("a/", b""), ("a/1.dcm", ONE), ("b/", b""), ("b/2.dcm", TWO)]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, extracted=2, ignored=0, failed=0)]
    assert members(wiring, blob) == {0: ONE, 1: TWO}


@pytest.mark.parametrize(
    "content", [ONE, without_meta(ONE), zipped([("1.dcm", ONE)])], ids=["file", "data set alone", "archive"]
)
def test_extracts_what_validate_shall_judge(wiring: EmbeddedWiring, content: bytes) -> None:
    """Files with and without meta information and archives within the archive arrive on their own."""
    blob = stored(wiring, zipped([("member", content)]))
    run(wiring, blob)

    assert members(wiring, blob) == {0: content}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (media_directory(), "dicomdir"),
        (b"Read me", "not_dicom_member"),
        (b"", "not_dicom_member"),
        (bytes(2000), "not_dicom_member"),
    ],
    ids=["DICOMDIR", "text", "empty", "zeros"],
)
def test_ignores_what_is_no_instance(wiring: EmbeddedWiring, content: bytes, reason: str) -> None:
    """Members that are no instances are counted as ignored under the archive's generation and their index."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("other", content)]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, extracted=1, ignored=1, failed=0)]
    assert list(wiring.ledger.ignored()) == [
        IgnoredRecord(subject=f"{blob}!1", blob=blob, reason=reason)  # type: ignore[arg-type]
    ]


def test_unpacks_an_empty_archive(wiring: EmbeddedWiring) -> None:
    """An archive without members is done at once."""
    blob = stored(wiring, zipped([]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, extracted=0, ignored=0, failed=0)]
    assert wiring.ledger.archive(blob) == ArchiveRecord(blob=blob, members=0, finished=True)


# -- members that fail


def test_says_of_a_failed_member_what_and_when(wiring: EmbeddedWiring) -> None:
    """The event of a failure has the error's code, category and cause, and never the member's name."""
    archive = zipped([("Zylberquist.dcm", ONE), ("2.dcm", TWO)])
    blob = stored(wiring, patched(archive, 0, FLAGS, ENCRYPTED))

    assert run(wiring, blob) == [
        ArchiveMemberFailed(
            blob=blob,
            member=0,
            code="archive_member_encrypted",
            category="validation",
            cause="A member of the ZIP archive is encrypted.",
            failed_at="2025-11-22T10:30:00+00:00",
        ),
        ArchiveUnpacked(blob=blob, extracted=1, ignored=0, failed=1),
    ]
    assert members(wiring, blob) == {1: TWO}


@pytest.mark.parametrize("flags", [ENCRYPTED, STRONGLY_ENCRYPTED])
def test_refuses_encrypted_members(wiring: EmbeddedWiring, flags: int) -> None:
    """A member with the encryption flag cannot be read and has an error of its own."""
    failed, _ = unpack_one(wiring, patched(zipped([("1.dcm", ONE)]), 0, FLAGS, flags))

    assert failed.code == "archive_member_encrypted"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../1.dcm",
        "a/../../1.dcm",
        "C:/1.dcm",
        "C:\\1.dcm",
        "\\\\server\\share\\1.dcm",
        "..\\1.dcm",
        "\\1.dcm",
    ],
)
def test_refuses_names_that_leave_the_archive(wiring: EmbeddedWiring, name: str) -> None:
    """Absolute paths, drives and parents are unsafe whichever way the slashes lean."""
    failed, _ = unpack_one(wiring, zipped([(name, ONE)]))

    assert (failed.code, failed.cause) == (
        "archive_member_unsafe",
        "A member of the ZIP archive is unsafe to unpack. (reason=path leaves the archive)",
    )


@pytest.mark.parametrize("name", ["", ".", "./."], ids=["empty", "dot", "dots"])
def test_refuses_members_without_a_name(wiring: EmbeddedWiring, name: str) -> None:
    """A name of nothing is no path in the archive; the members beside it are unpacked all the same."""
    blob = stored(wiring, zipped([(name, ONE), ("2.dcm", TWO)]))
    events = run(wiring, blob)

    assert failures(events) == {0: "archive_member_unsafe"}
    assert members(wiring, blob) == {1: TWO}


@pytest.mark.parametrize(
    ("archive", "what"),
    [
        (with_damaged_data(zipped([("1.dcm", ONE)]), 0), "stored data"),
        (with_damaged_data(zipped([("1.dcm", ONE)], zipfile.ZIP_DEFLATED), 0), "deflated data"),
        (patched(zipped([("1.dcm", ONE)]), 0, CRC, 0), "checksum"),
        (patched(zipped([("1.dcm", ONE)]), 0, METHOD, 9), "Deflate64"),
        (patched(zipped([("1.dcm", ONE)]), 0, METHOD, 99), "AES"),
        (patched(zipped([("1.dcm", ONE)]), 0, FLAGS, PATCHED), "patch data"),
        (zipped([("1.dcm", ONE)], zipfile.ZIP_BZIP2), "bzip2"),
        (zipped([("1.dcm", ONE)], zipfile.ZIP_LZMA), "LZMA"),
        (with_name_in_local_header(zipped([("1.dcm", ONE)]), 0, b"2"), "two names"),
        (
            with_name_in_local_header(patched(zipped([("1.dcm", ONE)]), 0, FLAGS, UTF_8), 0, b"\xff"),
            "no UTF-8",
        ),
        (patched(zipped([("1.dcm", ONE)], zipfile.ZIP_DEFLATED), 0, SIZE, len(ONE) - 1), "too small a size"),
        (
            patched(zipped([("1.dcm", ONE)], zipfile.ZIP_DEFLATED), 0, COMPRESSED_SIZE, 100),
            "too small a compressed size",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_fails_members_that_cannot_be_read(wiring: EmbeddedWiring, archive: bytes, what: str) -> None:
    """Whatever is wrong with a member's data or headers, it fails, nothing of it stays, and it is counted."""
    failed, record = unpack_one(wiring, archive)

    assert failed.code == "archive_member_unreadable", what
    assert (record.members, record.failed, record.finished) == (1, 1, True)


# -- bombs


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


@pytest.mark.parametrize(
    ("limit", "allowed"), [("member_count", 1), ("total_bytes", len(ONE) + len(TWO) - 1)]
)
def test_refuses_an_archive_beyond_its_limits(wiring: EmbeddedWiring, limit: str, allowed: int) -> None:
    """An archive with too many or too large members is refused before anything is unpacked."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO)]))
    with pytest.raises(LimitExceeded) as caught:
        run(wiring, blob, **{limit: allowed})

    assert caught.value.details == {"limit": limit, "allowed": allowed}
    assert (members(wiring, blob), wiring.ledger.archive(blob)) == ({}, None)


def test_accepts_an_archive_at_its_limits(wiring: EmbeddedWiring) -> None:
    """A limit is the most that is allowed."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO)]))
    limits = {"member_count": 2, "total_bytes": len(ONE) + len(TWO), "member_bytes": max(len(ONE), len(TWO))}

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


# -- archives that cannot be read


@pytest.mark.parametrize(
    "archive",
    [zipped([("1.dcm", ONE), ("2.dcm", TWO)])[:-10], zipped([("1.dcm", ONE)])[:100], b"PK\3\4", b"PK\5\6"],
    ids=["without its end", "cut off", "four bytes", "end alone"],
)
def test_refuses_a_truncated_archive(wiring: EmbeddedWiring, archive: bytes) -> None:
    """An archive whose directory is not there cannot be read; nothing is unpacked."""
    blob = stored(wiring, archive)
    with pytest.raises(ArchiveUnreadable):
        run(wiring, blob)

    assert wiring.ledger.archive(blob) is None


def test_finds_an_overwritten_archive_gone(wiring: EmbeddedWiring) -> None:
    """Only the generation that arrived is unpacked."""
    blob = stored(wiring, zipped([("1.dcm", ONE)]))
    stored(wiring, zipped([("2.dcm", TWO)]))

    with pytest.raises(ObjectNotFound):
        run(wiring, blob)


# -- batches and redelivery


def test_goes_on_batch_by_batch(wiring: EmbeddedWiring) -> None:
    """Every batch but the last asks for the next; the counts add up."""
    names = [("1.dcm", ONE), ("text", b"text"), ("../3.dcm", ONE), ("2.dcm", TWO), ("5", b"text")]
    blob = stored(wiring, zipped(names))

    assert run(wiring, blob, 0, batch=2) == [ArchiveReceived(blob=blob, first_member=2)]
    failed, then = run(wiring, blob, 2, batch=2)
    assert (failures([failed]), then) == (
        {2: "archive_member_unsafe"},
        ArchiveReceived(blob=blob, first_member=4),
    )
    assert wiring.ledger.archive(blob) == ArchiveRecord(
        blob=blob, members=5, unpacked_to=4, extracted=2, ignored=1, failed=1
    )
    assert run(wiring, blob, 4, batch=2) == [ArchiveUnpacked(blob=blob, extracted=2, ignored=2, failed=1)]
    assert members(wiring, blob) == {0: ONE, 3: TWO}


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_counts_a_batch_that_comes_twice_once(
    wiring: EmbeddedWiring, clock: FakeClock, batch: int
) -> None:
    """A redelivered batch changes no object and no count, and says the same again."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("text", b"text"), ("../3.dcm", ONE)]))
    for first in range(0, 3, batch):
        run(wiring, blob, first, batch=batch)
    before = wiring.ledger.archive(blob), list(wiring.clinical.list()), list(wiring.ledger.ignored())
    clock.advance(60)
    for first in range(0, 3, batch):
        events = run(wiring, blob, first, batch=batch)

        assert events[-1] == ArchiveUnpacked(blob=blob, extracted=1, ignored=1, failed=1)
    assert (
        wiring.ledger.archive(blob),
        list(wiring.clinical.list()),
        list(wiring.ledger.ignored()),
    ) == before


def test_a_first_batch_that_comes_again_meanwhile_asks_for_the_second(wiring: EmbeddedWiring) -> None:
    """As long as the archive is not done every batch leads to the next one."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO), ("3", b"text")]))
    run(wiring, blob, 0, batch=1)
    run(wiring, blob, 1, batch=1)

    assert run(wiring, blob, 0, batch=1) == [ArchiveReceived(blob=blob, first_member=1)]
    assert wiring.ledger.archive(blob) == ArchiveRecord(blob=blob, members=3, unpacked_to=2, extracted=2)


class FullBlobs(WatchedBlobs):
    """A bucket without space."""

    def create(self, name: str, *, if_generation_match: int | None = None) -> Any:
        """Refuse."""
        raise SpaceExhausted


def test_lets_a_transient_failure_out(wiring: EmbeddedWiring) -> None:
    """A full disk is no fault of the member: the whole batch is tried again, and then succeeds."""
    blob = stored(wiring, zipped([("1.dcm", ONE)]))
    with pytest.raises(SpaceExhausted):
        run(wiring, blob, clinical=FullBlobs(wiring.clinical))

    assert wiring.ledger.archive(blob) is None
    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, extracted=1, ignored=0, failed=0)]


def test_goes_on_after_a_crash_in_the_middle(wiring: EmbeddedWiring) -> None:
    """Members that were extracted before a crash are found, counted, and announced no second time."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO)]))
    put(wiring.clinical, f"{blob.name}.members/{blob.generation}/000000", ONE, 0)
    before = wiring.clinical.stat(f"{blob.name}.members/{blob.generation}/000000")

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, extracted=2, ignored=0, failed=0)]
    assert wiring.clinical.stat(before.ref.name) == before


def test_reads_pieces_of_the_archive_only(wiring: EmbeddedWiring) -> None:
    """The second batch does not read the members of the first."""
    content = ct_image(pixels=random.Random(1).randbytes(4 * MIB))
    blob = stored(wiring, zipped([("1.dcm", content), ("2.dcm", TWO)]))
    clinical = WatchedBlobs(wiring.clinical)
    run(wiring, blob, 1, clinical=clinical)

    assert clinical.bytes_read < 2 * MIB


def test_counts_members_of_many_kinds(wiring: EmbeddedWiring) -> None:
    """A mixed archive is accounted for to the last member."""
    archive = zipped(
        [("1.dcm", ONE), ("DICOMDIR", media_directory()), ("../2.dcm", TWO), ("text", b"text"), ("3", TWO)]
    )
    blob = stored(wiring, patched(archive, 4, FLAGS, ENCRYPTED))
    events = run(wiring, blob)

    assert Counter(failures(events).values()) == {"archive_member_unsafe": 1, "archive_member_encrypted": 1}
    assert events[-1] == ArchiveUnpacked(blob=blob, extracted=1, ignored=2, failed=2)
