"""docs/reference/settings.md and destination.md against the structs that read the files."""

import inspect
import re
from types import ModuleType

import msgspec
import pytest

from functions.cli.companions import DESTINATION_VARIABLE
from functions.cli.options import RulesetsOption, WorkspaceOption
from shared import wiring
from shared.destinations.settings import AutosegmentationTemplate, DestinationSettings, SegmentationModel
from shared.settings import AssemblyPolicy, IntakePolicy, UnpackPolicy, ValidationPolicy
from shared.wiring import EmbeddedWiring, cloud, embedded, push_identity
from shared.wiring.cloud import CloudSettings
from tests.unit.docs.pages import ROOT, bare, inline_code, reference, sections, table

STRUCTS: dict[type[msgspec.Struct], str] = {
    IntakePolicy: "settings",
    ValidationPolicy: "settings",
    UnpackPolicy: "settings",
    AssemblyPolicy: "settings",
    DestinationSettings: "destination",
    AutosegmentationTemplate: "destination",
    SegmentationModel: "destination",
}
ENVIRONMENT = reference("settings").split("## Environment")[1].split("\n## ")[0]
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
    part = ENVIRONMENT.partition("\n### ")[0]

    assert {bare(row[0]) for row in table(part)} == options | {DESTINATION_VARIABLE}
    assert set(inline_code(part.rpartition("A deployed stage")[2])) >= deployed


def test_every_variable_of_a_project_is_documented() -> None:
    """Each has a row with what it is without it: required, a value, or nothing."""
    fields = {each.name: each for each in msgspec.structs.fields(CloudSettings)}
    expected = {
        name: "required" if fields[field].required else f"`{default}`" if default else "none"
        for field, name in cloud._VARIABLES.items()
        for default in [fields[field].default]
    }
    part = sections(ENVIRONMENT, 3)["In a Google Cloud project"]

    assert {bare(row[0]): row[2] for row in table(part)} == expected


def test_every_variable_of_the_push_identity_is_documented() -> None:
    """Those that the code asks for, and no others."""
    asked = set(re.findall(r'environ\.get\("(AIRLOCK_PUSH_\w+)"', inspect.getsource(push_identity)))
    part = sections(ENVIRONMENT, 3)["Who may push"]

    assert {bare(row[0]) for row in table(part)} == asked


@pytest.mark.parametrize("module", [wiring, cloud, embedded])
def test_no_variable_is_secret(module: ModuleType) -> None:
    """Every name that the wiring has is one of the page."""
    named = set(re.findall(r"AIRLOCK_[A-Z_]+|[A-Z_]+_EMULATOR_HOST", inspect.getsource(module)))

    assert named - set(inline_code(ENVIRONMENT)) == set()
