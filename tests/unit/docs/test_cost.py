"""docs/reference/cost.md against what is reckoned; its other tables are generated."""

import pytest

from functions.cli.cost.model import STEPS, Load, Mode, estimate
from functions.cli.cost.operations import Operations
from functions.cli.cost.prices import load_prices
from tests.unit.docs.pages import reference, sections, table

TARGETS = sections(reference("cost"), 2)["Targets"]
PRICES = load_prices()
#: the rows of the second table by what is charged
CHARGED = (
    "Cloud Storage, class A",
    "Firestore",
    "Cloud Storage, class B",
    "Cloud Run, CPU and memory",
    "Cloud Run, requests",
)


@pytest.mark.parametrize("mode", [Mode.EVENT_PER_INSTANCE, Mode.SERIES_BATCH])
def test_the_page_says_whether_a_target_is_met(mode: Mode) -> None:
    """Its sums are those that are reckoned, and what it says of the target is true."""
    ((target, found, with_uploads),) = [
        row for row in table(TARGETS) if len(row) == 3 and row[0].startswith(mode.value)
    ]
    reckoned = estimate(Load(mode=mode), PRICES)
    met = reckoned.per_million_received <= float(target.rpartition("$")[2])

    assert found == f"${reckoned.per_million_received:.2f}: {'met' if met else 'NOT met'}"
    assert with_uploads == f"${reckoned.per_million:.2f}"


@pytest.mark.parametrize("column", [1, 2])
def test_the_page_says_what_each_instance_is_charged(column: int) -> None:
    """It is what a million instances are charged without their series."""
    mode = (Mode.EVENT_PER_INSTANCE, Mode.SERIES_BATCH)[column - 1]
    rows = [row for row in table(TARGETS) if len(row) == 4 and row[1][:1].isdigit()]
    found = estimate(Load(mode=mode, series_instances=10**9), PRICES).components
    # Series so long have many shards, whose number is squared: those reads are no instance's.
    asked = sum((step.instance for step in STEPS[mode]), Operations())
    found["Firestore"] = 10 * (asked.reads * 0.03 + asked.writes * 0.09 + asked.deletes * 0.01)

    assert len(rows) == len(CHARGED)
    assert [float(row[column].partition(",")[0]) for row in rows] == [
        pytest.approx(found[name], abs=0.05) for name in CHARGED
    ]
