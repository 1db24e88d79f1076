"""`airlock deid`: de-identify files without the pipeline, explain what happens, check any tool's output."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from functions.cli.options import (
    JsonOption,
    NamesOption,
    RulesetsOption,
    WorkspaceOption,
    messages,
    output,
    print_json,
)
from functions.cli.workspace import DEFAULT_WORKSPACE, default_rulesets
from shared.errors import InputMissing

if TYPE_CHECKING:
    from shared.deid.rules.profile import Profile

_HELD = 1

app = typer.Typer(no_args_is_help=True, help="De-identify files without the pipeline.")

ProfileOption = Annotated[str, typer.Option("--profile", "-p", help="The profile, by its name.")]


@app.callback()
def group() -> None:
    """De-identify files without the pipeline."""


@app.command("run")
def run(
    source: Annotated[Path, typer.Argument(help="A file, or a folder with all that is in it.")],
    target: Annotated[Path, typer.Argument(help="The folder for the outputs, named by their new UIDs.")],
    profile: ProfileOption = "basic",
    rulesets: RulesetsOption = None,
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", help="32 bytes; else the workspace's key."),
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="How many processes work.")] = 1,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help="Write `id_old,id_new` of UIDs and patient ids here. Keep it secret."),
    ] = None,
    names: NamesOption = False,
    as_json: JsonOption = False,
) -> None:
    """De-identify a folder: each file is released under its new UID, or held with the reason.

    Example: airlock deid run ~/scans ~/released --profile basic
    """
    _require(source)
    _require_apart(target, source, "source")
    _require_apart(target, key_file or workspace / "keys", "--key-file" if key_file else "--workspace")
    if mapping:
        _require_apart(target, mapping, "--mapping")
    from functions.cli import batch_report
    from functions.cli.batch import Batch, deidentify_all

    batch = Batch(
        source=source,
        target=target,
        profile=_profile(profile, rulesets),
        pixel_rules=(rulesets or default_rulesets()) / "pixels",
        key_file=key_file,
        workspace=workspace,
        jobs=jobs,
        mapping=mapping,
    )
    report = batch_report.report_of(deidentify_all(batch, messages()), batch, names=names)
    if as_json:
        print_json(report)
    else:
        batch_report.draw(output(), report)
    raise typer.Exit(_HELD if report.held else 0)


@app.command("explain")
def explain(
    file: Annotated[Path, typer.Argument(help="A DICOM file.")],
    profile: ProfileOption = "basic",
    rulesets: RulesetsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say for each element of a file which rule it falls under and what happens; values are not shown.

    Example: airlock deid explain slice.dcm --profile draw
    """
    _require(file)
    from functions.cli import explain as explanation

    pixel_rules = (rulesets or default_rulesets()) / "pixels"
    elements = explanation.explained(file, _profile(profile, rulesets), pixel_rules)
    if as_json:
        print_json(elements)
    else:
        explanation.draw(output(), elements)


@app.command("verify")
def verify(
    original: Annotated[Path, typer.Argument(help="The original file, or a folder of them.")],
    made: Annotated[Path, typer.Argument(help="What a tool made of it.")],
    profile: ProfileOption = "basic",
    rulesets: RulesetsOption = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping", help="Where `id_old,id_new` tells whose outputs these are, if not their names."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Search the output of any tool for the identifiers of its original; files of one name are a pair.

    Example: airlock deid verify ~/scans ~/released --mapping ids.csv
    """
    _require(original, made, *([mapping] if mapping else []))
    from functions.cli import verify as verification

    verdicts = verification.verdicts(original, made, _profile(profile, rulesets), mapping)
    if as_json:
        print_json(verdicts)
    else:
        verification.draw(output(), verdicts)
    raise typer.Exit(_HELD if any(each.residue or each.code for each in verdicts) else 0)


def _require(*paths: Path) -> None:
    """Find out before anything is loaded.

    Raises:
        InputMissing: one of the paths does not exist.
    """
    for number, path in enumerate(paths, start=1):
        if not path.exists():
            raise InputMissing(paths=len(paths), first_missing=number)


def _require_apart(target: Path, other: Path, what: str) -> None:
    """Keep what identifies out of the folder that is given away, and outputs out of the next run's inputs.

    Raises:
        BadParameter: one of the two lies in the other.
    """
    given, kept = target.resolve(), other.resolve()
    if kept.is_relative_to(given) or (what == "source" and given.is_relative_to(kept)):
        raise typer.BadParameter(
            "it and the folder of the outputs must not lie in each other: that folder is given away",
            param_hint=what,
        )


def _profile(name: str, rulesets: Path | None) -> "Profile":
    from shared.deid.rules.load import load_profile

    folder = (rulesets or default_rulesets()) / "deidentify"
    path = folder / f"{name}.yaml"
    if not name.isidentifier() or not path.is_file():
        known = ", ".join(sorted(each.stem for each in folder.glob("*.yaml")))
        raise typer.BadParameter(f"there is no such profile, only: {known}", param_hint="--profile")
    return load_profile(path)
