"""`reasons`: of all that a trace says, what decided."""

import pytest

from functions.cli.reasons import reasons


def claimed_by(*conditions: str) -> list[str]:
    """Why a ruleset claims all instances, in which these conditions held."""
    trace = ["neck (priority 1): claims 2 of 2 instances", "  2 instances: claimed"]
    return list(reasons([*trace, *(f"    {each}" for each in conditions)], "neck"))


def refused_by(*conditions: str) -> list[str]:
    """Why a ruleset claims none."""
    trace = ["neck (priority 1): claims 0 of 2 instances", "  2 instances: not claimed"]
    return list(reasons([*trace, *(f"    {each}" for each in conditions)], None))


def test_a_claim_names_what_held() -> None:
    """Every condition is named in its order."""
    assert claimed_by("Modality in [CT]: yes", "ImageType equals 'AXIAL': yes") == [
        "claimed by neck: Modality in [CT]; ImageType equals 'AXIAL'"
    ]


def test_a_refusal_names_the_first_that_failed() -> None:
    """One condition is enough; what held does not matter."""
    assert refused_by("Modality in [CT]: yes", "ImageType equals 'AXIAL': no", "Rows equals 512: no") == [
        "not claimed by neck: failed ImageType equals 'AXIAL'"
    ]


@pytest.mark.parametrize("missing", ["(attribute missing)", "(attribute empty)"])
def test_says_that_an_attribute_is_not_there(missing: str) -> None:
    """A condition that failed for want of a value says so."""
    assert refused_by(f"BodyPartExamined in [NECK]: no {missing}") == [
        f"not claimed by neck: failed BodyPartExamined in [NECK] {missing}"
    ]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["all: yes", "  A: yes", "  B: yes"], "A; B"),
        (["any: yes", "  A: no", "  B: yes", "  C: yes"], "B"),
        (["not: yes", "  A: no"], "failed A"),
        (["not: yes", "  any: no", "    A: no", "    B: no"], "failed A; failed B"),
        (["all: yes", "  any: yes", "    A: no", "    B: yes", "  C: yes"], "B; C"),
    ],
)
def test_of_a_group_that_held_it_names_what_made_it_hold(lines: list[str], words: str) -> None:
    """All of `all`, one of `any`, and of `not` what did not hold."""
    assert claimed_by(*lines) == [f"claimed by neck: {words}"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["all: no", "  A: yes", "  B: no", "  C: no"], "failed B"),
        (["any: no", "  A: no", "  B: no"], "failed A; failed B"),
        (["not: no", "  A: yes"], "A"),
        (["all: no", "  A: yes", "  any: no", "    B: no", "    C: no"], "failed B; failed C"),
    ],
)
def test_of_a_group_that_failed_it_names_what_made_it_fail(lines: list[str], words: str) -> None:
    """One of `all`, all of `any`, and of `not` what held."""
    assert refused_by(*lines) == [f"not claimed by neck: {words}"]


def test_says_what_is_left_behind() -> None:
    """A ruleset that claims a part says how many others there are, and why they are not claimed."""
    trace = [
        "neck (priority 1): claims 40 of 41 instances",
        "  40 instances: claimed",
        "    Modality in [CT]: yes",
        "  1 instance: not claimed",
        "    Modality in [CT]: yes",
        "    ImageType does_not_contain 'LOCALIZER' (ignoring case): no",
        "  7 instances: judged in 3 further ways",
    ]

    assert list(reasons(trace, "neck")) == [
        "claimed by neck: Modality in [CT]",
        "1 instance left behind: failed ImageType does_not_contain 'LOCALIZER'",
    ]


def test_other_rulesets_do_not_matter_once_one_claims() -> None:
    """Only the ruleset that claims the series is told of."""
    trace = [
        *("low (priority 0): claims 2 of 2 instances", "  2 instances: claimed", "    A: yes"),
        *("neck (priority 1): claims 2 of 2 instances", "  2 instances: claimed", "    B: yes"),
    ]

    assert list(reasons(trace, "neck")) == ["claimed by neck: B"]


def test_every_ruleset_says_why_it_does_not_claim() -> None:
    """Where none claims the series there is a line for each."""
    trace = [
        *("low (priority 0): claims 0 of 2 instances", "  2 instances: not claimed", "    A: no"),
        *("neck (priority 1): claims 0 of 2 instances", "  2 instances: not claimed", "    B: no"),
    ]

    assert list(reasons(trace, None)) == ["not claimed by low: failed A", "not claimed by neck: failed B"]


def test_a_long_claim_is_cut() -> None:
    """Six conditions of sixty letters are enough for a line."""
    (line,) = claimed_by(*(f"Attribute{number} in [{'X' * 99}]: yes" for number in range(9)))

    assert line.count("Attribute") == 6
    assert line.endswith("X...; ...")


def test_colons_in_operands_are_no_verdicts() -> None:
    """What stands behind the last colon is the outcome."""
    assert claimed_by("StudyDescription equals 'neck: with contrast': yes") == [
        "claimed by neck: StudyDescription equals 'neck: with contrast'"
    ]


def test_a_series_without_a_trace_has_no_reasons() -> None:
    """Before the rules have judged there is nothing to say."""
    assert list(reasons([], None)) == []
    assert list(reasons(["neck (priority 1): claims 0 of 0 instances"], None)) == [
        "not claimed by neck: failed its conditions"
    ]
