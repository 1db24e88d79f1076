"""The score per class: how much of what has to happen to invented studies does, on more seeds than in tests.

Every class has to be complete. A place that is not is told by numbers and keywords, never by its value.
"""

import warnings
from collections.abc import Iterator

import pytest
from rich.table import Table

from tests.benchmarks.harness import draw
from tests.score.beyond import beyond
from tests.score.draft import PROFILES
from tests.score.judging import judged
from tests.score.keys import same_again, unlinkable
from tests.score.outcomes import by_airlock, outcomes
from tests.score.probing import PROBES, planted, probed
from tests.score.returns import ways_back
from tests.score.studies import generate
from tests.score.tally import Score, failures, merged

_SEEDS, _PROBED_SEEDS = range(100, 105), range(100, 101)
_MOST_PLACES = 20


def draw_score(title: str, score: Score) -> None:
    """Print a row a class, and the first places that failed."""
    table = Table("Class", "passed", "of", "score", title=title, title_justify="left")
    for name, tally in score.items():
        share = f"{tally.passed / tally.total:.2%}" if tally.failures else "100 %"
        table.add_row(str(name), f"{tally.passed:,}", f"{tally.total:,}", share)
    places = [f"{name}: {place}" for name, places in failures(score).items() for place in places]
    draw(table, *places[:_MOST_PLACES], "every class complete: " + ("NOT met" if places else "met"))


@pytest.fixture
def _reads_anything() -> Iterator[None]:
    """The files of the probes are wrong on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_actions() -> None:
    """The ten classes of the MIDI-B benchmark, with the profile that keeps most."""
    collections = [generate(seed) for seed in _SEEDS]
    files = sum(len(collection.files) for collection in collections)
    score = merged(judged(each, outcomes(each, by_airlock("extended"))) for each in collections)

    draw_score(f"MIDI-B, extended: {len(collections)} collections, {files:,} files", score)
    assert len(score) == 10


@pytest.mark.parametrize("profile", ["basic", "extended"])
def test_beyond(profile: str) -> None:
    """What that benchmark does not check."""
    scores = []
    for seed in _SEEDS:
        collection = generate(seed)
        made, other = (outcomes(collection, by_airlock(profile, key)) for key in ("one", "two"))
        scores += [
            beyond(collection, made, profile),
            same_again(collection, made, profile),
            unlinkable(collection, made, other),
            ways_back(collection, profile),
        ]

    draw_score(f"Beyond MIDI-B, {profile}: {len(_SEEDS)} collections", merged(scores))
    assert scores


@pytest.mark.usefixtures("_reads_anything")
def test_probes() -> None:
    """Secrets in every place, on every kind of instance."""
    deidentifiers = {profile: by_airlock(profile) for profile in PROFILES}
    score = merged(probed(planted(seed), deidentifiers) for seed in _PROBED_SEEDS)

    draw_score(f"{len(PROBES)} probes on CT, RTSTRUCT, SR and PDF", score)
    assert len(score) == 2 * len(PROFILES)
