"""`airlock metadata`: what the headers of one series say, for the clinical side."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.wiring import EmbeddedWiring
from tests.acceptance.samples import write_series
from tests.integration.cli.harness import ROOT, airlock


@pytest.fixture
def delivered(finished: Path) -> dict[str, Any]:
    """A series with a result."""
    reports: list[dict[str, Any]] = airlock("status", "-w", finished, "--json").json
    return next(each for each in reports if each["result"] and each["modality"] == "CT")


def test_describes_a_series_as_json(finished: Path, delivered: dict[str, Any]) -> None:
    """A handle gives one JSON document, and nothing else."""
    answer = airlock("metadata", delivered["handle"], "-w", finished)

    assert (answer.code, answer.err) == (0, "")
    assert isinstance(answer.json, dict)


def test_describes_the_result_where_that_is_asked(finished: Path, delivered: dict[str, Any]) -> None:
    """`--result` describes the structure set under the patient's own identity."""
    series = airlock("metadata", delivered["handle"], "-w", finished)
    result = airlock("metadata", delivered["handle"], "-w", finished, "--result")

    assert result.code == 0
    assert "RTSTRUCT" in json.dumps(result.json)
    assert result.json != series.json


def test_shows_patient_data(finished: Path, delivered: dict[str, Any]) -> None:
    """It is the one command that does: what is masked elsewhere stands here whole."""
    wiring = EmbeddedWiring(finished, ROOT / "rulesets")
    uids = {each.series.series_instance_uid for each in wiring.ledger.generations()}
    wiring.close()
    answer = airlock("metadata", delivered["handle"], "-w", finished)

    assert sum(uid in answer.out for uid in uids) == 1


def test_one_name_for_several_series_is_refused(here: Path, workspace: Path) -> None:
    """A study of two series is not one series, and none of them is chosen."""
    study = "2.25.417"
    for label in ("first neck", "second neck"):
        airlock("run", write_series(here, label, StudyInstanceUID=study), "-w", workspace)
    answer = airlock("metadata", study, "-w", workspace)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("Error name_ambiguous: ")
    assert "(matching_series=2)" in answer.err


def test_a_series_without_a_result_has_none_to_show(finished: Path) -> None:
    """Where nothing came back, that is said."""
    reports = airlock("status", "-w", finished, "--json").json
    unmatched = next(each["handle"] for each in reports if each["state"] == "rule not matched")
    answer = airlock("metadata", unmatched, "-w", finished, "--result")

    assert (answer.code, answer.out) == (2, "")
    assert "(matching_results=0)" in answer.err
