"""`airlock exceptions`: what failed, again or for good."""

import getpass
from pathlib import Path
from typing import Any

import pytest

from functions.cli import run as running
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.sample.series import file_of
from tests.acceptance.samples import ct, without_meta, write, write_series
from tests.integration.cli.harness import airlock

CODES = ["archive_member_encrypted", "not_dicom", "truncated"]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a destination often: tests have no minutes."""
    monkeypatch.setattr(running, "_POLL_DESTINATION", 0.05)


@pytest.fixture
def bare(here: Path) -> Path:
    """A series without File Meta Information, which the shipped rulesets refuse."""
    contents = {f"{n}.dcm": without_meta(file_of(image)) for n, image in enumerate(ct("bare neck", 2))}
    return write(here / "bare", contents)


@pytest.fixture
def lenient(rulesets: Path) -> Path:
    """Rulesets that accept them."""
    policy = rulesets / "validate" / "default.yaml"
    policy.write_text(policy.read_text().replace("force: false", "force: true"))
    return rulesets


def listed(workspace: Path, *options: str) -> list[dict[str, Any]]:
    """What the list holds."""
    found: list[dict[str, Any]] = airlock("exceptions", "list", "-w", workspace, *options, "--json").json
    return found


# -- looking


def test_lists_what_is_open(finished: Path) -> None:
    """Each exception has its id, its stage, its code and its cause."""
    answer = airlock("exceptions", "list", "-w", finished)
    found = listed(finished)

    assert answer.code == 0
    assert sorted(each["code"] for each in found) == CODES
    assert all(f"{each['exception_id']}  {each['stage']}  {each['code']}" in answer.out for each in found)
    assert all(each["cause"] in " ".join(answer.out.split()) for each in found)


def test_lists_one_code(finished: Path) -> None:
    """`--code` leaves the others out."""
    assert [each["code"] for each in listed(finished, "--code", "truncated")] == ["truncated"]
    assert listed(finished, "--code", "residue") == []


def test_says_that_there_are_none(series: Path, workspace: Path) -> None:
    """An empty list is a sentence."""
    airlock("run", series, "-w", workspace)

    assert airlock("exceptions", "list", "-w", workspace).out == "No exceptions.\n"


def test_shows_the_way_out(finished: Path) -> None:
    """One exception is shown with what to do, and the commands for it with its own id."""
    (each,) = listed(finished, "--code", "truncated")
    answer = airlock("exceptions", "show", each["exception_id"][:6], "-w", finished)

    assert answer.code == 0
    assert "way out: The transfer was cut off: send the file again." in answer.out
    assert [words[:3] for words in answer.commands] == [
        ["exceptions", "retry", each["exception_id"]],
        ["exceptions", "archive", each["exception_id"]],
    ]


def test_masks_the_name_unless_it_is_asked_for(finished: Path) -> None:
    """The object's name is shown with `--show-names` alone, on the screen and as JSON."""
    (each,) = listed(finished, "--code", "truncated")
    name = "bad/truncated.dcm"
    words = ("exceptions", "show", each["exception_id"], "-w", finished)

    assert name not in airlock(*words).out + airlock(*words, "--json").out
    assert name in airlock(*words, "--show-names").out
    assert airlock(*words, "--show-names", "--json").json["object_name"].endswith(name)
    assert listed(finished, "--code", "truncated", "--show-names")[0]["object_name"].endswith(name)


# -- again


def test_retries_once_the_cause_is_gone(bare: Path, lenient: Path, workspace: Path) -> None:
    """With rulesets that accept the files, all of a code go on to their results."""
    airlock("run", bare, "-w", workspace)
    answer = airlock(
        *("exceptions", "retry", "--code", "file_meta_missing"), "-w", workspace, "--rulesets", lenient
    )
    (report,) = airlock("status", "-w", workspace, "--json").json

    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "retried: 2\nfailed: 0\nNo exceptions.\n"
    assert report["state"] == "result delivered"


def test_says_that_it_failed_again(finished: Path, copied: Path) -> None:
    """The same failure opens the same exception: exit code 1."""
    (each,) = listed(copied, "--code", "truncated")
    answer = airlock("exceptions", "retry", each["exception_id"][:8], "-w", copied, "--json")
    (again,) = listed(copied, "--code", "truncated")

    assert answer.code == 1
    assert answer.json["retried"] == [each["exception_id"]]
    assert [failed["exception_id"] for failed in answer.json["failed"]] == [each["exception_id"]]
    assert again["attempts"] == each["attempts"] + 1


def test_tells_of_what_fails_further_on(bare: Path, lenient: Path, workspace: Path) -> None:
    """What is retried and then fails in another stage is no success."""
    profile = lenient / "match" / "default.yaml"
    (lenient / "match" / "other.yaml").write_text(profile.read_text().replace("name: default", "name: other"))
    (lenient / "match" / "head_and_neck_ct.yaml").unlink()
    airlock("run", bare, "-w", workspace)
    answer = airlock(
        *("exceptions", "retry", "--code", "file_meta_missing", "-w", workspace),
        *("--rulesets", lenient, "--json"),
    )
    (report,) = airlock("status", "-w", workspace, "--json").json

    assert answer.code == 1
    assert [failed["code"] for failed in answer.json["failed"]] == ["rulesets_ambiguous"]
    assert report["state"] == "multiple rules matched"


