"""docs/reference/deidentification.md and the schema against the code."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from scripts import generate_schemas
from shared.deid.gate.harvest import Kind
from shared.deid.gate.residue import _MACHINE_TAGS, _NUMERIC_VRS, FREE_TEXT_VRS
from shared.deid.look import IDENTITY_KEYWORDS
from shared.deid.rules.actions import Action
from shared.deid.rules.codes import STANDARD_SCHEMES
from shared.deid.rules.left_out import LEFT_OUT
from shared.deid.rules.load import load_profiles
from shared.deid.rules.options import Dates
from shared.deid.rules.profile import Profile
from shared.deid.rules.table import EDITION
from shared.deid.rules.terms import TERM_ENDS, TERMS
from shared.deid.text.settings import TextSettings
from shared.dicom.dictionary import keyword_of
from shared.settings import IntakePolicy
from tests.images import PROFILES

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "reference" / "deidentification.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def rows(heading: str, first: str) -> list[str]:
    """The table rows of a section that begin with `first`."""
    section = PAGE.partition(f"# {heading}\n")[2].partition("\n##")[0]
    return [line for line in section.splitlines() if line.startswith(f"| {first} |")]


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_load(tmp_path: Path, text: str) -> None:
    """Each example is a profile."""
    name = re.findall(r"^name: (\w+)$", text, re.MULTILINE)[0]
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    assert load_profiles(tmp_path)[name].name == name


def test_the_example_uses_every_key() -> None:
    """What can be set is shown."""
    shown = {line.partition(":")[0] for text in EXAMPLES for line in text.splitlines() if ":" in line}

    assert shown >= set(Profile.__struct_fields__)


@pytest.mark.parametrize("field", msgspec.structs.fields(Profile), ids=lambda field: field.name)
def test_every_key_is_documented_with_its_default(field: msgspec.structs.FieldInfo) -> None:
    """The table of keys is complete and tells the defaults of the code."""
    (row,) = rows("Profiles", f"`{field.name}`")
    default = {(): "`[]`", False: "`false`", TextSettings(): "`{}`", msgspec.NODEFAULT: "required"}.get(
        field.default
    )

    assert row.rpartition("|")[0].endswith(f" {default or f'`{field.default}`'} ")


@pytest.mark.parametrize("action", Action)
def test_every_action_is_documented(action: Action) -> None:
    """The table of actions is complete."""
    assert len(rows("What happens to an element", f"`{action.value}`")) == 1


@pytest.mark.parametrize("mode", get_args(Dates))
def test_every_mode_of_dates_is_documented(mode: str) -> None:
    """The table of dates is complete."""
    assert len(rows("Dates", f"`{mode}`")) == 1


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_identifier_is_documented(kind: str) -> None:
    """The table of what the gate collects is complete."""
    assert len(rows("The release gate", f"`{kind}`")) == 1


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_shipped_profile_is_documented(name: str) -> None:
    """The table of shipped profiles is complete."""
    assert len(rows("Profiles", f"`{name}`")) == 1


@pytest.mark.parametrize(
    "keyword",
    [
        *LEFT_OUT,
        *TERM_ENDS,
        *TERMS,
        *IDENTITY_KEYWORDS,
        *(keyword_of(tag) for tag in sorted(filter(None, _MACHINE_TAGS))),
    ],
)
def test_every_attribute_of_a_list_is_documented(keyword: str) -> None:
    """What is removed beyond the table, terms, what the crosswalk keeps, and where machines are described."""
    names = {"Manufacturer": "Manufacturer and", "ManufacturerModelName": "Manufacturer's Model Name"}
    names["CodingSchemeDesignator"] = "Coding Scheme Designator"

    assert names.get(keyword, f"`{keyword}`") in PAGE


def test_the_lists_of_the_gate_are_documented() -> None:
    """Representations and coding schemes are those of the code."""
    free_text, numeric = (", ".join(sorted(vrs)) for vrs in (FREE_TEXT_VRS, _NUMERIC_VRS))
    schemes = re.findall(r"code of ([A-Za-z0-9, ]+) or (\w+);", PAGE)[0]

    assert f"(VR {free_text})" in PAGE
    assert set(re.findall(r"\(VR ([A-Z, ]+)\);", PAGE)[0].split(", ")) == set(numeric.split(", "))
    assert {*schemes[0].split(", "), schemes[1]} == STANDARD_SCHEMES


def test_the_edition_is_documented() -> None:
    """The page and the markers name one edition of the Standard."""
    assert f"edition {EDITION}" in PAGE


@pytest.mark.parametrize("struct", [Profile, IntakePolicy])
def test_the_schema_has_every_field_of_its_struct(struct: type[Profile] | type[IntakePolicy]) -> None:
    """Editors know each key, refuse others, and show a description."""
    definition = json.loads(json.dumps(generate_schemas.struct_schema(struct)))["$defs"][struct.__name__]

    assert set(definition["properties"]) == set(struct.__struct_fields__)
    assert definition["additionalProperties"] is False
    assert definition["description"].endswith(".")


@pytest.mark.parametrize("folder", ["deidentify", "validate"])
def test_every_file_names_its_schema(folder: str) -> None:
    """Editors find the schema by the first line of each file."""
    files = (ROOT / "rulesets" / folder).glob("*.yaml")
    first_lines = {path.read_text(encoding="utf-8").splitlines()[0] for path in files}

    assert first_lines == {f"# yaml-language-server: $schema=../{folder}.schema.json"}
