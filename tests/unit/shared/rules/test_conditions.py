"""Condition trees and their traces."""

from typing import Any

import pytest

from shared.errors import RulesetInvalid
from tests.unit.shared.rules.examples import holds, instance, recorded, ruleset

CT = {"attribute": "Modality", "equals": "CT"}
MR = {"attribute": "Modality", "equals": "MR"}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (CT, True),
        (MR, False),
        ({"all": [CT, CT]}, True),
        ({"all": [CT, MR]}, False),
        ({"any": [MR, CT]}, True),
        ({"any": [MR, MR]}, False),
        ({"not": MR}, True),
        ({"not": {"all": [CT, {"any": [MR, CT]}]}}, False),
    ],
)
def test_groups_combine_conditions(when: Any, expected: Any) -> None:
    """`all`, `any` and `not` mean what they say, at every depth."""
    assert holds(when, {}) is expected


def test_any_item_of_a_sequence_counts() -> None:
    """A path reads the values of every item."""
    path = "RequestAttributesSequence.RequestedProcedureDescription"

    assert holds({"attribute": path, "contains": "planning"}, {path: ("follow-up", "RT planning")})


def test_the_trace_names_rules_and_outcomes_in_order() -> None:
    """A trace has a line for every condition, indented by depth, with the rule's own operand."""
    when = {
        "all": [
            {"attribute": "Modality", "in": ["CT", "PT"]},
            {"not": {"attribute": "SeriesDescription", "contains": "H&N", "ignore_case": True}},
            {"any": [{"attribute": "SliceThickness", "less": "3"}, {"attribute": "KVP", "exists": "true"}]},
            {"attribute": "BodyPartExamined", "not_equals": "NECK"},
            {"attribute": "StudyDate", "exists": "false"},
        ]
    }

    verdict = ruleset(when).evaluate(instance(SliceThickness=("5",), KVP=(), BodyPartExamined=()))

    assert verdict.trace == (
        "Modality in [CT, MR, PT]: yes",
        "ImageType does_not_contain 'LOCALIZER' (ignoring case): yes",
        "all: yes",
        "  Modality in [CT, PT]: yes",
        "  not: yes",
        "    SeriesDescription contains 'H&N' (ignoring case): no (attribute missing)",
        "  any: yes",
        "    SliceThickness less 3: no",
        "    KVP exists: yes (attribute empty)",
        "  BodyPartExamined not_equals 'NECK': yes (attribute empty)",
        "  StudyDate does not exist: yes (attribute missing)",
    )


def test_every_member_of_a_group_is_in_the_trace() -> None:
    """Deciding early hides nothing: the conditions behind the first failure are judged as well."""
    trace = ruleset({"all": [MR, CT]}).evaluate(instance()).trace

    assert trace[-3:] == ("all: no", "  Modality equals 'MR': no", "  Modality equals 'CT': yes")


def test_an_instance_without_attributes_is_judged() -> None:
    """Nothing at all is enough for a verdict."""
    verdict = ruleset({"attribute": "Modality", "exists": "false"}).evaluate(recorded({}))

    assert verdict.trace == (
        "Modality in [CT, MR, PT]: no (attribute missing)",
        "ImageType does_not_contain 'LOCALIZER' (ignoring case): yes (attribute missing)",
        "Modality does not exist: yes (attribute missing)",
    )


@pytest.mark.parametrize(
    ("when", "place"),
    [
        ({}, "when"),
        ({"attribute": "Modality"}, "when"),
        ({"equals": "CT"}, "when"),
        ({"attribute": "Modality", "equals": "CT", "contains": "C"}, "when"),
        ({"all": [CT], "any": [CT]}, "when"),
        ({"all": [CT], **CT}, "when"),
        ({"all": [CT, {"not": {}}]}, "when.all[1].not"),
        ({"all": []}, "when.all"),
        ({"any": []}, "when.any"),
        ({"all": [CT], "ignore_case": "true"}, "when.ignore_case"),
        ({"all": [CT, {"attribute": "Modality", "equals": "ct"}]}, "when.all[1].equals"),
        ({"any": [{"attribute": "Modality", "in": ["CT", "mr"]}]}, "when.any[0].in[1]"),
        ({"not": {"attribute": "Modality", "in": []}}, "when.not.in"),
        ({"attribute": "Modality", "equals": ""}, "when.equals"),
        ({"attribute": "Modality", "like": "CT"}, "when"),
        ({"attribute": "Modality", "exists": "perhaps"}, "when.exists"),
        ({"attribute": "Modality", "equals": ["CT"]}, "when.equals"),
        ({"attribute": "Modality", "matches": "("}, "when.matches"),
        ({"attribute": "Modalitaet", "equals": "CT"}, "when.attribute"),
        ({"attribute": "Modality", "greater": "1"}, "when.greater"),
        ({"attribute": "Modality", "exists": "true", "ignore_case": "true"}, "when.ignore_case"),
        ("CT", "when"),
    ],
)
def test_malformed_conditions_name_their_place(when: Any, place: str) -> None:
    """A condition that is neither one group nor one operator is refused where it stands."""
    with pytest.raises(RulesetInvalid) as caught:
        ruleset(when)

    assert caught.value.details["place"] == f"match/example.yaml: {place}"
