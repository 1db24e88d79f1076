"""The runtime where something fails: what is delivered again, what is recorded, and what is never lost."""

from collections.abc import Iterable
from typing import Any

import pytest

from shared.adapters.faulty_bus import InjectedCrash
from shared.errors import Residue, StorageUnavailable
from shared.events import (
    BlobFinalized,
    Event,
    EventFailed,
    MessageDeadLettered,
    OriginalMessage,
    encode,
)
from shared.ports.bus import Delivery
from shared.ports.ledger import ClinicalLedger
from shared.runtime import (
    Handler,
    Outcome,
    Runtime,
    Stage,
)
from tests.factories import blob_ref
from tests.unit.shared.runtime_examples import (
    ACCEPTED,
    ARRIVAL,
    DEAD_LETTER,
    ISO_NOW,
    KEY,
    NOTIFICATION,
    Ports,
    delivery,
    failure,
    raising,
    run,
    saying,
)

# -- failures


@pytest.mark.parametrize("attempt", [1, 7])
@pytest.mark.parametrize("error", [StorageUnavailable(), KeyError("a bug")], ids=["transient", "unknown"])
def test_lets_a_transient_failure_out(ports: Ports, error: Exception, attempt: int) -> None:
    """What may pass is delivered again: the claim is given up, nothing is published."""
    assert run(ports, raising(error), delivery(attempt=attempt)) is Outcome.RETRY
    assert ports.journal == [("claims", "claim", KEY), ("claims", "release", KEY)]


@pytest.mark.parametrize("attempt", [1, 8])
def test_records_a_permanent_failure_at_once(ports: Ports, attempt: int) -> None:
    """A permanent failure is an event with everything that a retry needs; its claim is completed."""
    given = delivery(attempt=attempt, attributes={"type": "BlobFinalized"})

    assert run(ports, raising(Residue(element="ManufacturerModelName")), given) is Outcome.FAILED
    assert failure(ports) == EventFailed(
        stage="work",
        subject=str(blob_ref()),
        code="residue",
        category="processing",
        cause="The release gate found an identifier of the original in the de-identified instance."
        " (element=ManufacturerModelName)",
        attempts=attempt,
        first_failed_at=ISO_NOW,
        last_failed_at=ISO_NOW,
        message=OriginalMessage(topic="arrivals", data=encode(ARRIVAL), attributes={"type": "BlobFinalized"}),
    )
    assert ports.journal[-1] == ("claims", "complete", KEY)


@pytest.mark.parametrize(
    ("error", "code", "cause"),
    [
        (StorageUnavailable(), "storage_unavailable", "The storage did not answer."),
        (
            KeyError("Zylberquist"),
            "attempts_exhausted",
            "A transient failure lasted longer than the retries of the subscription. (cause=KeyError)",
        ),
    ],
    ids=["transient", "unknown"],
)
def test_records_the_last_failure_with_its_cause(
    ports: Ports, error: Exception, code: str, cause: str
) -> None:
    """After the last attempt a transient failure is recorded as what it was, an unknown one by its class."""
    assert run(ports, raising(error), delivery(attempt=8)) is Outcome.FAILED
    assert (failure(ports).code, failure(ports).cause, failure(ports).attempts) == (code, cause, 8)


def test_completes_the_claim_of_the_last_failure(ports: Ports) -> None:
    """A copy of a message that was given up is not handled any more."""
    run(ports, raising(StorageUnavailable()), delivery(attempt=8))

    assert [each for each in ports.journal if each[0] == "claims"] == [
        ("claims", "claim", KEY),
        ("claims", "complete", KEY),
    ]


def test_counts_the_attempts_of_its_own_subscription(ports: Ports) -> None:
    """A stage may allow fewer attempts."""
    given = delivery(attempt=5)

    assert run(ports, raising(StorageUnavailable()), given, max_delivery_attempts=5) is Outcome.FAILED


def test_leaves_another_workers_claim_alone(ports: Ports) -> None:
    """A message that only ever met another worker's claim is recorded, but that claim is not completed."""
    ports.ledger.outcome = "held"

    assert run(ports, saying(), delivery(attempt=8)) is Outcome.FAILED
    assert failure(ports).code == "claim_held"
    assert [each for each in ports.journal if each[0] == "claims"] == [("claims", "claim", KEY)]


def test_a_process_that_ends_leaves_its_claim(ports: Ports) -> None:
    """What is no Exception passes through: no outcome, no release, as if the machine had stopped."""
    with pytest.raises(InjectedCrash):
        run(ports, raising(InjectedCrash()))

    assert ports.journal == [("claims", "claim", KEY)]


