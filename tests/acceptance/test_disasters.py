"""What is lost and how it comes back, on the emulators: docs/how-to/recover-from-a-disaster.md."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from functions.cli.emulated import PROJECT
from infra.scripts import announce
from shared.events import SeriesCompleted, encode
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.emulators.sdk import sdk_root
from tests.acceptance.emulated import Emulated, emulated, until
from tests.acceptance.flow import RULESETS
from tests.acceptance.test_emulated_faults import _LEASE, at, give_tokens, patient, series

pytestmark = [
    pytest.mark.emulators,
    pytest.mark.skipif(sdk_root() is None, reason="there is no Google Cloud SDK on this machine"),
]


@pytest.fixture
def double(tmp_path: Path) -> Iterator[AutosegmentationDouble]:
    """A destination that outlives the installation."""
    with AutosegmentationDouble(tmp_path / "destination") as running:
        yield running


@pytest.fixture
def system(tmp_path: Path, double: AutosegmentationDouble) -> Iterator[Emulated]:
    """A running installation with three instances on their way; it asks a destination once."""
    rulesets = tmp_path / "rulesets"
    shutil.copytree(RULESETS, rulesets, ignore=shutil.ignore_patterns("__pycache__"))
    with (rulesets / "destinations" / "autosegmentation.yaml").open("a", encoding="utf-8") as file:
        file.write("\nhealth_tries: 0\n")
    settings = {**_LEASE, **at(double)}
    with emulated(
        tmp_path / "system", rulesets=rulesets, policy=patient, settings=settings, quiet_period=3
    ) as running:
        give_tokens(tmp_path / "system", double)
        running.upload(series(1, 3))
        yield running


def lose_database(running: Emulated, name: str) -> None:
    """Delete every document of a database of Firestore."""
    host = running.system.environment["FIRESTORE_EMULATOR_HOST"]
    url = f"http://{host}/emulator/v1/projects/{PROJECT}/databases/{quote(name)}/documents"
    assert requests.delete(url, timeout=60).ok


def lose_objects(running: Emulated) -> None:
    """Delete every object of the released bucket."""
    for stat in [*running.wiring.released.list()]:
        running.wiring.released.delete(stat.ref)


def completions(running: Emulated) -> list[SeriesCompleted]:
    """What `assemble` said of the series that the ledger knows."""
    return [
        SeriesCompleted(
            series=record.series,
            generation=record.generation,
            instance_count=len(record.sop_instance_uids),
            reason=record.reason,
        )
        for record in running.wiring.ledger.generations()
    ]


def outlive(running: Emulated, events: list[SeriesCompleted]) -> None:
    """Deliver messages that were made before a loss, as Pub/Sub may, and wait until they had an answer."""
    answered = sum(running.outcomes.values())
    for event in events:
        running.wiring.bus.publish(event.TOPIC, encode(event), {"type": "SeriesCompleted"})
    until(lambda: sum(running.outcomes.values()) >= answered + len(events))


def rebuild(running: Emulated) -> None:
    """Announce what lies in the intake, as a person does after a loss."""
    assert announce.main(["--yes"]) == 0


def test_functions_lose_nothing_because_they_keep_nothing(
    system: Emulated, double: AutosegmentationDouble
) -> None:
    """All nine are killed at once while a series is under way, and go on by themselves."""
    until(lambda: system.outcomes["validate", "handled"] >= 1, 60)
    for function in system.system.functions.values():
        function.kill()
    balance = system.settle()

    assert (balance.received, balance.exported, balance.closed) == (3, 3, True)
    assert [task.received for task in double.uploads] == [1]


def test_a_lost_clinical_ledger_is_built_anew_from_the_bucket(
    system: Emulated, double: AutosegmentationDouble
) -> None:
    """Every instance is accounted for again, and nothing is sent twice: the other ledger has the jobs."""
    system.settle()
    before = system.released()
    lose_database(system, "clinical")
    lost = system.balance
    rebuild(system)
    balance = system.settle()

    assert (lost.received, lost.in_flight) == (3, 3)
    assert (balance.received, balance.exported, balance.closed) == (3, 3, True)
    assert system.released() == before
    assert [task.received for task in double.uploads] == [1]


def test_originals_and_key_are_enough_to_make_everything_again(
    system: Emulated, double: AutosegmentationDouble
) -> None:
    """Both ledgers and the released bucket are gone: the same bytes are sent, and results come back."""
    system.settle()
    before = system.released()
    completed = completions(system)
    lose_database(system, "clinical")
    lose_database(system, "released")
    lose_objects(system)
    outlive(system, completed)
    rebuild(system)
    balance = system.settle()
    after = system.released()

    assert (balance.received, balance.exported, balance.closed) == (3, 3, True)
    assert after.packages == before.packages
    assert set(after.results) == set(before.results)
    assert len({task.sha256 for task in double.uploads}) == 1


def test_released_objects_lost_before_their_export_are_held_for_a_person(
    system: Emulated, double: AutosegmentationDouble
) -> None:
    """Nothing is sent, and nothing is silent: the instances are exceptions, and the balance is closed."""
    double.stop()
    system.let_minutes_come_until(lambda: system.outcomes["export", "retry"] >= 1, 180)
    lose_objects(system)
    double.start()
    system.let_minutes_come_until(lambda: system.balance.exceptions == 3, 180)
    codes = {(each.stage, each.code) for each in system.wiring.ledger.exceptions("open")}

    assert system.balance.closed
    assert codes == {("export", "object_not_found")}
    assert double.uploads == []
