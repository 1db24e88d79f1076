"""The release gate alone, for the output of any tool."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer
from rich.console import Console

from shared.adapters.folder_streams import FolderReader
from shared.deid.profile import Profile
from shared.deid.verify import residue
from shared.errors import AirlockError

_SHOWN = 20


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One pair: the elements of the output that hold identifiers, or why it could not be judged."""

    number: int
    residue: list[str]
    code: str = ""
    cause: str = ""


def verdicts(original: Path, made: Path, profile: Profile) -> list[Verdict]:
    """Judge two files, or each file of two folders that has the same path in both.

    Raises:
        BadParameter: one is a file and the other a folder, or the folders have no path in common.
    """
    if original.is_dir() != made.is_dir():
        raise typer.BadParameter("give two files, or two folders")
    pairs = list(_pairs(original, made)) if original.is_dir() else [(original, made)]
    if not pairs:
        raise typer.BadParameter("the two folders have no file in the same place")
    return [_verdict(number, *pair, profile) for number, pair in enumerate(pairs, start=1)]


def _pairs(original: Path, made: Path) -> Iterator[tuple[Path, Path]]:
    for path in sorted(made.rglob("*")):
        before = original / path.relative_to(made)
        if path.is_file() and before.is_file():
            yield before, path


def _verdict(number: int, original: Path, made: Path, profile: Profile) -> Verdict:
    try:
        with FolderReader(str(original)) as before, FolderReader(str(made)) as after:
            return Verdict(number=number, residue=residue(before, after, profile))
    except AirlockError as error:
        return Verdict(number=number, residue=[], code=error.code, cause=error.cause)


def draw(console: Console, judged: list[Verdict]) -> None:
    """What was found where; never what."""
    bad = [each for each in judged if each.residue or each.code]
    for each in bad[:_SHOWN]:
        what = (
            each.cause
            if each.code
            else "identifiers of the original in " + ", ".join(sorted(set(each.residue)))
        )
        code = each.code or "residue"
        console.print(f"[red]{code}[/]  pair {each.number}: {what}", highlight=False, soft_wrap=True)
    verdict = "[green]clean[/]" if not bad else f"[red]{len(bad)} not clean[/]"
    console.print(f"{len(judged)} compared: {verdict}. Pixel data is not looked into.", highlight=False)
