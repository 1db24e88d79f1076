"""`airlock run`: takes in what a person has, and says what it leaves out."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.hospital import SETTLED, write_drop
from tests.acceptance.samples import archive, write_series
from tests.integration.cli.harness import airlock

# -- what it takes in


def test_takes_a_folder_to_its_result(series: Path, workspace: Path) -> None:
    """A series in a folder is matched, sent and gets its structures back, and nothing waits for a person."""
    answer = airlock("run", series, "-w", workspace, "--json")
    (report,) = answer.json["series"]

    assert answer.code == 0
    assert (report["state"], report["matched"], report["ruleset"]) == (
        "result delivered",
        2,
        "head_and_neck_ct",
    )
    assert Path(report["result"]).is_file()
    assert (answer.json["settled"], answer.json["left_out"]) == (True, {})


def test_takes_files_and_archives(series: Path, here: Path, workspace: Path) -> None:
    """A file, a folder and a ZIP may be named together."""
    other = write_series(here, "other neck")
    zipped = here / "images.zip"
    zipped.write_bytes(archive({each.name: each.read_bytes() for each in sorted(other.iterdir())}))
    answer = airlock("run", series / "00.dcm", zipped, "-w", workspace, "--json")

    assert answer.code == 0
    assert answer.balance == {"received": 3, "exported": 3}


def test_ends_with_one_where_something_failed(here: Path, workspace: Path) -> None:
    """Exceptions are open: exit code 1, with all counted and the way to look at them."""
    answer = airlock("run", write_drop(here / "drop"), "-w", workspace)
    counts = airlock("balance", "-w", workspace, "--json").json

    assert answer.code == 1
    assert [words[:2] for words in answer.commands] == [["exceptions", "show"]]
    assert counts == {**SETTLED._asdict(), "closed": True}


def test_a_second_run_does_nothing_twice(series: Path, workspace: Path) -> None:
    """The same files again change nothing, with the paths and without."""
    first = airlock("run", series, "-w", workspace, "--json")

    assert airlock("run", series, "-w", workspace, "--json").json == first.json
    assert airlock("run", "-w", workspace, "--json").json == first.json


def test_may_choose_the_profile(series: Path, workspace: Path) -> None:
    """`--profile` holds for every series, instead of the rulesets' own."""
    answer = airlock("run", series, "-w", workspace, "--profile", "basic", "--json")

    assert [each["profile"] for each in answer.json["series"]] == ["basic"]


def test_hidden_files_count_like_others(series: Path, workspace: Path) -> None:
    """A file whose name begins with a dot is not lost."""
    (series / "00.dcm").rename(series / ".00.dcm")

    assert airlock("run", series, "-w", workspace, "--json").balance == {"received": 2, "exported": 2}


def test_takes_in_names_that_are_no_utf_8(series: Path, workspace: Path) -> None:
    """Names from old disks are bytes: the files are taken in, and none in the place of another."""
    for number, name in enumerate((b"M\xfcller.dcm", b"M\xf6ller.dcm")):
        (series / f"{number:02d}.dcm").rename(os.fsdecode(os.fsencode(series) + b"/" + name))
    answer = airlock("run", series, "-w", workspace, "--json")

    assert answer.code == 0
    assert answer.balance == {"received": 2, "exported": 2}


def test_takes_in_paths_that_are_longer_than_names_of_objects(series: Path, workspace: Path) -> None:
    """A file that lies so deep that its path is no object's name is taken in under a shorter one."""
    deep = series.joinpath(*["d" * 200] * 6)
    deep.mkdir(parents=True)
    for file in series.glob("*.dcm"):
        file.rename(deep / file.name)
    answer = airlock("run", series, "-w", workspace, "--json")

    assert answer.balance == {"received": 2, "exported": 2}


# -- what it leaves out


def test_says_what_it_leaves_out(series: Path, workspace: Path, here: Path) -> None:
    """Links to nothing and to folders, and pipes, are counted, and somebody has to look: exit code 1."""
    (series / "nothing").symlink_to(here / "nothing")
    (series / "folder").symlink_to(here)
    (series / "loop").symlink_to(series / "loop")
    os.mkfifo(series / "pipe")
    answer = airlock("run", series, "-w", workspace, "--json")

    assert answer.code == 1
    assert answer.json["left_out"] == {"linked_folder": 1, "broken_link": 2, "special_file": 1}
    assert answer.balance == {"received": 2, "exported": 2}


def test_names_what_it_left_out_where_that_is_asked(series: Path, workspace: Path) -> None:
    """Names may identify a patient: they are shown with `--show-names` alone."""
    (series / "Zylberquist").symlink_to("nowhere")
    masked = airlock("run", series, "-w", workspace)
    shown = airlock("run", series, "-w", workspace, "--show-names")

    assert "Left out: broken link 1\n  The same command with --show-names says which.\n" in masked.out
    assert "Zylberquist" not in masked.out + masked.err
    assert f"  broken link: {series / 'Zylberquist'}\n" in shown.out


def test_goes_on_past_a_file_that_cannot_be_read(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file without permission does not stop the others; it is counted, and named where that is asked."""
    refused, opened = series / "01.dcm", Path.open

    def opening_all_but_one(path: Path, *arguments: Any, **settings: Any) -> Any:
        if path == refused:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **settings)

    monkeypatch.setattr(Path, "open", opening_all_but_one)
    answer = airlock("run", series, "-w", workspace, "--show-names", "--json")

    assert answer.code == 1
    assert answer.json["left_out_names"] == {str(refused): "unreadable"}
    assert answer.balance == {"received": 1, "exported": 1}


def test_goes_on_past_a_folder_that_cannot_be_read(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without permission is not taken for an empty one."""
    refused, listed = series / "closed", Path.iterdir
    refused.mkdir()

    def listing_all_but_one(path: Path) -> Iterator[Path]:
        if path == refused:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", listing_all_but_one)
    answer = airlock("run", series, "-w", workspace, "--json")

    assert (answer.code, answer.json["left_out"]) == (1, {"unreadable": 1})


def test_a_folder_that_holds_the_workspace_is_taken_in_without_it(series: Path, monkeypatch: Any) -> None:
    """`airlock run .` with the workspace in the same folder takes the images alone, however often."""
    monkeypatch.chdir(series)
    answers = [airlock("run", ".", "--json") for _ in range(2)]

    assert [answer.code for answer in answers] == [0, 0]
    assert [answer.balance for answer in answers] == [{"received": 2, "exported": 2}] * 2
    assert (series / "airlock-workspace").is_dir()


def test_other_workspaces_are_left_out(series: Path, workspace: Path) -> None:
    """A workspace among the files holds copies: it is left out, and that is said."""
    airlock("run", series, "-w", series / "other")
    answer = airlock("run", series, "-w", workspace, "--json")

    assert (answer.code, answer.json["left_out"]) == (1, {"workspace": 1})
    assert answer.balance == {"received": 2, "exported": 2}


@pytest.mark.parametrize("inside", [".", "clinical", "clinical/intake", "released", "log.jsonl", "keys"])
def test_a_workspace_is_not_taken_into_itself(series: Path, workspace: Path, inside: str) -> None:
    """The workspace as input of its own is a mistake, with each of its parts."""
    airlock("run", series, "-w", workspace)
    answer = airlock("run", workspace / inside, "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert "the workspace is not taken into itself" in answer.err
