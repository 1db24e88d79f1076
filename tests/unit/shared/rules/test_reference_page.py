"""docs/reference/rulesets.md against the code."""

import re
from pathlib import Path

import pytest

from shared.rules.load import parse_ruleset
from shared.rules.model import GROUPS, OPERATORS, RulesetDefinition
from shared.rules.operators import APPLICABLE
from shared.rules.representations import Kind, representation
from tests.unit.shared.rules.examples import ruleset

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "rulesets.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
KINDS: tuple[Kind, ...] = ("text", "number", "time", "age", "other")


def cells(first: str) -> list[str]:
    """The cells behind the first one of the table row that begins with `first`."""
    rows = [line for line in PAGE.splitlines() if line.startswith(f"| {first} |")]
    assert len(rows) == 1
    return [cell.strip() for cell in rows[0].strip("|").split("|")[1:]]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_load(text: str) -> None:
    """Each example is a ruleset, or a condition of one, and loads."""
    if "name:" in text:
        assert parse_ruleset(text, "match/example.yaml").name
    else:
        indented = "".join(f"\n  {line}" for line in text.splitlines())
        assert ruleset(indented).name


def test_there_are_examples_of_both_kinds() -> None:
    """The page shows a whole ruleset and conditions alone."""
    assert {"name:" in text for text in EXAMPLES} == {True, False}


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_documented_with_its_kinds(operator: str) -> None:
    """The table of operators says what each applies to."""
    applies = dict(zip(KINDS, cells(f"`{operator}`")[1:], strict=True))

    assert applies == {kind: "yes" if operator in APPLICABLE[kind] else "no" for kind in KINDS}


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_has_an_example(operator: str) -> None:
    """The examples use every operator."""
    assert any(f"{operator}: " in text for text in EXAMPLES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_lists_its_value_representations(kind: Kind) -> None:
    """The table of kinds agrees with the code."""
    listed = cells(kind)[0].split()

    assert {representation(vr).kind for vr in listed} == {kind}


@pytest.mark.parametrize("key", RulesetDefinition.__struct_fields__)
def test_every_key_is_documented(key: str) -> None:
    """The table of keys is complete."""
    assert cells(f"`{key}`")


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_is_documented(group: str) -> None:
    """The table of groups is complete."""
    assert re.search(rf"^\| `{group}: ", PAGE, re.MULTILINE)
