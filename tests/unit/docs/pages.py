"""The documents, read as a reader does: pages, sections, tables, code blocks and links."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<content>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_INLINE = re.compile(r"`(?P<code>[^`\n]+)`")
_HEADING = re.compile(r"^(?P<marks>#+) (?P<text>.+)$", re.MULTILINE)
_COLUMN = re.compile(r"(?<!\\)\|")


def shown(page: Path) -> str:
    """What a failing test calls a page."""
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    """The text of a page."""
    return page.read_text(encoding="utf-8")


def reference(name: str) -> str:
    """The text of a reference page."""
    return text_of(REFERENCE / f"{name}.md")


def without_code(text: str) -> str:
    """A page's text without its code blocks."""
    return _FENCE.sub("", text)


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return [match["content"] for match in _FENCE.finditer(text) if match["language"] == language]


def inline_code(text: str) -> list[str]:
    """What stands in backticks outside code blocks."""
    return [match["code"] for match in _INLINE.finditer(without_code(text))]


def links(text: str) -> list[str]:
    """The targets of all links."""
    return [match["target"] for match in _LINK.finditer(without_code(text))]


def sections(text: str, level: int) -> dict[str, str]:
    """The sections of one level by their headings; each ends at the next heading of its level or above."""
    bare = without_code(text)
    headings = [match for match in _HEADING.finditer(bare) if len(match["marks"]) <= level]
    ends = [*(match.start() for match in headings[1:]), len(bare)]
    return {
        match["text"]: bare[match.end() : end]
        for match, end in zip(headings, ends, strict=True)
        if len(match["marks"]) == level
    }


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = (match["text"] for match in _HEADING.finditer(without_code(text)))
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def table(text: str) -> list[list[str]]:
    """The rows of all tables, their headers left out."""
    return [row for row in _rows(text) if row]


def _rows(text: str) -> Iterator[list[str]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("| ") and not line.startswith("| ---") and not below.startswith("| ---"):
            cells = _COLUMN.split(line.strip().removeprefix("|").removesuffix("|"))
            yield [cell.strip().replace("\\|", "|") for cell in cells]


def bare(cell: str) -> str:
    """A cell's text without its backticks."""
    return cell.strip("`")
