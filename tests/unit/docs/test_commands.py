"""Commands that the documents tell people to run exist and are used correctly."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.main

from functions.cli.app import app
from tests.unit.docs.pages import PAGES, ROOT, blocks, inline_code, shown, text_of

COMMANDS: Any = typer.main.get_command(app)
_ENDS = {"|", ">", "&&", ";", "||"}


def lines_of(page: Path) -> Iterator[str]:
    """The command lines of a page's shell blocks."""
    for block in blocks(text_of(page), "sh"):
        yield from (line.strip() for line in block.splitlines() if line.strip())


def words_after(program: str, line: str) -> list[str] | None:
    """The arguments of a program on a line, up to what the shell does with its output."""
    words = shlex.split(line, comments=True)
    if not words or words[0] != program:
        return None
    end = next((place for place, word in enumerate(words) if word in _ENDS), len(words))
    return words[1:end]


def airlock_commands() -> list[tuple[str, list[str]]]:
    """Every `airlock ...` of every page: in shell blocks, and in sentences where it says more than a name."""
    found = []
    for page in PAGES:
        in_blocks = [words_after("airlock", line) for line in lines_of(page)]
        in_sentences = [
            words_after("airlock", code) for code in inline_code(text_of(page)) if "..." not in code
        ]
        found += [(shown(page), words) for words in in_blocks if words is not None]
        found += [(shown(page), words) for words in in_sentences if words and not is_name(words)]
    return found


def is_name(words: list[str]) -> bool:
    """Whether the words name a command, or a group of commands, and no more."""
    found = COMMANDS
    for word in words:
        found = getattr(found, "commands", {}).get(word)
    return found is not None


def parse(words: list[str]) -> None:
    """Parse a command line without running it; a wrong one raises what the parser raises.

    The folder of the rulesets, which the parser looks for, is taken to be there.
    """
    words = ["." if before == "--rulesets" else word for before, word in pairwise(["", *words])]
    command, name = COMMANDS, "airlock"
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands
        name, command, words = words[0], command.commands[words[0]], words[1:]
    if not hasattr(command, "commands"):
        command.make_context(name, list(words))


@pytest.mark.parametrize(("page", "words"), airlock_commands())
def test_every_airlock_command_parses(page: str, words: list[str]) -> None:
    """Command, arguments and options of what is shown exist."""
    parse(words)


def test_there_are_commands_to_parse() -> None:
    """The documents show every command at least once."""
    shown_commands = {words[0] for _, words in airlock_commands()}

    assert shown_commands >= set(COMMANDS.commands)


@pytest.mark.parametrize(
    "words", [["status", "--bogus"], ["exceptions", "archive", "3f2a"], ["run", "--wait", "x"]]
)
def test_a_wrong_command_is_noticed(words: list[str]) -> None:
    """The parser refuses an unknown option, a missing one and a value of the wrong type."""
    with pytest.raises(Exception, match=r"bogus|why|float"):
        parse(words)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_make_target_exists(page: Path) -> None:
    """`make TARGET` names a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    used = {words[0] for line in lines_of(page) if (words := words_after("make", line))}

    assert used - targets == set()


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_python_module_exists(page: Path) -> None:
    """`python -m MODULE` names a module."""
    used = [words[1] for line in lines_of(page) if (words := words_after("python", line))]

    assert [name for name in used if importlib.util.find_spec(name) is None] == []


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_script_exists(page: Path) -> None:
    """Scripts that are named are there."""
    used = re.findall(r"(?<![\w/])((?:scripts/|\.ci/)\w+(?:\.\w+)?)", text_of(page))

    assert [name for name in used if not (ROOT / name).exists()] == []
