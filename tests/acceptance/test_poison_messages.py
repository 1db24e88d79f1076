"""Messages and handlers that fail: tried again where that may help, recorded in the end; nothing stops."""

from collections.abc import Iterator
from functools import wraps
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import pytest

from functions.cli import engine
from functions.pipeline import PIPELINE
from shared.adapters.faulty_bus import InjectedCrash
from shared.balance import Balance
from shared.errors import DestinationUnavailable
from shared.events import ArchiveUnpacked, DeidentifyShard, Event, encode
from shared.identifiers import BlobRef
from shared.local.sample.patients import QUIRINSFELD
from shared.runtime import Handler, Outcome
from tests.acceptance.flow import START, Flow
from tests.acceptance.samples import ct, write, write_series

GARBAGE = b"\xff\xfe no event"
TOPICS = sorted({topic for stage in PIPELINE for topic in stage.topics})
#: the waits of the subscriptions' policy between eight delivery attempts, in seconds
BACK_OFF = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 600.0]
SECRET = f"cannot read the file of {QUIRINSFELD.name}, born {QUIRINSFELD.birth_date}"


# -- messages


def test_garbage_on_any_topic_is_recorded_and_holds_up_nothing(flow: Flow, tmp_path: Path) -> None:
    """A message that nobody can decode is an exception of each stage that got it; the good files go on."""
    files = write_series(tmp_path, "beside garbage")
    for topic in TOPICS:
        flow.wiring.bus.publish(topic, GARBAGE, {})
    flow.run(files)
    received = [stage.name for stage in PIPELINE for _ in stage.topics]

    assert flow.failures == sorted((stage, "event_undecodable") for stage in received)
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("topic", TOPICS)
def test_event_of_nobody_is_recorded(flow: Flow, topic: str) -> None:
    """An event that is valid and that no stage handles is recorded as well, never passed over."""
    event = ArchiveUnpacked(
        blob=BlobRef(bucket="clinical", name="x", generation=1), accepted=0, extracted=0, ignored=0, failed=0
    )
    flow.wiring.bus.publish(topic, encode(event), {})
    flow.settle()
    received = [stage.name for stage in PIPELINE if topic in stage.topics]

    assert flow.failures == sorted((stage, "event_undecodable") for stage in received)


@pytest.mark.parametrize("missing", ["bucketId", "objectId", "objectGeneration"])
def test_notification_without_its_object_is_recorded(flow: Flow, missing: str) -> None:
    """A bucket's notification that does not say what has arrived is an exception."""
    attributes = {
        "eventType": "OBJECT_FINALIZE",
        "bucketId": "clinical",
        "objectId": "intake/x",
        "objectGeneration": "1",
    }
    del attributes[missing]
    flow.wiring.bus.publish("arrivals", b"", attributes)
    flow.settle()

    assert flow.failures == [("validate", "event_undecodable")]


