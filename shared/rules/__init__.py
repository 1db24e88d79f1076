"""The rules of matching: a small language in YAML that says which series goes where, and why."""

from shared.rules.load import load_rulesets, parse_ruleset
from shared.rules.matching import match
from shared.rules.model import Attributes, Condition, RulesetDefinition, SeriesVerdict, Verdict
from shared.rules.ruleset import Ruleset

__all__ = [
    "Attributes",
    "Condition",
    "Ruleset",
    "RulesetDefinition",
    "SeriesVerdict",
    "Verdict",
    "load_rulesets",
    "match",
    "parse_ruleset",
]
