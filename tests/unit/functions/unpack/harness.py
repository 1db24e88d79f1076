"""Runs `unpack` on archives that a test makes, and looks at what became of their members."""

from collections.abc import Sequence
from typing import Any

from functions.unpack.handler import unpack
from shared.events import ArchiveMemberFailed, ArchiveReceived, ArchiveUnpacked, Event
from shared.identifiers import BlobRef
from shared.ports.blobs import Blobs
from shared.ports.records import ArchiveRecord
from shared.settings import UnpackPolicy
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get, put
from tests.instances import ct_image

ONE, TWO = ct_image(1), ct_image(2)


def stored(wiring: EmbeddedWiring, archive: bytes, name: str = "intake/archive.zip") -> BlobRef:
    """Put an archive into the intake."""
    return put(wiring.clinical, name, archive).ref


def run(
    wiring: EmbeddedWiring,
    blob: BlobRef,
    first: int = 0,
    *,
    alone: bool = False,
    clinical: Blobs | None = None,
    **policy: Any,
) -> list[Event]:
    """Handle one batch, or one member alone."""
    return list(
        unpack(
            ArchiveReceived(blob=blob, first_member=first, alone=alone),
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
