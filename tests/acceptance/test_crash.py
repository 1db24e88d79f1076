"""A crash between any two side effects: the next process finds everything and does nothing twice."""

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.adapters.faulty_bus import InjectedCrash
from shared.balance import Balance
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.sample.series import file_of
from tests.acceptance.crashes import EFFECTS, Trap
from tests.acceptance.flow import Flow, Outcome, Policy, opened
from tests.acceptance.samples import ct, disks, write, write_series

#: two shards a series, and no waiting: as many side effects as possible in as little time as possible
POLICY: Policy = {"quiet_period": 0, "shard_size": 1, "resend": "deduplicated"}
HOLD: Policy = {**POLICY, "resend": "hold"}
SETTLED = Balance(received=8, exported=4, unmatched=0, ignored=2, rejected=0, in_flight=0, exceptions=2)
#: one more than it is asked in one attempt, so that the first one fails
BUSY = 4
SECOND_CRASHES = 30
AMENDMENT_CRASHES = 30
KILLS = 3
REPOSITORY = Path(__file__).parents[2]


class Undisturbed(NamedTuple):
    """What a run without a crash does and leaves behind."""

    effects: list[str]
    outcome: Outcome


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two loose slices of one series, two in an archive with what else is in it, and a bad file."""
    folder = tmp_path_factory.mktemp("crash") / "files"
    axial = {f"CT/{number}.dcm": file_of(image) for number, image in enumerate(ct("crash", 2))}
    return write(folder, {**axial, "disks.zip": disks("crash disks"), "letter.txt": b"no image\n" * 40})


@contextmanager
def installed(folder: Path, trap: Trap, policy: Policy = POLICY) -> Iterator[Flow]:
    """An installation whose side effects a trap counts; its destination is busy first, its token too old."""
    with opened(folder, policy, wrap=trap.install, expired_token=True) as flow:
        flow.double.faults.answer("health", 503, times=BUSY)
        yield flow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, files: Path) -> Undisturbed:
    """The run that all others must equal."""
    trap = Trap()
    with installed(tmp_path_factory.mktemp("undisturbed"), trap) as flow:
        flow.run(files)
        return Undisturbed(list(trap.effects), flow.outcome())


def crashed(flow: Flow, files: Path) -> bool:
    """Run until the trap snaps; whether it did."""
    try:
        flow.run(files)
    except InjectedCrash:
        flow.crash()
        return True
    return False


def test_undisturbed_run_has_every_kind_of_side_effect(undisturbed: Undisturbed) -> None:
    """The run closes its balance and passes every port, so that a crash at each effect means something."""
    ports = {effect.partition(".")[0] for effect in undisturbed.effects}

    assert undisturbed.outcome.balance == SETTLED
    assert ports == {*EFFECTS, "clinical", "released", "autosegmentation"}
    assert {"bus.nack", "jobs.release_claim"} <= set(undisturbed.effects)
    assert len(undisturbed.effects) > 150


@pytest.mark.parametrize("when", ["before", "after"])
def test_crash_at_any_side_effect_changes_nothing(
    scratch: Path, files: Path, undisturbed: Undisturbed, when: str
) -> None:
    """Wherever the process ends, the next one comes to the same bytes, one upload a series, and no loss."""
    different = []
    for number, effect in enumerate(undisturbed.effects, start=1):
        trap = Trap(**{when: number})
        with installed(scratch / str(number), trap) as flow:
            snapped = crashed(flow, files)
            flow.start()
            flow.run(files)
            if not snapped or flow.outcome() != undisturbed.outcome:
                different.append((number, effect))

    assert different == []


def test_second_crash_in_the_recovery_changes_nothing(
    scratch: Path, files: Path, undisturbed: Undisturbed
) -> None:
    """A process that ends while it recovers from the end of another one leaves nothing undone either."""
    chosen = random.Random(1)
    different = []
    for number in range(SECOND_CRASHES):
        points = chosen.randint(1, len(undisturbed.effects)), chosen.randint(1, 40)
        with installed(scratch / str(number), Trap(before=points[0])) as flow:
            crashed(flow, files)
            crash_again(flow, files, Trap(after=points[1]))
            flow.start()
            flow.run(files)
            if flow.outcome() != undisturbed.outcome:
                different.append(points)

    assert different == []


def crash_again(flow: Flow, files: Path, trap: Trap) -> None:
    """Start after a crash, and crash again; also if that is in the recovery itself."""
    try:
        flow.start(trap.install)
        flow.run(files)
    except InjectedCrash:
        flow.crash()
    else:
        flow.stop()


def test_crash_in_an_amendment_changes_nothing(scratch: Path, tmp_path: Path) -> None:
    """Wherever the process ends that adds a late instance, there is one amendment, sent and counted once."""
    *early, late = sorted(write_series(tmp_path, "amended", 3).iterdir())
    trap = Trap()
    with amended(scratch / "undisturbed", trap, early, late) as flow:
        outcome, effects = flow.outcome(), len(trap.effects)
    different = []
    for number in random.Random(1).sample(range(1, effects + 1), AMENDMENT_CRASHES):
        with amended(scratch / str(number), Trap(before=number), early, late) as flow:
            if flow.outcome() != outcome:
                different.append(number)

    assert different == []


@contextmanager
def amended(folder: Path, trap: Trap, early: list[Path], late: Path) -> Iterator[Flow]:
    """An installation that has run a series, and then a late instance of it with a crash."""
    with opened(folder, POLICY) as flow:
        flow.run(*early)
        flow.restart(trap.install)
        if crashed(flow, late):
            flow.start()
            flow.run(late)
        yield flow


@pytest.mark.parametrize("when", ["before", "after"])
def test_crash_in_an_upload_that_may_not_be_repeated_asks_a_person(
    scratch: Path, files: Path, undisturbed: Undisturbed, when: str
) -> None:
    """With `resend: hold` exactly one exception asks, nothing is sent twice, and the retry closes it."""
    upload = undisturbed.effects.index("autosegmentation.upload") + 1
    with installed(scratch, Trap(**{when: upload}), HOLD) as flow:
        crashed(flow, files)
        flow.start()
        flow.run(files)
        asked = [each for each in flow.exceptions("open") if each.stage == "export"]
        sent = sum(task.received for task in flow.uploads)
        flow.retry(asked[0])
        settled = flow.settle()

        assert [each.code for each in asked] == ["transfer_unconfirmed"]
        assert sent == {"before": 1, "after": 2}[when]
        assert settled
        assert flow.outcome().balance == undisturbed.outcome.balance
        assert flow.outcome().uploads == undisturbed.outcome.uploads


def test_crash_around_a_lost_answer_never_sends_twice_by_itself(
    scratch: Path, tmp_path: Path, undisturbed: Undisturbed
) -> None:
    """With `resend: hold` and an answer that was lost, no crash makes a second upload without a person."""
    images = {f"{number}.dcm": file_of(image) for number, image in enumerate(ct("lost", 2))}
    series = write(tmp_path / "lost", images)
    points = around_the_upload(scratch / "measured", series)
    wrong = []
    for number in points:
        with installed(scratch / str(number), Trap(before=number), HOLD) as flow:
            flow.double.faults.drop_uploads = 1
            crashed(flow, series)
            flow.start()
            flow.run(series)
            asked, sent = flow.failures, [task.received for task in flow.uploads]
            if asked != [("export", "transfer_unconfirmed")] or sent not in ([], [1]):
                wrong.append((number, asked, sent))

    assert wrong == []


def around_the_upload(folder: Path, series: Path) -> range:
    """The numbers of the side effects of a run whose upload is not answered, from the job's beginning on."""
    trap = Trap()
    with installed(folder, trap, HOLD) as flow:
        flow.double.faults.drop_uploads = 1
        flow.run(series)
    return range(trap.effects.index("jobs.add_job") + 1, len(trap.effects) + 1)


