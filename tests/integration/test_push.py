"""The nine endpoints as they are deployed: a push request of Pub/Sub in, a status out, over HTTP."""

import importlib
import json
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from functions.cli.intake import sources, take_in
from functions.pipeline import PIPELINE
from shared import log
from shared.adapters.files import FileSecrets
from shared.balance import balance
from shared.events import TickElapsed, encode
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.sample.series import file_of
from shared.ports.bus import Delivery
from shared.runtime import handled_events
from shared.wiring import EmbeddedWiring
from tests.acceptance.hospital import SETTLED, write_drop
from tests.acceptance.samples import ct, write
from tests.integration.push_server import NAMES, Endpoints, pushed, served

RULESETS = Path(__file__).parents[2] / "rulesets"
SECRET = "Zylberquist^Ottokar"


@pytest.fixture(autouse=True)
def log_again() -> Iterator[None]:
    """An endpoint logs to standard error, which is another one for every test."""
    yield
    log.configure(json=True, stream=StringIO())


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedWiring]:
    """A workspace and rulesets that the environment names, in which a series is complete at once."""
    policy = tmp_path / "rulesets"
    for path in RULESETS.glob("*/*.yaml"):
        text = path.read_text().replace("quiet_period: 600", "quiet_period: 0")
        write(policy, {str(path.relative_to(RULESETS)): text.encode()})
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("AIRLOCK_RULESETS", str(policy))
    monkeypatch.setenv("AUTOSEGMENTATION_URL", "http://127.0.0.1:9")
    wiring = EmbeddedWiring.from_environment()
    for stage in PIPELINE:
        for subscription in stage.subscriptions():
            wiring.bus.subscribe(subscription)
    yield wiring
    wiring.close()


@pytest.fixture
def endpoints(installation: EmbeddedWiring) -> Iterator[Endpoints]:
    """The nine endpoints of the installation."""
    with served() as running:
        yield running


@pytest.fixture
def tick(installation: EmbeddedWiring) -> Delivery:
    """A tick on its way to `assemble`."""
    return publish_tick(installation, "assemble-ticks", 0)


def publish_tick(wiring: EmbeddedWiring, subscription: str, number: int) -> Delivery:
    """Let a minute come; return its delivery to one subscription."""
    wiring.bus.publish("ticks", encode(TickElapsed(at=f"2025-11-22T10:{number:02d}:00+00:00")), {})
    deliveries = wiring.bus.lease(9)
    return next(each for each in deliveries if each.subscription == subscription)


