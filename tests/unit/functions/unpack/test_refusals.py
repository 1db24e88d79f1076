"""`unpack`: members that fail, and archives that cannot be read."""

import zipfile

import pytest

from shared.errors import ArchiveUnreadable, ObjectNotFound
from shared.events import ArchiveMemberFailed, ArchiveUnpacked
from shared.wiring import EmbeddedWiring
from tests.archives import (
    COMPRESSED_SIZE,
    CRC,
    ENCRYPTED,
    FLAGS,
    METHOD,
    PATCH_DATA,
    SIZE,
    STRONGLY_ENCRYPTED,
    UTF_8,
    patched,
    with_damaged_data,
    with_name_in_local_header,
    zipped,
)
from tests.instances import media_directory
from tests.unit.functions.unpack.harness import ONE, TWO, failures, members, run, stored, unpack_one

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
        ArchiveUnpacked(blob=blob, accepted=1, extracted=0, ignored=0, failed=1),
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
        (patched(zipped([("1.dcm", ONE)]), 0, FLAGS, PATCH_DATA), "patch data"),
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


@pytest.mark.parametrize(
    "content",
    [b"Read me", bytes(100_000), media_directory() + bytes(100_000)],
    ids=["text", "zeros", "DICOMDIR"],
)
def test_ignores_nothing_that_is_damaged(wiring: EmbeddedWiring, content: bytes) -> None:
    """It may have been an instance: only its checksum says that it is what was sent."""
    failed, _ = unpack_one(wiring, patched(zipped([("1.dcm", content)]), 0, CRC, 1))

    assert failed.code == "archive_member_unreadable"


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
