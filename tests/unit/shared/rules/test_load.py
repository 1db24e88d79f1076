"""Loading ruleset files."""

from pathlib import Path
from typing import Any

import pytest

from shared.errors import RulesetInvalid
from shared.rules.load import load_rulesets, parse_ruleset
from shared.rules.ruleset import Ruleset
from tests.unit.shared.rules.examples import ruleset_text

CT = {"attribute": "Modality", "equals": "CT"}


def load(folder: Path) -> tuple[Ruleset, ...]:
    """Load a folder in an installation with one of each."""
    return load_rulesets(
        folder, profiles={"basic"}, destinations={"autosegmentation"}, templates={"head_and_neck"}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder named as in an installation."""
    path = tmp_path / "match"
    path.mkdir()
    return path


def test_rulesets_come_by_priority_and_name(folder: Path) -> None:
    """The order does not depend on file names."""
    for number, (name, priority) in enumerate([("b", 0), ("a", 0), ("c", 9)]):
        (folder / f"{number}.yaml").write_text(ruleset_text(CT, name=name, priority=priority))

    assert [ruleset.name for ruleset in load(folder)] == ["c", "a", "b"]


def test_other_files_are_not_rulesets(folder: Path) -> None:
    """Only `*.yaml` is read."""
    (folder / "ct.yaml").write_text(ruleset_text(CT))
    (folder / "notes.txt").write_text("none of this")

    assert len(load(folder)) == 1


def test_a_ruleset_keeps_its_definition(folder: Path) -> None:
    """What stands in the file is what later stages are told."""
    (folder / "ct.yaml").write_text(ruleset_text(CT))

    definition = load(folder)[0].definition
    assert (definition.priority, definition.modalities, definition.include_localizers) == (
        0,
        ("CT", "MR", "PT"),
        False,
    )
    assert (definition.profile, definition.destination, definition.template) == (
        "basic",
        "autosegmentation",
        "head_and_neck",
    )


@pytest.mark.parametrize("field", ["profile", "destination", "template"])
def test_unknown_names_are_refused(folder: Path, field: str) -> None:
    """A ruleset cannot name what is not there."""
    (folder / "ct.yaml").write_text(ruleset_text(CT, **{field: "elsewhere"}))

    with pytest.raises(RulesetInvalid) as caught:
        load(folder)

    assert caught.value.details == {
        "place": f"match/ct.yaml: {field}",
        "problem": f"there is no {field} 'elsewhere'",
    }


def test_names_are_unique_among_files(folder: Path) -> None:
    """Two files of one name are refused, at the second."""
    for file in ("a.yaml", "b.yaml"):
        (folder / file).write_text(ruleset_text(CT))

    with pytest.raises(RulesetInvalid, match=r"match/b\.yaml: name"):
        load(folder)


def test_a_folder_without_rulesets_is_refused(folder: Path) -> None:
    """An installation without rules would leave everything unmatched in silence."""
    with pytest.raises(RulesetInvalid, match="holds no ruleset"):
        load(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A wrong path is an error of the configuration."""
    with pytest.raises(RulesetInvalid, match="place=match, problem=cannot be read"):
        load(tmp_path / "match")


def test_a_file_that_is_no_text_is_refused(folder: Path) -> None:
    """Bytes that are no UTF-8 are refused."""
    (folder / "ct.yaml").write_bytes(b"name: \xff")

    with pytest.raises(RulesetInvalid, match="cannot be read"):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"colour": "blue"}, "match/ct.yaml"),
        ({"name": "Head and neck"}, "match/ct.yaml: name"),
        ({"name": "line\n"}, "match/ct.yaml: name"),
        ({"name": "a" * 64}, "match/ct.yaml: name"),
        ({"description": ""}, "match/ct.yaml: description"),
        ({"priority": "high"}, "match/ct.yaml: priority"),
        ({"modalities": []}, "match/ct.yaml: modalities"),
        ({"modalities": "CT"}, "match/ct.yaml: modalities"),
        ({"include_localizers": "maybe"}, "match/ct.yaml: include_localizers"),
        ({"profile": ["basic"]}, "match/ct.yaml: profile"),
    ],
)
def test_malformed_fields_name_their_place(changes: dict[str, Any], place: str) -> None:
    """A field of the wrong kind, and a field that nobody knows, are refused."""
    with pytest.raises(RulesetInvalid) as caught:
        parse_ruleset(ruleset_text(CT, **changes), "match/ct.yaml")

    assert caught.value.details["place"] == place


@pytest.mark.parametrize("field", ["name", "description", "when", "profile", "destination", "template"])
def test_required_fields(field: str) -> None:
    """A ruleset without one of these is refused; nothing is claimed by a forgotten `when`."""
    lines = ruleset_text("{attribute: Modality, equals: CT}").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(f"{field}:"))

    with pytest.raises(RulesetInvalid, match=f"missing required field `{field}`"):
        parse_ruleset(text, "match/ct.yaml")


def test_a_document_that_is_no_mapping_is_refused() -> None:
    """A list of rulesets is no ruleset."""
    with pytest.raises(RulesetInvalid, match=r"place=match/ct\.yaml, problem=Expected `object`"):
        parse_ruleset("[]", "match/ct.yaml")
