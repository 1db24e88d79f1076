"""The outcome line: one for each delivery, and nothing in it that names a person."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from shared.errors import AirlockError, Residue, StorageUnavailable
from shared.events import (
    Event,
    SeriesAmended,
    SeriesCompleted,
)
from tests.factories import blob_ref, series_ref
from tests.unit.shared.runtime_examples import ACCEPTED, Ports, delivery, raising, run, saying


def test_writes_one_line_about_what_was_handled(ports: Ports, lines: Any) -> None:
    """The line has stage, event, message, attempt, duration and what was published."""
    run(ports, saying(ACCEPTED), delivery(attempt=2))
    (line,) = lines()

    assert line.pop("duration_ms") >= 0
    assert line.pop("timestamp")
    assert line == {
        "event": "handled",
        "level": "info",
        "stage": "work",
        "message_id": "message-7",
        "attempt": 2,
        "event_type": "BlobFinalized",
        "blob": f"gs://clinical/***OBJECT_NAME_MASKED***#{blob_ref().generation}",
        "published": 1,
    }


@pytest.mark.parametrize(
    ("error", "code", "outcome"),
    [
        (Residue(element="PatientID"), "residue", "failed"),
        (StorageUnavailable(), "storage_unavailable", "retry"),
    ],
)
def test_writes_code_category_and_cause_of_a_failure(
    ports: Ports, lines: Any, error: AirlockError, code: str, outcome: str
) -> None:
    """A known failure is described by its stable code, its category and its safe message."""
    run(ports, raising(error))
    (line,) = lines()

    assert (line["event"], line["code"], line["category"], line["cause"]) == (
        outcome,
        code,
        error.category,
        error.cause,
    )


def test_shows_no_text_of_an_unknown_failure(ports: Ports, lines: Any) -> None:
    """The text of an unknown failure could hold anything: its class and place are shown."""
    run(ports, raising(ValueError("Zylberquist^Ottokar")))
    (line,) = lines()

    assert (line["event"], line["code"], line["cause"]) == ("retry", "unexpected", "ValueError")
    assert line["where"].startswith("runtime_examples.py:")
    assert "Zylberquist" not in json.dumps(line)


def test_masks_the_uids_of_a_series(ports: Ports, lines: Any) -> None:
    """Of study and series the line shows the first and last characters alone."""

    def handler(event: SeriesCompleted | SeriesAmended, *, ledger: Any) -> Iterable[Event]:
        return ()

    completed = SeriesCompleted(series=series_ref(), generation=1, instance_count=1, reason="quiet_period")
    run(ports, handler, delivery(completed))
    (line,) = lines()

    assert (line["series"], line["generation"]) == ("2.25...0001/2.25...0001", 1)
    assert series_ref().study_instance_uid not in json.dumps(line)
