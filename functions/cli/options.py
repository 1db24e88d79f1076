"""Options that several commands share, and how they print."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="AIRLOCK_WORKSPACE", help="The folder that holds everything."),
]
RulesetsOption = Annotated[
    Path | None,
    typer.Option("--rulesets", envvar="AIRLOCK_RULESETS", help="Your rulesets instead of the shipped ones."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs, nothing else.")]


def console(*, as_json: bool = False) -> Console:
    """The terminal; with `--json` everything for people goes to standard error."""
    return Console(stderr=as_json)


def print_json(record: object) -> None:
    """Print a record as indented JSON on standard output."""
    content = msgspec.json.format(msgspec.json.encode(record), indent=2)
    sys.stdout.write(content.decode() + "\n")
