"""`airlock run`: takes in what a person has, goes on after whatever stopped it, says what it waits for."""

import errno
import fcntl
import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

from functions.cli import progress
from functions.cli import run as running
from functions.cli import workspace as opening
from shared.errors import SpaceExhausted
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.acceptance.hospital import SETTLED, write_drop
from tests.acceptance.samples import archive, write_series
from tests.integration.cli.harness import Answer, airlock, python

DEAD = "http://127.0.0.1:9"


def balance_of(answer: Answer) -> dict[str, int]:
    """The balance without what is zero."""
    return {name: count for name, count in answer.json["balance"].items() if count and name != "closed"}


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A destination that nobody answers for."""
    monkeypatch.setenv("AUTOSEGMENTATION_URL", DEAD)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a destination often: tests have no minutes."""
    monkeypatch.setattr(running, "_POLL_DESTINATION", 0.05)


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
    assert balance_of(answer) == {"received": 3, "exported": 3}


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

    assert balance_of(airlock("run", series, "-w", workspace, "--json")) == {"received": 2, "exported": 2}


def test_takes_in_names_that_are_no_utf_8(series: Path, workspace: Path) -> None:
    """Names from old disks are bytes: the files are taken in, and none in the place of another."""
    for number, name in enumerate((b"M\xfcller.dcm", b"M\xf6ller.dcm")):
        (series / f"{number:02d}.dcm").rename(os.fsdecode(os.fsencode(series) + b"/" + name))
    answer = airlock("run", series, "-w", workspace, "--json")

    assert answer.code == 0
    assert balance_of(answer) == {"received": 2, "exported": 2}


def test_takes_in_paths_that_are_longer_than_names_of_objects(series: Path, workspace: Path) -> None:
    """A file that lies so deep that its path is no object's name is taken in under a shorter one."""
    deep = series.joinpath(*["d" * 200] * 6)
    deep.mkdir(parents=True)
    for file in series.glob("*.dcm"):
        file.rename(deep / file.name)
    answer = airlock("run", series, "-w", workspace, "--json")

    assert balance_of(answer) == {"received": 2, "exported": 2}


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
    assert balance_of(answer) == {"received": 2, "exported": 2}


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
    assert balance_of(answer) == {"received": 1, "exported": 1}


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
    assert [balance_of(answer) for answer in answers] == [{"received": 2, "exported": 2}] * 2
    assert (series / "airlock-workspace").is_dir()


def test_other_workspaces_are_left_out(series: Path, workspace: Path) -> None:
    """A workspace among the files holds copies: it is left out, and that is said."""
    airlock("run", series, "-w", series / "other")
    answer = airlock("run", series, "-w", workspace, "--json")

    assert (answer.code, answer.json["left_out"]) == (1, {"workspace": 1})
    assert balance_of(answer) == {"received": 2, "exported": 2}


