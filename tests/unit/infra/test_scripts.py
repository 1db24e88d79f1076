"""The scripts of `infra/`, with a program in Terraform's place that does as it is told."""

import json
from pathlib import Path

import pytest

from infra.scripts import check_mutations, doors
from infra.scripts.check_mutations import MUTATIONS, survives
from infra.scripts.terraform import TerraformFailed, initialized, plan, resources, run_tests

GRANT = {"bucket": "b", "role": "r", "members": ["allUsers"]}
#: a plan with one bucket that is for everybody, in a module of a module
PUBLIC = {"type": "google_storage_bucket_iam_binding", "name": "b", "address": "b", "values": GRANT}
PLAN = json.dumps(
    {
        "variables": {"project": {"value": {"id": "hospital", "number": "1"}}},
        "planned_values": {"root_module": {"child_modules": [{"child_modules": [{"resources": [PUBLIC]}]}]}},
    }
)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that keeps what it was called with, and answers as `answers`, next to it, says."""
    path = tmp_path / "program"
    path.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n. {tmp_path}/answers\n', encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("TERRAFORM", str(path))
    return path


def answer(program: Path, script: str) -> None:
    """Let the program run these lines of a shell."""
    (program.parent / "answers").write_text(script, encoding="utf-8")


def calls(program: Path) -> list[str]:
    """What the program was called with, without the folder."""
    lines = (program.parent / "calls").read_text(encoding="utf-8").splitlines()
    return [line.partition(" ")[2] for line in lines]


def test_a_folder_is_prepared_only_where_terraform_asks(program: Path, tmp_path: Path) -> None:
    """The command is tried, the folder is prepared without its state, and the command is run again."""
    ready = tmp_path / "ready"
    answer(
        program,
        f'case "$*" in *init*) touch {ready};; esac\n'
        f'[ -e {ready} ] || {{ echo "Run terraform init first" >&2; exit 1; }}\n'
        "echo said",
    )

    assert initialized(tmp_path, "validate") == "said\n"
    assert calls(program) == ["validate", "init -input=false -backend=false -no-color", "validate"]


def test_a_refusal_says_what_terraform_said(program: Path, tmp_path: Path) -> None:
    """Another failure is no reason to prepare anything."""
    answer(program, "echo out; echo wrong >&2; exit 1")

    with pytest.raises(TerraformFailed, match=r"(?s)validate.*out.*wrong"):
        initialized(tmp_path, "validate")
    assert calls(program) == ["validate"]


def test_some_tests_can_be_chosen(program: Path, tmp_path: Path) -> None:
    """A file of tests is named within its folder."""
    answer(program, "")
    run_tests(tmp_path, "doors.tftest.hcl")

    assert calls(program) == ["test -no-color -filter=tests/doors.tftest.hcl"]


def test_a_plan_is_read_with_all_its_modules(program: Path, tmp_path: Path) -> None:
    """Resources of modules within modules are found."""
    answer(program, f"echo '{PLAN}'")

    assert [each["type"] for each in resources(plan(tmp_path))] == [PUBLIC["type"]]
    assert [call.split()[0] for call in calls(program)] == ["plan", "show"]


def test_findings_are_printed(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan of one's own is checked with one's own values; a finding is a failure."""
    answer(program, f"echo '{PLAN}'")

    assert doors.main([str(tmp_path), "own.tfvars"]) == 1
    assert capsys.readouterr().out == "allUsers has r on bucket `b`: nothing is for everybody\n"
    assert "-var-file=own.tfvars" in calls(program)[0]


@pytest.mark.parametrize(
    ("answered", "survived"), [('echo "Failure! 1 passed, 1 failed." >&2; exit 1', False), ("", True)]
)
def test_a_breakage_is_noticed_by_a_test_that_fails(program: Path, answered: str, *, survived: bool) -> None:
    """A breakage survives if its folder's tests pass all the same."""
    answer(program, answered)

    assert survives(MUTATIONS[0]) is survived


def test_a_breakage_that_terraform_cannot_read_proves_nothing(program: Path) -> None:
    """A failure that is not that of a test is let out."""
    answer(program, 'echo "Invalid expression" >&2; exit 1')

    with pytest.raises(TerraformFailed):
        survives(MUTATIONS[0])


def test_what_is_not_noticed_is_named(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The names of breakages choose some, and one that survives is a failure."""
    answer(program, "")

    assert check_mutations.main(["work expires"]) == 1
    assert capsys.readouterr().out == "NOT NOTICED: work expires\n"
