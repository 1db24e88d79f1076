"""What goes wrong in a project, on the emulators: workers die, messages come twice, destinations are away."""

import random
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from functions.pipeline import PIPELINE
from shared import review
from shared.adapters.files import FileSecrets
from shared.errors import RecordConflict
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.emulators.sdk import sdk_root
from shared.local.function_process import FunctionProcess
from shared.ports.bus import Subscription
from tests.acceptance.emulated import Emulated, emulated, until
from tests.acceptance.flow import RULESETS
from tests.acceptance.samples import changed, ct

pytestmark = pytest.mark.skipif(sdk_root() is None, reason="there is no Google Cloud SDK on this machine")

_SERIES, _INSTANCES, _KILLS = 10, 2_000, 20
#: what is killed while most instances arrive, and afterwards
_EARLY = ["validate", "validate", "assemble", "quarantine", "match"]
_LATE = ["validate", "match", "deidentify", "export", "retrieve", "reidentify"]
#: how much is logged between two kills, in characters
_PROGRESS = 20_000
#: a worker that dies leaves its claim for so long; the attempts of a message take longer
_LEASE = {"AIRLOCK_REQUEST_SECONDS": "8"}


def patient(subscription: Subscription) -> Subscription:
    """Tries again long enough to outlive the claim of a worker that died, and the start of the next one.

    A function gives up at its own eighth attempt, which comes after fifty seconds.
    """
    return msgspec.structs.replace(
        subscription, minimum_backoff=2.0, maximum_backoff=10.0, max_delivery_attempts=30
    )


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    """The policies, with a destination that answers a package that it has already as it did before."""
    folder = tmp_path / "rulesets"
    shutil.copytree(RULESETS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "destinations" / "autosegmentation.yaml"
    path.write_text(f"{path.read_text()}\nhealth_tries: 0\n".replace("resend: hold", "resend: deduplicated"))
    return folder


@pytest.fixture
def double(tmp_path: Path) -> Iterator[AutosegmentationDouble]:
    """A destination that the test can stop, and look into."""
    with AutosegmentationDouble(tmp_path / "destination") as running:
        yield running


def series(number: int, instances: int) -> dict[str, bytes]:
    """The files of one series, which say how many they are."""
    images = ct(f"series {number}", instances)
    return {
        f"{number:02d}/{index:04d}.dcm": changed(image, NumberOfSeriesRelatedInstances=instances)
        for index, image in enumerate(images)
    }


def at(double: AutosegmentationDouble) -> Mapping[str, str]:
    """The settings that lead to a destination."""
    return {"AUTOSEGMENTATION_URL": double.base_url}


def give_tokens(folder: Path, double: AutosegmentationDouble) -> None:
    """Store tokens that the destination takes."""
    FileSecrets(folder / "secrets").store_tokens("autosegmentation", double.issue_tokens())


def retried(running: Emulated) -> bool:
    """Let a person retry the only open exception; False if it failed once more just then."""
    wiring = running.wiring
    (record,) = wiring.ledger.exceptions("open")
    try:
        review.retry(
            record, ledger=wiring.ledger, jobs=wiring.jobs, bus=wiring.bus, clock=wiring.clock, who="operator"
        )
    except RecordConflict:
        return False
    return True


def test_twenty_workers_are_killed_and_nothing_is_lost_or_sent_twice(
    tmp_path: Path, rulesets: Path, double: AutosegmentationDouble
) -> None:
    """While 2,000 instances pass, functions die in the middle of their work: the outcome is the same."""
    choice = random.Random(20)
    with emulated(
        tmp_path / "system",
        rulesets=rulesets,
        quiet_period=600,
        policy=patient,
        settings={**_LEASE, **at(double)},
    ) as running:
        give_tokens(tmp_path / "system", double)
        for number in range(_SERIES):
            running.upload(series(number, _INSTANCES // _SERIES))
        for kill in range(_KILLS):
            seen = len(running.log)
            running.let_minutes_come_until(lambda seen=seen: len(running.log) > seen + _PROGRESS, 120)
            running.system.functions[choice.choice(_EARLY if kill < _KILLS / 2 else _LATE)].kill()
        balance = running.settle(400)
        failures = [(each.stage, each.code) for each in running.wiring.ledger.exceptions("open")]
        jobs = running.jobs

    assert failures == []
    assert (balance.received, balance.exported) == (_INSTANCES, _INSTANCES)
    assert sum(job.instance_count for job in jobs) == _INSTANCES
    assert sorted(task.sha256 for task in double.uploads) == sorted(str(job.package_sha256) for job in jobs)


def test_every_message_comes_twice(tmp_path: Path, rulesets: Path, double: AutosegmentationDouble) -> None:
    """Each push is made twice, and everything happens once."""
    with emulated(
        tmp_path / "system", rulesets=rulesets, policy=patient, settings=at(double), bridge={"pushes": 2}
    ) as running:
        give_tokens(tmp_path / "system", double)
        running.upload(series(1, 40))
        balance = running.settle()
        validated = running.outcomes["validate", "handled"]
        duplicates = running.outcomes["deidentify", "duplicate"]

    assert (balance.received, balance.exported) == (40, 40)
    assert (validated, duplicates) == (80, 1)
    assert [task.received for task in double.uploads] == [1]


def test_a_function_that_cannot_work_ends_in_its_dead_letters_and_is_retried(tmp_path: Path) -> None:
    """Pub/Sub gives up after the configured attempts; the exception is retried once the function is fit."""
    with emulated(tmp_path / "system") as running:
        match = running.system.functions["match"]
        fit = match._environ
        restart(match, {name: value for name, value in fit.items() if name != "AIRLOCK_CLINICAL_BUCKET"})
        running.upload(series(1, 2))
        running.let_minutes_come_until(lambda: [*running.wiring.ledger.exceptions("open")], 120)
        (record,) = running.wiring.ledger.exceptions("open")
        restart(match, fit)
        await_silence(running, "quarantine")
        until(lambda: retried(running), 60)
        balance = running.settle()

    assert (record.stage, record.code) == ("match", "attempts_exhausted")
    assert record.attempts >= next(stage.max_delivery_attempts for stage in PIPELINE if stage.name == "match")
    assert (balance.received, balance.exported, balance.exceptions) == (2, 2, 0)


def test_a_destination_is_away_for_a_while(
    tmp_path: Path, rulesets: Path, double: AutosegmentationDouble
) -> None:
    """Its packages wait, and are sent once it is back."""
    with emulated(tmp_path / "system", rulesets=rulesets, policy=patient, settings=at(double)) as running:
        give_tokens(tmp_path / "system", double)
        double.stop()
        running.upload(series(1, 2))
        running.let_minutes_come_until(lambda: running.outcomes["export", "retry"] >= 2, 90)
        double.start()
        balance = running.settle()

    assert (balance.received, balance.exported, balance.exceptions) == (2, 2, 0)
    assert [task.received for task in double.uploads] == [1]


def await_silence(running: Emulated, stage: str, looks: int = 20) -> None:
    """Wait until a function has had nothing to do for some looks: every copy of a message has arrived."""
    seen: list[int] = []

    def silent() -> bool:
        seen.append(sum(count for (name, _), count in running.outcomes.items() if name == stage))
        return seen[-looks:] == [seen[-1]] * looks

    until(silent, 90)


def restart(function: FunctionProcess, environ: Mapping[str, str]) -> None:
    """Let a function start anew in another environment."""
    pid = function.pid
    function._environ = environ
    function.kill()
    until(lambda: function.pid != pid, 30)
    function.wait()
