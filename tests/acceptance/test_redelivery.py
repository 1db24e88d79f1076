"""At least once and in any order, as Pub/Sub delivers: the outcome is the same to the byte."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.pipeline import PIPELINE
from shared.adapters.faulty_bus import FaultyBus
from shared.wiring import EmbeddedWiring
from tests.acceptance.flow import MINUTE, Flow, Outcome, Policy, opened
from tests.acceptance.hospital import SETTLED
from tests.acceptance.recorder import Published, Recorder
from tests.acceptance.samples import disks, write

#: several shards a series, so that they can overtake each other
POLICY: Policy = {"shard_size": 1, "resend": "deduplicated"}
COPIES = 2
WORKERS = 4
#: how many minutes of the clock the workers have
LOOKS = 120


def misdeliver(flow: Flow, seed: int) -> None:
    """Deliver every message three times and out of order from now on."""
    vars(flow.wiring)["bus"] = FaultyBus(flow.wiring.bus, seed=seed, duplicates=COPIES, reorder=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, drop: Path) -> Outcome:
    """What a run leaves behind whose messages are delivered once and in order."""
    with opened(tmp_path_factory.mktemp("undisturbed"), POLICY) as flow:
        flow.run(drop)
        return flow.outcome()


def test_undisturbed_run_is_worth_comparing_with(undisturbed: Outcome) -> None:
    """The run has released shards, crosswalks, results, packages and exceptions."""
    parts = (undisturbed.released, undisturbed.crosswalks, undisturbed.packages, undisturbed.exceptions)

    assert undisturbed.balance == SETTLED
    assert [len(part) for part in parts] == [11, 8, 3, 3]


@pytest.mark.parametrize("seed", range(6))
def test_every_message_three_times_and_out_of_order_changes_nothing(
    scratch: Path, drop: Path, undisturbed: Outcome, seed: int
) -> None:
    """Shards, crosswalks, packages, results, exceptions and balance are those of the undisturbed run."""
    with opened(scratch, POLICY) as flow:
        misdeliver(flow, seed)
        flow.run(drop)

        assert flow.outcome() == undisturbed
        assert [task.received for task in flow.uploads] == [1, 1, 1]


@pytest.mark.parametrize("seed", range(3))
def test_everything_said_again_after_the_claims_are_forgotten_changes_nothing(
    scratch: Path, drop: Path, seed: int
) -> None:
    """Claims only save work: replayed long after, in any order, every stage finds its work done."""
    messages: list[Published] = []
    handled: set[str] = set()

    def record(wiring: EmbeddedWiring) -> None:
        vars(wiring)["bus"] = Recorder(wiring.bus, messages)

    with opened(scratch, POLICY, wrap=record) as flow:
        flow.run(drop)
        before, said = flow.outcome(), list(messages)
        flow.clock.advance(1)
        forget_claims(flow)
        flow.restart(observe=lambda stage, outcome: handled.add(stage) if outcome == "handled" else None)
        random.Random(seed).shuffle(said)
        for topic, data, attributes in said:
            flow.wiring.bus.publish(topic, data, attributes)

        assert flow.settle()
        assert handled == {stage.name for stage in PIPELINE}
        assert flow.outcome() == before
        assert [task.received for task in flow.uploads] == [1, 1, 1]


@pytest.mark.parametrize("seed", range(3))
def test_workers_that_handle_the_same_messages_at_once_change_nothing(
    scratch: Path, drop: Path, undisturbed: Outcome, seed: int
) -> None:
    """Four workers get all messages, three times each and out of order; one of them does the work."""
    with opened(scratch, POLICY) as flow, ThreadPoolExecutor(WORKERS) as pool:
        misdeliver(flow, seed)
        flow.take_in(drop)
        for _ in range(LOOKS):
            flow.clock.advance(MINUTE)
            flow.engine.tick()
            for done in [pool.submit(flow.engine.drain) for _ in range(WORKERS)]:
                done.result()
            if flow.engine.settled:
                break

        assert flow.outcome() == undisturbed
        assert [task.received for task in flow.uploads] == [1, 1, 1]


def forget_claims(flow: Flow) -> None:
    """Let both ledgers forget which events were handled."""
    for ledger in (flow.wiring.ledger, flow.wiring.jobs):
        ledger.prune_claims(flow.clock.now())


def told_again(flow: Flow, file: Path) -> list[tuple[str, str]]:
    """Take a file in and tell of its object again, under a new message id; what the stages answered then."""
    outcomes: list[tuple[str, str]] = []
    flow.take_in(file)
    flow.engine.drain()
    flow.restart(observe=lambda stage, outcome: outcomes.append((stage, outcome)))
    ref = min((stat.ref for stat in flow.wiring.clinical.list()), key=lambda ref: len(ref.name))
    flow.announce(ref)
    flow.engine.drain()
    return outcomes


def test_second_delivery_is_recognised_by_its_business_key(flow: Flow, tmp_path: Path) -> None:
    """A replay under a new message id is the same event to its stage, which does not handle it again."""
    folder = write(tmp_path / "drop", {"disks.zip": disks("again")})

    assert told_again(flow, folder) == [("validate", "handled"), ("unpack", "duplicate")]


def test_second_arrival_is_handled_again_without_effect(flow: Flow, drop: Path) -> None:
    """Looking at an instance again costs less than a claim would, and finds it accepted."""
    assert told_again(flow, drop / "CT" / "IM0001.dcm") == [("validate", "handled")]
    assert len([*flow.wiring.ledger.instances()]) == 1
    assert flow.balance.received == flow.balance.in_flight == 1


def test_second_arrival_of_a_bad_file_is_no_second_failure(flow: Flow, tmp_path: Path) -> None:
    """A failure is recorded once, and what a person archived stays archived."""
    bad = write(tmp_path / "drop", {"letter.dcm": b"no image\n" * 40})
    first = told_again(flow, bad)
    record = flow.exception()
    flow.archive(record, "a letter")
    again = told_again(flow, bad)

    assert first == again == [("validate", "duplicate")]
    assert record.attempts == 1
    assert flow.exception().status == "archived"
