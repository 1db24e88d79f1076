"""What became of a batch of files: for the terminal, for `--json`, and beside the outputs."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.console import Console

from functions.cli.batch import Batch, Outcome
from shared.adapters.disk_failures import disk_failures
from shared.deid.rules.editions import EDITIONS
from shared.errors import SopClassUnsupported

MANIFEST_NAME = "manifest.json"
_SHOWN = 20


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """One output; `sha256` is hexadecimal, `size` in bytes."""

    name: str
    size: int
    sha256: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was not released; `number` counts the files in the order of their paths, from 1."""

    number: int
    code: str
    cause: str
    path: str | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside the outputs; nothing of a patient, and no name of an input.

    Attributes:
        editions: of the Standard, by whose tables the instances were de-identified.
    """

    profile: str
    editions: tuple[str, ...]
    instances: list[Released]


class BatchReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything; `left_out` counts what the profile leaves out, `codes` what was held."""

    profile: str
    target: str
    files: int
    released: int
    duplicates: int
    left_out: int
    held: list[Held]
    codes: dict[str, int]


def report_of(outcomes: Iterable[Outcome], batch: Batch, *, names: bool) -> BatchReport:
    """Gather the outcomes, and write the manifest of those released."""
    leaves_out = batch.profile.unknown_sop_classes == "remove"
    released: dict[str, Released] = {}
    held: list[Held] = []
    number = left_out = 0
    for number, each in enumerate(outcomes, start=1):
        if each.code == SopClassUnsupported.code and leaves_out:
            left_out += 1
        elif each.code:
            shown = os.fsencode(each.path).decode("utf-8", "replace") if names else None
            held.append(Held(number=number, code=each.code, cause=each.cause, path=shown))
        else:
            released[each.name] = Released(name=each.name, size=each.size, sha256=each.sha256)
    manifest = Manifest(
        profile=batch.profile.name,
        editions=EDITIONS,
        instances=[*released.values()],
    )
    _write_manifest(batch.target, manifest)
    return BatchReport(
        profile=batch.profile.name,
        target=str(batch.target),
        files=number,
        released=len(released),
        duplicates=number - len(released) - len(held) - left_out,
        left_out=left_out,
        held=held,
        codes=dict(Counter(each.code for each in held)),
    )


@disk_failures()
def _write_manifest(target: Path, manifest: Manifest) -> None:
    (target / MANIFEST_NAME).write_bytes(msgspec.json.encode(manifest))


def draw(console: Console, report: BatchReport) -> None:
    """What was released, and what was held and why."""
    console.print(
        f"[green]Released[/] {report.released} of {report.files} files with profile {report.profile}",
        highlight=False,
    )
    if report.duplicates:
        console.print(f"Came twice: {report.duplicates}", highlight=False)
    if report.left_out:
        console.print(f"Left out, for PS3.3 defines no such object: {report.left_out}", highlight=False)
    for each in report.held[:_SHOWN]:
        place = each.path or f"file {each.number}"
        console.print(f"[red]{each.code}[/]  {place}: {each.cause}", highlight=False, soft_wrap=True)
    if len(report.held) > _SHOWN:
        counts = ", ".join(f"{code} {count}" for code, count in report.codes.items())
        console.print(f"... held in all: {counts}. --json tells of each.", highlight=False, soft_wrap=True)
    if report.held and not any(each.path for each in report.held):
        console.print("The same command with --show-names says which files.", style="dim", soft_wrap=True)
    console.print(f"They lie in {report.target}, with {MANIFEST_NAME}.", highlight=False, soft_wrap=True)
