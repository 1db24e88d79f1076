"""`airlock up` and `airlock emulators`: every function a process, on Google's emulators."""

import shlex
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from functions.pipeline import PIPELINE
from shared.local.emulators.sdk import sdk_root
from shared.wiring.cloud import CloudSettings, CloudWiring
from tests.integration.cli.services import service

NAMES = [stage.name for stage in PIPELINE]
pytestmark = [
    pytest.mark.emulators,
    pytest.mark.skipif(sdk_root() is None, reason="no Google Cloud SDK on this machine"),
]


class Up(NamedTuple):
    """What a run has shown and left behind."""

    addresses: dict[str, str]
    health: dict[str, int]
    dicomweb: int
    objects: int
    code: int
    left: Any
    err: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Up:
    """A run that was looked at and stopped."""
    folder = tmp_path_factory.mktemp("emulated")
    with service(folder / "temporary", "up", "--quiet", "1") as running:
        names = ("DICOMweb", "bucket", "Pub/Sub", "Firestore", "destination (double)", *NAMES)
        addresses = {name: running.address(name) for name in names}
        health = {name: httpx.get(f"{addresses[name]}healthz").status_code for name in NAMES}
        dicomweb = httpx.get(f"{addresses['DICOMweb']}/studies").status_code
        storage = addresses["bucket"].rpartition(" ")[2]
        objects = httpx.get(f"{storage}/storage/v1/b/clinical/o").status_code
        code = running.stop()
        return Up(addresses, health, dicomweb, objects, code, running.left, running.err)


def test_every_function_answers(run: Up) -> None:
    """The address of each is printed, and there it says that it serves."""
    assert run.health == dict.fromkeys(NAMES, 200)


def test_the_stores_answer(run: Up) -> None:
    """What is pushed, and what is dropped, has a place to go to."""
    assert (run.dicomweb, run.objects) == (204, 200)
    assert run.addresses["bucket"].startswith("gs://clinical/intake/ at http://127.0.0.1:")


def test_leaves_nothing_behind(run: Up) -> None:
    """After Ctrl-C there is no process and no folder, and the exit code says that all is well."""
    assert (run.code, run.left) == (0, ({}, []))
    assert "Traceback" not in run.err


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[str], int, Any]:
    """The environment that `airlock emulators` prints, what lies there, its exit code, and what is left."""
    folder = tmp_path_factory.mktemp("emulators")
    # A variable of the person's own must not stay what it is: it leads elsewhere.
    with service(folder / "it's temporary", "emulators", AIRLOCK_CLINICAL_BUCKET="own") as running:
        running.until_printed("All answer.")
        words = [shlex.split(line) for line in running.lines["out"]]
        environment = dict(word.split("=", 1) for export, word in words if export == "export")
        names = looked_at(environment)
        code = running.stop()
        return environment, names, code, running.left


def looked_at(environment: dict[str, str]) -> list[str]:
    """What the stores of an environment hold, read by the adapters that the functions use."""
    wiring = CloudWiring(CloudSettings.from_environment(environment), environ=environment)
    try:
        return [stat.ref.name for stat in wiring.clinical.list("intake/")]
    finally:
        wiring.close()


def test_the_environment_leads_to_the_emulators(
    printed: tuple[dict[str, str], list[str], int, Any],
) -> None:
    """Settings are read from what was printed alone, and the adapters find an empty bucket there."""
    environment, names, _, _ = printed
    settings = CloudSettings.from_environment(environment)

    assert names == []
    assert (settings.project, settings.clinical_bucket) == ("airlock-local", "clinical")
    assert [each.dicom_store for each in settings.dicom_stores] == ["images"]
    assert environment.keys() >= {"PUBSUB_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "AUTOSEGMENTATION_URL"}
    assert Path(settings.rulesets).is_dir()


def test_the_emulators_leave_nothing_behind(
    printed: tuple[dict[str, str], list[str], int, Any],
) -> None:
    """After Ctrl-C there is no process and no folder."""
    _, _, code, left = printed

    assert (code, left) == (0, ({}, []))
