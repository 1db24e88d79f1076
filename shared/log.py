"""One structured line an event, and nothing in it that names a person.

UIDs show their first and last four characters; fields that identify show a mask with their name.
"""

import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

#: fields whose value is never written, by any part of the product
IDENTIFYING_FIELDS = frozenset(
    {
        "accession_number",
        "blob_name",
        "file_name",
        "object_name",
        "path",
        "patient_address",
        "patient_birth_date",
        "patient_id",
        "patient_name",
        "referring_physician_name",
        "series_description",
        "study_date",
        "study_description",
    }
)
_UID = re.compile(r"(?<![\w.])\d{1,10}(?:\.\d{1,40}){3,}(?![\w.])")


def mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask identifying fields by their name and UIDs wherever they stand."""
    for field, value in event.items():
        if field in IDENTIFYING_FIELDS:
            event[field] = f"***{field.upper()}_MASKED***"
        elif isinstance(value, str):
            event[field] = _UID.sub(lambda match: f"{match[0][:4]}...{match[0][-4:]}", value)
    return event


def configure(*, json: bool, stream: TextIO | None = None) -> None:
    """Write log lines to `stream` (standard error): JSON for machines, or aligned text for people."""
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger() -> structlog.typing.FilteringBoundLogger:
    """The logger of the outcome lines."""
    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound
