"""Write the generated parts of `docs/reference`; `--check` only compares.

A page marks such a part with the line `<!-- generated: NAME -->` before it and `<!-- end -->` behind it; the
rest of the page is written by people. Run it from the repository: `python -m scripts.generate_reference`.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scripts import cost_tables, pixel_tables, profile_tables
from scripts import reference_tables as tables

ROOT = Path(__file__).resolve().parent.parent
_OPENING = "<!-- generated: "
_PART = re.compile(
    rf"^{_OPENING}(?P<name>\w+)(?: (?P<path>[\w.]+))? -->\n(?P<text>.*?)^<!-- end -->$",
    re.MULTILINE | re.DOTALL,
)
_PLAIN: Mapping[str, Callable[[], str]] = {
    "commands": tables.command_sections,
    "cost_estimates": cost_tables.cost_estimates,
    "cost_operations": cost_tables.cost_operations,
    "errors": tables.error_tables,
    "events": tables.event_sections,
    "pixel_rules": pixel_tables.pixel_rules,
    "pixel_targets": pixel_tables.pixel_targets,
    "shipped_profiles": profile_tables.shipped_profiles,
    "stages": tables.stage_table,
    "topics": tables.topic_table,
}
_OF_AN_OBJECT: Mapping[str, Callable[[str], str]] = {
    "enumeration": tables.enumeration,
    "port": tables.port,
    "struct": tables.struct,
    "transitions": tables.transitions,
}


def rendered(text: str) -> str:
    """The text of a page with its generated parts as the code has them now.

    Raises:
        ValueError: a part has no end, or a name that nothing generates.
    """
    if text.count(_OPENING) != len(_PART.findall(text)):
        raise ValueError("a generated part has no end")
    return _PART.sub(_part, text)


def _part(match: re.Match[str]) -> str:
    name, path = match["name"], match["path"]
    if path is None and name in _PLAIN:
        content = _PLAIN[name]()
    elif path is not None and name in _OF_AN_OBJECT:
        content = _OF_AN_OBJECT[name](path)
    else:
        raise ValueError(f"nothing generates {name} {path or ''}".strip())
    opening = match[0].partition("\n")[0]
    return f"{opening}\n\n{content}\n\n<!-- end -->"


def pages() -> list[Path]:
    """Every page that may have generated parts."""
    return sorted((ROOT / "docs" / "reference").glob("*.md"))


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with `--check` name those that need it; gives the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: generate_reference.py [--check]", file=sys.stderr)
        return 2
    outdated = {}
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = rendered(before)
        if after != before:
            outdated[page] = after
    if arguments:
        for page in outdated:
            print(f"{page.relative_to(ROOT)} is out of date: run python -m scripts.generate_reference")
        return 1 if outdated else 0
    for page, text in outdated.items():
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
