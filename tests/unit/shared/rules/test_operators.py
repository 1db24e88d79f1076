"""Every operator with values of every kind."""

from typing import Any

import pytest

from shared.errors import RulesetInvalid
from shared.rules.model import OPERATORS
from shared.rules.operators import APPLICABLE, leaf_test
from shared.rules.place import Place
from shared.rules.representations import representation

PLACE = Place("match/ct.yaml", "when")

# operator, VR, operand, values, whether it holds
CASES = [
    ("equals", "CS", "CT", ("CT",), True),
    ("equals", "CS", "CT", ("MR",), False),
    ("equals", "CS", "AXIAL", ("ORIGINAL", "PRIMARY", "AXIAL"), True),
    ("equals", "CS", "CT", ("CT ",), True),
    ("equals", "CS", "CT", ("ct",), False),
    ("equals", "LO", "Neck", (" Neck ",), True),
    ("equals", "UI", "1.2.840", ("1.2.840\0",), True),
    ("equals", "PN", "Doe^Jane", ("Doe^Jane",), True),
    ("equals", "AE", "SCANNER 1", ("SCANNER 1",), True),
    ("equals", "SH", "A1", ("A1",), True),
    ("equals", "ST", "two\nlines", ("two\nlines",), True),
    ("equals", "UR", "https://example.org/a", ("https://example.org/a ",), True),
    ("equals", "DS", "5", ("5.0",), True),
    ("equals", "DS", "2.5", ("2.50", "3"), True),
    ("equals", "DS", "2.5", ("+25e-1",), True),
    ("equals", "IS", "12", (" 0012",), True),
    ("equals", "IS", "2", ("2.0",), True),
    ("equals", "US", "-2000", ("-2000",), True),
    ("equals", "FL", "0.1", ("0.10000000149011612",), True),
    ("equals", "FD", "0.1", ("0.10000000149011612",), False),
    ("equals", "DA", "20240131", ("20240131",), True),
    ("equals", "DA", "20240131", ("2024.01.31",), True),
    ("equals", "TM", "12", ("120000.000",), True),
    ("equals", "TM", "093000", ("09:30:00",), True),
    ("equals", "DT", "20240131", ("20240131000000.000000+0100",), True),
    ("equals", "AS", "064Y", ("064Y",), True),
    ("equals", "AS", "064Y", ("768M",), False),
    ("not_equals", "CS", "CT", ("CT",), False),
    ("not_equals", "CS", "AXIAL", ("ORIGINAL", "AXIAL"), False),
    ("not_equals", "CS", "CT", ("MR",), True),
    ("not_equals", "DS", "5", ("thin",), True),
    ("not_equals", "TM", "12", ("12:00",), False),
    ("in", "CS", ("CT", "PT"), ("PT",), True),
    ("in", "CS", ("CT", "PT"), ("MR",), False),
    ("in", "IS", ("100", "120"), ("120.0",), True),
    ("in", "DA", ("20240101", "20240102"), ("20240103",), False),
    ("in", "AS", ("064Y", "065Y"), ("065Y",), True),
    ("contains", "LO", "H&N", ("CT H&N",), True),
    ("contains", "LO", "H&N", ("CT h&n",), False),
    ("contains", "CS", "LOCAL", ("ORIGINAL", "LOCALIZER"), True),
    ("contains", "UI", ".840.", ("1.2.840.10008",), True),
    ("does_not_contain", "LO", "neck", ("head neck",), False),
    ("does_not_contain", "LO", "neck", ("head", "foot"), True),
    ("does_not_contain", "LO", "neck", ("foot", "neck"), False),
    ("matches", "LO", "h ?& ?n", ("a h & n b",), True),
    ("matches", "LO", "^neck$", ("neck",), True),
    ("matches", "LO", "^neck$", ("the neck",), False),
    ("matches", "UT", "end", ("x" * 1022 + "end",), False),
    ("matches", "UT", "end", ("x" * 1021 + "end",), True),
    ("greater", "DS", "3", ("3.1",), True),
    ("greater", "DS", "3", ("3",), False),
    ("greater", "DS", "3", ("2", "4"), True),
    ("greater", "DS", "3", ("thick",), False),
    ("greater", "UV", "18446744073709551614", ("18446744073709551615",), True),
    ("greater", "DA", "20231231", ("20240101",), True),
    ("greater", "DA", "20231231", ("20240230",), False),
    ("less", "IS", "10", ("9",), True),
    ("less", "IS", "10", ("nan",), False),
    ("less", "SS", "-1", ("-2",), True),
    ("less", "TM", "1200", ("115959.999999",), True),
    ("less", "TM", "1200", ("12",), False),
    ("less", "FD", "1e-3", ("0.0009",), True),
    ("greater_or_equal", "DS", "3", ("3.0",), True),
    ("greater_or_equal", "DT", "2024", ("20231231235959",), False),
    ("greater_or_equal", "DT", "2024", ("20240101",), True),
    ("less_or_equal", "UL", "7", ("7",), True),
    ("less_or_equal", "DS", "7", ("7.001",), False),
    ("exists", "SQ", True, ("any",), True),
    ("exists", "OB", False, ("any",), False),
]


