"""The table of stages: who hears what, who may touch what, and that nothing falls between two stages."""

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from functions.pipeline import PIPELINE, QUARANTINE, WORK
from shared.adapters.clock import FakeClock
from shared.events import AUDIT, AnyEvent, Event, MessageDeadLettered, TickElapsed
from shared.runtime import Handler, Stage, handled_events, required_ports
from shared.wiring import EmbeddedWiring

RULESETS = Path(__file__).parents[3] / "rulesets"
HANDLERS = {handler.__name__: handler for stage in PIPELINE for handler in stage.handlers}
SENT: set[type[Event]] = set(get_args(AnyEvent))

#: the architecture: which stage, which handler, which events, which ports
TABLE = """
validate    validate            BlobFinalized                   clinical ledger validation clock
unpack      unpack              ArchiveReceived                 clinical ledger unpacking validation clock
assemble    assemble            TickElapsed                     ledger assembly clock
match       match               SeriesCompleted SeriesAmended   clinical ledger rulesets profiles intake
deidentify  deidentify          DeidentifyShard                 clinical released ledger keys profiles imaging
export      export              SeriesDeidentified              released jobs destinations templates clock
retrieve    poll                TickElapsed                     jobs
retrieve    retrieve            RetrieveResult                  released jobs destinations
retrieve    confirm             ResultDelivered                 jobs destinations
reidentify  reidentify          ResultReceived                  clinical released ledger keys dicom_stores
quarantine  record_failure      EventFailed                     ledger
quarantine  record_member       ArchiveMemberFailed             ledger
quarantine  record_dead_letter  MessageDeadLettered             ledger
"""


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """An installation with the rulesets that come with the product."""
    environ = {"AUTOSEGMENTATION_URL": "http://127.0.0.1:9"}
    embedded = EmbeddedWiring(tmp_path, RULESETS, clock=FakeClock(0.0), environ=environ)
    yield embedded
    embedded.close()


def stages_of(topic: str) -> list[Stage]:
    """The stages that are subscribed to a topic."""
    return [stage for stage in PIPELINE if topic in stage.topics]


def test_the_table_is_the_architecture() -> None:
    """Whoever changes a handler's events or ports changes this table, and so what its account may do."""
    rows = [
        (
            stage.name,
            handler.__name__,
            " ".join(event.__name__ for event in handled_events(handler)),
            " ".join(required_ports(handler)),
        )
        for stage in PIPELINE
        for handler in stage.handlers
    ]
    written = [
        tuple(part.strip() for part in line.split("  ") if part) for line in TABLE.strip().splitlines()
    ]

    assert rows == written


def test_the_stages_have_names_of_their_own() -> None:
    """No two stages share a name, and so no two share a subscription."""
    subscriptions = [each.name for stage in PIPELINE for each in stage.subscriptions()]

    assert len({stage.name for stage in PIPELINE}) == len(PIPELINE) == 9
    assert len(set(subscriptions)) == len(subscriptions)
    assert all("-" not in stage.name for stage in PIPELINE)


def test_what_may_be_repeated() -> None:
    """Every other handler says or does something that has to happen once, or costs more than its claim."""
    assert [handler.__name__ for stage in PIPELINE for handler in stage.repeatable] == [
        "validate",
        "retrieve",
    ]


# -- events


@pytest.mark.parametrize("event", sorted(SENT, key=repr))
def test_every_event_reaches_a_stage_or_is_for_the_record_alone(event: type[Event]) -> None:
    """What is published on a topic has a subscribed stage that handles it; what has none is the audit's."""
    handling = [
        stage
        for stage in stages_of(event.TOPIC)
        if any(event in handled_events(handler) for handler in stage.handlers)
    ]

    assert bool(handling) is (event.TOPIC != AUDIT)


@pytest.mark.parametrize("stage", PIPELINE, ids=lambda stage: stage.name)
def test_every_stage_handles_all_that_its_topics_bring(stage: Stage) -> None:
    """An event on one of a stage's topics is never undecodable to it."""
    handled = {event for handler in stage.handlers for event in handled_events(handler)}
    brought = {event for event in SENT if event.TOPIC in stage.topics}

    assert brought <= handled


@pytest.mark.parametrize("stage", PIPELINE, ids=lambda stage: stage.name)
def test_every_handler_hears_its_events(stage: Stage) -> None:
    """The topic of each event that a stage handles is one of its topics."""
    assert {event.TOPIC for handler in stage.handlers for event in handled_events(handler)} <= set(
        stage.topics
    )


def test_no_event_has_two_handlers_but_the_tick() -> None:
    """Each event is handled in one place; the scheduler's minute alone is for two stages."""
    handled = Counter(event for handler in HANDLERS.values() for event in handled_events(handler))

    assert {event for event, count in handled.items() if count > 1} == {TickElapsed}


def test_nobody_listens_to_the_audit() -> None:
    """The audit is a record, not a way to talk."""
    assert stages_of(AUDIT) == []


# -- dead letters


