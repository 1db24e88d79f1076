"""What is said of a failure: the event that records it, and where an unknown one happened."""

import traceback
from datetime import UTC, datetime
from pathlib import Path

from shared.errors import AirlockError, AttemptsExhausted
from shared.events import Event, EventFailed, OriginalMessage
from shared.ports.bus import Delivery


def failed_event(
    event: Event | None, delivery: Delivery, failure: Exception, *, stage: str, now: float
) -> EventFailed:
    """The event that records a failure for good, with the message that a retry replays.

    Args:
        event: what was in the message; None if that could not be decoded.
        delivery: the message and how often it was delivered.
        failure: what happened; of an unknown one only its class is said.
        stage: the name of the stage that failed.
        now: the time of the failure, in seconds since the epoch.
    """
    unknown = AttemptsExhausted(cause=type(failure).__name__)
    error = failure if isinstance(failure, AirlockError) else unknown
    message = delivery.message
    at = datetime.fromtimestamp(now, UTC).isoformat()
    return EventFailed(
        stage=stage,
        subject=event.key if event else message.message_id,
        code=error.code,
        category=error.category,
        cause=error.cause,
        attempts=delivery.delivery_attempt,
        first_failed_at=at,
        last_failed_at=at,
        message=OriginalMessage(topic=message.topic, data=message.data, attributes=message.attributes),
    )


def where(error: Exception) -> str:
    """Where an unknown failure happened; its text could hold anything and is not shown."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " in ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
