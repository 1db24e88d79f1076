"""docs/reference/events.md against the events and the pipeline."""

from typing import get_args

import pytest

from functions.pipeline import PIPELINE
from shared.events import AUDIT, AnyEvent, Event
from shared.runtime import handled_events
from tests.unit.docs.pages import bare, inline_code, reference, sections, table

PAGE = reference("events")
EVENTS = {event.__name__: event for event in get_args(AnyEvent)}
TOPICS = {event.TOPIC for event in EVENTS.values()}
PARTS = sections(PAGE, 2)


def line(event: str, start: str) -> list[str]:
    """What stands in backticks on the line of an event's section that begins so."""
    lines = sections(PAGE, 3)[event].splitlines()
    return inline_code(next(each for each in lines if each.startswith(f"- {start}")))


def fields_of(event: type[Event]) -> list[str]:
    """The fields of an event that are its own."""
    return [name for name in event.__struct_fields__ if name != "version"]


def test_every_event_has_a_section() -> None:
    """The events of the page are those of the product."""
    assert set(sections(PAGE, 3)) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_names_its_topics(event: str) -> None:
    """Its own topic and the audit topic."""
    assert set(line(event, "published to")) == {EVENTS[event].TOPIC, AUDIT}


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_names_its_fields(event: str) -> None:
    """All of them, in order."""
    assert line(event, "fields") == fields_of(EVENTS[event])


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_names_its_stages(event: str) -> None:
    """The stages whose handlers take it."""
    stages = [
        stage.name
        for stage in PIPELINE
        if any(EVENTS[event] in handled_events(handler) for handler in stage.handlers)
    ]

    assert line(event, "handled by") == stages


@pytest.mark.parametrize("event", EVENTS)
def test_every_field_is_explained(event: str) -> None:
    """The table of fields has each of them."""
    explained = {name for row in table(PARTS["Fields"]) for name in inline_code(row[0])}

    assert set(fields_of(EVENTS[event])) - explained == set()


def test_no_field_is_explained_that_no_event_has() -> None:
    """The table of fields has nothing else."""
    known = {name for event in EVENTS.values() for name in fields_of(event)}
    explained = {name for row in table(PARTS["Fields"]) for name in inline_code(row[0])}

    assert explained - known == set()


def test_every_topic_names_its_stages() -> None:
    """The table of topics says who is subscribed."""
    rows = {bare(row[0]): inline_code(row[2]) for row in table(PARTS["Topics"])}
    subscribed = {
        topic: [stage.name for stage in PIPELINE if topic in stage.topics] for topic in TOPICS | {AUDIT}
    }

    assert rows == subscribed
