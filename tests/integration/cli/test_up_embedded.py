"""`airlock up --embedded`: a DICOM store, an inbox and the whole pipeline, in one process and one folder."""

import signal
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from dicomweb_client import DICOMwebClient
from pydicom import dcmread

from shared.local.sample.series import file_of
from tests.acceptance.samples import ct, write_series
from tests.integration.cli.harness import airlock
from tests.integration.cli.services import Service, service
from tests.waiting import until

PUSHED = [dcmread(BytesIO(file_of(image))) for image in ct("pushed", 2)]
#: what is counted after the first run and after the second; our own result in the store is ignored
FIRST = {"received": 5, "exported": 4, "ignored": 1}
SECOND = {"received": 7, "exported": 6, "ignored": 1}
STUDY = str(PUSHED[0].StudyInstanceUID)


class Run(NamedTuple):
    """What two runs in one workspace have left behind."""

    workspace: Path
    modalities: list[str]
    codes: list[int]
    left: list[Any]
    err: str
    balances: list[dict[str, int]]
    kept: list[str]


def modalities(url: str) -> list[str]:
    """The modalities of the pushed study's series in the DICOM store."""
    found = DICOMwebClient(url).search_for_series(study_instance_uid=STUDY)
    return sorted(series["00080060"]["Value"][0] for series in found)


def results(workspace: Path) -> int:
    """How many results have come back, of what was pushed or dropped."""
    return len(list(workspace.glob("clinical/results/*/*.dcm")))


def balance(workspace: Path) -> dict[str, int]:
    """What `airlock balance` says; it must be closed."""
    answer = airlock("balance", "-w", workspace, "--json")
    assert (answer.code, answer.json["closed"]) == (0, True)
    return {name: count for name, count in answer.json.items() if count and name != "closed"}


def up(folder: Path, *more: str) -> Any:
    """Run the command in a workspace below a folder."""
    arguments = ("up", "--embedded", "--workspace", folder / "workspace", "--quiet", "0.5", *more)
    return service(folder / "temporary", *arguments)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two runs: one with a series dropped and one pushed, and one with another series dropped."""
    folder = tmp_path_factory.mktemp("up")
    workspace = folder / "workspace"
    with up(folder) as first:
        url = first.address("DICOMweb")
        DICOMwebClient(url).store_instances(PUSHED)
        write_series(Path(first.address("inbox")), "dropped")
        until(lambda: results(workspace) == 2 and balance(workspace) == FIRST, why_not=lambda: first.err)
        came = modalities(url)
        codes, left = [first.stop(signal.SIGINT)], [first.left]
    balances = [balance(workspace)]
    with up(folder) as second:
        url = second.address("DICOMweb")
        write_series(Path(second.address("inbox")), "later")
        until(lambda: results(workspace) == 3 and balance(workspace) == SECOND, why_not=lambda: second.err)
        kept = modalities(url)
        codes, left = [*codes, second.stop(signal.SIGTERM)], [*left, second.left]
    balances.append(balance(workspace))
    return Run(workspace, came, codes, left, first.err + second.err, balances, kept)


def test_what_is_pushed_comes_back_in_the_dicom_store(run: Run) -> None:
    """The result of a pushed series lies in the store that it was pushed to, in the patient's own study."""
    assert run.modalities == ["CT", "RTSTRUCT"]


def test_ends_in_order(run: Run) -> None:
    """Ctrl-C and a stop by the system end it with code 0, and leave no process and no temporary file."""
    assert run.codes == [0, 0]
    assert run.left == [({}, []), ({}, [])]


def test_every_instance_is_accounted_for(run: Run) -> None:
    """The balance is closed after each run, and nothing of the first is received again in the second."""
    assert run.balances == [FIRST, SECOND]


def test_a_second_run_goes_on_where_the_first_stopped(run: Run) -> None:
    """The DICOM store still has what it had, and each series was sent once."""
    exported = [line for line in run.err.splitlines() if line.startswith("export handled")]

    assert run.kept == ["CT", "RTSTRUCT"]
    assert len(exported) == 3


def test_shows_what_happens(run: Run) -> None:
    """Each event is a line, without a traceback and without anything of a patient."""
    lines = run.err.splitlines()
    named = {str(PUSHED[0].PatientName), str(PUSHED[0].PatientID), STUDY, "dropped"}

    assert any(line.startswith("validate handled BlobFinalized") for line in lines)
    assert "Traceback" not in run.err
    assert [name for name in named if name in run.err] == []


def test_the_log_is_kept(run: Run) -> None:
    """The lines that were shown lie in the workspace as JSON."""
    written = (run.workspace / "log.jsonl").read_text(encoding="utf-8")

    assert written.count('"stage": "export"') == 3


@pytest.fixture
def running(here: Path) -> Iterator[Service]:
    """A service in an empty workspace."""
    with up(here) as made:
        made.address("DICOMweb")
        yield made


def test_a_workspace_has_one_owner(running: Service, workspace: Path) -> None:
    """A second process is refused with a sentence, and can still look."""
    refused = airlock("up", "--embedded", "-w", workspace)
    looked = airlock("balance", "-w", workspace)

    assert (refused.code, looked.code) == (2, 0)
    assert refused.err.startswith("Error workspace_busy: ")


@pytest.mark.parametrize("inside", [".", "clinical/intake", "dicom"])
def test_an_inbox_is_no_part_of_the_workspace(workspace: Path, inside: str) -> None:
    """What Airlock writes must not come in again; such an inbox is refused before anything is made."""
    answer = airlock("up", "--embedded", "-w", workspace, "--inbox", workspace / inside)

    assert (answer.code, answer.out) == (2, "")
    assert "(problem=the inbox is the workspace, or what Airlock keeps in it)" in answer.err
    assert not workspace.exists()


def test_a_kill_leaves_no_process(running: Service, here: Path) -> None:
    """However it ends, what it started ends too, and the workspace is free again."""
    code = running.stop(signal.SIGKILL)
    until(lambda: running.left[0] == {}, why_not=lambda: str(running.left))
    with up(here) as again:
        again.address("DICOMweb")
        codes = [code, again.stop()]

    assert codes == [-signal.SIGKILL, 0]


def test_the_port_is_ones_own(running: Service, here: Path) -> None:
    """A viewer that knows a port finds the store there each time; one that is taken is told."""
    taken = running.address("DICOMweb").split("/")[2].partition(":")[2]
    refused = airlock("up", "--embedded", "-w", here / "other", "--port", taken)
    running.stop()
    with up(here, "--port", taken) as again:
        address = again.address("DICOMweb")

    assert refused.code == 2
    assert "(reason=the port is in use)" in refused.err
    assert address.startswith(f"http://127.0.0.1:{taken}/")


def test_an_inbox_that_is_a_file_is_told(workspace: Path, here: Path) -> None:
    """A mistake gets a sentence, no traceback."""
    (here / "file").write_text("something else")
    answer = airlock("up", "--embedded", "-w", workspace, "--inbox", here / "file")

    assert answer.code == 2
    assert "(problem=it is a file)" in answer.err
