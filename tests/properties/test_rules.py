"""Properties of the rule engine that hold for all conditions and all attribute text."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.errors import RulesetInvalid
from shared.rules.load import parse_ruleset
from shared.rules.matching import match
from shared.rules.patterns import compile_pattern
from shared.rules.place import Place
from shared.rules.ruleset import Ruleset
from tests.unit.shared.rules.examples import Recorded, path_of, ruleset, ruleset_text

LEAVES: list[dict[str, Any]] = [
    {"attribute": "Modality", "equals": "CT"},
    {"attribute": "ImageType", "in": ["ORIGINAL", "AXIAL"]},
    {"attribute": "ImageType", "not_equals": "DERIVED"},
    {"attribute": "SeriesDescription", "contains": "neck", "ignore_case": "true"},
    {"attribute": "SeriesDescription", "does_not_contain": "H&N"},
    {"attribute": "SeriesDescription", "matches": "^head.*neck", "ignore_case": "true"},
    {"attribute": "SliceThickness", "less": "3.5"},
    {"attribute": "SeriesNumber", "greater_or_equal": "2"},
    {"attribute": "RescaleSlope", "equals": "1"},
    {"attribute": "StudyDate", "greater": "20200229"},
    {"attribute": "StudyTime", "less_or_equal": "1200"},
    {"attribute": "AcquisitionDateTime", "greater": "2020"},
    {"attribute": "PatientAge", "equals": "064Y"},
    {"attribute": "PatientWeight", "not_equals": "70"},
    {"attribute": "RequestAttributesSequence.ScheduledProcedureStepID", "exists": "true"},
    {"attribute": "StudyDate", "exists": "false"},
]
PATHS = sorted({path_of(leaf["attribute"]) for leaf in LEAVES})
LIKELY = [
    "CT",
    "AXIAL",
    "neck",
    "head & NECK",
    "3.5",
    "2",
    "1e0",
    "20200229",
    "1200",
    "2020",
    "064Y",
    "+7.",
    "\0",
]

values = st.lists(st.text() | st.sampled_from(LIKELY), max_size=3).map(tuple)
instances = st.dictionaries(st.sampled_from(PATHS), values).map(Recorded)
katakana = st.text(st.characters(min_codepoint=0x30A1, max_codepoint=0x30FA), min_size=1)
foreign_values = st.lists(katakana, min_size=1, max_size=3).map(tuple)
conditions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    ),
    max_leaves=6,
)


def when(ruleset: Ruleset, attributes: Recorded) -> bool:
    """Whether the condition of a ruleset holds, apart from modality and localizers."""
    trace = ruleset.evaluate(attributes).trace
    return ": yes" in trace[2]


def place_of_refusal(text: str) -> str:
    """Where a file is refused, `nowhere` if it loads and judges."""
    try:
        parse_ruleset(text, "match/a.yaml").evaluate(Recorded({}))
    except RulesetInvalid as error:
        return str(error.details["place"])
    return "nowhere"


@given(st.lists(conditions, min_size=1, max_size=3), instances)
def test_de_morgan(members: list[dict[str, Any]], attributes: Recorded) -> None:
    """Not any is all not, and not all is any not."""
    negated = [{"not": member} for member in members]

    assert when(ruleset({"not": {"any": members}}), attributes) == when(ruleset({"all": negated}), attributes)
    assert when(ruleset({"not": {"all": members}}), attributes) == when(ruleset({"any": negated}), attributes)


@given(conditions, instances)
def test_the_trace_has_one_line_per_condition(condition: dict[str, Any], attributes: Recorded) -> None:
    """Whatever the attributes are, a verdict comes and its trace has the same labels."""
    compiled = ruleset(condition)

    trace = compiled.evaluate(attributes).trace
    nothing = compiled.evaluate(Recorded({})).trace
    labels = [[line.rpartition(": ")[0] for line in lines] for lines in (trace, nothing)]
    assert labels[0] == labels[1]


@given(conditions, st.dictionaries(st.sampled_from(PATHS), foreign_values).map(Recorded))
def test_the_trace_never_holds_a_value(condition: dict[str, Any], attributes: Recorded) -> None:
    """No character of a value reaches a trace; the values here share none with the rules."""
    trace = match([ruleset(condition)], [attributes]).trace

    characters = {character for each in attributes.by_path.values() for text in each for character in text}
    assert not characters & set("".join(trace))


@given(conditions, instances)
def test_loading_is_deterministic(condition: dict[str, Any], attributes: Recorded) -> None:
    """The same file gives the same verdict."""
    text = ruleset_text(condition)

    verdicts = [parse_ruleset(text, "match/a.yaml").evaluate(attributes) for _ in range(2)]
    assert verdicts[0] == verdicts[1]


@given(st.text())
def test_any_text_loads_or_is_refused(text: str) -> None:
    """Nothing but a refusal comes out of a file that is no ruleset."""
    assert place_of_refusal(text).startswith("match/a.yaml")


@given(st.sampled_from(LEAVES), st.text(min_size=1))
def test_any_operand_loads_or_is_refused(leaf: dict[str, Any], operand: Any) -> None:
    """Nothing but a refusal comes out of an operand that does not fit."""
    operator = next(name for name in leaf if name not in {"attribute", "ignore_case"})
    changed = {**leaf, operator: [operand] if operator == "in" else operand}
    text = ruleset_text(changed)

    assert place_of_refusal(text).startswith(("match/a.yaml: when", "nowhere"))


@given(st.text("ab|()[]?*+{}1,\\^$.:=!<", max_size=12))
def test_any_pattern_compiles_or_is_refused(text: str) -> None:
    """Nothing but a refusal comes out of a pattern, and an accepted one means what Python says."""
    try:
        pattern = compile_pattern(text, Place("match/a.yaml"), ignore_case=False)
    except RulesetInvalid:
        return
    assert pattern == re.compile(text)
