"""What the cleaner of texts costs: CPU time to load its words, and for a description.

The best of several measurements counts, because other work runs beside this one.
"""

import time
from collections.abc import Callable
from datetime import date

import pytest
from rich.table import Table

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.settings import TextSettings
from shared.deid.text.vocabulary import shipped_vocabulary
from tests.benchmarks.harness import draw, verdict

CLEANER = TextCleaner(shipped_vocabulary(), TextSettings())
KNOWN = KnownIdentifiers.of(
    ["Smith^John^A", "Meyer^Anna", "Garcia-Lopez^Maria", "Chen^Wei", "O'Connor^Patrick", "Nguyen^Thi Hoa"],
    ["12345678", "A00123", "St Elsewhere Hospital", "12 High Street", "555-123-4567"],
    [date(1951, 2, 4), date(2024, 3, 12)],
)


def best(work: Callable[[], object], repeats: int, rounds: int = 10) -> float:
    """The CPU seconds of one call in the best of several rounds."""
    measured = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeats):
            work()
        measured.append((time.process_time() - start) / repeats)
    return min(measured)


def test_loading_the_vocabulary() -> None:
    """At most 25 ms, once for each worker."""
    seconds = best(shipped_vocabulary.__wrapped__, repeats=1)
    table = Table("Vocabulary", "CPU, ms", title_justify="left")
    table.add_row("load", f"{seconds * 1e3:.1f}")

    draw(table, verdict("load", seconds * 1e3, 25, " ms"))


@pytest.mark.parametrize(
    ("limit", "texts"),
    [
        (60, ["CT Abdomen with contrast 5mm", "Thorax 1.0 B31f", "t1_mprage_sag_p2_iso"]),
        (120, ["MRT Kopf nativ + KM, Dr. Meyer", "Brain 12.03.2024 John Smith"]),
    ],
    ids=["what stays", "what is cut"],
)
def test_a_description(limit: int, texts: list[str]) -> None:
    """At most 60 microseconds; more where a part goes, because what is left is read again.

    The caller remembers the result for the instances of a series.
    """
    table = Table("Description", "CPU, µs", title_justify="left")
    costs = {text: best(lambda text=text: CLEANER.clean(text, KNOWN), repeats=300) for text in texts}
    for text, seconds in costs.items():
        table.add_row(text, f"{seconds * 1e6:.0f}")

    draw(table, verdict("the dearest", max(costs.values()) * 1e6, limit, " µs"))