@pytest.mark.parametrize("inside", [".", "clinical", "clinical/intake", "released", "log.jsonl", "keys"])
def test_a_workspace_is_not_taken_into_itself(series: Path, workspace: Path, inside: str) -> None:
    """The workspace as input of its own is a mistake, with each of its parts."""
    airlock("run", series, "-w", workspace)
    answer = airlock("run", workspace / inside, "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert "the workspace is not taken into itself" in answer.err


# -- what a person gets wrong


def test_a_path_that_does_not_exist_is_said_so(series: Path, workspace: Path) -> None:
    """Which path it is, is said by its place, for names may identify; nothing is begun with the others."""
    answer = airlock("run", series, "Zylberquist", "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error input_missing: There is nothing to take in at the given paths. (paths=2, first_missing=2)",
        "Give files, folders or ZIP archives that exist and can be read.",
    ]
    assert not workspace.exists()


def test_an_empty_folder_is_no_success(here: Path, workspace: Path) -> None:
    """Where there is nothing to do, nothing is reported as done."""
    (here / "empty" / "folders").mkdir(parents=True)
    (here / "empty" / "nothing").symlink_to("nowhere")
    answer = airlock("run", here / "empty", "-w", workspace)

    assert answer.code == 2
    assert "(files=0, broken_link=1)" in answer.err
    assert not workspace.exists()


@pytest.mark.parametrize("below", [".", "below"])
def test_a_file_is_no_workspace(series: Path, here: Path, below: str) -> None:
    """A workspace that is a file, or would lie below one, is said so."""
    (here / "file").write_text("something else")
    answer = airlock("run", series, "-w", here / "file" / below)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error workspace_unusable: Airlock cannot work in this workspace. (problem=it is a file)",
        "Choose another folder with --workspace.",
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "this user may not work in it"),
        (errno.EPERM, "this user may not work in it"),
        (errno.EROFS, "it is read-only"),
    ],
)
def test_a_workspace_without_permission_is_said_so(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """Where the workspace cannot be written, that is the sentence."""

    def refuse(*_arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(opening, "_log_file", refuse)
    answer = airlock("run", series, "-w", workspace)

    assert answer.code == 2
    assert f"(problem={words})" in answer.err


@pytest.mark.parametrize("name", ["clinical.sqlite", "released.sqlite"])
@pytest.mark.parametrize("words", [["run"], ["status"], ["balance"], ["exceptions", "list"]], ids=" ".join)
def test_a_workspace_of_another_version_is_said_so(copied: Path, name: str, words: list[str]) -> None:
    """A ledger with another schema is not touched."""
    connection = sqlite3.connect(copied / "ledger" / name)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    answer = airlock(*words, "-w", copied)

    assert (answer.code, answer.out) == (2, "")
    assert "another version of Airlock made it" in answer.err


def test_two_at_once_do_not_work_in_one_workspace(copied: Path, series: Path) -> None:
    """While one process owns the workspace, another may look but not work."""
    with (copied / "airlock.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = airlock("run", series, "-w", copied)
        looks = [
            airlock(*words, "-w", copied).code for words in (["status"], ["balance"], ["exceptions", "list"])
        ]

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "Error workspace_busy: Another Airlock process works in this workspace.",
        "Wait until it has finished, or choose another --workspace.",
    ]
    assert looks == [0, 0, 0]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("match/default.yaml", "name: [unfinished"),
        ("match/default.yaml", "name: default\nunknown_key: 1\n"),
        ("deidentify/basic.yaml", "name: 1\n"),
        ("destinations/autosegmentation.yaml", "name: autosegmentation\nbase_url: http://example.org\n"),
        ("templates/head_and_neck.yaml", "name: x\n"),
        ("validate/default.yaml", "name: x\n"),
    ],
)
def test_a_broken_ruleset_stops_before_anything_is_taken_in(
    series: Path, workspace: Path, rulesets: Path, file: str, content: str
) -> None:
    """The file is named, and no workspace is made."""
    (rulesets / file).write_text(content)
    answer = airlock("run", series, "-w", workspace, "--rulesets", rulesets)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error ruleset_invalid: ")
    assert f"={file}" in answer.err
    assert not workspace.exists()


def test_rulesets_without_a_folder_are_said_so(series: Path, workspace: Path, rulesets: Path) -> None:
    """A part of the rulesets that is missing is named."""
    shutil.rmtree(rulesets / "templates")
    answer = airlock("run", series, "-w", workspace, "--rulesets", rulesets)

    assert answer.code == 2
    assert "(missing=rulesets/templates)" in answer.err


def test_an_unknown_profile_stops_before_anything_is_taken_in(series: Path, workspace: Path) -> None:
    """The profiles that there are, are named."""
    answer = airlock("run", series, "-w", workspace, "--profile", "none")

    assert answer.code == 2
    assert "(unknown_profile=none, known=basic, draw, modified_dates)" in answer.err
    assert not workspace.exists()