@pytest.mark.parametrize(("operator", "vr", "operand", "values", "expected"), CASES)
def test_operator_holds_as_its_definition_says(
    operator: str, vr: str, operand: Any, values: tuple[str, ...], expected: Any
) -> None:
    """An operator compares values by their Value Representation; any value counts, or none for a negative."""
    test = leaf_test(vr, operator, operand, PLACE, ignore_case=False)

    assert test.holds_for(values) is expected


def test_every_operator_is_in_the_table() -> None:
    """No operator of the language goes without a case."""
    assert {case[0] for case in CASES} == set(OPERATORS)


@pytest.mark.parametrize(
    ("operator", "operand", "value", "expected"),
    [
        ("equals", "neck", "NECK", True),
        ("equals", "NECK", "Neck", True),
        ("not_equals", "neck", "NECK", False),
        ("in", ("head", "neck"), "NECK", True),
        ("contains", "STRASSE", "straße", True),
        ("does_not_contain", "neck", "The NECK", False),
        ("matches", "^neck", "Neck", True),
    ],
)
def test_text_operators_can_ignore_case(operator: str, operand: Any, value: str, expected: Any) -> None:
    """With `ignore_case` text compares by its folded form."""
    test = leaf_test("LO", operator, operand, PLACE, ignore_case=True)

    assert test.holds_for((value,)) is expected


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"exists"}))
def test_missing_and_empty_attributes_satisfy_only_negatives(operator: str) -> None:
    """Only `not_equals` and `does_not_contain` hold without a value."""
    vr = "LO" if operator in APPLICABLE["text"] else "IS"
    operand = ("1",) if operator == "in" else "1"

    test = leaf_test(vr, operator, operand, PLACE, ignore_case=False)

    negative = operator in {"not_equals", "does_not_contain"}
    assert (test.if_missing, test.if_empty) == (negative, negative)


@pytest.mark.parametrize("wanted", [True, False])
def test_an_empty_attribute_exists(*, wanted: bool) -> None:
    """`exists` asks for the attribute, not for a value."""
    test = leaf_test("LO", "exists", wanted, PLACE, ignore_case=False)

    assert (test.if_missing, test.if_empty, test.holds_for(("x",))) == (not wanted, wanted, wanted)


