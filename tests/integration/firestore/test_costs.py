"""What each step reads and writes, measured, and the table of the decision that says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from shared.ports.records import GenerationRecord, IgnoredRecord, ShardRecord
from shared.states import JobState, SeriesState
from tests.contracts.races import in_parallel
from tests.factories import (
    blob_ref,
    exception_record,
    generation_record,
    instance_record,
    job_record,
    series_ref,
    shard_instance,
    shard_record,
    uid,
)
from tests.firestore_calls import recorded
from tests.unit.docs.pages import table

PAGE = Path(__file__).parents[3] / "docs" / "decisions" / "2026-11-26-firestore-ledger.md"
INSTANCES, SHARDS = 1200, 3
PER_SHARD = INSTANCES // SHARDS
pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]

Step = Callable[[], object]
Costs = dict[str, tuple[int, int]]


def intake(ledger: FirestoreClinicalLedger) -> dict[str, list[Step]]:
    """What `validate` does with an object, new or a duplicate."""
    return {
        "claim and complete an event": [
            lambda: ledger.claim("a", now=100.0, lease=10.0),
            lambda: ledger.complete_claim("a"),
        ],
        "claim it again": [lambda: ledger.claim("a", now=100.0, lease=10.0)],
        "take an instance in": [
            lambda: ledger.patient_digest(series_ref()),
            lambda: ledger.add_instances([instance_record()])[0],
        ],
        "take it in again and ignore it": [
            lambda: ledger.patient_digest(series_ref()),
            lambda: ledger.add_instances([instance_record(blob=blob_ref(9))])[0],
            lambda: ledger.add_ignored(ignored()),
        ],
    }


def work(ledger: FirestoreClinicalLedger) -> dict[str, list[Step]]:
    """What `assemble`, `match` and `deidentify` do with a series and with one of its shards."""
    matched = generation_record(sop_instance_uids=all_uids(), state=SeriesState.MATCHED)
    return {
        "look at the open series": [ledger.open_series],
        "assemble it": [
            lambda: ledger.generation(series_ref()),
            lambda: list(ledger.instances(series_ref())),
            lambda: ledger.add_generation(generation_of_all()),
        ],
        "match it": [
            lambda: ledger.generation(series_ref(), 1),
            lambda: list(ledger.instances(series_ref())),
            lambda: ledger.add_shards(map(shard, range(SHARDS))),
            lambda: ledger.replace_generation(matched),
        ],
        "de-identify a shard": [
            lambda: ledger.generation(series_ref(), 1),
            lambda: ledger.shards(series_ref(), 1),
            lambda: ledger.release_shard(shard(0), blob_ref(bucket="released")),
            lambda: ledger.shards(series_ref(), 1),
        ],
        "raise an exception": [lambda: ledger.raise_exception(exception_record())],
    }


def export(ledger: FirestoreReleasedLedger) -> dict[str, list[Step]]:
    """What `export` does with a job."""
    return {
        "add a job and move it": [
            lambda: ledger.add_job(job_record()),
            lambda: ledger.replace_job(job_record(state=JobState.UPLOADING)),
        ]
    }


def ignored() -> IgnoredRecord:
    """A duplicate."""
    return IgnoredRecord(subject=str(blob_ref(9)), blob=blob_ref(9), reason="duplicate")


def all_uids() -> tuple[str, ...]:
    """The instances of the series."""
    return tuple(uid(n) for n in range(INSTANCES))


def generation_of_all() -> GenerationRecord:
    """The generation of all instances of the series."""
    return generation_record(sop_instance_uids=all_uids())


def shard(number: int) -> ShardRecord:
    """A shard of the series."""
    numbers = range(number * PER_SHARD, (number + 1) * PER_SHARD)
    return shard_record(number, instances=tuple(map(shard_instance, numbers)))


def costs_of(steps: dict[str, list[Step]], project: str, database: str) -> Costs:
    """Do the steps one after the other; what each read and wrote."""
    costs = {}
    for name, parts in steps.items():
        with recorded(project, database) as calls:
            for part in parts:
                part()
        costs[name] = calls.cost
    return costs


@pytest.fixture
def measured(project: str) -> Costs:
    """The costs of every step, in the order of the flow."""
    ledger, released = FirestoreClinicalLedger(project), FirestoreReleasedLedger(project)
    costs = costs_of(intake(ledger), project, "clinical")
    in_parallel(16, INSTANCES, lambda n: ledger.add_instances([instance_record(n)])[0])
    costs |= costs_of(work(ledger), project, "clinical")
    return costs | costs_of(export(released), project, "released")


def test_the_decision_says_what_is_measured(measured: Costs) -> None:
    """Every step is in the table with its reads and writes, and the sum for an instance is right."""
    page = PAGE.read_text(encoding="utf-8")
    rows = [row for row in table(page) if len(row) == 3 and row[1].isdigit()]
    for_one = [measured["take an instance in"]]
    for_all = [measured[name] for name in ("assemble it", "match it")]
    reads, writes = (
        sum(cost[kind] for cost in for_one)
        + sum(cost[kind] for cost in for_all) / INSTANCES
        + measured["de-identify a shard"][kind] / PER_SHARD
        for kind in (0, 1)
    )

    assert {name: (int(reads), int(writes)) for name, reads, writes in rows} == measured
    assert f"**{reads:.0f} reads and {writes:.0f} writes an instance**" in " ".join(page.split())
