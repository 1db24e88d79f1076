"""`airlock status`: where every series stands, and why."""

from pathlib import Path
from typing import Any

import pytest

from shared.wiring import EmbeddedWiring
from tests.acceptance.samples import write_series
from tests.integration.cli.harness import ROOT, airlock


@pytest.fixture
def reports(finished: Path) -> list[dict[str, Any]]:
    """What is said of every series of the finished workspace."""
    found: list[dict[str, Any]] = airlock("status", "-w", finished, "--json").json
    return found


@pytest.fixture
def partly(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The series that is claimed in part."""
    return next(each for each in reports if 0 < each["matched"] < each["instances"])


def test_lists_every_series(finished: Path, reports: list[dict[str, Any]]) -> None:
    """One line a series, exit code 0."""
    answer = airlock("status", "-w", finished)

    assert answer.code == 0
    assert len(answer.out.splitlines()) == 1 + len(reports)
    assert sorted(each["state"] for each in reports) == ["result delivered"] * 3 + ["rule not matched"]


def test_shows_one_series_with_every_rule(finished: Path, partly: dict[str, Any]) -> None:
    """A handle gives the reasons in short, what was sent, what came back, and every condition."""
    answer = airlock("status", partly["handle"], "-w", finished)

    assert answer.code == 0
    assert "claimed by head_and_neck_ct: Modality in [CT];" in answer.out
    assert "left behind: failed ImageType does_not_contain 'LOCALIZER'" in answer.out
    assert f"sent to autosegmentation, transaction {partly['transaction_id']}" in answer.out
    assert f"RTSTRUCT under the original identity: {partly['result']}" in answer.out
    assert answer.out.rstrip().endswith(partly["trace"][-1].strip())


@pytest.mark.parametrize("length", [4, 6, 8])
def test_a_handle_may_be_shortened(finished: Path, partly: dict[str, Any], length: int) -> None:
    """Four characters of a handle are enough, in either case."""
    name = partly["handle"][:length].upper()

    assert airlock("status", name, "-w", finished, "--json").json == [partly]


@pytest.mark.parametrize("length", [0, 1, 3])
def test_fewer_characters_name_nothing(finished: Path, partly: dict[str, Any], length: int) -> None:
    """Too few characters would name whatever comes first."""
    assert airlock("status", partly["handle"][:length], "-w", finished).code == 2


def test_knows_series_and_studies_by_their_uids(finished: Path, reports: list[dict[str, Any]]) -> None:
    """Who has the UID at hand may give it; the answer shows it masked."""
    wiring = EmbeddedWiring(finished, ROOT / "rulesets")
    (series, *_), *_ = ([each.series] for each in wiring.ledger.generations())
    wiring.close()
    by_series = airlock("status", series.series_instance_uid, "-w", finished)
    by_study = airlock("status", series.study_instance_uid, "-w", finished)

    assert (by_series.code, by_study.code) == (0, 0)
    assert series.series_instance_uid not in by_series.out + by_study.out
    assert airlock("status", series.series_instance_uid, "-w", finished, "--json").json == [
        each for each in reports if each["handle"] in by_series.out
    ]


def test_says_why_a_series_is_held(here: Path, workspace: Path) -> None:
    """A series with an open exception shows its state, the code and the exception's id."""
    burned = write_series(here, "burned neck", BurnedInAnnotation="YES")
    airlock("run", burned, "-w", workspace)
    (exception,) = airlock("exceptions", "list", "-w", workspace, "--json").json
    (report,) = airlock("status", "-w", workspace, "--json").json
    answer = airlock("status", report["handle"], "-w", workspace)

    assert report["state"] == "de-identification failed"
    assert (report["exception_id"], report["exception_code"]) == (
        exception["exception_id"],
        "pixels_identifying",
    )
    assert f"held: pixels_identifying, exception {exception['exception_id']}" in answer.out


def test_an_empty_workspace_has_no_series(here: Path, workspace: Path) -> None:
    """Where no file became a series there is nothing to list, and that is said."""
    (here / "letter.txt").write_text("Dear colleague,")
    airlock("run", here / "letter.txt", "-w", workspace)
    answer = airlock("status", "-w", workspace)

    assert (answer.code, answer.out) == (0, "No series.\n")
