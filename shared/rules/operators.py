"""The operators of a leaf: which attributes they apply to, and what they test."""

import operator as compare
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared.rules.patterns import MAX_INPUT, compile_pattern
from shared.rules.place import Place
from shared.rules.representations import Comparable, Kind, Representation, representation, strip_padding

ValueTest = Callable[[str], bool]

_EQUALITY = frozenset({"exists", "equals", "not_equals", "in"})
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "greater": compare.gt,
    "less": compare.lt,
    "greater_or_equal": compare.ge,
    "less_or_equal": compare.le,
}
_NEGATIVE = frozenset({"not_equals", "does_not_contain"})

#: the operators that apply to each kind of Value Representation
APPLICABLE: Mapping[Kind, frozenset[str]] = {
    "text": _EQUALITY | {"contains", "does_not_contain", "matches"},
    "number": _EQUALITY | _ORDER.keys(),
    "time": _EQUALITY | _ORDER.keys(),
    "age": _EQUALITY,
    "other": frozenset({"exists"}),
}


class LeafTest(NamedTuple):
    """What a leaf says of an attribute's values; `holds_for` is asked only if there is one."""

    label: str
    holds_for: Callable[[tuple[str, ...]], bool]
    if_missing: bool
    if_empty: bool


def leaf_test(vr: str, operator: str, operand: Any, place: Place, *, ignore_case: bool) -> LeafTest:
    """Build the test of one operator.

    Args:
        vr: the attribute's Value Representation.
        operator: its name in the language.
        operand: the operand as the file has it: text, for `in` several, for `exists` a truth value.
        place: the condition in its file.
        ignore_case: compare text without regard to case.

    Raises:
        RulesetInvalid: operator, operand or `ignore_case` do not fit the Value Representation.
    """
    kind = representation(vr).kind
    if operator not in APPLICABLE[kind]:
        raise place.child(operator).error(f"does not apply to an attribute of VR {vr}")
    if ignore_case and (kind != "text" or operator == "exists"):
        raise place.child("ignore_case").error(f"does not apply to {operator} with VR {vr}")
    if operator == "exists":
        return _exists(wanted=operand)
    test = _OperandReader(vr, place.child(operator), ignore_case=ignore_case).value_test(operator, operand)
    return _of_values(f"{operator} {_shown(operand, kind)}", test, negative=operator in _NEGATIVE)


def _exists(*, wanted: bool) -> LeafTest:
    label = "exists" if wanted else "does not exist"
    return LeafTest(label, lambda _: wanted, if_missing=not wanted, if_empty=wanted)


def _of_values(label: str, test: ValueTest, *, negative: bool) -> LeafTest:
    """A positive leaf holds if any value passes; a negative one if none does, so also if there is none."""
    if negative:
        return LeafTest(label, lambda values: not any(map(test, values)), if_missing=True, if_empty=True)
    return LeafTest(label, lambda values: any(map(test, values)), if_missing=False, if_empty=False)


def _shown(operand: str | tuple[str, ...], kind: Kind) -> str:
    if isinstance(operand, tuple):
        return f"[{', '.join(repr(item)[1:-1] for item in operand)}]"
    return repr(operand) if kind == "text" else operand


class _OperandReader:
    """Reads the operands of one leaf and makes tests of single values of them."""

    def __init__(self, vr: str, place: Place, *, ignore_case: bool) -> None:
        self.vr = vr
        self.place = place
        self.ignore_case = ignore_case
        self.representation: Representation = representation(vr)

    def value_test(self, operator: str, operand: Any) -> ValueTest:
        """Make the test of one value, for every operator but `exists`."""
        if operator == "matches":
            return self._matches(operand)
        if operator in {"contains", "does_not_contain"}:
            return self._contains(operand)
        if operator == "in":
            return self._in(operand)
        expected = self._whole(operand, self.place)
        return self._equals(expected) if operator in _EQUALITY else self._ordered(_ORDER[operator], expected)

    def _equals(self, expected: Comparable) -> ValueTest:
        read = self._read
        return lambda value: read(value) == expected

    def _in(self, operand: tuple[str, ...]) -> ValueTest:
        read = self._read
        expected = frozenset(self._whole(item, self.place.child(i)) for i, item in enumerate(operand))
        return lambda value: read(value) in expected

    def _ordered(self, holds: Callable[[Any, Any], bool], expected: Comparable) -> ValueTest:
        read = self._read
        return lambda value: (actual := read(value)) is not None and holds(actual, expected)

    def _contains(self, operand: str) -> ValueTest:
        if not self._passes(self.representation.fits_part, operand):
            raise self.place.error(f"{operand!r} is no part of a value of VR {self.vr} (PS3.5 section 6.2)")
        read = self._read
        part = operand.casefold() if self.ignore_case else operand
        return lambda value: part in str(read(value))

    def _matches(self, operand: str) -> ValueTest:
        search = compile_pattern(operand, self.place, ignore_case=self.ignore_case).search
        return lambda value: search(strip_padding(value), 0, MAX_INPUT) is not None

    def _read(self, value: str) -> Comparable | None:
        read = self.representation.read(value)
        return read.casefold() if self.ignore_case and isinstance(read, str) else read

    def _whole(self, operand: str, place: Place) -> Comparable:
        if operand != strip_padding(operand):
            raise place.error("begins or ends with a space, which is no part of a value")
        expected = self._read(operand)
        if expected is None or not self._passes(self.representation.fits, operand):
            raise place.error(f"{operand!r} is no value of VR {self.vr} (PS3.5 section 6.2)")
        return expected

    def _passes(self, fits: Callable[[str], bool], operand: str) -> bool:
        return fits(operand) or (self.ignore_case and fits(operand.upper()))
