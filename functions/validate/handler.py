"""Read the header of an object that arrived; accept, ignore or refuse it."""

from collections.abc import Iterator

from shared.errors import ObjectNotFound, ValidationError
from shared.events import (
    ArchiveReceived,
    BlobFinalized,
    Event,
    IgnoreReason,
    InstanceAccepted,
    InstanceIgnored,
)
from shared.identifiers import BlobRef
from shared.intake import Copies, examine, is_accepted, of_patient
from shared.ports.blobs import Blobs
from shared.ports.clock import Clock
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import IgnoredRecord, InstanceRecord
from shared.settings import ValidationPolicy

_ZIP_MAGIC = b"PK\3\4", b"PK\5\6"


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
        arrived = examine(blob, reader, policy=validation, ledger=ledger, now=clock.now())
        if isinstance(arrived, InstanceRecord):
            return _accept(arrived, clinical, ledger)
        return _ignore(blob, arrived, ledger)


def _accept(record: InstanceRecord, clinical: Blobs, ledger: ClinicalLedger) -> Event:
    (stored,) = ledger.add_instances([of_patient(record, ledger.patient_digest(record.series))])
    with Copies(clinical) as copies:
        accepted = is_accepted(record, stored, copies, ledger)
    if accepted:
        return InstanceAccepted(blob=record.blob, series=record.series)
    return _ignore(record.blob, "duplicate", ledger)


def _ignore(blob: BlobRef, reason: IgnoreReason, ledger: ClinicalLedger) -> InstanceIgnored:
    ledger.add_ignored(IgnoredRecord(subject=str(blob), blob=blob, reason=reason))
    return InstanceIgnored(blob=blob, reason=reason)