def test_notification_of_an_object_that_is_gone_is_recorded(flow: Flow, tmp_path: Path) -> None:
    """What was deleted before it was read is an exception, and is not received any more."""
    flow.take_in(write(tmp_path, {"gone.dcm": b"gone"}))
    (stat,) = flow.wiring.clinical.list()
    flow.wiring.clinical.delete(stat.ref)
    flow.settle()

    assert flow.failures == [("validate", "object_not_found")]
    assert flow.balance == Balance(0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("event_type", ["OBJECT_DELETE", "OBJECT_METADATA_UPDATE", "OBJECT_ARCHIVE"])
def test_notification_of_anything_but_an_arrival_is_passed_over(flow: Flow, event_type: str) -> None:
    """Deletions and changes of metadata are neither exceptions nor arrivals."""
    flow.wiring.bus.publish("arrivals", b"", {"eventType": event_type})

    assert flow.settle()
    assert flow.exceptions() == []


# -- handlers


def replace_handler(monkeypatch: pytest.MonkeyPatch, name: str, handler: Handler) -> None:
    """Let a stage of engines that are made from now on have another handler."""
    stages = [each._replace(handlers=(handler,)) if each.name == name else each for each in PIPELINE]
    monkeypatch.setattr(engine, "PIPELINE", tuple(stages))


def failing_with(error: BaseException) -> Handler:
    """A handler of shards that always fails."""

    def deidentify(event: DeidentifyShard, *, ledger: object) -> NoReturn:
        raise error

    return deidentify


@pytest.fixture
def attempts(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """When since the start deidentify was tried, and what came of it; its handler has a bug."""
    tried: list[tuple[float, str]] = []

    def observe(stage: str, outcome: Outcome) -> None:
        if stage == "deidentify":
            tried.append((flow.clock.now() - START, outcome))

    replace_handler(monkeypatch, "deidentify", failing_with(RuntimeError(SECRET)))
    flow.restart(observe=observe)
    return tried


def test_bug_in_a_handler_is_tried_again_with_back_off(
    flow: Flow, tmp_path: Path, attempts: list[tuple[float, str]]
) -> None:
    """An unknown failure is redelivered after 10 s to 600 s, twice as long each time, eight times in all."""
    flow.take_in(write_series(tmp_path, "bug"))
    flow.engine.drain()
    flow.clock.advance(600)
    flow.tick()
    flow.exhaust()
    times = [time for time, _ in attempts]

    assert [later - earlier for earlier, later in pairwise(times)] == BACK_OFF
    assert [outcome for _, outcome in attempts] == ["retry"] * 7 + ["failed"]


def test_bug_in_a_handler_is_recorded_without_its_text(
    flow: Flow, tmp_path: Path, attempts: list[tuple[float, str]], log_lines: StringIO
) -> None:
    """The exception names the type of the failure; its text, which could hold anything, is nowhere."""
    flow.run(write_series(tmp_path, "bug"))
    record = flow.exception()
    texts = (record.cause, log_lines.getvalue())

    assert (record.stage, record.code, record.attempts) == ("deidentify", "attempts_exhausted", 8)
    assert "RuntimeError" in record.cause
    assert not any(part in text for text in texts for part in ("Quastenzwirn", "19370713", "cannot read"))
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)


def test_bug_in_a_handler_holds_up_no_other_series(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one series is tried again and again, another one is exported."""
    files = write_series(tmp_path, "bug"), write_series(tmp_path, "fine")
    original = next(each for each in PIPELINE if each.name == "deidentify").handlers[0]
    bug = ct("bug", 2)[0].SeriesInstanceUID

    @wraps(original)
    def deidentify(event: DeidentifyShard, **ports: object) -> Iterator[Event]:
        if event.series.series_instance_uid == bug:
            raise RuntimeError(SECRET)
        yield from original(event, **ports)

    replace_handler(monkeypatch, "deidentify", deidentify)
    flow.restart()
    flow.run(*files)

    assert flow.failures == [("deidentify", "attempts_exhausted")]
    assert flow.balance == Balance(4, 2, 0, 0, 0, 0, 2)


def test_retry_after_the_bug_is_mended_succeeds(
    flow: Flow, tmp_path: Path, attempts: list[tuple[float, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the handler as it should be, the retried series is exported."""
    flow.run(write_series(tmp_path, "bug"))
    monkeypatch.undo()
    flow.restart()
    flow.retry(flow.exception())

    assert flow.settle()
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


def test_known_disturbance_is_recorded_with_its_own_code(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disturbance that outlasts all attempts is recorded as what it is."""
    replace_handler(monkeypatch, "deidentify", failing_with(DestinationUnavailable(status=503)))
    flow.restart()
    flow.run(write_series(tmp_path, "disturbed"))

    assert (flow.exception().code, flow.exception().attempts) == ("destination_unavailable", 8)


def test_message_that_kills_every_process_becomes_an_exception(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After eight processes that did not survive it, a message is a dead letter and waits for a person."""
    replace_handler(monkeypatch, "deidentify", failing_with(InjectedCrash()))
    flow.restart()
    flow.take_in(write_series(tmp_path, "deadly"))
    deaths = 0
    while not survives(flow):
        deaths += 1
        flow.crash()
        flow.start()

    assert deaths == 8
    assert (flow.exception().stage, flow.exception().code) == ("deidentify", "attempts_exhausted")
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)


def survives(flow: Flow) -> bool:
    """Run on; whether the process lives to the end of it."""
    try:
        flow.settle()
    except InjectedCrash:
        return False
    return True
