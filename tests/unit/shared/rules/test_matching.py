"""Which ruleset a series goes by."""

import pytest

from shared.errors import RulesetsAmbiguous
from shared.rules.matching import MAX_TRACES, match
from tests.unit.shared.rules.examples import Recorded, instance, ruleset

CT = {"attribute": "Modality", "equals": "CT"}
MR = {"attribute": "Modality", "equals": "MR"}
LOCALIZER = instance(ImageType=("ORIGINAL", "PRIMARY", "LOCALIZER"))


def test_the_highest_priority_wins() -> None:
    """Of several rulesets that claim a series the one of the highest priority is taken."""
    verdict = match([ruleset(CT, name="low"), ruleset(CT, name="high", priority=10)], [instance()])

    assert verdict.ruleset is not None
    assert (verdict.ruleset.name, verdict.ruleset.priority) == ("high", 10)


def test_priority_counts_only_among_those_that_claim() -> None:
    """A ruleset that claims nothing does not win, whatever its priority."""
    verdict = match([ruleset(CT, name="low"), ruleset(MR, name="high", priority=10)], [instance()])

    assert verdict.ruleset is not None
    assert verdict.ruleset.name == "low"


def test_one_claimed_instance_claims_the_series() -> None:
    """The instances that the winner does not claim stay behind and are counted."""
    verdict = match([ruleset(CT)], [LOCALIZER, instance(), LOCALIZER])

    assert verdict.claimed == (1,)
    assert (verdict.matched, verdict.unmatched, verdict.instance_count) == (1, 2, 3)


def test_equal_priorities_are_ambiguous() -> None:
    """Several rulesets of the same highest priority stop the series and are named."""
    rulesets = [
        ruleset(CT, name="second", priority=5),
        ruleset(CT, name="first", priority=5),
        ruleset(CT, name="lower"),
    ]

    with pytest.raises(RulesetsAmbiguous) as caught:
        match(rulesets, [instance()])

    assert caught.value.details == {"rulesets": "first, second", "priority": 5}


def test_equal_priorities_are_ambiguous_over_different_instances() -> None:
    """The series is one: rulesets that claim different instances of it compete all the same."""
    with pytest.raises(RulesetsAmbiguous):
        match([ruleset(CT, name="ct"), ruleset(MR, name="mr")], [instance(), instance(Modality=("MR",))])


def test_equal_priorities_below_the_winner_do_not_matter() -> None:
    """Only the highest priority has to be unique."""
    verdict = match(
        [ruleset(CT, name="a"), ruleset(CT, name="b"), ruleset(CT, name="c", priority=1)], [instance()]
    )

    assert verdict.ruleset is not None
    assert verdict.ruleset.name == "c"


@pytest.mark.parametrize("instances", [[], [LOCALIZER, instance(Modality=("US",))]])
def test_an_unclaimed_series_is_unmatched(instances: list[Recorded]) -> None:
    """Without a claim there is no ruleset and every instance stays behind."""
    verdict = match([ruleset(CT)], iter(instances))

    assert (verdict.ruleset, verdict.claimed, verdict.unmatched) == (None, (), len(instances))


def test_without_rulesets_a_series_is_unmatched() -> None:
    """No ruleset at all claims nothing, and the instances are still counted."""
    verdict = match([], [instance()])

    assert (verdict.ruleset, verdict.unmatched, verdict.trace) == (None, 1, ())


def test_the_trace_is_condensed_by_outcome() -> None:
    """Instances that were judged alike share one entry; those of the most instances come first."""
    verdict = match([ruleset(CT, priority=3)], [LOCALIZER, *[instance(KVP=(str(n),)) for n in range(38)]])

    assert verdict.trace == (
        "example (priority 3): claims 38 of 39 instances",
        "  38 instances: claimed",
        "    Modality in [CT, MR, PT]: yes",
        "    ImageType does_not_contain 'LOCALIZER' (ignoring case): yes",
        "    Modality equals 'CT': yes",
        "  1 instance: not claimed",
        "    Modality in [CT, MR, PT]: yes",
        "    ImageType does_not_contain 'LOCALIZER' (ignoring case): no",
        "    Modality equals 'CT': yes",
    )


def test_the_trace_is_bounded() -> None:
    """Beyond the shown entries a trace only counts, and every instance is counted."""
    keywords = ["KVP", "SliceThickness", "StudyDate", "StudyTime"]
    leaves = [{"attribute": keyword, "exists": "true"} for keyword in keywords]
    instances = [
        instance(**{keyword: () for bit, keyword in enumerate(keywords) if number >> bit & 1})
        for number in range(16)
    ]

    trace = match([ruleset({"any": leaves})], instances).trace

    assert sum(line.startswith("  1 instance: ") for line in trace) == MAX_TRACES
    assert trace[-1] == f"  8 instances: judged in {16 - MAX_TRACES} further ways"
