"""Finding the SDK, its jars and Java, and what is said where they are missing."""

import os
from pathlib import Path

import pytest

from shared.errors import EmulatorMissing
from shared.local.emulators import sdk

JAR = "pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it but the test's folder."""
    monkeypatch.setattr(sdk, "_USUAL_ROOTS", ())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CLOUDSDK_ROOT", raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def make_program(path: Path) -> Path:
    """Make an executable file."""
    path.parent.mkdir(parents=True)
    path.touch(mode=0o755)
    return path


def make_jar(root: Path, version: str, modified: int) -> Path:
    """Make an emulator's jar in an SDK's folder, last modified at a time in seconds."""
    lib = root / "platform" / "pubsub-emulator" / "lib"
    lib.mkdir(parents=True, exist_ok=True)
    path = lib / f"cloud-pubsub-emulator-{version}-all.jar"
    path.touch()
    os.utime(path, (modified, modified))
    return path


def test_a_machine_without_an_sdk(folder: Path) -> None:
    """Without an SDK there is no root, and the error names the way out."""
    root = sdk.sdk_root()

    assert root is None
    with pytest.raises(EmulatorMissing) as raised:
        sdk.jar(JAR)
    assert raised.value.details == {"reason": "no Google Cloud SDK"}
    assert "CLOUDSDK_ROOT" in raised.value.remedy


def test_an_sdk_without_the_component(folder: Path) -> None:
    """An SDK that lacks the emulator is told apart from no SDK."""
    (folder / "google-cloud-sdk" / "platform").mkdir(parents=True)

    with pytest.raises(EmulatorMissing) as raised:
        sdk.jar(JAR)

    assert raised.value.details == {"reason": "the component is not installed", "jar": JAR}


def test_the_variable_leads_before_the_home_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`CLOUDSDK_ROOT` decides where two SDKs are installed."""
    for name in ("google-cloud-sdk", "named"):
        (folder / name / "platform").mkdir(parents=True)
    monkeypatch.setenv("CLOUDSDK_ROOT", str(folder / "named"))

    assert sdk.sdk_root() == folder / "named"


def test_the_sdk_is_found_by_its_command(folder: Path) -> None:
    """A link to `gcloud` in the PATH leads to the SDK that it belongs to."""
    gcloud = make_program(folder / "elsewhere" / "bin" / "gcloud")
    (folder / "elsewhere" / "platform").mkdir()
    (folder / "bin").mkdir()
    (folder / "bin" / "gcloud").symlink_to(gcloud)

    assert sdk.sdk_root() == folder / "elsewhere"


def test_the_newest_jar_is_taken(folder: Path) -> None:
    """No version is written down: of several jars the one that was modified last counts."""
    make_jar(folder / "google-cloud-sdk", "0.8.9", modified=1000)
    newest = make_jar(folder / "google-cloud-sdk", "0.8.10", modified=2000)

    assert sdk.jar(JAR) == newest


def test_java_is_that_of_java_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`JAVA_HOME` decides before the PATH."""
    make_program(folder / "bin" / "java")
    at_home = make_program(folder / "jdk" / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(folder / "jdk"))

    assert sdk.java() == at_home


def test_java_is_that_of_the_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `JAVA_HOME` without Java does not hide the one in the PATH."""
    in_path = make_program(folder / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(folder / "nothing"))

    assert sdk.java() == in_path


def test_a_machine_without_java(folder: Path) -> None:
    """Without Java the error says so."""
    with pytest.raises(EmulatorMissing) as raised:
        sdk.java()

    assert raised.value.details == {"reason": "no Java"}
