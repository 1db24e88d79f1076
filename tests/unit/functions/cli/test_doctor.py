"""`doctor`: each check by itself."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from functions.cli import doctor
from functions.cli.doctor import Finding, examine
from shared.errors import KeyInvalid, StorageUnavailable


def pretend(monkeypatch: pytest.MonkeyPatch, needed: list[str] | None, installed: set[str]) -> None:
    """Let the project need some requirements, of which some are installed."""

    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return "1.2.3"

    monkeypatch.setattr(doctor, "version", version)
    monkeypatch.setattr(doctor, "requires", lambda _project: needed)


@pytest.mark.parametrize(
    ("needed", "found"),
    [
        (["a", "b-c>=1.0", "d_e[extra]~=2.0"], "airlock-dicom 1.2.3 and 3 more"),
        (["a", 'numpy; extra == "local"', 'flask>=3; extra == "local"'], "airlock-dicom 1.2.3 and 1 more"),
        ([], "airlock-dicom 1.2.3 and 0 more"),
        (None, "airlock-dicom 1.2.3 and 0 more"),
    ],
)
def test_requirements_are_the_projects_own(
    monkeypatch: pytest.MonkeyPatch, needed: list[str] | None, found: str
) -> None:
    """Names are read from the project, those of its extras left out."""
    pretend(monkeypatch, needed, {"airlock-dicom", "a", "b-c", "d_e"})

    assert doctor._packages() == Finding("Packages", fit=True, detail=found)


def test_all_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One look is enough to know what to install."""
    pretend(monkeypatch, ["a", "b>=1", "c"], {"airlock-dicom", "b"})

    assert doctor._packages() == Finding(
        "Packages", fit=False, detail="a, c missing: install the project again with its requirements"
    )


def test_a_project_that_is_not_installed_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run from a bare checkout it has no requirements to look at."""
    pretend(monkeypatch, ["a"], {"a"})

    assert not doctor._packages().fit


def raising(error: Exception) -> Callable[[], str]:
    """A check that fails."""

    def check() -> str:
        raise error

    return check


@pytest.mark.parametrize("error", [KeyInvalid(problem="wrong length"), StorageUnavailable(system="EIO")])
def test_what_fails_says_code_cause_and_way_out(error: KeyInvalid | StorageUnavailable) -> None:
    """Whatever is wrong is a finding, not the end of the examination."""
    assert doctor._loaded("Key", raising(error)) == Finding(
        "Key", fit=False, detail=f"{error.code}: {error.cause} {error.remedy}"
    )


def test_rulesets_without_a_file_are_unfit() -> None:
    """A folder that is empty loads without an error, and would do nothing."""
    assert doctor._listed("Rulesets", list) == Finding(
        "Rulesets", fit=False, detail="there is none in the folder of the rulesets"
    )
    assert doctor._listed("Rulesets", lambda: ["a", "b"]) == Finding("Rulesets", fit=True, detail="a, b")


def test_the_disk_of_a_workspace_that_is_not_there_yet(tmp_path: Path) -> None:
    """The nearest folder that exists is the one that counts."""
    assert doctor._disk(tmp_path / "a" / "b" / "c").detail == doctor._disk(tmp_path).detail


def test_examines_everything_also_where_much_is_wrong(tmp_path: Path) -> None:
    """Rulesets that are not there and a workspace that is a file leave the other checks."""
    file = tmp_path / "file"
    file.write_text("something else")
    findings = {each.check: each.fit for each in examine(file, tmp_path / "no rulesets")}

    assert {check for check, fit in findings.items() if not fit} == {
        *("Intake policy", "Profiles", "Pixel rules", "Templates", "Destinations", "Rulesets", "Workspace"),
    }
    assert findings["Python"]
    assert "Destination" not in findings