# -- the destination


def test_sends_to_the_service_that_the_environment_names(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """With an address and tokens the series goes there, and no double is made."""
    answer = airlock("run", series, "-w", workspace, "--json")

    assert answer.code == 0
    assert len(connected.uploads) == 1
    assert not (workspace / "double").exists()


def test_sends_to_the_address_in_the_rulesets(
    connected: AutosegmentationDouble, series: Path, workspace: Path, rulesets: Path, monkeypatch: Any
) -> None:
    """An address that the rulesets name is used, and the double does not come in its way."""
    monkeypatch.delenv("AUTOSEGMENTATION_URL")
    file = rulesets / "destinations" / "autosegmentation.yaml"
    file.write_text(file.read_text().replace("env:AUTOSEGMENTATION_URL", connected.base_url))
    answer = airlock("run", series, "-w", workspace, "--rulesets", rulesets, "--json")

    assert answer.code == 0
    assert len(connected.uploads) == 1


@pytest.mark.usefixtures("nobody")
def test_without_tokens_nothing_is_begun(series: Path, workspace: Path) -> None:
    """The command that stores tokens is named."""
    answer = airlock("run", series, "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error tokens_missing: ")
    assert "`airlock secrets set DESTINATION`" in answer.err
    assert not workspace.exists()


def test_a_forgotten_address_does_not_bring_the_double(
    connected: AutosegmentationDouble, series: Path, workspace: Path, monkeypatch: Any
) -> None:
    """In a workspace of a real destination the double would deliver invented structures: it does not come."""
    monkeypatch.delenv("AUTOSEGMENTATION_URL")
    before = (workspace / "secrets" / "autosegmentation.json").read_bytes()
    answer = airlock("run", series, "-w", workspace)

    assert answer.code == 2
    assert "(unset_variable=AUTOSEGMENTATION_URL, problem=this workspace works with" in answer.err
    assert (workspace / "secrets" / "autosegmentation.json").read_bytes() == before


def test_a_workspace_of_the_double_sends_nothing_real(
    copied: Path, service: AutosegmentationDouble, series: Path
) -> None:
    """Where the double has worked, a real destination is refused, and so are its tokens."""
    stored = airlock("secrets", "set", "autosegmentation", "-w", copied, stdin="one\ntwo\n")
    answer = airlock("run", series, "-w", copied)

    assert (stored.code, answer.code) == (2, 2)
    assert "the local double works in it" in stored.err
    assert "the local double works in it" in answer.err
    assert service.uploads == []


def test_what_is_in_flight_goes_on_with_the_next_run(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """`--wait 0` sends and leaves with exit code 3; a run without paths fetches the result."""
    connected.faults.polls_before_result = 1
    sent = airlock("run", series, "-w", workspace, "--wait", "0")
    fetched = airlock("run", "-w", workspace, "--json")

    assert sent.code == 3
    assert sent.commands == [["run", "-w", str(workspace)]]
    assert fetched.code == 0
    assert [each["state"] for each in fetched.json["series"]] == ["result delivered"]


@pytest.mark.usefixtures("nobody")
def test_says_what_it_waits_for_and_since_when(series: Path, workspace: Path) -> None:
    """A destination that does not answer is no hang: who, what, since when, when again; `--wait` ends it."""
    airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin="one\ntwo\n")
    answer = airlock("run", series, "-w", workspace, "--wait", "0.2")
    time = r"\d\d:\d\d:\d\d"

    assert answer.code == 3
    assert re.fullmatch(
        rf"Waiting for autosegmentation to accept 1 series since {time}\n"
        rf"Next try at {time}; {re.escape(str(workspace))}/log.jsonl says what failed\n",
        answer.err,
    )
    assert "pending transfer" in answer.out


def test_says_which_results_it_waits_for(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """A destination that is still at work is named with the number of its results to come."""
    connected.faults.polls_before_result = 100
    answer = airlock("run", series, "-w", workspace, "--wait", "0.1")

    assert answer.code == 3
    assert answer.err.startswith("Waiting for autosegmentation to return 1 result since ")
    assert re.search(r"  sent *\n", answer.out)


# -- what stops it


@pytest.mark.parametrize("delivery", [1, 2, 4, 6, 9])
def test_goes_on_after_ctrl_c(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch, delivery: int
) -> None:
    """Wherever it is stopped, it says that nothing is lost, and the next run ends as if nothing had been."""
    counted, count = [0], progress.Board.count

    def stop(board: progress.Board, stage: str, outcome: Any) -> None:
        counted[0] += 1
        if counted[0] == delivery:
            raise KeyboardInterrupt
        count(board, stage, outcome)

    with monkeypatch.context() as patched:
        patched.setattr(progress.Board, "count", stop)
        stopped = airlock("run", series, "-w", workspace)
    resumed = airlock("run", "-w", workspace, "--json")

    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.err == "Stopped. Nothing is lost: `airlock run` on the same workspace goes on.\n"
    assert resumed.code == 0
    assert balance_of(resumed) == {"received": 2, "exported": 2}
    assert len(list((workspace / "double" / "results").iterdir())) <= 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_goes_on_after_a_signal(here: Path, workspace: Path, number: int) -> None:
    """A process that is stopped in the middle, or killed, leaves a workspace in which a run goes on."""
    code = """
import sys
from functions.cli import app, progress

count = progress.Board.count

def say(board, stage, outcome):
    count(board, stage, outcome)
    print(stage, flush=True)

progress.Board.count = say
app.main()
"""
    drop = write_drop(here / "drop")
    process = python(code, "run", drop, "-w", workspace)
    assert process.stdout is not None
    for line in process.stdout:
        if line == "deidentify\n":
            process.send_signal(number)
            break
    _, err = process.communicate()
    resumed = airlock("run", drop, "-w", workspace, "--json")

    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    assert "Traceback" not in err
    assert resumed.code == 1
    assert resumed.json["balance"] == {**SETTLED._asdict(), "closed": True}


def test_goes_on_after_the_disk_was_full(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk ends the run with a sentence; once there is space, the same command goes on."""
    taken, take_in = [0], running.take_in

    def until_full(*arguments: Any, **settings: Any) -> None:
        if taken[0]:
            raise SpaceExhausted(system="ENOSPC")
        taken[0] += 1
        take_in(*arguments, **settings)

    with monkeypatch.context() as patched:
        patched.setattr(running, "take_in", until_full)
        full = airlock("run", series, "-w", workspace)
    resumed = airlock("run", series, "-w", workspace, "--json")

    assert (full.code, full.out) == (2, "")
    assert full.err.startswith("Error space_exhausted: The storage is full. (system=ENOSPC)\nFree space;")
    assert resumed.code == 0
    assert balance_of(resumed) == {"received": 2, "exported": 2}


class FullLog:
    """A log file on a full disk."""

    def write(self, _text: str) -> None:
        """Fail."""
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        """Do nothing: nothing was written."""


def test_a_log_that_cannot_be_written_is_a_full_disk(
    series: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the log fills the disk there is a sentence, no traceback, and nothing is lost."""

    class Opened:
        def __enter__(self) -> TextIO:
            return FullLog()  # type: ignore[return-value]  # all that a log needs

        def __exit__(self, *exc_info: object) -> None:
            """Leave nothing open."""

    with monkeypatch.context() as patched:
        patched.setattr(opening, "_log_file", lambda _workspace: Opened())
        full = airlock("run", series, "-w", workspace)
    resumed = airlock("run", "-w", workspace, "--json")

    assert full.code == 2
    assert full.err.startswith("Error space_exhausted: ")
    assert (resumed.code, balance_of(resumed)) == (0, {"received": 2, "exported": 2})
