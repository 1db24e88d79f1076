"""`infra/pipeline.yaml` against the code: what is deployed is what the handlers say."""

import ast
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from functions.pipeline import PIPELINE, QUARANTINE, WORK
from shared.events import AUDIT, AnyEvent, EventFailed
from shared.identifiers import INTAKE_PREFIX
from shared.ports.bus import Subscription
from shared.runtime import Stage, required_ports

ROOT = Path(__file__).parents[3]
TABLE: dict[str, Any] = yaml.safe_load((ROOT / "infra" / "pipeline.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, dict[str, Any]] = TABLE["stages"]
#: what a handler takes, and what IAM can grant something on
PORTS = {"clinical", "released", "ledger", "jobs", "keys", "destinations", "dicom_stores"}
CLINICAL = {"clinical", "ledger", "keys", "dicom_stores"}
TOPICS = {event.__name__: event.TOPIC for event in get_args(AnyEvent)}

each_stage = pytest.mark.parametrize("stage", PIPELINE, ids=lambda stage: stage.name)


def deployed_subscriptions(stage: Stage) -> list[Subscription]:
    """The subscriptions that the table describes, as the code would describe them."""
    defaults = TABLE["defaults"]
    dead = [] if stage in WORK else [f"{each.name}-dead-letters" for each in WORK]
    return [
        Subscription(
            name=f"{stage.name}-{topic}",
            topic=topic,
            dead_letter_topic=f"{stage.name}-dead-letters" if stage in WORK else None,
            max_delivery_attempts=defaults["attempts"],
            minimum_backoff=defaults["backoff"]["minimum"],
            maximum_backoff=defaults["backoff"]["maximum"],
            ack_deadline=defaults["ack_deadline"],
        )
        for topic in (*STAGES[stage.name]["hears"], *dead)
    ]


def topics_made(stage: Stage) -> set[str]:
    """The topics of the events that the bodies of a stage's functions name."""
    functions = [
        node
        for path in (ROOT / "functions" / stage.name).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    named = {
        node.id
        for function in functions
        for statement in function.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id in TOPICS
    }
    return {TOPICS[name] for name in named} - {AUDIT, EventFailed.TOPIC}


def test_every_stage_is_deployed_and_no_other() -> None:
    """The table has the stages of the code, in their order."""
    assert list(STAGES) == [stage.name for stage in PIPELINE]


@each_stage
def test_a_stage_hears_what_the_code_hears(stage: Stage) -> None:
    """Topics, names, attempts, ack deadline and back-off are those of the code's subscriptions."""
    assert deployed_subscriptions(stage) == list(stage.subscriptions())


def test_the_ack_deadline_and_the_back_off_are_the_known_ones() -> None:
    """Ten minutes to answer, ten seconds to ten minutes between deliveries, eight attempts."""
    assert TABLE["defaults"] == {
        "attempts": 8,
        "ack_deadline": 600,
        "backoff": {"minimum": 10, "maximum": 600},
    }


@each_stage
def test_a_stage_says_what_its_code_makes(stage: Stage) -> None:
    """An identity publishes to the topics of the events that its code makes, and to no other."""
    # Quarantine keeps messages for a replay, which a person publishes.
    made = topics_made(stage) if stage in WORK else set()

    assert set(STAGES[stage.name]["says"]) == made


@each_stage
def test_a_stage_may_touch_what_its_handlers_take(stage: Stage) -> None:
    """The ports with rights are the keyword-only parameters of the handlers; the others are policies."""
    taken = {port for handler in stage.handlers for port in required_ports(handler)}
    row = STAGES[stage.name]

    assert set(row["ports"]) == taken & PORTS
    assert set(row["policies"]) == taken - PORTS


@each_stage
def test_every_right_exists_for_its_port(stage: Stage) -> None:
    """A port has rights, and each is one that can be granted there."""
    for port, rights in STAGES[stage.name]["ports"].items():
        assert rights
        assert {port in TABLE["rights"][right]["to"] for right in rights} == {True}


@pytest.mark.parametrize("outer", ["export", "retrieve"])
def test_the_outer_door_has_nothing_clinical(outer: str) -> None:
    """Who talks to the outside holds no port to anything that is a patient's."""
    assert set(STAGES[outer]["ports"]) == {"released", "jobs", "destinations"}


def test_who_reaches_the_outside_is_who_takes_destinations() -> None:
    """Only the outer door has a way out; the inner door has Google's APIs alone."""
    outside = {name for name, row in STAGES.items() if row["reaches"] == "outside"}

    assert outside == {name for name, row in STAGES.items() if "destinations" in row["ports"]}
    assert outside == {"export", "retrieve"}
    assert {row["reaches"] for row in STAGES.values()} == {"google", "outside"}


def test_nobody_holds_both_doors() -> None:
    """No stage has both something clinical and a destination."""
    both = [
        name
        for name, row in STAGES.items()
        if CLINICAL & set(row["ports"]) and "destinations" in row["ports"]
    ]

    assert both == []


def test_only_the_inner_door_reads_the_clinical_and_writes_the_released() -> None:
    """One identity alone can carry anything from the one side to the other."""
    carriers = [
        name
        for name, row in STAGES.items()
        if {"read_objects", "read_instances"} & set(row["ports"].get("clinical", []))
        and {"add_objects", "change_objects"} & set(row["ports"].get("released", []))
    ]

    assert carriers == ["deidentify"]


def test_the_folders_of_the_clinical_bucket_are_those_of_the_code() -> None:
    """Who adds to one folder writes to that folder."""
    folders = {name: right["under"] for name, right in TABLE["rights"].items() if "under" in right}
    writers = {
        folders[right]: name
        for name, row in STAGES.items()
        for right in row["ports"].get("clinical", [])
        if right in folders
    }
    code = {
        folder: (ROOT / "functions" / stage / "handler.py").read_text(encoding="utf-8")
        for folder, stage in writers.items()
    }

    assert writers == {INTAKE_PREFIX: "unpack", "crosswalks/": "deidentify", "results/": "reidentify"}
    assert 'clinical.create(f"crosswalks/' in code["crosswalks/"]
    assert 'name = f"results/' in code["results/"]


def test_only_quarantine_keeps_its_messages_for_ever() -> None:
    """One stage has no dead letters, in the table's words and in the code."""
    assert [stage.name for stage in PIPELINE if stage.dead_letter_topic is None] == [QUARANTINE.name]


@each_stage
def test_a_stage_scales_to_zero(stage: Stage) -> None:
    """At rest nothing runs, and nothing runs away."""
    instances = STAGES[stage.name]["size"]["instances"]

    assert instances["min"] == 0 < instances["max"] <= 100
