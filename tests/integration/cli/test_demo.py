"""`airlock demo`: the sample through the pipeline, in a workspace that is nobody else's."""

import fcntl
import shutil
from pathlib import Path
from typing import Any

import pytest

from shared.local import sample
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.sample import Sample
from tests.acceptance.hospital import SETTLED, write_drop
from tests.integration.cli.harness import Answer, airlock


@pytest.fixture
def small_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample that is made faster than the real one."""

    def make(folder: Path) -> Sample:
        return Sample(
            folder=write_drop(folder),
            identifiers=(),
            encoded_identifiers=frozenset(),
            instance_count=11,
            bad_count=2,
            other_count=3,
        )

    monkeypatch.setattr(sample, "make_sample", make)


@pytest.fixture
def demonstrated(small_sample: None, here: Path) -> Answer:
    """What the demo says, its workspace being the usual one."""
    return airlock("demo")


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file of a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_shows_the_whole_flow(demonstrated: Answer) -> None:
    """The bad files are part of the sample: exit code 0, with all that became of the others."""
    assert demonstrated.code == 0
    assert "The sample: 11 instances of invented patients, 3 other" in demonstrated.err
    assert demonstrated.out.count("RTSTRUCT under the original identity: ") == 3
    assert "The balance is closed." in demonstrated.out
    assert "archive_member_encrypted" in demonstrated.out


def test_says_that_the_structures_are_invented(demonstrated: Answer) -> None:
    """Nobody takes the double's drawings for a segmentation."""
    assert "the structures that it draws mean nothing." in " ".join(demonstrated.err.split())


def test_every_command_that_it_offers_works(demonstrated: Answer) -> None:
    """What to try next can be copied as it stands: it has the names of this run."""
    offered = demonstrated.commands
    answers = [airlock(*words) for words in offered]

    assert [words[0] for words in offered] == ["status", "exceptions", "run"]
    assert [answer.code for answer in answers] == [0, 0, 1]
    assert all(answer.out for answer in answers)


def test_offers_a_series_that_is_claimed_in_part(demonstrated: Answer) -> None:
    """The series to look at is the one with most to tell."""
    answer = airlock(*demonstrated.commands[0])

    assert "1 instance left behind: failed ImageType does_not_contain 'LOCALIZER'" in answer.out


def test_says_where_things_lie(demonstrated: Answer, here: Path) -> None:
    """The places that it names exist."""
    lines = demonstrated.out.partition("Where things lie\n")[2].partition("\n\n")[0].splitlines()
    places = [line.rpartition(": ")[2] for line in lines]

    assert len(places) == 4
    assert all((here / place).exists() for place in places)


@pytest.mark.usefixtures("small_sample")
def test_begins_anew_whenever_it_is_run(here: Path) -> None:
    """A second demo finds nothing of the first."""
    workspace = here / "demo-workspace"
    reports = []
    for _ in range(2):
        reports.append(airlock("demo", "--json"))
        (workspace / "clinical" / "intake" / "left").write_text("left by somebody")

    assert [report.code for report in reports] == [0, 0]
    assert [report.json["balance"] for report in reports] == [{**SETTLED._asdict(), "closed": True}] * 2


def test_never_empties_a_workspace_that_it_did_not_make(copied: Path) -> None:
    """A workspace with work in it is refused, and stays as it is."""
    before = contents(copied)
    answer = airlock("demo", "-w", copied)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error workspace_unusable: ")
    assert "(problem=it holds something that is not the demo's)" in answer.err
    assert contents(copied) == before


def test_never_empties_a_folder_of_somebody(here: Path) -> None:
    """A folder with files is refused, and not even a lock is put there."""
    folder = write_drop(here / "scans")
    before = contents(folder)
    answer = airlock("demo", "-w", folder)

    assert answer.code == 2
    assert contents(folder) == before


@pytest.mark.usefixtures("small_sample")
def test_an_empty_folder_is_free(here: Path) -> None:
    """A folder that was made for the demo can be used."""
    (here / "empty").mkdir()

    assert airlock("demo", "-w", here / "empty").code == 0


def test_is_not_emptied_while_somebody_works_there(demonstrated: Answer, here: Path) -> None:
    """While another process has the demo's workspace, it stays."""
    workspace = here / "demo-workspace"
    before = contents(workspace)
    with (workspace / "airlock.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = airlock("demo")

    assert answer.code == 2
    assert answer.err.startswith("Error workspace_busy: ")
    assert contents(workspace) == before


def test_a_link_in_the_workspace_is_removed_and_not_followed(demonstrated: Answer, here: Path) -> None:
    """Emptying the workspace never leaves it."""
    kept = write_drop(here / "kept")
    before = contents(kept)
    (here / "demo-workspace" / "link").symlink_to(kept)
    shutil.rmtree(here / "demo-workspace" / "sample")
    (here / "demo-workspace" / "sample").symlink_to(kept)

    assert airlock("demo").code == 0
    assert contents(kept) == before


@pytest.mark.usefixtures("small_sample")
def test_sends_invented_patients_to_nobody(service: AutosegmentationDouble) -> None:
    """A destination in the environment is not for the demo: the double stands in."""
    answer = airlock("demo")

    assert answer.code == 0
    assert service.uploads == []


def test_says_what_is_wrong_with_the_place(here: Path) -> None:
    """A demo in a file is refused with a sentence."""
    (here / "file").write_text("something else")
    answer = airlock("demo", "-w", here / "file")

    assert answer.code == 2
    assert "(problem=it is a file)" in answer.err


def test_does_not_use_the_workspace_of_the_environment(
    copied: Path, small_sample: None, here: Path, monkeypatch: Any
) -> None:
    """`AIRLOCK_WORKSPACE` names somebody's work: the demo has a folder of its own."""
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(copied))
    before = contents(copied)

    assert airlock("demo").code == 0
    assert contents(copied) == before
    assert (here / "demo-workspace" / "ledger").is_dir()
