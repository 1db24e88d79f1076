"""The decision on dependencies against requirements/*.in."""

import re

from tests.unit.docs.pages import ROOT, bare, sections, table, text_of

PAGE = text_of(ROOT / "docs" / "decisions" / "2026-11-22-dependencies.md")


def required() -> set[str]:
    """The packages that the requirements ask for by name."""
    lines = (line for file in (ROOT / "requirements").glob("*.in") for line in text_of(file).splitlines())
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if not line.startswith("-"))
    return {name[0] for name in names if name}


def test_every_dependency_has_its_reason() -> None:
    """Each has a row, and nothing else has."""
    rows = {bare(row[0]): row[1] for row in table(sections(PAGE, 2)["Decision"])}

    assert set(rows) == required()
    assert all(rows.values())
