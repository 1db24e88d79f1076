"""Regular expressions in rules: bounded, or refused at load."""

import re

import pytest

from shared.errors import RulesetInvalid
from shared.rules.patterns import MAX_INPUT, compile_pattern
from shared.rules.place import Place

PLACE = Place("match/ct.yaml", "when.matches")


@pytest.mark.parametrize(
    "text",
    [
        "neck",
        r"\b(?:neck|h ?(?:&|and) ?n|hn)\b",
        "head.*neck",
        r"^\d+\.\d+$",
        "^(?!scout)",
        "(?<=a)b(?P<name>c)?",
        "(?:abc)+",
        "[*+?{}()|]{3}",
        r"[]\]()*]+x",
        "a{,3}b{2}c{1,4}?",
        "x{a}",
        r"\*\+\(",
        "(?:ab?){2}",
        ".*?neck",
        "a++b",
    ],
)
def test_ordinary_patterns_compile(text: str) -> None:
    """A pattern with little choice is accepted, and means what Python says."""
    assert compile_pattern(text, PLACE, ignore_case=False) == re.compile(text)


def test_ignore_case_is_a_flag_of_the_pattern() -> None:
    """Case is ignored by the pattern itself."""
    assert compile_pattern("neck", PLACE, ignore_case=True).search("NECK")


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+$",
        "(?:a|a)*b",
        "(?:a?){30}a{30}",
        "(?:a?){24}",
        "(.*)*x",
        "((a|b){3}c)*",
        "a*a*a*x",
        ".*?.*?.*?x",
        "a{0,}a{1,}a{2,}",
        "a{500}a*a*a{0,500}",
        "a?" * 30 + "a" * 30,
        "(?=(a+)+b)",
    ],
)
def test_patterns_with_too_many_ways_are_refused(text: str) -> None:
    """Nested choices and a third unbounded repeat are refused."""
    with pytest.raises(RulesetInvalid, match="too long"):
        compile_pattern(text, PLACE, ignore_case=False)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(", "not a regular expression"),
        ("*a", "not a regular expression"),
        ("a{99999999999999999999}", "not a regular expression"),
        ("[[a]", "not a regular expression"),
        (r"(a)\1", "back-references"),
        ("(?P<n>a)(?P=n)", "only groups and look-around"),
        ("(?i)a", "only groups and look-around"),
        ("(?x) a # (", "only groups and look-around"),
        ("(?#a)", "only groups and look-around"),
        ("a" * 257, "longer than 256"),
    ],
)
def test_patterns_outside_the_language_are_refused(text: str, problem: str) -> None:
    """What does not compile, and what rules do without, is refused."""
    with pytest.raises(RulesetInvalid, match=problem):
        compile_pattern(text, PLACE, ignore_case=False)


@pytest.mark.parametrize("text", [".*a.*b", "a*a*b", "a?a?.*.*b"])
def test_the_worst_accepted_patterns_come_to_an_end(text: str) -> None:
    """On the longest value of one letter the search ends (here without a match)."""
    pattern = compile_pattern(text, PLACE, ignore_case=False)

    assert pattern.search("a" * MAX_INPUT) is None
