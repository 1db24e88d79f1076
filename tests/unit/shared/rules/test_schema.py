"""The generated JSON schema."""

import json
from pathlib import Path

import pytest

from scripts import generate_schemas
from shared.rules.model import GROUPS, OPERATORS


def test_the_schema_is_up_to_date() -> None:
    """The file in the repository is what the structs say."""
    assert generate_schemas.main(["--check"]) == 0


def test_a_stale_schema_is_named_and_rewritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` fails on a missing or different file without writing it; without it the file is written."""
    monkeypatch.setattr(generate_schemas, "ROOT", tmp_path)
    (tmp_path / "rulesets").mkdir()

    codes = [generate_schemas.main(arguments) for arguments in (["--check"], [], ["--check"])]

    assert codes == [1, 0, 0]
    assert "rulesets/match.schema.json is out of date" in capsys.readouterr().out


def test_unknown_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt option neither writes nor passes a check."""
    assert generate_schemas.main(["--chekc"]) == 2


@pytest.mark.parametrize("name", [*GROUPS, *OPERATORS])
def test_the_schema_knows_every_group_and_operator(name: str) -> None:
    """Each is a property of a condition and one of its alternatives."""
    condition = json.loads(json.dumps(generate_schemas.match_schema()))["$defs"]["Condition"]

    assert name in condition["properties"]
    assert sum(name in alternative["required"] for alternative in condition["oneOf"]) == 1
