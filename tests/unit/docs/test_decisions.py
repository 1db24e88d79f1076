"""docs/decisions: every page has the form that makes it findable and complete."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.pages import ROOT, links, sections, shown, table, text_of

FOLDER = ROOT / "docs" / "decisions"
INDEX = FOLDER / "README.md"
DECISIONS = sorted(set(FOLDER.glob("*.md")) - {INDEX})
HEADINGS = ["Status", "Context", "Decision", "Consequences", "Alternatives"]


@pytest.mark.parametrize("page", DECISIONS, ids=shown)
def test_a_decision_has_the_five_headings(page: Path) -> None:
    """In order, and each says something."""
    parts = sections(text_of(page), 2)

    assert list(parts) == HEADINGS
    assert all(part.strip() for part in parts.values())


@pytest.mark.parametrize("page", DECISIONS, ids=shown)
def test_a_decision_is_dated(page: Path) -> None:
    """Its name begins with the date on which it got its status."""
    name = re.fullmatch(r"(\d{4}-\d{2}-\d{2})-[a-z0-9-]+\.md", page.name)

    assert name is not None
    assert name[1] in sections(text_of(page), 2)["Status"]


@pytest.mark.parametrize("page", DECISIONS, ids=shown)
def test_a_decision_is_about_one_page_long(page: Path) -> None:
    """Longer ones are not read."""
    assert len(text_of(page).split()) <= 700


@pytest.mark.parametrize("page", DECISIONS, ids=shown)
def test_a_decision_is_in_the_index_under_its_title(page: Path) -> None:
    """The index names date, title and file."""
    title = text_of(page).partition("\n")[0].removeprefix("# ")
    row = [page.name[:10], f"[{title}]({page.name})"]

    assert row in table(text_of(INDEX))


def test_the_index_lists_nothing_else() -> None:
    """As many rows as pages."""
    assert set(links(text_of(INDEX))) == {page.name for page in DECISIONS}
