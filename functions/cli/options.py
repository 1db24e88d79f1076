"""Options that several commands share, how they print, and how a person can go on."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from functions.cli.workspace import DEFAULT_WORKSPACE

WORKSPACE_VARIABLE = "AIRLOCK_WORKSPACE"
_PROGRAM = "airlock"

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar=WORKSPACE_VARIABLE, help="The folder that holds everything."),
]
RulesetsOption = Annotated[
    Path | None,
    typer.Option(
        "--rulesets",
        envvar="AIRLOCK_RULESETS",
        exists=True,
        file_okay=False,
        help="Your rulesets instead of the shipped ones.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs, nothing else.")]
NamesOption = Annotated[
    bool, typer.Option("--show-names", help="Show the names of files, which may identify a patient.")
]


def output() -> Console:
    """Where results for people go: standard output."""
    return Console()


def messages() -> Console:
    """Where progress and errors go: standard error, so that results can be piped on their own."""
    return Console(stderr=True)


def print_json(record: object) -> None:
    """Print a record as indented JSON on standard output."""
    print_text(msgspec.json.format(msgspec.json.encode(record), indent=2).decode() + "\n")


def print_text(text: str) -> None:
    """Print text on standard output in UTF-8, whatever the terminal's locale is."""
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    stream.write(text.encode())
    stream.flush()


def program() -> str:
    """How this program was started, so that a printed command can be copied: it may not be on the PATH."""
    started, found = Path(sys.argv[0]), shutil.which(_PROGRAM)
    if started.name != _PROGRAM or (found and Path(found).resolve() == started.resolve()):
        return _PROGRAM
    return shlex.quote(sys.argv[0])


def command_line(*words: str, workspace: Path) -> str:
    """A command to copy; it names the workspace unless it is the one that is used anyhow."""
    usual = Path(os.environ.get(WORKSPACE_VARIABLE) or DEFAULT_WORKSPACE)
    where = () if workspace == usual else ("-w", str(workspace))
    return " ".join([program(), *(shlex.quote(word) for word in (*words, *where))])
