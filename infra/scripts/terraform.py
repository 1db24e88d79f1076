"""Runs Terraform, or the program that the variable `TERRAFORM` names in its place."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

INFRA = Path(__file__).resolve().parents[1]
#: what an environment is planned with where nobody gave it values of its own
EXAMPLE = "terraform.tfvars.example"

Resource = Mapping[str, Any]
Plan = Mapping[str, Any]


class TerraformFailed(Exception):
    """Terraform refused; the text is what it said."""


def program() -> str:
    """The program that is run."""
    return os.environ.get("TERRAFORM") or "terraform"


def terraform(folder: Path, *arguments: str) -> str:
    """Run a command in a folder; return what it wrote to standard output.

    Raises:
        TerraformFailed: it ended with an error.
    """
    command = [program(), f"-chdir={folder}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise TerraformFailed(f"{' '.join(command)}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def folders(infra: Path = INFRA) -> list[Path]:
    """The folders that have tests: the installation and its modules."""
    tested = {path.parents[1] for path in infra.rglob("tests/*.tftest.hcl")}
    return sorted(tested)


def environments(infra: Path = INFRA) -> list[Path]:
    """The root modules."""
    return sorted(path.parent for path in infra.glob(f"environments/*/{EXAMPLE}"))


def initialized(folder: Path, *arguments: str) -> str:
    """Run a command, and prepare the folder first where Terraform asks for it; its state is left alone.

    Raises:
        TerraformFailed: it ended with an error.
    """
    try:
        return terraform(folder, *arguments)
    except TerraformFailed as refused:
        if "terraform init" not in str(refused):
            raise
    terraform(folder, "init", "-input=false", "-backend=false", "-no-color")
    return terraform(folder, *arguments)


def run_tests(folder: Path, *only: str) -> str:
    """Run a folder's own tests, or only those of some files."""
    return initialized(folder, "test", "-no-color", *(f"-filter=tests/{name}" for name in only))


def plan(folder: Path, values: str = EXAMPLE) -> Plan:
    """Plan a root module with a file of values; return the plan as JSON has it."""
    with tempfile.TemporaryDirectory() as scratch:
        file = f"{scratch}/plan"
        initialized(folder, "plan", "-input=false", "-no-color", f"-var-file={values}", f"-out={file}")
        planned: Plan = json.loads(terraform(folder, "show", "-json", "-no-color", file))
    return planned


def resources(planned: Plan) -> Iterator[Resource]:
    """All resources that a plan makes, those of modules included."""
    waiting = [planned["planned_values"]["root_module"]]
    while waiting:
        module = waiting.pop()
        yield from module.get("resources", [])
        waiting.extend(module.get("child_modules", []))