def test_leaves_the_others_as_they_are(copied: Path) -> None:
    """An exception that was not chosen is neither replayed nor reported."""
    before = listed(copied, "--code", "not_dicom")
    answer = airlock("exceptions", "retry", "--code", "truncated", "-w", copied, "--json")

    assert [failed["code"] for failed in answer.json["failed"]] == ["truncated"]
    assert listed(copied, "--code", "not_dicom") == before


def test_waits_for_the_outside_no_longer_than_it_is_told(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """A destination that takes its time: exit code 3, and what is waited for is said."""
    connected.faults.wrong_checksum = True
    airlock("run", series, "-w", workspace)
    connected.faults.wrong_checksum = False
    connected.faults.answer("status", 503, times=9)
    answer = airlock(
        "exceptions", "retry", "--code", "checksum_mismatch", "-w", workspace, "--wait", "0.1", "--json"
    )

    assert (answer.code, answer.json["settled"], answer.json["failed"]) == (3, False, [])
    assert answer.err.startswith("Waiting ")


# -- for good


def test_archives_with_a_reason_and_a_name(copied: Path) -> None:
    """An archived exception is closed, says by whom and why, and its instance counts as rejected."""
    (each,) = listed(copied, "--code", "truncated")
    before = airlock("balance", "-w", copied, "--json").json
    answer = airlock(
        *("exceptions", "archive", each["exception_id"], "-w", copied),
        *("--why", "cut off at the source", "--by", "the night shift", "--json"),
    )
    after = airlock("balance", "-w", copied, "--json").json

    assert answer.code == 0
    assert (answer.json["closed_by"], answer.json["closed_reason"]) == (
        "the night shift",
        "cut off at the source",
    )
    assert (after["rejected"], after["exceptions"]) == (before["rejected"] + 1, before["exceptions"] - 1)
    assert listed(copied, "--code", "truncated") == []
    assert [every["status"] for every in listed(copied, "--code", "truncated", "--all")] == ["archived"]


@pytest.mark.parametrize("words", [["retry"], ["archive", "--why", "again"]], ids=" ".join)
def test_what_is_closed_stays_closed(copied: Path, words: list[str]) -> None:
    """An archived exception is neither replayed nor archived again."""
    (each,) = listed(copied, "--code", "truncated")
    airlock("exceptions", "archive", each["exception_id"], "-w", copied, "--why", "cut off")
    answer = airlock("exceptions", words[0], each["exception_id"], *words[1:], "-w", copied)
    shown = airlock("exceptions", "show", each["exception_id"], "-w", copied)

    assert answer.code == 2
    assert answer.err.startswith("Error exception_closed: ")
    assert shown.commands == []


def test_a_user_without_a_name_has_a_number(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user may have no name: who decided is said all the same."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nameless)
    (each,) = listed(copied, "--code", "truncated")
    answer = airlock(
        "exceptions", "archive", each["exception_id"], "-w", copied, "--why", "cut off", "--json"
    )

    assert answer.json["closed_by"].startswith("uid ")


def test_a_series_that_was_given_up_ends_the_run(
    connected: AutosegmentationDouble, series: Path, workspace: Path
) -> None:
    """Once a person archived the exception of a job, no run waits for its result any more."""
    connected.faults.foreign_result = True
    airlock("run", series, "-w", workspace)
    (each,) = listed(workspace)
    airlock("exceptions", "archive", each["exception_id"], "-w", workspace, "--why", "wrong result")
    answer = airlock("run", "-w", workspace, "--wait", "5", "--json")

    assert each["code"] == "result_foreign"
    assert (answer.code, answer.json["settled"]) == (0, True)


def test_another_token_pair_is_the_way_out(
    connected: AutosegmentationDouble, here: Path, workspace: Path
) -> None:
    """Refused tokens stop a series; the commands to copy store another pair and then retry."""
    connected.revoke_access_tokens()
    connected.revoke_refresh_tokens()
    airlock("run", write_series(here, "refused neck"), "-w", workspace)
    (each,) = listed(workspace)
    offered = airlock("exceptions", "show", each["exception_id"], "-w", workspace).commands
    tokens = connected.issue_tokens()
    pair = f"{tokens.access_token}\n{tokens.refresh_token}\n"
    stored = airlock(
        *["autosegmentation" if word == "DESTINATION" else word for word in offered[0]], stdin=pair
    )
    retried = airlock(*offered[1])

    assert each["code"] == "destination_unauthorized"
    assert (stored.code, retried.code) == (0, 0)
    assert len(connected.uploads) == 1