@pytest.mark.parametrize("number", range(1, 11))
def test_crash_in_a_retry_loses_neither_the_exception_nor_the_message(
    scratch: Path, files: Path, number: int
) -> None:
    """Wherever a retry ends, the exception is open or the message on its way; there is no second task."""
    with opened(scratch, POLICY) as flow:
        flow.double.faults.answer("upload", 400)
        flow.run(files)
        flow.restart(Trap(before=number).install)
        with pytest.raises(InjectedCrash):
            retry_and_settle(flow)
        flow.crash()
        flow.start()
        flow.settle()
        if rejected(flow):
            retry_and_settle(flow)

        assert flow.outcome().balance == SETTLED
        assert [task.status for task in flow.uploads] == ["Transfer Completed"] * 2


def rejected(flow: Flow) -> list[str]:
    """The ids of the open exceptions of the export."""
    return [each.exception_id for each in flow.exceptions("open") if each.stage == "export"]


def retry_and_settle(flow: Flow) -> None:
    """Retry what the destination rejected, and run on."""
    (exception_id,) = rejected(flow)
    record = flow.wiring.ledger.exception(exception_id)
    if record is not None:
        flow.retry(record)
    flow.settle()


@pytest.mark.parametrize("seed", range(4))
def test_killed_processes_leave_nothing_undone(
    scratch: Path, files: Path, undisturbed: Undisturbed, seed: int
) -> None:
    """Processes that are killed at random moments, one after the other, leave the next one only work."""
    chosen = random.Random(seed)
    with AutosegmentationDouble(scratch / "double") as double:
        flow = Flow(scratch, double)
        flow.allow(**POLICY)
        flow.give_tokens(expired=True)
        for _ in range(KILLS):
            kill_after(chosen.randint(1, 25), flow, files)
        lines = finish(flow, files)
        flow.start()
        outcome = flow.outcome()
        flow.stop()

    assert lines[-1] == "settled"
    assert outcome == undisturbed.outcome


def worker(flow: Flow, files: Path) -> "subprocess.Popen[str]":
    """Another process that runs the files in the installation."""
    places = (flow.workspace, flow.policy, flow.double.base_url, files)
    arguments = [sys.executable, "-m", "tests.acceptance.worker", *map(str, places)]
    return subprocess.Popen(arguments, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def kill_after(lines: int, flow: Flow, files: Path) -> None:
    """Kill a process as soon as it has written so many lines."""
    with worker(flow, files) as process:
        assert process.stdout is not None
        for _ in zip(range(lines), process.stdout, strict=False):
            pass
        process.send_signal(signal.SIGKILL)


def finish(flow: Flow, files: Path) -> list[str]:
    """Let a process run to its end; return its lines."""
    with worker(flow, files) as process:
        output, _ = process.communicate()
    return output.split()