def test_a_bus_that_fails_is_a_transient_failure(ports: Ports) -> None:
    """Results that cannot be published are made again."""
    ports.bus.failure = StorageUnavailable()

    assert run(ports, saying(ACCEPTED)) is Outcome.RETRY
    assert ports.journal[-1] == ("claims", "release", KEY)


@pytest.mark.parametrize("error", [Residue(), StorageUnavailable(), KeyError("a bug")])
@pytest.mark.parametrize("broken", ["bus", "ledger"])
def test_a_failure_that_cannot_be_recorded_is_delivered_again(
    ports: Ports, lines: Any, error: Exception, broken: str
) -> None:
    """Where even the answer to a failure fails, the message comes again, and a line says so."""

    def handler(event: BlobFinalized, *, ledger: ClinicalLedger) -> Iterable[Event]:
        getattr(ports, broken).failure = StorageUnavailable()
        raise error

    assert run(ports, handler, delivery(attempt=8)) is Outcome.RETRY
    (line,) = lines()
    assert (line["event"], line["unanswered"]) == ("retry", "StorageUnavailable")


def test_a_ledger_that_fails_is_a_transient_failure(ports: Ports, lines: Any) -> None:
    """Without claims nothing can be handled, and nothing is lost."""
    ports.ledger.failure = StorageUnavailable()

    assert run(ports, saying()) is Outcome.RETRY
    assert [line["code"] for line in lines()] == ["storage_unavailable"]


# -- the recorder of failures


def recorder(error: Exception | None) -> tuple[Handler, ...]:
    """Handlers of the stage that failures go to."""

    def handler(event: EventFailed, *, ledger: Any) -> Iterable[Event]:
        if error is not None:
            raise error
        return ()

    def record_letter(event: MessageDeadLettered, *, ledger: Any) -> Iterable[Event]:
        ledger.journal.append(("handler", event.stage, event.message.topic))
        return ()

    return handler, record_letter


def quarantine(ports: Ports, given: Delivery, error: Exception | None = None) -> Outcome:
    """Deliver to the stage that failures go to."""
    stage = Stage("quarantine", recorder(error), more_topics=("validate-dead-letters",))
    return Runtime(stage, ports).deliver(given)


FAILED = EventFailed(
    stage="validate",
    subject="subject",
    code="not_dicom",
    category="validation",
    cause="The file is not DICOM.",
    attempts=1,
    first_failed_at=ISO_NOW,
    last_failed_at=ISO_NOW,
    message=OriginalMessage(topic="arrivals", data=b"", attributes={}),
)


@pytest.mark.parametrize("attempt", [1, 8, 1000])
@pytest.mark.parametrize("error", [Residue(), StorageUnavailable(), KeyError("a bug")])
def test_nobody_records_the_failures_of_the_recorder(ports: Ports, error: Exception, attempt: int) -> None:
    """What cannot be recorded is delivered again for ever, and never makes a failure of its own."""
    assert quarantine(ports, delivery(FAILED, attempt=attempt), error) is Outcome.RETRY
    assert ports.bus.published == []
    assert ports.journal[-1][:2] == ("claims", "release")


def test_what_the_recorder_cannot_decode_is_a_failure_like_any_other(ports: Ports) -> None:
    """Garbage among the failures is recorded, for its record is something that can be decoded."""
    assert quarantine(ports, delivery(None, data=b"garbage", topic="failures")) is Outcome.FAILED
    assert (failure(ports).stage, failure(ports).code) == ("quarantine", "event_undecodable")


def test_the_recorder_reads_dead_letters(ports: Ports) -> None:
    """A forwarded message is told apart by what the forwarding added to it."""
    letter = delivery(ARRIVAL, topic="validate-dead-letters", attributes=dict(DEAD_LETTER))

    assert quarantine(ports, letter) is Outcome.HANDLED
    assert ("handler", "validate", "arrivals") in ports.journal


def test_the_recorder_reads_the_dead_letter_of_a_notification(ports: Ports) -> None:
    """A notification that became a dead letter is a dead letter, not an arrival."""
    letter = delivery(None, topic="validate-dead-letters", attributes=NOTIFICATION | DEAD_LETTER)

    assert quarantine(ports, letter) is Outcome.HANDLED
    assert ("handler", "validate", "arrivals") in ports.journal


def test_the_recorder_has_no_dead_letters() -> None:
    """The stage that failures go to keeps its own messages for ever."""
    stage = Stage("quarantine", recorder(None))

    assert stage.records_failures
    assert {subscription.dead_letter_topic for subscription in stage.subscriptions()} == {None}