def outcomes(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the log says of messages since it was last read; how long series wait is no message's outcome."""
    lines = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    return [line for line in lines if line["event"] != "waiting"]


# -- one request


def test_answers_204_to_what_is_done_with(endpoints: Endpoints, tick: Delivery) -> None:
    """A handled message is acknowledged with nothing in the answer, however often it comes."""
    replies = [endpoints.push(tick) for _ in range(2)]

    assert [reply[:2] for reply in replies] == [(204, b""), (204, b"")]


def test_keeps_attempt_and_subscription(
    endpoints: Endpoints, tick: Delivery, capsys: pytest.CaptureFixture[str]
) -> None:
    """The number of the attempt and the message's id reach the log, so that failures can be counted."""
    endpoints.post("assemble", pushed(tick).replace(b'"deliveryAttempt": 1', b'"deliveryAttempt": 5'))
    (line,) = outcomes(capsys)

    assert (line["stage"], line["attempt"], line["message_id"]) == ("assemble", 5, tick.message.message_id)


def test_knows_a_subscription_behind_the_installations_prefix(
    installation: EmbeddedWiring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a prefix, quarantine finds the stage of a dead letter all the same."""
    monkeypatch.setenv("AIRLOCK_PREFIX", "acme-prod")
    source = {"CloudPubSubDeadLetterSourceSubscription": "acme-prod-validate-arrivals"}
    installation.bus.publish("validate-dead-letters", b"{}", source)
    (letter,) = installation.bus.lease(9)
    with served() as endpoints:
        status = endpoints.push(letter)[0]
    (record,) = installation.ledger.exceptions()

    assert (status, record.stage, record.message.topic) == (204, "validate", "arrivals")


def test_acknowledges_what_failed_for_good(
    endpoints: Endpoints, installation: EmbeddedWiring, capsys: pytest.CaptureFixture[str]
) -> None:
    """A permanent failure is recorded as an event and not delivered again."""
    installation.bus.publish("ticks", f'{{"type": "{SECRET}"}}'.encode(), {})
    delivery = next(each for each in installation.bus.lease(9) if each.subscription == "assemble-ticks")
    reply = endpoints.push(delivery)
    logged = outcomes(capsys)
    (failure,) = installation.bus.lease(9)

    assert reply[:2] == (204, b"")
    assert [line["event"] for line in logged] == ["failed"]
    assert failure.subscription == "quarantine-failures"
    assert SECRET not in str(logged)


def test_answers_503_to_what_is_to_come_again(
    endpoints: Endpoints, installation: EmbeddedWiring, tick: Delivery, capsys: pytest.CaptureFixture[str]
) -> None:
    """A transient failure, here an event that another worker holds, is delivered again."""
    installation.ledger.claim(
        f"assemble:TickElapsed:{json.loads(tick.message.data)['at']}", now=1e12, lease=600
    )
    reply = endpoints.push(tick)

    assert reply[:2] == (503, b"")
    assert [line["code"] for line in outcomes(capsys)] == ["claim_held"]


VALID = (
    b'{"message": {"messageId": "1", "publishTime": "2025-11-22T10:00:00.123456789Z"},'
    b' "subscription": "a/b-c"}'
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        SECRET.encode(),
        b"{}",
        b'{"message": {}, "subscription": "s"}',
        VALID.replace(b'"messageId": "1", ', b""),
        VALID.replace(b'"1"', b"1"),
        VALID.replace(b"2025-11-22T10:00:00.123456789Z", SECRET.encode()),
        VALID.replace(b"2025-11-22", b"2025-02-30"),
        VALID.replace(b'Z"', b'Z", "data": "' + SECRET.encode() + b'"'),
        VALID.replace(b'Z"', b'Z", "attributes": {"a": 1}'),
        VALID.replace(b'Z"', b'Z", "attributes": null'),
        VALID.replace(b'"a/b-c"', b'"a/b-c", "deliveryAttempt": "' + SECRET.encode() + b'"'),
        VALID.replace(b'"a/b-c"', b'"a/b-c", "more": ' + b"[" * 100_000 + b"]" * 100_000),
    ],
    ids=range(17),
)
@pytest.mark.parametrize("name", ["assemble", "quarantine"])
def test_answers_400_to_what_is_no_push_message(
    endpoints: Endpoints, name: str, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of the request stands in the answer or in the log, its headers with their tokens included."""
    reply = endpoints.post(name, body, {"Authorization": "Bearer abcdef", "X-Secret": SECRET})
    shown = reply.headers + "".join(capsys.readouterr())

    assert reply.status == 400
    assert reply.body == b"not a push message"
    assert "abcdef" not in shown
    assert SECRET not in shown


def test_only_takes_posts(endpoints: Endpoints) -> None:
    """Who only looks whether somebody is there gets a refusal, not a failure."""
    assert endpoints.get("validate")[:2] == (405, b"")


def test_an_unfit_installation_is_no_message_lost(
    endpoints: Endpoints, tick: Delivery, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the environment names no workspace, messages are kept for better times, and the log says why."""
    monkeypatch.delenv("AIRLOCK_WORKSPACE")
    unfit = endpoints.push(tick)
    (line,) = outcomes(capsys)
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(Path("unused")))

    assert unfit[:2] == (503, b"")
    assert (line["event"], line["code"]) == ("unfit", "configuration_invalid")
    assert "missing_variable=AIRLOCK_WORKSPACE" in line["cause"]


# -- all of them


@pytest.mark.parametrize("stage", PIPELINE, ids=NAMES)
def test_each_endpoint_is_its_stage_of_the_table(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is deployed handles the events that the table of the product gives the stage."""
    made: list[Any] = []
    monkeypatch.setattr("shared.push.endpoint", made.append)
    importlib.reload(importlib.import_module(f"functions.{stage.name}.main"))
    (deployed,) = made

    assert deployed.name == stage.name
    assert Counter(deployed.handlers) == Counter(stage.handlers)
    assert deployed.max_delivery_attempts == stage.max_delivery_attempts
    assert deployed.repeatable == stage.repeatable
    assert {event for handler in deployed.handlers for event in handled_events(handler)}


def test_a_whole_drop_goes_through_the_endpoints(
    installation: EmbeddedWiring,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nine endpoints, a bus and ticks bring a hospital's drop to its results, as the command line does."""
    with AutosegmentationDouble(tmp_path / "double") as double:
        monkeypatch.setenv("AUTOSEGMENTATION_URL", double.base_url)
        FileSecrets(tmp_path / "workspace" / "secrets").store_tokens(
            "autosegmentation", double.issue_tokens()
        )
        with served() as endpoints:
            for source in sources([write_drop(tmp_path / "drop")]):
                take_in(source, installation.clinical)
            answers = drive(installation, endpoints)
            uploads = len(double.uploads)
    counts = balance(installation.ledger, installation.jobs, installation.clinical)
    results = [stat.ref.name for stat in installation.clinical.list("results/")]

    assert counts == SETTLED
    assert (uploads, len(results)) == (3, 3)
    assert {name for name, _ in answers} == set(NAMES)
    assert {status for _, status in answers} == {204}
    assert installation.bus.backlog() == {}


def test_a_destination_that_does_not_answer_is_tried_again(
    installation: EmbeddedWiring, endpoints: Endpoints, tmp_path: Path
) -> None:
    """The package of a series waits with its message until somebody takes it."""
    policy = tmp_path / "rulesets" / "destinations" / "autosegmentation.yaml"
    policy.write_text(policy.read_text() + "\nhealth_tries: 0\n")
    folder = write(tmp_path / "neck", {f"{n}.dcm": file_of(image) for n, image in enumerate(ct("neck", 2))})
    for source in sources([folder]):
        take_in(source, installation.clinical)
    answers = drive(installation, endpoints)

    assert Counter(answers)["export", 503] == 1
    assert installation.bus.backlog() == {"export-releases": 1}


def drive(wiring: EmbeddedWiring, endpoints: Endpoints) -> list[tuple[str, int]]:
    """Push what is due and let minutes come, until a minute changes nothing any more."""
    answers: list[tuple[str, int]] = []
    for minute in range(9):
        wiring.bus.publish("ticks", encode(TickElapsed(at=f"2025-11-22T11:{minute:02d}:00+00:00")), {})
        while deliveries := wiring.bus.lease(16):
            for delivery in deliveries:
                reply = endpoints.push(delivery)
                answers.append((delivery.subscription.partition("-")[0], reply.status))
                (wiring.bus.ack if reply.status == 204 else wiring.bus.nack)(delivery)
    return answers
