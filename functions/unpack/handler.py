"""Unpack an archive member by member into objects that arrive on their own; every member is counted."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

import msgspec

from shared.archive import open_archive
from shared.dicom.read import is_media_directory, looks_like_dicom
from shared.errors import (
    AirlockError,
    ArchiveMemberEncrypted,
    ArchiveMemberUnreadable,
    ArchiveMemberUnsafe,
    LimitExceeded,
)
from shared.events import (
    ArchiveMemberFailed,
    ArchiveReceived,
    ArchiveUnpacked,
    Event,
    IgnoreReason,
)
from shared.identifiers import MEMBERS_FOLDER, BlobRef, member_name
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ArchiveRecord, IgnoredRecord
from shared.settings import UnpackPolicy

_ENCRYPTED_FLAG = 0x1
_RATIO_MATTERS_FROM = 1 << 20
_SNIFF_BYTES = 256
_CHUNK = 1 << 20
_ZIP_MAGIC = b"PK\3\4"
# The standard library inflates these piece by piece; all other methods unpack a whole chunk at once, however
# large that is in memory.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def unpack(
    event: ArchiveReceived, *, clinical: Blobs, ledger: ClinicalLedger, unpacking: UnpackPolicy, clock: Clock
) -> Iterator[Event]:
    """Unpack one batch of members; the last batch says that the archive is done, the others ask for the next.

    A member that is retried alone was counted with its batch already.

    Raises:
        ArchiveUnreadable: the object is no ZIP archive.
        LimitExceeded: it has more or larger members than the policy allows; nothing is unpacked.
        ArchiveMemberUnsafe: archives are nested too deep.
    """
    with clinical.open(event.blob) as reader, open_archive(reader) as archive:
        members = [info for info in archive.infolist() if not info.filename.endswith("/")]
        _check_limits(event.blob, members, unpacking)
        last = min(event.first_member + (1 if event.alone else unpacking.batch), len(members))
        record = ArchiveRecord(blob=event.blob, members=len(members), unpacked_to=event.first_member)
        unpacker = _Unpacker(archive, event.blob, clinical, policy=unpacking, clock=clock)
        for index in range(event.first_member, last):
            unpacked = unpacker.unpack(index, members[index])
            if isinstance(unpacked, IgnoredRecord):
                ledger.add_ignored(unpacked)
            elif isinstance(unpacked, ArchiveMemberFailed):
                yield unpacked
            record = _counted(record, unpacked)
    if event.alone:
        return
    record = _account(record, ledger)
    if record.finished:
        yield ArchiveUnpacked(
            blob=event.blob, extracted=record.extracted, ignored=record.ignored, failed=record.failed
        )
    else:
        yield ArchiveReceived(blob=event.blob, first_member=last)


def _check_limits(blob: BlobRef, members: list[zipfile.ZipInfo], policy: UnpackPolicy) -> None:
    if blob.name.count(MEMBERS_FOLDER) >= policy.nesting:
        raise ArchiveMemberUnsafe(reason="archives nested too deep", allowed=policy.nesting)
    if len(members) > policy.member_count:
        raise LimitExceeded(limit="member_count", allowed=policy.member_count)
    if sum(info.file_size for info in members) > policy.total_bytes:
        raise LimitExceeded(limit="total_bytes", allowed=policy.total_bytes)


class _Unpacker:
    """Unpacks the members of one archive; a member's new name holds its index, never its own name."""

    def __init__(
        self, archive: zipfile.ZipFile, blob: BlobRef, clinical: Blobs, *, policy: UnpackPolicy, clock: Clock
    ) -> None:
        self._archive = archive
        self._blob = blob
        self._clinical = clinical
        self._policy = policy
        self._clock = clock

    def unpack(self, index: int, info: zipfile.ZipInfo) -> IgnoredRecord | ArchiveMemberFailed | None:
        """Unpack one member; None if it is an object of its own now."""
        blob = self._blob
        try:
            _check_member(info, self._policy)
            reason = _extract(self._archive, info, member_name(blob, index), self._clinical)
        except AirlockError as error:
            if error.retryable:
                raise
            return _failed(blob, index, error, self._clock)
        subject = str(blob.at_member(index))
        return IgnoredRecord(subject=subject, blob=blob, reason=reason) if reason else None


def _check_member(info: zipfile.ZipInfo, policy: UnpackPolicy) -> None:
    if info.flag_bits & _ENCRYPTED_FLAG:
        raise ArchiveMemberEncrypted
    if info.compress_type not in _METHODS:
        raise ArchiveMemberUnreadable(compression_method=info.compress_type)
    if info.file_size > policy.member_bytes:
        raise ArchiveMemberUnsafe(reason="too large", allowed_bytes=policy.member_bytes)
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size >= _RATIO_MATTERS_FROM and ratio > policy.compression_ratio:
        raise ArchiveMemberUnsafe(reason="compression ratio", allowed=policy.compression_ratio)
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0].endswith(":"):
        raise ArchiveMemberUnsafe(reason="path leaves the archive")


def _extract(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, clinical: Blobs
) -> IgnoreReason | None:
    try:
        with archive.open(info) as member:
            head = member.read(_SNIFF_BYTES)
            if is_media_directory(head):
                return "dicomdir"
            if not (looks_like_dicom(head) or head.startswith(_ZIP_MAGIC)):
                return "not_dicom_member"
            with clinical.create(name, if_generation_match=0) as writer:
                writer.write(head)
                while chunk := member.read(_CHUNK):
                    writer.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise ArchiveMemberUnreadable from error
    return None


def _failed(blob: BlobRef, index: int, error: AirlockError, clock: Clock) -> ArchiveMemberFailed:
    return ArchiveMemberFailed(
        blob=blob,
        member=index,
        code=error.code,
        category=error.category,
        cause=error.cause,
        failed_at=datetime.fromtimestamp(clock.now(), UTC).isoformat(),
    )


def _counted(record: ArchiveRecord, unpacked: IgnoredRecord | ArchiveMemberFailed | None) -> ArchiveRecord:
    return msgspec.structs.replace(
        record,
        unpacked_to=record.unpacked_to + 1,
        extracted=record.extracted + (unpacked is None),
        ignored=record.ignored + isinstance(unpacked, IgnoredRecord),
        failed=record.failed + isinstance(unpacked, ArchiveMemberFailed),
    )


def _account(batch: ArchiveRecord, ledger: ClinicalLedger) -> ArchiveRecord:
    """Add a batch to what the ledger has; a batch that came twice counts once."""
    stored = ledger.archive(batch.blob)
    size = batch.extracted + batch.ignored + batch.failed
    if stored is None:
        stored = ArchiveRecord(blob=batch.blob, members=batch.members)
    if stored.unpacked_to == batch.unpacked_to - size:
        stored = msgspec.structs.replace(
            stored,
            unpacked_to=batch.unpacked_to,
            extracted=stored.extracted + batch.extracted,
            ignored=stored.ignored + batch.ignored,
            failed=stored.failed + batch.failed,
            finished=batch.unpacked_to == batch.members,
        )
        ledger.put_archive(stored)
    return stored
