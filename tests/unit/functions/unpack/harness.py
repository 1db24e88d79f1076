"""Runs `unpack` on archives that a test makes, and looks at what became of their members."""

from collections.abc import Sequence
from typing import Any

from functions.unpack.handler import unpack
from shared.events import ArchiveMemberFailed, ArchiveReceived, ArchiveUnpacked, Event, MembersAccepted
from shared.identifiers import BlobRef, member_name
from shared.originals import open_original
from shared.ports.blobs import Blobs
from shared.ports.records import ArchiveRecord
from shared.settings import UnpackPolicy, ValidationPolicy
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get, put
from tests.instances import ct_image

ONE, TWO = ct_image(1), ct_image(2)


def stored(wiring: EmbeddedWiring, archive: bytes, name: str = "intake/archive.zip") -> BlobRef:
    """Put an archive into the intake."""
    return put(wiring.clinical, name, archive).ref


def run(wiring: EmbeddedWiring, blob: BlobRef, first: int = 0, **given: Any) -> list[Event]:
    """Handle one batch, or one member alone; the events but those that say what was accepted."""
    events = everything(wiring, blob, first, **given)
    return [each for each in events if not isinstance(each, MembersAccepted)]


def everything(
    wiring: EmbeddedWiring,
    blob: BlobRef,
    first: int = 0,
    *,
    alone: bool = False,
    clinical: Blobs | None = None,
    **policy: Any,
) -> list[Event]:
    """Handle one batch, or one member alone; all events."""
    return list(
        unpack(
            ArchiveReceived(blob=blob, first_member=first, alone=alone),
            clinical=clinical or wiring.clinical,
            ledger=wiring.ledger,
            unpacking=UnpackPolicy(**policy),
            validation=ValidationPolicy(),
            clock=wiring.clock,
        )
    )


def members(wiring: EmbeddedWiring, blob: BlobRef) -> dict[int, bytes]:
    """The content of the members that are instances or became objects, by their index in the archive."""
    found = wiring.clinical.list(objects_of(blob))
    extracted = {int(stat.ref.name[-6:]): get(wiring.clinical, stat.ref) for stat in found}
    return extracted | instances(wiring, blob)


def objects_of(blob: BlobRef) -> str:
    """How the names of the objects that archives within an archive become begin."""
    return member_name(blob, 0).removesuffix("000000")


def instances(wiring: EmbeddedWiring, blob: BlobRef) -> dict[int, bytes]:
    """The content of the members that are instances, by their index in the archive."""
    contents = {}
    for record in wiring.ledger.instances():
        if record.blob.member is not None and record.blob.archive == blob:
            with open_original(wiring.clinical, record.blob) as reader:
                contents[record.blob.member] = reader.read(0, reader.size)
    return contents


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
    assert unpacked == ArchiveUnpacked(blob=blob, accepted=0, extracted=0, ignored=0, failed=1)
    assert record is not None
    assert members(wiring, blob) == {}
    return failed, record
