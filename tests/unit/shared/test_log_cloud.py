"""Log lines as Cloud Logging reads them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from shared import log

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def stream() -> Iterator[StringIO]:
    """Where lines go."""
    stream = StringIO()
    yield stream
    log.reset()


def lines(stream: StringIO) -> list[dict[str, Any]]:
    """What was written."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("level", "severity"),
    [("info", "INFO"), ("warning", "WARNING"), ("error", "ERROR"), ("critical", "CRITICAL")],
)
def test_a_line_has_the_fields_of_cloud_logging(stream: StringIO, level: str, severity: str) -> None:
    """Severity, message and time have the names that Cloud Logging knows, and no others."""
    log.configure(json=True, project="hospital", stream=stream)
    getattr(log.logger(), level)("handled", stage="validate")
    (line,) = lines(stream)
    written_at = datetime.fromisoformat(line.pop("time"))

    assert line == {"severity": severity, "message": "handled", "stage": "validate"}
    assert abs((datetime.now(UTC) - written_at).total_seconds()) < 60


def test_a_trace_is_the_projects(stream: StringIO) -> None:
    """A line names the trace by its full resource name; after the request no line does."""
    log.configure(json=True, project="hospital", stream=stream)
    with log.traced(TRACE):
        log.logger().info("inside")
    log.logger().info("outside")
    inside, outside = lines(stream)

    assert inside["logging.googleapis.com/trace"] == f"projects/hospital/traces/{TRACE}"
    assert "trace" not in inside
    assert "logging.googleapis.com/trace" not in outside


def test_without_a_project_a_trace_is_a_field(stream: StringIO) -> None:
    """Elsewhere the line has the fields of the product, and the trace by its own name."""
    log.configure(json=True, stream=stream)
    with log.traced(TRACE):
        log.logger().info("handled")
    (line,) = lines(stream)

    assert (line["event"], line["level"], line["trace"]) == ("handled", "info", TRACE)


def test_no_trace_is_no_field(stream: StringIO) -> None:
    """A request without a trace adds nothing."""
    log.configure(json=True, project="hospital", stream=stream)
    with log.traced(None):
        log.logger().info("handled")

    assert set(lines(stream)[0]) == {"severity", "message", "time"}


def test_masks_before_it_renames(stream: StringIO) -> None:
    """What identifies is masked in a project as well."""
    log.configure(json=True, project="hospital", stream=stream)
    log.logger().error("failed", object_name="intake/Zylberquist.dcm", cause="series 1.2.840.113619.2.55.3")
    text = stream.getvalue()

    assert "Zylberquist" not in text
    assert "113619" not in text
