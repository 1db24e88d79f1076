"""What travels between the stages: references only, never an attribute of a patient.

Facts are in the past tense; commands (`DeidentifyShard`, `RetrieveResult`) say what to do. Every event has a
`key`: the business key under which a stage handles it once, however often and late it is delivered.
`TOPIC` is where it is published.
"""

import msgspec

from shared.errors import EventUndecodable
from shared.events.base import (
    AUDIT,
    Event,
)
from shared.events.failures import (
    ArchiveMemberFailed,
    EventFailed,
    ExceptionRaised,
    MessageDeadLettered,
    OriginalMessage,
)
from shared.events.intake import (
    ArchiveReceived,
    ArchiveUnpacked,
    BlobEvent,
    BlobFinalized,
    IgnoreReason,
    InstanceAccepted,
    InstanceIgnored,
    MembersAccepted,
    TickElapsed,
)
from shared.events.jobs import (
    JobEvent,
    ResultDelivered,
    ResultReceived,
    RetrieveResult,
    SeriesDeidentified,
    SeriesExported,
)
from shared.events.series import (
    CompletionReason,
    DeidentifyShard,
    SeriesAmended,
    SeriesCompleted,
    SeriesEvent,
    SeriesMatched,
    SeriesUnmatched,
)

__all__ = [
    "AUDIT",
    "AnyEvent",
    "ArchiveMemberFailed",
    "ArchiveReceived",
    "ArchiveUnpacked",
    "BlobEvent",
    "BlobFinalized",
    "CompletionReason",
    "DeidentifyShard",
    "Event",
    "EventFailed",
    "ExceptionRaised",
    "IgnoreReason",
    "InstanceAccepted",
    "InstanceIgnored",
    "JobEvent",
    "MembersAccepted",
    "MessageDeadLettered",
    "OriginalMessage",
    "ResultDelivered",
    "ResultReceived",
    "RetrieveResult",
    "SeriesAmended",
    "SeriesCompleted",
    "SeriesDeidentified",
    "SeriesEvent",
    "SeriesExported",
    "SeriesMatched",
    "SeriesUnmatched",
    "TickElapsed",
    "decode",
    "encode",
]

AnyEvent = (
    BlobFinalized
    | ArchiveReceived
    | ArchiveUnpacked
    | InstanceAccepted
    | MembersAccepted
    | InstanceIgnored
    | TickElapsed
    | SeriesCompleted
    | SeriesAmended
    | SeriesMatched
    | SeriesUnmatched
    | DeidentifyShard
    | SeriesDeidentified
    | SeriesExported
    | RetrieveResult
    | ResultReceived
    | ResultDelivered
    | ArchiveMemberFailed
    | EventFailed
    | MessageDeadLettered
    | ExceptionRaised
)

_decoder = msgspec.json.Decoder(AnyEvent)
_encoder = msgspec.json.Encoder(order="deterministic")


def encode(event: Event) -> bytes:
    """Encode an event as JSON with its type and version."""
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """Decode an event strictly: an unknown type, version or field is refused.

    Raises:
        EventUndecodable: `data` is not an event of a known type and version.
    """
    try:
        event: Event = _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise EventUndecodable(size=len(data)) from error
    if event.version != event.VERSION:
        raise EventUndecodable(type=type(event).__name__, version=event.version)
    return event
