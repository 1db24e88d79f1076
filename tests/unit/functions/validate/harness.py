"""Runs `validate` on an object that arrived."""

from typing import Any

from functions.validate.handler import validate
from shared.events import BlobFinalized, Event
from shared.ports.blobs import Blobs
from shared.ports.records import InstanceRecord
from shared.settings import ValidationPolicy
from shared.wiring import EmbeddedWiring


def run(
    wiring: EmbeddedWiring, event: BlobFinalized, *, clinical: Blobs | None = None, **policy: Any
) -> list[Event]:
    """Handle one event."""
    return list(
        validate(
            event,
            clinical=clinical or wiring.clinical,
            ledger=wiring.ledger,
            validation=ValidationPolicy(**policy),
            clock=wiring.clock,
        )
    )


def instances(wiring: EmbeddedWiring) -> list[InstanceRecord]:
    """All accepted instances."""
    return list(wiring.ledger.instances())
