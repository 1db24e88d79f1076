"""What arrived: an instance for the ledger, or a reason to leave it out."""

from contextlib import ExitStack
from typing import Self

from shared.dicom.read import MEDIA_STORAGE_DIRECTORY, Header, read_header
from shared.dicom.result_kinds import may_be_result
from shared.dicom.scan import Limits
from shared.dicom.validate import Identity
from shared.dicom.validate import validate as validate_instance
from shared.errors import Conflict, ObjectNotFound, PatientInconsistent
from shared.events import IgnoreReason
from shared.identifiers import BlobRef
from shared.originals import Originals
from shared.ports.blobs import BlobReader, Blobs
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import InstanceRecord
from shared.settings import ValidationPolicy

_PIECE = 1 << 20


def examine(
    blob: BlobRef, reader: BlobReader, *, policy: ValidationPolicy, ledger: ClinicalLedger, now: float
) -> InstanceRecord | IgnoreReason:
    """Read and check the header of a file; `now` is in seconds since the epoch.

    Raises:
        ValidationError: it is no instance that may go on.
    """
    header = read_header(reader, _limits(policy), force=policy.force)
    if header.media_storage_sop_class_uid == MEDIA_STORAGE_DIRECTORY:
        return "dicomdir"
    identity = validate_instance(header, frame_bytes_limit=policy.frame_bytes)
    if may_be_result(identity.sop_class_uid) and ledger.is_result(identity.sop_instance_uid):
        return "own_result"
    return _record(blob, reader, header, identity, now)


def of_patient(record: InstanceRecord, digest: str | None) -> InstanceRecord:
    """The instance, if it has the patient digest of its series, or its series has none yet.

    Raises:
        PatientInconsistent: its series belongs to another patient.
    """
    if digest not in {None, record.patient_digest}:
        raise PatientInconsistent(modality=record.modality)
    return record


class Copies:
    """Tells copies from other bytes. A context manager: archives stay open, for copies come in archives."""

    def __init__(self, clinical: Blobs) -> None:
        self._stored = Originals(clinical)
        self._arrived = Originals(clinical)

    def same_bytes(self, stored: InstanceRecord, arrived: InstanceRecord) -> bool | None:
        """A checksum can only tell that objects differ; whether they are equal, their bytes say.

        None if the checksums agree, and what is stored is gone.
        """
        if (stored.size, stored.crc32c) != (arrived.size, arrived.crc32c):
            return False
        with ExitStack() as opened:
            try:
                one = opened.enter_context(self._stored.open(stored.blob))
            except ObjectNotFound:
                return None
            other = opened.enter_context(self._arrived.open(arrived.blob))
            starts = range(0, stored.size, _PIECE)
            return all(one.read(start, _PIECE) == other.read(start, _PIECE) for start in starts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        with self._stored, self._arrived:
            pass


def is_accepted(
    arrived: InstanceRecord, stored: InstanceRecord, copies: Copies, ledger: ClinicalLedger
) -> bool:
    """Whether an instance that arrived is the one that the ledger stores; False for a copy of it.

    What was sent again takes the place of what is gone.

    Raises:
        Conflict: other bytes are accepted already under its SOP Instance UID.
    """
    if stored.blob == arrived.blob or _moved(stored, arrived, ledger):
        return True
    same = copies.same_bytes(stored, arrived)
    if same is None:
        ledger.move_instance(arrived)
        return True
    if not same:
        raise Conflict(stored_bytes=stored.size, arrived_bytes=arrived.size)
    return False


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


def _moved(stored: InstanceRecord, arrived: InstanceRecord, ledger: ClinicalLedger) -> bool:
    """The same bytes under the same name overwrote the object: the instance lies there now.

    In an archive it may lie at another index: one that has grown was overwritten as well.
    """
    former, present = stored.blob.generation, arrived.blob.generation
    if former == present or _name_and_content(stored) != _name_and_content(arrived):
        return False
    if present > former:
        ledger.move_instance(arrived)
    return True


def _name_and_content(record: InstanceRecord) -> tuple[object, ...]:
    return record.blob.name, record.size, record.crc32c
