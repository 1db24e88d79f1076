"""Condition trees: compiled once, evaluated for every instance, traced without a value of the data set.

A compiled tree is a function that decides and, in the same pass, notes an outcome for every node. Outcomes
are few and constant texts; a trace is made of them and of the nodes' labels only when somebody reads it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec import UNSET

from shared.rules.attribute import parse_attribute
from shared.rules.model import GROUPS, OPERATORS, Attributes, Condition
from shared.rules.operators import LeafTest, leaf_test
from shared.rules.place import Place

Run = Callable[[Attributes, list[str]], bool]

_OUTCOMES = {True: "yes", False: "no"}


class Check(NamedTuple):
    """A compiled condition: `run` appends one outcome for each of `labels`, in their order."""

    labels: tuple[str, ...]
    run: Run


def compile_condition(condition: Condition, place: Place) -> Check:
    """Compile a condition tree.

    Raises:
        RulesetInvalid: a node is neither one group nor one attribute with one operator, or its operand does
            not fit the attribute.
    """
    fields = [name for name in (*GROUPS, "attribute", *OPERATORS) if _field(condition, name) is not UNSET]
    if len(fields) == 1 and fields[0] in GROUPS:
        return _group(condition, fields[0], place)
    if len(fields) == 2 and fields[0] == "attribute":
        return _leaf(condition, fields[1], place)
    raise place.error("expected one of all, any, not; or an attribute and exactly one operator")


def trace_lines(labels: Sequence[str], outcomes: Iterable[str]) -> tuple[str, ...]:
    """Put labels and the outcomes of one run together."""
    return tuple(f"{label}: {outcome}" for label, outcome in zip(labels, outcomes, strict=True))


def _field(condition: Condition, name: str) -> object:
    return getattr(condition, f"{name}_" if name in {"all", "any", "not", "in"} else name)


def _group(condition: Condition, group: str, place: Place) -> Check:
    if condition.ignore_case:
        raise place.child("ignore_case").error("belongs beside an operator")
    place = place.child(group)
    if group == "not":
        negated = compile_condition(condition.not_, place)  # type: ignore[arg-type]  # it is set
        return _joined(group, [negated], lambda held: not held[0])
    members: tuple[Condition, ...] = getattr(condition, f"{group}_")
    checks = [compile_condition(member, place.child(index)) for index, member in enumerate(members)]
    return _joined(group, checks, all if group == "all" else any)


def _joined(group: str, checks: Sequence[Check], join: Callable[[list[bool]], bool]) -> Check:
    runs = tuple(check.run for check in checks)

    def run(attributes: Attributes, outcomes: list[str]) -> bool:
        position = len(outcomes)
        outcomes.append("")
        # Every member runs, also when the first has decided: the trace is to say all there is to say.
        holds = join([member(attributes, outcomes) for member in runs])
        outcomes[position] = _OUTCOMES[holds]
        return holds

    labels = (f"  {label}" for check in checks for label in check.labels)
    return Check(labels=(group, *labels), run=run)


def _leaf(condition: Condition, operator: str, place: Place) -> Check:
    attribute = parse_attribute(str(condition.attribute), place.child("attribute"))
    operand = _field(condition, operator)
    test = leaf_test(attribute.vr, operator, operand, place, ignore_case=condition.ignore_case)
    label = f"{attribute.label} {test.label}{' (ignoring case)' if condition.ignore_case else ''}"
    return Check(labels=(label,), run=_leaf_run(attribute.path, test))


def _leaf_run(path: tuple[int, ...], test: LeafTest) -> Run:
    missing = f"{_OUTCOMES[test.if_missing]} (attribute missing)"
    empty = f"{_OUTCOMES[test.if_empty]} (attribute empty)"
    holds_for, if_missing, if_empty = test.holds_for, test.if_missing, test.if_empty

    def run(attributes: Attributes, outcomes: list[str]) -> bool:
        values = attributes.values(path)
        if values is None:
            outcomes.append(missing)
            return if_missing
        if not values:
            outcomes.append(empty)
            return if_empty
        holds = holds_for(values)
        outcomes.append(_OUTCOMES[holds])
        return holds

    return run