def test_every_stage_has_dead_letters_that_are_heard() -> None:
    """What a stage gives up goes to a topic of its own, and quarantine hears all of them."""
    topics = [stage.dead_letter_topic for stage in WORK]

    assert topics == [f"{stage.name}-dead-letters" for stage in WORK]
    assert QUARANTINE.topics == ("failures", *topics)
    assert MessageDeadLettered in {event for each in QUARANTINE.handlers for event in handled_events(each)}


def test_quarantine_is_the_recorder_and_has_no_dead_letters() -> None:
    """Failures are recorded in one place, whose own messages are never given up."""
    assert [stage.name for stage in PIPELINE if stage.records_failures] == ["quarantine"]
    assert QUARANTINE.dead_letter_topic is None


# -- the two doors


@pytest.mark.parametrize("name", ["export", "poll", "retrieve", "confirm"])
def test_the_outer_door_cannot_name_anything_clinical(name: str) -> None:
    """Who talks to the outside has no port on the clinical side, and claims in the released ledger."""
    stage = next(stage for stage in PIPELINE if HANDLERS[name] in stage.handlers)

    assert not {"clinical", "ledger", "keys"} & set(required_ports(HANDLERS[name]))
    assert stage.claims == "jobs"


def test_nobody_else_talks_to_the_outside() -> None:
    """Destinations are a port of the outer door alone."""
    talking = {name for name, handler in HANDLERS.items() if "destinations" in required_ports(handler)}

    assert talking == {"export", "retrieve", "confirm"}


def test_few_may_open_the_clinical_bucket() -> None:
    """Patients' data is read where it comes in, is judged, loses and regains its identity."""
    reading = {name for name, handler in HANDLERS.items() if "clinical" in required_ports(handler)}

    assert reading == {"validate", "unpack", "match", "deidentify", "reidentify"}


def test_only_the_inner_door_reaches_both_buckets_with_the_key() -> None:
    """The key, the clinical and the released side meet in de-identification and its way back alone."""
    both = {name for name, each in HANDLERS.items() if {"clinical", "released"} <= set(required_ports(each))}
    keyed = {name for name, handler in HANDLERS.items() if "keys" in required_ports(handler)}

    assert both == keyed == {"deidentify", "reidentify"}


def test_no_stage_reaches_both_ledgers() -> None:
    """Nobody can join a job with its patient but by the crosswalk."""
    for stage in PIPELINE:
        ports = {port for handler in stage.handlers for port in required_ports(handler)}

        assert not {"ledger", "jobs"} <= ports
        assert stage.claims in ports


# -- the ports


def protocol_members(protocol: type) -> dict[str, Any]:
    """The public members that a protocol asks for, inherited ones included."""
    return {
        name: member
        for base in reversed(protocol.__mro__[:-1])
        if getattr(base, "_is_protocol", False) and base.__module__.startswith("shared.")
        for name, member in vars(base).items()
        if not name.startswith("_") or name == "__call__"
        if inspect.isfunction(member) or isinstance(member, property)
    }


def fits(port: Any, annotation: Any) -> bool:
    """Whether a port is what a handler's annotation says."""
    origin = get_origin(annotation)
    if origin in {Mapping, Sequence}:
        elements = port.values() if origin is Mapping else port
        return isinstance(port, origin) and all(
            isinstance(each, get_args(annotation)[-1]) for each in elements
        )
    if not getattr(annotation, "_is_protocol", False):
        return isinstance(port, annotation)
    return all(member_fits(port, name, member) for name, member in protocol_members(annotation).items())


def member_fits(port: Any, name: str, member: Any) -> bool:
    """Whether a port has a protocol's member, with the parameters that callers name."""
    if isinstance(member, property):
        return hasattr(port, name)
    asked = [each for each in inspect.signature(member).parameters.values() if each.name != "self"]
    given = inspect.signature(getattr(port, name)).parameters
    return [each.name for each in asked] == list(given) and all(
        given[each.name].kind == each.kind for each in asked
    )


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_the_wiring_has_every_port_as_it_is_annotated(handler: Handler, wiring: EmbeddedWiring) -> None:
    """Behind each keyword-only parameter stands a port or a policy that is what the annotation says."""
    hints = get_type_hints(handler)
    misfits = [name for name in required_ports(handler) if not fits(getattr(wiring, name), hints[name])]

    assert misfits == []


def test_a_port_that_does_not_fit_would_be_noticed(wiring: EmbeddedWiring) -> None:
    """The check above can fail: neither a released ledger nor a bucket passes as a clinical ledger."""
    annotation = get_type_hints(HANDLERS["validate"])["ledger"]

    with pytest.raises(AttributeError):
        fits(wiring.jobs, annotation)
    assert not fits(wiring.intake, get_type_hints(HANDLERS["validate"])["validation"])


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_a_handler_has_one_event_and_ports(handler: Handler) -> None:
    """A handler's only positional parameter is its event, and no port has a default."""
    parameters = list(inspect.signature(handler).parameters.values())

    assert parameters[0].name == "event"
    assert {each.kind for each in parameters[1:]} == {inspect.Parameter.KEYWORD_ONLY}
    assert {each.default for each in parameters} == {inspect.Parameter.empty}
