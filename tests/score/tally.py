"""How often something was right, and where it was not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What was judged, and the places that failed; values are never told."""

    total: int = 0
    failures: list[str] = field(default_factory=list)

    def add(self, place: str, *, passed: bool) -> None:
        """Count one place."""
        self.total += 1
        if not passed:
            self.failures.append(place)

    @property
    def passed(self) -> int:
        """How many were right."""
        return self.total - len(self.failures)


Score = Mapping[str, Tally]


def merged(scores: Iterable[Score]) -> Score:
    """The sum of several scores."""
    total: dict[str, Tally] = defaultdict(Tally)
    for name, tally in (pair for score in scores for pair in score.items()):
        total[name].total += tally.total
        total[name].failures += tally.failures
    return total


def failures(score: Score) -> dict[str, list[str]]:
    """The places that failed, by class."""
    return {str(name): tally.failures for name, tally in score.items() if tally.failures}
