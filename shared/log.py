"""One structured line an event, and nothing in it that names a person.

UIDs show their first and last four characters; fields that identify show a mask with their name. structlog
loads with the first line: it brings asyncio and rich, which a function that starts has no use for.
"""

import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
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
# Wherever it stands: in a sentence, in a file name, against a letter. Versions have three numbers at most;
# of the UIDs with three, those under 2.25 are made from a UUID (PS3.5 section B.2).
_UID = re.compile(r"\d+(?:\.\d+){3,}|2\.25\.\d+", re.ASCII)


def mask(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask identifying fields by their name and UIDs wherever they stand, at any depth.

    An address such as 127.0.0.1 has the form of a UID and is masked like one.
    """
    for field, value in event.items():
        event[field] = _masked_field(field, value)
    return event


def _masked_field(field: object, value: object) -> object:
    name = str(field)
    return f"***{name.upper()}_MASKED***" if name.lower() in IDENTIFYING_FIELDS else _masked(value)


def _masked(value: object) -> object:
    """Numbers stay; whatever is no container is shown as text, so that nothing passes as an object."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {_masked(str(field)): _masked_field(field, each) for field, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each) for each in value]
    return _UID.sub(_masked_uid, str(value))


def _masked_uid(match: re.Match[str]) -> str:
    return f"{match[0][:4]}...{match[0][-4:]}" if len(match[0]) > 12 else "..."


def configure(*, json: bool, project: str | None = None, stream: TextIO | None = None) -> None:
    """Write log lines to `stream` (standard error): JSON for machines, or aligned text for people.

    With a Google Cloud `project`, JSON has the fields of Cloud Logging: `severity`, `message`, `time` and
    `logging.googleapis.com/trace`.
    """
    import structlog

    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask,
            *([_CloudLogging(project)] if project else []),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


class _CloudLogging:
    """Names the fields of a line as Cloud Logging reads them."""

    def __init__(self, project: str) -> None:
        self._project = project

    def __call__(
        self, _logger: object, _method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        line["message"], line["time"] = line.pop("event"), line.pop("timestamp")
        line["severity"] = str(line.pop("level")).upper()
        if "trace" in line:
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{line.pop('trace')}"
        return line


@contextmanager
def traced(trace: str | None) -> Iterator[None]:
    """Let all lines that are written inside name the trace of the request that they belong to."""
    import structlog

    with structlog.contextvars.bound_contextvars(**({"trace": trace} if trace else {})):
        yield


def reset() -> None:
    """Forget the configuration, before the stream that lines go to is closed."""
    import structlog

    structlog.reset_defaults()


def logger() -> "structlog.typing.FilteringBoundLogger":
    """The logger of the outcome lines."""
    import structlog

    bound: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return bound
