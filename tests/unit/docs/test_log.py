"""docs/reference/log.md against what is logged."""

import json
from typing import Any, get_args

import pytest

from shared import log
from shared.events import AnyEvent, Event, OriginalMessage
from shared.identifiers import BlobRef, SeriesRef
from shared.runtime import Outcome
from tests.unit.docs.pages import bare, blocks, inline_code, reference, sections, table

PAGE = reference("log")
FIELDS = {name for row in table(PAGE.partition("\n## ")[0]) for name in inline_code(row[0])}
SAMPLES = {
    "blob": BlobRef(bucket="clinical", name="intake/a", generation=1),
    "series": SeriesRef(study_instance_uid="1.2", series_instance_uid="1.3"),
    "message": OriginalMessage(topic="", data=b"", attributes={}),
}


def test_every_outcome_is_explained() -> None:
    """The table of outcomes is complete."""
    assert [bare(row[0]) for row in table(sections(PAGE, 2)["Outcomes"])] == [each.value for each in Outcome]


def test_every_masked_field_is_named() -> None:
    """The list of fields that are never shown is the product's list."""
    part = sections(PAGE, 2)["What is never in it"]
    named = {name for name in inline_code(part) if name.islower() and name.replace("_", "").isalpha()}

    assert named - {"match", "generation", "job_id"} == log.IDENTIFYING_FIELDS


@pytest.mark.parametrize("event", get_args(AnyEvent))
def test_everything_that_events_show_is_explained(event: type[Event]) -> None:
    """The masked form of each event has only fields of the table."""
    values: dict[str, Any] = {name: SAMPLES.get(name, "1") for name in event.__struct_fields__}

    assert set(event(**values).masked) <= FIELDS


def test_the_example_has_only_fields_of_the_table() -> None:
    """The example is a line as it is written."""
    example = json.loads(blocks(PAGE, "json")[0])

    assert set(example) <= FIELDS
    assert example["event"] in set(Outcome)
