"""The runtime: decode, claim, handle, publish, complete, in this order."""

from collections.abc import Iterable
from typing import Any

import pytest

from shared.adapters.faulty_bus import InjectedCrash
from shared.errors import StorageUnavailable
from shared.events import (
    BlobFinalized,
    Event,
    InstanceIgnored,
    SeriesAmended,
    SeriesCompleted,
    TickElapsed,
    encode,
)
from shared.notifications import TICK
from shared.ports.bus import Delivery, Subscription
from shared.ports.clock import Clock
from shared.ports.ledger import Claims, ClinicalLedger, ReleasedLedger
from shared.ports.records import ClaimOutcome
from shared.runtime import (
    LEASE_SECONDS,
    Outcome,
    Stage,
    handled_events,
    required_ports,
)
from tests.doubles import Published, RecordingClaims
from tests.factories import blob_ref
from tests.unit.shared.runtime_examples import (
    ACCEPTED,
    ARCHIVE,
    KEY,
    NOTIFICATION,
    Ports,
    delivery,
    failure,
    raising,
    run,
    saying,
)

# -- the order


def test_decodes_claims_handles_publishes_and_completes(ports: Ports) -> None:
    """The results are out before the claim is completed: a crash in between can only repeat them."""
    assert run(ports, saying(ACCEPTED, ARCHIVE)) is Outcome.HANDLED
    assert ports.journal == [
        ("claims", "claim", KEY),
        ("handler", "handle", str(blob_ref())),
        ("bus", "publish", "audit"),
        ("bus", "publish", "archives"),
        ("bus", "publish", "audit"),
        ("claims", "complete", KEY),
    ]


def test_publishes_an_event_on_its_topic_and_to_the_audit(ports: Ports) -> None:
    """Every event goes to the audit; one that only goes there goes once."""
    run(ports, saying(ACCEPTED, ARCHIVE))

    assert ports.bus.published == [
        Published("audit", encode(ACCEPTED), {"type": "InstanceAccepted"}),
        Published("archives", encode(ARCHIVE), {"type": "ArchiveReceived"}),
        Published("audit", encode(ARCHIVE), {"type": "ArchiveReceived"}),
    ]


def test_claims_for_the_time_of_the_ack_deadline() -> None:
    """A claim holds as long as the message may be worked on."""
    subscription = Subscription(name="name", topic="topic")

    assert subscription.ack_deadline == LEASE_SECONDS


def test_says_nothing_before_the_handler_is_done(ports: Ports) -> None:
    """Of a handler that fails halfway nothing is published."""
    run(ports, raising(StorageUnavailable()))

    assert ports.bus.published == []


def test_binds_the_ports_by_name(ports: Ports) -> None:
    """A handler gets what its keyword-only parameters name, and nothing else."""
    given: dict[str, Any] = {}

    def handler(event: BlobFinalized, *, clock: Clock, ledger: ClinicalLedger) -> Iterable[Event]:
        given.update(clock=clock, ledger=ledger)
        return ()

    run(ports, handler)

    assert given == {"clock": ports.clock, "ledger": ports.ledger}


# -- claims


@pytest.mark.parametrize(
    ("claim", "outcome"), [("done", Outcome.DUPLICATE), ("held", Outcome.RETRY), ("claimed", Outcome.HANDLED)]
)
def test_handles_what_it_may_claim(ports: Ports, claim: ClaimOutcome, outcome: Outcome) -> None:
    """What is done is a duplicate, what another worker handles is tried again, the rest is handled."""
    ports.ledger.outcome = claim

    assert run(ports, saying()) is outcome
    assert (("handler", "handle", str(blob_ref())) in ports.journal) is (claim == "claimed")
    assert (("claims", "release", KEY) in ports.journal) is False


def test_takes_over_a_claim_that_expired(ports: Ports, tmp_path: Any) -> None:
    """After a crash the event is handled again, once the lease is over."""
    from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger

    ledger = SqliteClinicalLedger(tmp_path / "clinical.sqlite")
    wiring: Any = ports
    wiring.ledger = ledger

    def handler(event: BlobFinalized, *, ledger: ClinicalLedger) -> Iterable[Event]:
        return ()

    with pytest.raises(InjectedCrash):
        run(ports, raising(InjectedCrash()))
    assert run(ports, handler) is Outcome.RETRY
    ports.clock.advance(LEASE_SECONDS)
    assert run(ports, handler) is Outcome.HANDLED
    assert run(ports, handler) is Outcome.DUPLICATE
    ledger.close()


def test_a_replay_has_a_claim_of_its_own(ports: Ports) -> None:
    """What a person replays is handled although the first delivery is done with."""
    run(ports, saying(), delivery(attributes={"airlockRetry": "3"}))

    assert ports.journal[0] == ("claims", "claim", f"{KEY}~3")
    assert ports.journal[-1] == ("claims", "complete", f"{KEY}~3")


