"""Unpack an archive: its instances are accepted where they lie, and every member is counted."""

import zipfile
from collections.abc import Iterator

import msgspec

from functions.unpack.batch import Batch
from shared.archive import open_archive
from shared.errors import ArchiveMemberUnsafe, LimitExceeded
from shared.events import ArchiveReceived, ArchiveUnpacked, Event
from shared.identifiers import MEMBERS_FOLDER, BlobRef
from shared.originals import file_members
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ArchiveRecord
from shared.settings import UnpackPolicy, ValidationPolicy


def unpack(
    event: ArchiveReceived,
    *,
    clinical: Blobs,
    ledger: ClinicalLedger,
    unpacking: UnpackPolicy,
    validation: ValidationPolicy,
    clock: Clock,
) -> Iterator[Event]:
    """Unpack one batch of members; the last batch says that the archive is done, the others ask for the next.

    A member that is retried alone was counted with its batch already.

    Raises:
        ArchiveUnreadable: the object is no ZIP archive.
        LimitExceeded: it has more or larger members than the policy allows; nothing is unpacked.
        ArchiveMemberUnsafe: archives are nested too deep.
    """
    with clinical.open(event.blob) as reader, open_archive(reader) as archive:
        members = file_members(archive)
        _check_limits(event.blob, members, unpacking)
        last = (
            event.first_member + 1 if event.alone else _end_of_batch(members, event.first_member, unpacking)
        )
        batch = Batch(
            archive,
            event,
            clinical=clinical,
            ledger=ledger,
            unpacking=unpacking,
            validation=validation,
            now=clock.now(),
        )
        for index in range(event.first_member, last):
            batch.take(index, members[index])
        yield from batch.settle()
    if event.alone:
        return
    record = _account(batch.record, len(members), ledger)
    if record.finished:
        yield ArchiveUnpacked(
            blob=event.blob,
            accepted=record.accepted,
            extracted=record.extracted,
            ignored=record.ignored,
            failed=record.failed,
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


def _end_of_batch(members: list[zipfile.ZipInfo], first: int, policy: UnpackPolicy) -> int:
    """Where the next batch begins: so many members and bytes can be read before the ack deadline."""
    end, size = min(first + policy.batch, len(members)), 0
    for index in range(first, end):
        size += members[index].file_size
        if size > policy.batch_bytes and index > first:
            return index
    return end


def _account(batch: ArchiveRecord, members: int, ledger: ClinicalLedger) -> ArchiveRecord:
    """Add a batch to what the ledger has; a batch that came twice counts once."""
    stored = ledger.archive(batch.blob) or ArchiveRecord(blob=batch.blob, members=members)
    if stored.unpacked_to == batch.unpacked_to - batch.members:
        stored = msgspec.structs.replace(
            stored,
            unpacked_to=batch.unpacked_to,
            accepted=stored.accepted + batch.accepted,
            extracted=stored.extracted + batch.extracted,
            ignored=stored.ignored + batch.ignored,
            failed=stored.failed + batch.failed,
            finished=batch.unpacked_to == members,
        )
        ledger.put_archive(stored)
    return stored
