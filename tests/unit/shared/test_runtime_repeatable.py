"""The runtime of a stage whose work may be repeated: nothing is claimed but what failed for good."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.faulty_bus import InjectedCrash
from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
from shared.errors import Residue, StorageUnavailable
from shared.events import BlobFinalized, Event
from shared.ports.bus import Delivery
from shared.ports.records import ClaimOutcome
from shared.runtime import LEASE_SECONDS, Handler, Outcome
from tests.doubles import FailingOnce
from tests.factories import blob_ref
from tests.unit.shared.runtime_examples import (
    ACCEPTED,
    KEY,
    Ports,
    delivery,
    failure,
    raising,
    run,
    saying,
)


@pytest.fixture
def stored(ports: Ports, tmp_path: Path) -> Iterator[Ports]:
    """The same with claims that are kept."""
    wiring: Any = ports
    wiring.ledger = SqliteClinicalLedger(tmp_path / "clinical.sqlite")
    yield ports
    wiring.ledger.close()


def repeat(ports: Ports, handler: Handler, given: Delivery | None = None) -> Outcome:
    """Deliver to a stage that may repeat its work."""
    return run(ports, handler, given, repeatable=(handler,))


def test_handles_every_delivery_without_a_claim(ports: Ports, lines: Any) -> None:
    """A second delivery is handled like the first, and says the same."""
    assert [repeat(ports, saying(ACCEPTED)) for _ in range(2)] == [Outcome.HANDLED] * 2
    assert ports.journal == [("handler", "handle", str(blob_ref())), ("bus", "publish", "audit")] * 2
    assert [line["published"] for line in lines()] == [1, 1]


@pytest.mark.parametrize("attempt", [1, 7])
def test_a_transient_failure_touches_no_claim(ports: Ports, attempt: int) -> None:
    """There is none to be given up; that of a failure belongs to another copy."""
    assert repeat(ports, raising(StorageUnavailable()), delivery(attempt=attempt)) is Outcome.RETRY
    assert ports.journal == []


@pytest.mark.parametrize(
    ("error", "attempt", "code"),
    [(Residue(), 1, "residue"), (StorageUnavailable(), 8, "storage_unavailable")],
)
def test_claims_a_failure_for_good(ports: Ports, error: Exception, attempt: int, code: str) -> None:
    """It is claimed before it is published, and the claim is completed after it."""
    assert repeat(ports, raising(error), delivery(attempt=attempt)) is Outcome.FAILED
    assert failure(ports).code == code
    assert ports.journal == [
        ("claims", "claim", KEY),
        ("bus", "publish", "failures"),
        ("bus", "publish", "audit"),
        ("claims", "complete", KEY),
    ]


@pytest.mark.parametrize(("claim", "outcome"), [("done", Outcome.DUPLICATE), ("held", Outcome.RETRY)])
@pytest.mark.parametrize("attempt", [1, 8])
def test_does_not_record_the_failure_of_a_copy(
    ports: Ports, claim: ClaimOutcome, outcome: Outcome, attempt: int
) -> None:
    """What another copy recorded is done with, what it is recording comes again; its claim is left alone."""
    ports.ledger.outcome = claim

    assert repeat(ports, raising(Residue()), delivery(attempt=attempt)) is outcome
    assert ports.journal == [("claims", "claim", KEY)]


def test_a_failure_is_recorded_once(stored: Ports) -> None:
    """Of three copies one is recorded; that of a person's retry is recorded anew."""
    given = [delivery(), delivery(), delivery(), delivery(attributes={"airlockRetry": "1"})]

    outcomes = [repeat(stored, raising(Residue()), each) for each in given]

    assert outcomes == [Outcome.FAILED, Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.FAILED]
    assert [each.topic for each in stored.bus.published] == ["failures", "audit"] * 2


def test_a_copy_of_what_failed_may_succeed(stored: Ports) -> None:
    """A failure that passed does not keep a later copy from being handled."""
    repeat(stored, raising(StorageUnavailable()), delivery(attempt=8))

    def handler(event: BlobFinalized, *, ledger: Any) -> Iterable[Event]:
        return (ACCEPTED,)

    assert repeat(stored, handler) is Outcome.HANDLED


def test_a_failure_that_a_crash_cut_off_is_recorded_by_the_next_delivery(stored: Ports) -> None:
    """Between its claim and its event a process ended: once the lease is over, it is recorded."""
    stored.bus.failure = InjectedCrash()
    with pytest.raises(InjectedCrash):
        repeat(stored, raising(Residue()))
    stored.bus.failure = None

    assert repeat(stored, raising(Residue())) is Outcome.RETRY
    stored.clock.advance(LEASE_SECONDS)
    assert repeat(stored, raising(Residue())) is Outcome.FAILED
    assert failure(stored).code == "residue"


def test_a_failure_whose_claim_was_not_completed_is_recorded_again(stored: Ports) -> None:
    """Between its event and the end of its claim a process ended: recorded twice is better than never."""
    wiring: Any = stored
    ledger = wiring.ledger
    wiring.ledger = FailingOnce(ledger, "complete_claim", InjectedCrash())
    with pytest.raises(InjectedCrash):
        repeat(stored, raising(Residue()))
    wiring.ledger = ledger
    stored.clock.advance(LEASE_SECONDS)

    assert repeat(stored, raising(Residue())) is Outcome.FAILED
    assert [each.topic for each in stored.bus.published] == ["failures", "audit"] * 2


@pytest.mark.parametrize("broken", ["bus", "ledger"])
def test_a_failure_that_cannot_be_recorded_is_delivered_again(ports: Ports, lines: Any, broken: str) -> None:
    """Where even the answer to a failure fails, the message comes again, and a line says so."""
    getattr(ports, broken).failure = StorageUnavailable()

    assert repeat(ports, raising(Residue())) is Outcome.RETRY
    assert [line["unanswered"] for line in lines()] == ["StorageUnavailable"]


def test_what_cannot_be_decoded_is_recorded_without_a_claim(ports: Ports) -> None:
    """It has no key to be claimed by."""
    assert repeat(ports, saying(), delivery(None, data=b"{}")) is Outcome.FAILED
    assert [port for port, _, _ in ports.journal] == ["bus", "bus"]