def test_keeps_the_claims_of_the_released_side_there(ports: Ports) -> None:
    """A stage that may not touch the clinical ledger claims in the released one."""
    wiring: Any = ports
    wiring.jobs = RecordingClaims()

    def handler(event: BlobFinalized, *, jobs: ReleasedLedger) -> Iterable[Event]:
        return ()

    run(ports, handler)

    assert [action for _, action, _ in wiring.jobs.journal] == ["claim", "complete"]
    assert ports.journal == []


# -- decoding


def test_reads_a_notification_of_cloud_storage(ports: Ports) -> None:
    """An object that arrived is told by the attributes; the data does not matter."""
    assert run(ports, saying(), delivery(None, data=b"{}", attributes=NOTIFICATION)) is Outcome.HANDLED
    assert ports.journal[0] == ("claims", "claim", KEY)


@pytest.mark.parametrize(
    "attributes",
    [
        NOTIFICATION | {"eventType": "OBJECT_DELETE"},
        NOTIFICATION | {"eventType": "OBJECT_METADATA_UPDATE"},
        NOTIFICATION | {"objectId": "gcloud/tmp/parallel_composite_uploads/1"},
    ],
    ids=["deletion", "metadata", "part of an upload"],
)
def test_acknowledges_what_tells_of_no_arrival(ports: Ports, lines: Any, attributes: dict[str, str]) -> None:
    """Notifications that mean nothing here are done with, without a claim."""
    assert run(ports, saying(), delivery(None, attributes=attributes)) is Outcome.IRRELEVANT
    assert (ports.journal, [line["event"] for line in lines()]) == ([], ["irrelevant"])


def test_a_minute_of_the_scheduler_is_one_tick(ports: Ports) -> None:
    """Two publications within a minute have one claim, so that one of them is handled."""

    def ticking(event: TickElapsed, *, ledger: Any) -> Iterable[Event]:
        return ()

    for seconds in (0.0, 20.0):
        run(ports, ticking, delivery(None, data=TICK, publish_time=1_767_225_600.0 + seconds))

    claimed = [key for _, done, key in ports.journal if done == "claim"]
    assert claimed == ["work:TickElapsed:2026-01-01T00:00:00+00:00"] * 2


@pytest.mark.parametrize(
    "given",
    [
        delivery(None, data=b"", message_id="message-7"),
        delivery(None, data=b"{}"),
        delivery(None, data=b'{"type": "Unheard"}'),
        delivery(TickElapsed(at="now")),
        delivery(None, attributes={"eventType": "OBJECT_FINALIZE"}),
    ],
    ids=["empty", "untyped", "unknown", "of another stage", "incomplete notification"],
)
def test_records_what_it_cannot_decode(ports: Ports, given: Delivery) -> None:
    """What is no event of this stage is a permanent failure under its message's id, without any claim."""
    assert run(ports, saying(), given) is Outcome.FAILED
    assert (failure(ports).code, failure(ports).subject) == ("event_undecodable", "message-7")
    assert failure(ports).message.data == given.message.data
    assert {port for port, _, _ in ports.journal} == {"bus"}


# -- stages


def test_a_stage_listens_where_its_events_are_published() -> None:
    """Topics follow from the handlers' events, each once, and then come the further ones."""

    def one(event: SeriesCompleted | SeriesAmended, *, ledger: Claims) -> Iterable[Event]:
        return ()

    def two(event: BlobFinalized, *, ledger: Claims) -> Iterable[Event]:
        return ()

    stage = Stage("work", (one, two), more_topics=("more", "series"), max_delivery_attempts=5)

    assert stage.topics == ("series", "arrivals", "more")
    assert list(stage.subscriptions()) == [
        Subscription(
            name=f"work-{topic}",
            topic=topic,
            dead_letter_topic="work-dead-letters",
            max_delivery_attempts=5,
        )
        for topic in ("series", "arrivals", "more")
    ]


def test_reads_what_a_handler_takes_from_its_signature() -> None:
    """Events are the first parameter's annotation, ports the keyword-only parameters."""

    def handler(
        event: SeriesCompleted | InstanceIgnored, *, ledger: ClinicalLedger, clock: Clock
    ) -> Iterable[Event]:
        return ()

    assert handled_events(handler) == (SeriesCompleted, InstanceIgnored)
    assert handled_events(saying()) == (BlobFinalized,)
    assert required_ports(handler) == ("ledger", "clock")


def test_only_a_retry_is_not_acknowledged() -> None:
    """Every outcome but a retry is the end of a message."""
    assert [outcome for outcome in Outcome if not outcome.acknowledges] == [Outcome.RETRY]
