"""Read the header of an object that arrived; accept, ignore or refuse it."""

from collections.abc import Iterator

from shared.dicom.read import MEDIA_STORAGE_DIRECTORY, Header, read_header
from shared.dicom.result_kinds import may_be_result
from shared.dicom.scan import Limits
from shared.dicom.validate import Identity
from shared.dicom.validate import validate as validate_instance
from shared.errors import Conflict, ObjectNotFound, PatientInconsistent, ValidationError
from shared.events import (
    ArchiveReceived,
    BlobFinalized,
    Event,
    IgnoreReason,
    InstanceAccepted,
    InstanceIgnored,
)
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobReader, Blobs
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import IgnoredRecord, InstanceRecord
from shared.settings import ValidationPolicy

_ZIP_MAGIC = b"PK\3\4", b"PK\5\6"
_PIECE = 1 << 20


def validate(
    event: BlobFinalized,
    *,
    clinical: Blobs,
    ledger: ClinicalLedger,
    validation: ValidationPolicy,
    clock: Clock,
) -> Iterator[Event]:
    """Accept an instance into its series, send an archive on, ignore what is none of both, or refuse it.

    It may run twice, and at once: of an instance there is one record, whoever writes it. What the ledger
    accounts for is not refused when it is told of again.

    Raises:
        ValidationError: the object is no instance that may go on.
        Conflict: other bytes are accepted already under its SOP Instance UID.
        PatientInconsistent: its series belongs to another patient.
        ObjectNotFound: the object was deleted or overwritten before.
    """
    if not event.blob.has_arrived:
        return
    try:
        yield _judge(event.blob, clinical, ledger, validation, clock)
    except (ObjectNotFound, ValidationError):
        # Told again of what was handled, then deleted or overwritten, or what today's policy would refuse.
        if not ledger.accounts_for(event.blob):
            raise


def _judge(
    blob: BlobRef, clinical: Blobs, ledger: ClinicalLedger, validation: ValidationPolicy, clock: Clock
) -> Event:
    with clinical.open(blob, header_only=True) as reader:
        if reader.read(0, 4) in _ZIP_MAGIC:
            return ArchiveReceived(blob=blob)
        header = read_header(reader, _limits(validation), force=validation.force)
        if header.media_storage_sop_class_uid == MEDIA_STORAGE_DIRECTORY:
            return _ignore(blob, "dicomdir", ledger)
        identity = validate_instance(header, frame_bytes_limit=validation.frame_bytes)
        if may_be_result(identity.sop_class_uid) and ledger.is_result(identity.sop_instance_uid):
            return _ignore(blob, "own_result", ledger)
        return _accept(_record(blob, reader, header, identity, clock.now()), clinical, reader, ledger)


def _limits(policy: ValidationPolicy) -> Limits:
    return Limits(
        file_bytes=policy.file_bytes,
        header_bytes=policy.header_bytes,
        sequence_depth=policy.sequence_depth,
        element_count=policy.element_count,
    )


def _record(
    blob: BlobRef, reader: BlobReader, header: Header, identity: Identity, now: float
) -> InstanceRecord:
    return InstanceRecord(
        sop_instance_uid=identity.sop_instance_uid,
        series=identity.series,
        blob=blob,
        size=reader.size,
        crc32c=reader.crc32c,
        sop_class_uid=identity.sop_class_uid,
        transfer_syntax_uid=header.transfer_syntax_uid,
        modality=identity.modality,
        patient_digest=identity.patient_digest,
        expected_count=identity.expected_count,
        accepted_at=now,
    )


def _accept(
    record: InstanceRecord, clinical: Blobs, reader: BlobReader, ledger: ClinicalLedger
) -> InstanceAccepted | InstanceIgnored:
    if ledger.patient_digest(record.series) not in {None, record.patient_digest}:
        raise PatientInconsistent(modality=record.modality)
    stored = ledger.add_instance(record)
    if stored.blob == record.blob or _moved(stored, record, ledger):
        return InstanceAccepted(blob=record.blob, series=record.series)
    if not _same_bytes(stored, record, clinical, reader):
        raise Conflict(stored_bytes=stored.size, arrived_bytes=record.size)
    return _ignore(record.blob, "duplicate", ledger)


def _moved(stored: InstanceRecord, arrived: InstanceRecord, ledger: ClinicalLedger) -> bool:
    """The same bytes under the same name overwrote the object: the instance lies there now."""
    if (stored.blob.name, stored.size, stored.crc32c) != (arrived.blob.name, arrived.size, arrived.crc32c):
        return False
    if arrived.blob.generation > stored.blob.generation:
        ledger.move_instance(arrived)
    return True


def _same_bytes(stored: InstanceRecord, arrived: InstanceRecord, clinical: Blobs, reader: BlobReader) -> bool:
    """A checksum can only tell that objects differ; whether they are equal, their bytes say."""
    if (stored.size, stored.crc32c) != (arrived.size, arrived.crc32c):
        return False
    with clinical.open(stored.blob) as other:
        starts = range(0, stored.size, _PIECE)
        return all(reader.read(start, _PIECE) == other.read(start, _PIECE) for start in starts)


def _ignore(blob: BlobRef, reason: IgnoreReason, ledger: ClinicalLedger) -> InstanceIgnored:
    ledger.add_ignored(IgnoredRecord(subject=str(blob), blob=blob, reason=reason))
    return InstanceIgnored(blob=blob, reason=reason)
