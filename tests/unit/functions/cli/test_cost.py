"""`airlock cost`: the sums, the prices, and what the numbers of operations follow from."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from functions.cli.app import app
from functions.cli.cost.model import STEPS, Load, Mode, estimate, shape_of
from functions.cli.cost.operations import CALLS, Operations
from functions.cli.cost.prices import SHIPPED, load_prices
from functions.pipeline import PIPELINE
from shared.errors import ConfigurationError, RulesetInvalid
from tests.unit.docs.pages import ROOT, table, text_of

PRICES = load_prices()
#: what a million instances of 535 KB may cost once they are received, in dollars without storage
LIMITS = {Mode.EVENT_PER_INSTANCE: 7.00, Mode.SERIES_BATCH: 0.80}
#: the rows of the decision on Firestore by the calls of a ledger: the call, and how many records it is about
ROWS = {
    "claim and complete an event": [("claim", 0), ("complete_claim", 0)],
    "take an instance in": [("patient_digest", 0), ("add_instances", 1)],
    "match it": [("generation", 0), ("instances", 1200), ("add_shards", 3), ("replace_generation", 0)],
    "de-identify a shard": [("generation", 0), ("shards", 3), ("release_shard", 0), ("shards", 3)],
    "add a job and move it": [("add_job", 0), ("replace_job", 0)],
}


def measured() -> dict[str, tuple[int, int]]:
    """The reads and writes of each step that the decision on Firestore has."""
    page = text_of(ROOT / "docs" / "decisions" / "2026-11-26-firestore-ledger.md")
    return {row[0]: (int(row[1]), int(row[2])) for row in table(page) if len(row) == 3 and row[1].isdigit()}


def reckoned(calls: list[tuple[str, int]]) -> tuple[float, float]:
    """The reads and writes of calls."""
    total = sum((CALLS[name].cost(items) for name, items in calls), Operations())
    return total.reads, total.writes


def answer(*options: str) -> dict[str, Any]:
    """What the command prints as JSON."""
    done = CliRunner().invoke(app, ["cost", "--json", *options])
    assert done.exit_code == 0
    return json.loads(done.stdout)


@pytest.mark.parametrize("mode", LIMITS)
def test_a_million_instances_cost_at_most_this(mode: Mode) -> None:
    """By the shipped prices; what the hospital's own uploads cost, they cost whoever takes them in."""
    assert estimate(Load(mode=mode), PRICES).per_million_received <= LIMITS[mode]


@pytest.mark.parametrize(
    ("mode", "dollars"), [(Mode.EVENT_PER_INSTANCE, 5), (Mode.SERIES_BATCH, 5 / 300), (Mode.DICOM_STORE, 3.9)]
)
def test_the_uploads_are_one_request_each(mode: Mode, dollars: float) -> None:
    """One of class A for a file or a ZIP, one of the Healthcare API for an instance, and nothing else."""
    found = estimate(Load(mode=mode), PRICES)

    assert found.per_million - found.per_million_received == pytest.approx(dollars)


@pytest.mark.parametrize("row", ROWS)
def test_calls_of_a_ledger_cost_what_firestore_recorded(row: str) -> None:
    """The documents of the calls add up to the step that was measured on the emulator."""
    assert reckoned(ROWS[row]) == measured()[row]


def test_a_generation_of_many_commits_costs_a_few_documents_more() -> None:
    """Up to 498 instances the table is exact; 1,200 take three commits and a few documents more."""
    calls = [("generation", 0), ("instances", 1200), ("add_generation", 1200)]
    reads, writes = measured()["assemble it"]

    assert (reads - 4, writes - 1) == reckoned(calls)


def test_open_series_are_looked_at_as_recorded() -> None:
    """Five reads for a series, one to find that there is no other, and one more beyond 1,000 instances."""
    assert reckoned([("open_series", 1)]) == (measured()["look at the open series"][0] - 1, 0)


@pytest.mark.parametrize("mode", Mode)
def test_the_sums_agree(mode: Mode) -> None:
    """By what is charged and by who causes it, it is the same sum; only secrets are nobody's."""
    found = estimate(Load(mode=mode), PRICES)

    assert sum(found.components.values()) == pytest.approx(found.total)
    assert sum(found.steps.values()) + found.components["Secret Manager and Cloud KMS"] == pytest.approx(
        found.total
    )


