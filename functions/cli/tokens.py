"""`airlock secrets`: the destinations' tokens."""

import getpass
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from functions.cli.options import (
    JsonOption,
    RulesetsOption,
    WorkspaceOption,
    command_line,
    messages,
    output,
    print_json,
)
from functions.cli.workspace import DEFAULT_WORKSPACE, destination_names, store_tokens
from shared.ports.keys import TokenPair

app = typer.Typer(no_args_is_help=True, help="The tokens of destinations.")

# What an Authorization header can carry (RFC 9110 section 5.5).
_TOKEN = re.compile(r"[!-~]+")


@app.callback()
def group() -> None:
    """The tokens of destinations."""


@app.command("set")
def set_tokens(
    destination: Annotated[str, typer.Argument(help="The destination's name, as its ruleset file says.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store the token pair of a destination: asked for without echo, or two lines of standard input.

    The first line is the access token, the second the refresh token.

    Example: airlock secrets set autosegmentation
    """
    known = destination_names(rulesets)
    if destination not in known:
        raise typer.BadParameter(f"the rulesets know no such destination, only: {', '.join(known)}")
    tokens = TokenPair(access_token=_asked("Access token"), refresh_token=_asked("Refresh token"))
    store_tokens(workspace, destination, tokens)
    if as_json:
        print_json({"stored": destination})
        return
    output().print(f"Stored for {destination}.", highlight=False)
    _say_next(workspace)


def _asked(what: str) -> str:
    """Ask a person without echo, or take the next line of a pipe; spaces around it are no part of it."""
    token = (getpass.getpass(f"{what}: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()
    if _TOKEN.fullmatch(token) is None:
        raise typer.BadParameter(f"the {what.lower()} is empty or has characters that no token has")
    return token


def _say_next(workspace: Path) -> None:
    check = command_line("doctor", workspace=workspace)
    messages().print(f"`{check}` asks the destination whether it is there.", highlight=False, soft_wrap=True)
