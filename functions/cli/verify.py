"""The release gate alone, for the output of any tool."""

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer
from rich.console import Console

from functions.cli.batch_report import MANIFEST_NAME
from shared.adapters.folder_streams import FolderReader
from shared.deid.instance import LIMITS
from shared.deid.look import SOP_INSTANCE_UID
from shared.deid.rules.profile import Profile
from shared.deid.verify import residue
from shared.dicom.dataset import DataSet
from shared.dicom.read import read_header
from shared.errors import AirlockError, InputMissing

_SHOWN = 20


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One pair: the elements of the output that hold identifiers, or why it could not be judged."""

    number: int
    residue: list[str]
    code: str = ""
    cause: str = ""


def verdicts(original: Path, made: Path, profile: Profile, mapping: Path | None = None) -> list[Verdict]:
    """Judge two files, or every file of a folder beside its original.

    That is the file in the same place of the other folder, or the one whose SOP Instance UID became the
    output's by `mapping`. An output without an original cannot be judged, so it is not clean.

    Raises:
        BadParameter: one is a file and the other a folder, nothing has an original, or the mapping is none.
    """
    if original.is_dir() != made.is_dir():
        raise typer.BadParameter("give two files, or two folders")
    pairs = list(_pairs(original, made, mapping)) if original.is_dir() else [(original, made)]
    if not any(before for before, _ in pairs):
        raise typer.BadParameter(
            "no file has an original in the same place of the other folder; where outputs have new names, "
            "--mapping tells whose they are"
        )
    return [_verdict(number, *pair, profile) for number, pair in enumerate(pairs, start=1)]


def _pairs(original: Path, made: Path, mapping: Path | None) -> Iterator[tuple[Path | None, Path]]:
    originals = _originals(original, mapping) if mapping else {}
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        before = original / path.relative_to(made)
        if before.is_file():
            yield before, path
        elif path != made / MANIFEST_NAME:
            yield originals.get(_sop_instance_uid(path)), path


def _originals(folder: Path, mapping: Path) -> dict[str, Path]:
    """The originals by the SOP Instance UIDs that they were given."""
    new_uids = _new_uids(mapping)
    found = ((new_uids.get(_sop_instance_uid(path)), path) for path in folder.rglob("*") if path.is_file())
    return {new: path for new, path in found if new}


def _new_uids(mapping: Path) -> dict[str, str]:
    try:
        with mapping.open(encoding="utf-8", newline="") as file:
            return {row["id_old"]: row["id_new"] for row in csv.DictReader(file)}
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise typer.BadParameter("--mapping is no table of `id_old,id_new`") from error


def _sop_instance_uid(path: Path) -> str:
    try:
        with FolderReader(str(path)) as reader:
            return DataSet.of(read_header(reader, LIMITS, force=True)).text(SOP_INSTANCE_UID)
    except AirlockError:
        return ""


def _verdict(number: int, original: Path | None, made: Path, profile: Profile) -> Verdict:
    if original is None:
        return Verdict(number=number, residue=[], code=InputMissing.code, cause="It has no original.")
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
    console.print(f"{len(judged)} compared: {verdict}. Pictures are not looked into.", highlight=False)