def test_every_part_follows_from_its_price() -> None:
    """Doubling a price doubles its component and no other."""
    load = Load(mode=Mode.DICOM_STORE, store_months=1)
    before = estimate(load, PRICES).components
    groups = {
        "cloud_storage": {"Cloud Storage, class A", "Cloud Storage, class B", "storage"},
        "firestore": {"Firestore"},
        "cloud_run": {"Cloud Run, requests", "Cloud Run, CPU and memory"},
        "secrets": {"Secret Manager and Cloud KMS"},
        "healthcare": {"Cloud Healthcare API"},
    }
    for field, names in groups.items():
        group = getattr(PRICES, field)
        doubled = msgspec.structs.replace(
            group, **{name: 2 * getattr(group, name) for name in group.__struct_fields__}
        )
        after = estimate(load, msgspec.structs.replace(PRICES, **{field: doubled})).components

        assert after == {
            name: pytest.approx(each * (2 if name in names else 1)) for name, each in before.items()
        }


def test_a_sum_by_hand() -> None:
    """Of a million instances in series of 250 each, what Pub/Sub and class A cost is worked out here."""
    found = estimate(Load(mode=Mode.EVENT_PER_INSTANCE, series_instances=250), PRICES).components
    series = 4_000
    uploads = 1_000_000 + series * (2 + 1 + 2)
    published = 1_000_000 * 2 + series * (2 + 2 + 1 + 2 + 1 + 2 + 2 + 10 * 2)
    delivered = 1_000_000 + series * (1 + 1 + 1 + 1 + 1 + 10)
    audited = 1_000_000 + series * (1 + 1 + 1 + 1 + 1 + 1 + 1 + 10)

    assert found["Cloud Storage, class A"] == pytest.approx(uploads * 5e-6)
    assert found["Pub/Sub"] == pytest.approx(((published + delivered) * 40 + audited * 50) * 1000 / 2**40)


def test_shards_follow_from_their_size() -> None:
    """A series that does not fit one shard has two."""
    shapes = [shape_of(Load(mode=Mode.SERIES_BATCH, series_instances=n), PRICES) for n in (250, 251)]

    assert [shape.shards for shape in shapes] == [1, 2]


def test_every_step_is_a_stage_with_its_cpu() -> None:
    """The names are those of the pipeline, and each has measured CPU; failures are left out."""
    steps = {step.name for steps in STEPS.values() for step in steps} - {"arrival"}

    assert steps == {stage.name for stage in PIPELINE} - {"quarantine"}
    for mode, measured in (
        (Mode.EVENT_PER_INSTANCE, PRICES.cpu_milliseconds.event_per_instance),
        (Mode.SERIES_BATCH, PRICES.cpu_milliseconds.series_batch),
    ):
        assert set(measured) == {step.name for step in STEPS[mode]} - {"arrival"}


def test_storage_is_counted_only_if_asked_for() -> None:
    """A month of two copies, whichever way the originals came."""
    found = [answer("--mode", mode, "--store-months", "1") for mode in ("event-per-instance", "series-batch")]

    assert answer()["components"]["storage"] == 0
    assert [each["components"]["storage"] for each in found] == pytest.approx([21.40, 21.40])


def test_prices_can_be_given(tmp_path: Path) -> None:
    """A file of one's own takes the place of the shipped one."""
    own = tmp_path / "own.yaml"
    own.write_text(SHIPPED.read_text().replace("class_a_per_1000: 0.005", "class_a_per_1000: 0"))
    found = answer("--prices", str(own))

    assert found["components"]["Cloud Storage, class A"] == 0
    assert found["components"]["Firestore"] == answer()["components"]["Firestore"]


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("region: us-central1", ""),
        ("utilisation: 0.5", "utilisation: 0"),
        ("kms_per_10000: 0.03", "kms_per_10000: -1"),
        ("region: us-central1", "region: us-central1\nregoin: x"),
    ],
)
def test_prices_that_are_not_understood_are_refused(tmp_path: Path, line: str, instead: str) -> None:
    """A price that is missing, impossible or unknown is no price of zero."""
    own = tmp_path / "own.yaml"
    own.write_text(SHIPPED.read_text().replace(line, instead, 1))

    with pytest.raises(RulesetInvalid):
        load_prices(own)


def test_instances_scale_the_sum() -> None:
    """Half of the instances cost half, and a million the same."""
    whole, half = answer(), answer("--instances", "500000")

    assert half["total"] == pytest.approx(whole["total"] / 2)
    assert half["per_million"] == pytest.approx(whole["per_million"])


def test_the_tables_for_people_have_every_part() -> None:
    """All components and steps, the sum, and where and when the prices hold."""
    shown = CliRunner().invoke(app, ["cost"]).stdout
    found = answer()

    assert all(name in shown for name in [*found["components"], *found["steps"]])
    assert f"${found['per_million']:,.2f} a million (us-central1, prices of 2026-11-26)" in shown


def test_an_unknown_mode_is_refused() -> None:
    """The error names the modes that there are."""
    done = CliRunner().invoke(app, ["cost", "--mode", "nonsense"])

    assert isinstance(done.exception, ConfigurationError)
    assert done.exception.details == {"known_modes": "event-per-instance, series-batch, dicom-store"}
