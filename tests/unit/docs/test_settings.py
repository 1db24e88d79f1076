"""docs/reference/settings.md and destination.md against the structs that read the files."""

import inspect

import msgspec
import pytest

from functions.cli.companions import DESTINATION_VARIABLE
from functions.cli.options import RulesetsOption, WorkspaceOption
from shared.destinations.settings import AutosegmentationTemplate, DestinationSettings, SegmentationModel
from shared.settings import AssemblyPolicy, IntakePolicy, UnpackPolicy, ValidationPolicy
from shared.wiring import EmbeddedWiring
from tests.unit.docs.pages import ROOT, bare, inline_code, reference, table

STRUCTS: dict[type[msgspec.Struct], str] = {
    IntakePolicy: "settings",
    ValidationPolicy: "settings",
    UnpackPolicy: "settings",
    AssemblyPolicy: "settings",
    DestinationSettings: "destination",
    AutosegmentationTemplate: "destination",
    SegmentationModel: "destination",
}
FIELDS = [(struct, field) for struct in STRUCTS for field in msgspec.structs.fields(struct)]


def rows_of(struct: type[msgspec.Struct]) -> dict[str, list[str]]:
    """The table of a struct by key."""
    page = reference(STRUCTS[struct])
    part = page.split(f"struct {struct.__module__}.{struct.__name__} -->")[1].split("<!-- end -->")[0]
    return {bare(row[0]): row[1:] for row in table(part)}


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_key_is_documented(struct: type[msgspec.Struct]) -> None:
    """The keys of the page are the keys of the file."""
    assert list(rows_of(struct)) == list(struct.__struct_fields__)


@pytest.mark.parametrize(("struct", "field"), FIELDS)
def test_every_default_is_documented(struct: type[msgspec.Struct], field: msgspec.structs.FieldInfo) -> None:
    """A number, a word or a list stands there as it is; what is needed is marked."""
    default = rows_of(struct)[field.name][1]
    match field.default:
        case bool(flag):
            expected = f"`{str(flag).lower()}`"
        case int(number) | float(number):
            expected = f"`{number:g}`" if isinstance(number, float) else f"`{number}`"
        case str(text):
            expected = f"`{text}`"
        case tuple(texts):
            expected = ", ".join(f"`{text}`" for text in texts)
        case None:
            expected = "-"
        case msgspec.Struct():
            expected = "the defaults below"
        case _:
            expected = "required"

    assert default == expected


@pytest.mark.parametrize(
    "folder", sorted(path.name for path in (ROOT / "rulesets").iterdir() if path.is_dir())
)
def test_every_folder_of_rulesets_is_named(folder: str) -> None:
    """The page says what each folder decides."""
    if folder.startswith("__"):
        return

    assert f"`{folder}/`" in reference("settings")


def test_every_environment_variable_is_named() -> None:
    """Those of the options, of the deployed stages and of the destination."""
    options = {option.__metadata__[0].envvar for option in (WorkspaceOption, RulesetsOption)}
    deployed = {name for name in options if f'"{name}"' in inspect.getsource(EmbeddedWiring.from_environment)}
    part = reference("settings").split("## Environment")[1].split("\n## ")[0]

    assert {bare(row[0]) for row in table(part)} == options | {DESTINATION_VARIABLE}
    assert set(inline_code(part.rpartition("A deployed stage")[2])) >= deployed
