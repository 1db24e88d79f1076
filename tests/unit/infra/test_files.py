"""The files of `infra/`: what holds for all of them, without running Terraform."""

import re
from pathlib import Path

import pytest

from infra.scripts.check_mutations import MUTATIONS, Mutation
from infra.scripts.terraform import INFRA, folders

FILES = sorted(path for path in INFRA.rglob("*.tf") if ".terraform" not in path.parts)
MODULES = sorted(path for path in (INFRA / "modules").iterdir() if path.is_dir())


def shown(path: Path) -> str:
    """A path within `infra/`."""
    return str(path.relative_to(INFRA))


def blocks(kind: str) -> list[tuple[Path, str, str]]:
    """All blocks of a kind with one label: file, label, content."""
    pattern = re.compile(rf'^{kind} "(\w+)" {{\n(.*?)^}}', re.MULTILINE | re.DOTALL)
    return [(path, *match) for path in FILES for match in pattern.findall(path.read_text(encoding="utf-8"))]


def test_every_module_has_tests() -> None:
    """The installation and each of its modules have tests of their own."""
    assert folders() == sorted([INFRA, *MODULES])


@pytest.mark.parametrize("module", MODULES, ids=shown)
def test_every_module_has_the_same_files(module: Path) -> None:
    """Whoever knows one module finds the way in all others."""
    assert {"main.tf", "outputs.tf", "variables.tf", "versions.tf"} <= {
        path.name for path in module.iterdir()
    }


def test_everything_is_described_and_typed() -> None:
    """Variables have a description and a type, outputs a description, as a sentence."""
    undescribed = [
        f"{shown(path)} {name}"
        for kind in ("variable", "output")
        for path, name, content in blocks(kind)
        if not re.search(r'^  description = ".+\."$', content, re.MULTILINE)
    ]
    untyped = [
        f"{shown(path)} {name}" for path, name, content in blocks("variable") if "  type " not in content
    ]

    assert (undescribed, untyped) == ([], [])


def test_a_variable_is_never_null_by_accident() -> None:
    """A variable either has null as its default, or refuses it."""
    missing = [
        f"{shown(path)} {name}"
        for path, name, content in blocks("variable")
        if "nullable    = false" not in content
        and "nullable = false" not in content
        and not re.search(r"^  default +=( null| \{\})$", content, re.MULTILINE)
    ]

    assert missing == []


def test_every_variable_of_a_module_is_in_alphabetical_order() -> None:
    """A variable is found without a search."""
    for module in MODULES:
        names = [name for path, name, _ in blocks("variable") if path == module / "variables.tf"]
        assert names == sorted(names)


def test_providers_are_pinned_alike() -> None:
    """Every folder asks for the same versions of Terraform and of the provider."""
    pins = {
        tuple(sorted(set(re.findall(r'version += "([^"]+)"', path.read_text(encoding="utf-8")))))
        for path in FILES
        if path.name == "versions.tf"
    }

    assert pins == {(">= 1.11, < 2.0", "~> 6.50")}


def test_every_skipped_check_has_a_reason() -> None:
    """A check of checkov is skipped beside its resource, with a sentence that says why."""
    skips = [
        line
        for path in FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if "checkov:skip" in line
    ]
    without = [line for line in skips if not re.search(r"checkov:skip=CKV_GCP_\d+:\w.{20,}\.$", line)]

    assert len(skips) == 3
    assert without == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_every_breakage_can_be_made(mutation: Mutation) -> None:
    """What a breakage replaces is there, and what notices it has tests."""
    assert mutation.old in (INFRA / mutation.file).read_text(encoding="utf-8")
    assert mutation.old != mutation.new
    assert not mutation.noticed_by or (INFRA / mutation.noticed_by).resolve() in folders()
    assert all((INFRA / mutation.noticed_by / "tests" / each).is_file() for each in mutation.only)


def test_the_names_of_breakages_are_their_own() -> None:
    """Each breakage can be tried by its name."""
    assert len({each.name for each in MUTATIONS}) == len(MUTATIONS) >= 20
