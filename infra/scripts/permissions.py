"""Writes the table of `infra/README.md`: which identity may do what on which resource.

    python -m infra.scripts.permissions [--check] [ENVIRONMENT]

The environment, `prod` unless given, is planned with its example values.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.scripts.grants import Grant, grants
from infra.scripts.terraform import INFRA, plan

README = INFRA / "README.md"
BEGIN, END = "<!-- generated: permissions -->\n", "<!-- end -->\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table, or with `--check` tell whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", nargs="?", default="prod")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the table is old")
    options = parser.parse_args(arguments)
    made = table(grants(plan(INFRA / "environments" / options.environment)))
    if options.check:
        return 0 if is_current(made) else 1
    write(made)
    return 0


def table(granted: Sequence[Grant]) -> str:
    """The grants as a table of Markdown: a row for each identity and role."""
    rows: dict[tuple[str, str], set[str]] = {}
    for grant in granted:
        rows.setdefault((grant.identity, grant.role), set()).add(grant.place)
    lines = [
        f"| `{identity}` | `{role.removeprefix('roles/')}` | {'; '.join(sorted(places))} |"
        for (identity, role), places in sorted(rows.items())
    ]
    return "\n".join(["| Identity | Role | On |", "| --- | --- | --- |", *lines]) + "\n"


def is_current(made: str, page: Path = README) -> bool:
    """Whether the page has this table."""
    current = f"{BEGIN}\n{made}\n{END}" in page.read_text(encoding="utf-8")
    if not current:
        print(f"{page.name} is out of date: python -m infra.scripts.permissions", file=sys.stderr)
    return current


def write(made: str, page: Path = README) -> None:
    """Put the table where the page has one."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