@pytest.mark.parametrize(
    ("operator", "vr"),
    [
        (operator, vr)
        for operator in OPERATORS
        for vr in ("LO", "IS", "DA", "AS", "SQ")
        if operator not in APPLICABLE[representation(vr).kind]
    ],
)
def test_operators_apply_by_kind(operator: str, vr: str) -> None:
    """An operator that means nothing for a Value Representation is refused, with its place."""
    with pytest.raises(RulesetInvalid) as caught:
        leaf_test(vr, operator, "1", PLACE, ignore_case=False)

    assert caught.value.details == {
        "place": f"match/ct.yaml: when.{operator}",
        "problem": f"does not apply to an attribute of VR {vr}",
    }


@pytest.mark.parametrize(
    ("operator", "vr", "operand"),
    [("equals", "IS", "1"), ("greater", "DA", "20240101"), ("equals", "AS", "064Y"), ("exists", "LO", True)],
)
def test_ignore_case_needs_text(operator: str, vr: str, operand: Any) -> None:
    """`ignore_case` beside an operator without letters is a mistake."""
    with pytest.raises(RulesetInvalid, match=r"when\.ignore_case"):
        leaf_test(vr, operator, operand, PLACE, ignore_case=True)


@pytest.mark.parametrize(
    ("vr", "operand"),
    [
        ("AE", "A" * 17),
        ("AS", "64Y"),
        ("CS", "ct"),
        ("CS", "H&N"),
        ("CS", "A" * 17),
        ("DA", "2024"),
        ("DA", "20240230"),
        ("DA", "2024-01-01"),
        ("DA", "2024.01.01"),
        ("DA", "20240101-20240131"),
        ("DS", "1.234567890123456"),
        ("DS", "thin"),
        ("DS", "1_0"),
        ("DT", "20240101120000+0100"),
        ("DT", "202413"),
        ("FD", "1e999"),
        ("FL", "1e39"),
        ("FD", "nan"),
        ("IS", "1.5"),
        ("IS", "2147483648"),
        ("LO", "a\\b"),
        ("LO", "a" * 65),
        ("LO", "two\nlines"),
        ("LO", " neck"),
        ("PN", "a=b=c=d"),
        ("SH", "a" * 17),
        ("SS", "-32769"),
        ("TM", "12:00"),
        ("TM", "25"),
        ("UI", "1.02"),
        ("UI", "1." * 32 + "1"),
        ("UL", "-1"),
        ("UR", "a b"),
        ("US", "65536"),
    ],
)
@pytest.mark.parametrize("operator", ["equals", "in"])
def test_operands_must_fit_the_vr(operator: str, vr: str, operand: Any) -> None:
    """A value that the attribute can never have is refused, at the operand."""
    with pytest.raises(RulesetInvalid) as caught:
        leaf_test(vr, operator, (operand,) if operator == "in" else operand, PLACE, ignore_case=False)

    expected = "when.in[0]" if operator == "in" else "when.equals"
    assert str(caught.value.details["place"]) == f"match/ct.yaml: {expected}"


@pytest.mark.parametrize(("vr", "operand"), [("CS", "neck"), ("UI", "abc"), ("LO", "a\\b")])
def test_parts_must_fit_the_vr(vr: str, operand: Any) -> None:
    """A part that no value can have is refused."""
    with pytest.raises(RulesetInvalid, match=r"when\.contains"):
        leaf_test(vr, "contains", operand, PLACE, ignore_case=False)


@pytest.mark.parametrize(
    ("operator", "vr", "operand", "label"),
    [
        ("equals", "CS", "CT", "equals 'CT'"),
        ("in", "CS", ("CT", "PT"), "in [CT, PT]"),
        ("in", "LT", ("a\nb",), r"in [a\nb]"),
        ("less", "DS", "3", "less 3"),
        ("greater", "DA", "20240101", "greater 20240101"),
        ("exists", "SQ", True, "exists"),
        ("exists", "SQ", False, "does not exist"),
    ],
)
def test_labels_say_operator_and_operand(operator: str, vr: str, operand: Any, label: str) -> None:
    """A label is one line with the operator and the rule's own operand."""
    assert leaf_test(vr, operator, operand, PLACE, ignore_case=False).label == label
