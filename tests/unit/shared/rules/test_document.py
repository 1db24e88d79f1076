"""YAML as rulesets read it."""

import pytest

from shared.errors import RulesetInvalid
from shared.rules.document import MAX_DEPTH, Node, read_document
from shared.rules.place import Place

PLACE = Place("match/ct.yaml")


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("a: YES", {"a": "YES"}),
        ("a: 0012", {"a": "0012"}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: [1.10, null, ~, 'x']", {"a": ["1.10", "null", "~", "x"]}),
        ("a:", {"a": ""}),
        ("a: {b: {c: d}}", {"a": {"b": {"c": "d"}}}),
        ("# only a comment\n---\ntext\n...\n", "text"),
    ],
)
def test_scalars_stay_text(text: str, document: Node) -> None:
    """Nothing becomes a number, a date or a truth value by looking like one."""
    assert read_document(text, PLACE) == document


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected exactly one document"),
        ("a: 1\n---\nb: 2", "line 2: expected exactly one document"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' stands twice"),
        ("a: &x 1\nb: *x", "line 1: anchors, aliases and tags"),
        ("a: *x", "line 1: anchors, aliases and tags"),
        ("a: !!python/name:os.system x", "line 1: anchors, aliases and tags"),
        ("[1]: x", "line 1: a key must be plain text"),
        ("a: [1", "expected ',' or ']'"),
        ("a: \x07", "a character that YAML does not allow"),
        ("[" * (MAX_DEPTH + 1), "nested deeper than 32 levels"),
        ("[" * 100_000, "nested deeper than 32 levels"),
    ],
)
def test_ambiguous_documents_are_refused(text: str, problem: str) -> None:
    """What can say something else than it seems to is refused, with its line."""
    with pytest.raises(RulesetInvalid) as caught:
        read_document(text, PLACE)

    assert problem in str(caught.value.details["problem"])
