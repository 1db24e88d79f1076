"""Which ruleset a series goes by."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from shared.errors import RulesetsAmbiguous
from shared.rules.model import Attributes, SeriesVerdict
from shared.rules.ruleset import Ruleset

#: a trace shows only so many different ways in which a ruleset judged the instances of a series
MAX_TRACES = 8


def match(rulesets: Iterable[Ruleset], instances: Iterable[Attributes]) -> SeriesVerdict:
    """Judge a series by every ruleset; of those that claim an instance, the highest priority wins.

    Args:
        rulesets: all rulesets, in the order in which the trace shall name them.
        instances: the instances of one series; each is looked at once.

    Raises:
        RulesetsAmbiguous: several rulesets of the same highest priority claim instances.
    """
    tallies = [_Tally(ruleset) for ruleset in rulesets]
    instance_count = 0
    for position, attributes in enumerate(instances):
        instance_count = position + 1
        for tally in tallies:
            tally.add(position, attributes)
    winner = _winner(tallies)
    return SeriesVerdict(
        ruleset=winner.ruleset.definition if winner else None,
        claimed=tuple(winner.claimed) if winner else (),
        instance_count=instance_count,
        trace=tuple(line for tally in tallies for line in tally.trace(instance_count)),
    )


class _Tally:
    """How one ruleset judged the instances of a series."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.claimed: list[int] = []
        self.judgements: Counter[tuple[bool, tuple[str, ...]]] = Counter()

    def add(self, position: int, attributes: Attributes) -> None:
        judgement = self.ruleset.judge(attributes)
        self.judgements[judgement] += 1
        if judgement[0]:
            self.claimed.append(position)

    def trace(self, instance_count: int) -> Iterator[str]:
        """One line about the ruleset, then each distinct trace with the number of its instances."""
        definition = self.ruleset.definition
        yield (
            f"{definition.name} (priority {definition.priority}): "
            f"claims {len(self.claimed)} of {_instances(instance_count)}"
        )
        judgements = self.judgements.most_common()
        for (claimed, outcomes), count in judgements[:MAX_TRACES]:
            yield f"  {_instances(count)}: {'claimed' if claimed else 'not claimed'}"
            yield from (f"    {line}" for line in self.ruleset.trace(outcomes))
        if rest := judgements[MAX_TRACES:]:
            yield f"  {_instances(sum(count for _, count in rest))}: judged in {len(rest)} further ways"


def _winner(tallies: Sequence[_Tally]) -> _Tally | None:
    claiming = [tally for tally in tallies if tally.claimed]
    if not claiming:
        return None
    highest = max(tally.ruleset.definition.priority for tally in claiming)
    winners = [tally for tally in claiming if tally.ruleset.definition.priority == highest]
    if len(winners) > 1:
        names = ", ".join(sorted(tally.ruleset.name for tally in winners))
        raise RulesetsAmbiguous(rulesets=names, priority=highest)
    return winners[0]


def _instances(count: int) -> str:
    return "1 instance" if count == 1 else f"{count} instances"
