"""LICENSE and NOTICE."""

import tomllib

import pytest

from tests.unit.docs.pages import ROOT, text_of

TABLES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("shared/**/*.csv"))


def test_the_license_is_the_one_that_the_package_names() -> None:
    """Apache-2.0, whole."""
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    text = text_of(ROOT / "LICENSE")

    assert project["license"]["text"] == "Apache-2.0"
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_standard_has_its_notice(table: str) -> None:
    """NOTICE says where each table comes from."""
    assert table in text_of(ROOT / "NOTICE")
