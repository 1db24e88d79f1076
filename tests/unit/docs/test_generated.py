"""The generated parts of docs/reference."""

from pathlib import Path

import pytest

from scripts import generate_reference
from tests.unit.docs.pages import ROOT, text_of

STALE = "# A page\n\n<!-- generated: topics -->\nold\n<!-- end -->\n\nBy hand.\n"


def test_the_pages_are_up_to_date() -> None:
    """What the pages say of the code is what the code says."""
    assert generate_reference.main(["--check"]) == 0


def test_a_stale_page_is_named_and_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` fails without writing; without it the part is written and what people wrote stays."""
    monkeypatch.setattr(generate_reference, "ROOT", tmp_path)
    page = tmp_path / "docs" / "reference" / "events.md"
    page.parent.mkdir(parents=True)
    page.write_text(STALE, encoding="utf-8")

    codes = [generate_reference.main(arguments) for arguments in (["--check"], [], ["--check"])]

    assert codes == [1, 0, 0]
    assert "docs/reference/events.md is out of date" in capsys.readouterr().out
    assert "`BlobFinalized`" in page.read_text(encoding="utf-8")
    assert "By hand." in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "<!-- generated: nonsense -->\n<!-- end -->\n",
        "<!-- generated: struct -->\n<!-- end -->\n",
        "<!-- generated: topics -->\n",
    ],
)
def test_a_part_that_cannot_be_made_is_an_error(text: str) -> None:
    """An unknown name, a missing path and a missing end are no silent pass."""
    with pytest.raises(ValueError, match="generate"):
        generate_reference.rendered(text)


def test_unknown_arguments_are_refused() -> None:
    """A misspelt option neither writes nor passes a check."""
    assert generate_reference.main(["--chekc"]) == 2


def test_the_checks_of_the_project_include_it() -> None:
    """`make lint` fails on a stale page."""
    assert "scripts.generate_reference --check" in text_of(ROOT / "Makefile")
