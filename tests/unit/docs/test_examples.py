"""Examples in the documents are what they say they are."""

import pytest

from shared.rules.load import parse_ruleset
from tests.unit.docs.pages import ROOT, blocks, text_of

HOW_TO = ROOT / "docs" / "how-to"


@pytest.mark.parametrize("example", blocks(text_of(HOW_TO / "write-rulesets.md"), "yaml"))
def test_the_ruleset_of_the_how_to_loads(example: str) -> None:
    """Whoever copies it has a ruleset."""
    assert parse_ruleset(example, "match/example.yaml").name == "brain_mr"
