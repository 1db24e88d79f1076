"""docs/reference/cli.md against the command line."""

import re

import pytest

from functions.cli import app as command_line
from scripts.reference_tables import commands
from tests.unit.docs.pages import bare, reference, sections, table

PAGE = reference("cli")
SECTIONS = sections(PAGE, 2)
COMMANDS = dict(commands())


def documented(command: str) -> dict[str, list[str]]:
    """The rows of a command's table by the words of the parameter."""
    return {row[0]: row[1:] for row in table(SECTIONS[command])}


def test_every_command_has_a_section() -> None:
    """The commands of the page are those of the command line."""
    assert {name for name in SECTIONS if name.startswith("airlock")} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_parameter_is_documented(command: str) -> None:
    """Arguments and options, their long and short forms, and no others."""
    given = {
        ", ".join(f"`{word}`" if word.startswith("-") else f"`{word.upper()}`" for word in each.opts)
        for each in COMMANDS[command].params
    }

    assert set(documented(command)) == given


@pytest.mark.parametrize("command", COMMANDS)
def test_every_parameter_says_what_it_does(command: str) -> None:
    """The help of each stands in its row, and its environment variable."""
    rows = documented(command).values()

    assert [row[0] for row in rows] == [each.help for each in COMMANDS[command].params]
    assert [bare(row[2]) for row in rows] == [each.envvar or "-" for each in COMMANDS[command].params]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """A command says in its first line what it does, and the page has that line."""
    first = COMMANDS[command].help.partition("\n")[0]

    assert first in SECTIONS[command]


def test_exit_codes_are_documented() -> None:
    """The table of exit codes has every code that the command line ends with."""
    codes = {int(row[0]) for row in table(SECTIONS["Exit codes"])}
    own = {
        0,
        command_line.WAITS_FOR_A_PERSON,
        command_line.USAGE,
        command_line.IN_FLIGHT,
        command_line.INTERRUPTED,
    }

    assert codes == own


def test_the_page_and_the_help_agree_on_exit_codes() -> None:
    """The end of `airlock --help` lists the codes that the page lists for `run`."""
    epilog = command_line.app.info.epilog or ""

    assert re.findall(r"\b(\d+) ", epilog) == [row[0] for row in table(SECTIONS["Exit codes"])]
