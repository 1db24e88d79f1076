"""`report`: what a workspace holds, with nobody's name in it."""

import os
from pathlib import Path
from typing import Any

import pytest

from functions.cli.report import (
    exception_report,
    handle_of,
    series_reports,
    text_of,
    workspace_report,
)
from shared.states import JobState, SeriesState
from shared.wiring import EmbeddedWiring
from tests.factories import (
    blob_ref,
    exception_record,
    generation_record,
    instance_record,
    job_record,
    series_ref,
)

JOB = job_record().job_id


def add(wiring: EmbeddedWiring, **changes: Any) -> None:
    """A generation of series 1 with its two instances, moved to where `changes` say."""
    for number in (1, 2):
        wiring.ledger.add_instances([instance_record(number)])
    wiring.ledger.add_generation(generation_record(**changes))


def state(wiring: EmbeddedWiring) -> str:
    """The state of the only series as people read it."""
    (report,) = series_reports(wiring)
    return report.state


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (SeriesState.COMPLETED, "unprocessed"),
        (SeriesState.UNMATCHED, "rule not matched"),
        (SeriesState.MATCHED, "rule matched"),
        (SeriesState.DEIDENTIFIED, "de-identified"),
        (SeriesState.RESULT_DELIVERED, "result delivered"),
        (SeriesState.REJECTED, "rejected"),
    ],
)
def test_a_series_without_a_job_shows_its_own_state(
    wiring: EmbeddedWiring, held: SeriesState, words: str
) -> None:
    """On the clinical side the generation says where the series stands."""
    add(wiring, state=held)

    assert state(wiring) == words


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (JobState.PENDING, "pending transfer"),
        (JobState.UPLOADING, "pending transfer"),
        (JobState.EXPORTED, "sent"),
        (JobState.RESULT_INVALID, "invalid result"),
        (JobState.RESULT_RECEIVED, "result received"),
        (JobState.ABANDONED, "result abandoned"),
        (JobState.CLOSED, "result delivered"),
    ],
)
def test_a_series_with_a_job_shows_the_state_of_the_job(
    wiring: EmbeddedWiring, held: JobState, words: str
) -> None:
    """On the released side the job says it."""
    add(wiring, state=SeriesState.DEIDENTIFIED, job_id=JOB)
    wiring.jobs.add_job(job_record(state=held))

    assert state(wiring) == words


def test_what_was_delivered_is_delivered(wiring: EmbeddedWiring) -> None:
    """Whatever the job says: a person may have archived that the destination could not be told so."""
    add(wiring, state=SeriesState.RESULT_DELIVERED, job_id=JOB)
    wiring.jobs.add_job(job_record(state=JobState.ABANDONED))

    assert state(wiring) == "result delivered"


@pytest.mark.parametrize("held", SeriesState)
def test_every_state_of_a_series_has_words(wiring: EmbeddedWiring, held: SeriesState) -> None:
    """No state is without a word for people."""
    add(wiring, state=held)

    assert state(wiring)


@pytest.mark.parametrize("held", JobState)
def test_every_state_of_a_job_has_words(wiring: EmbeddedWiring, held: JobState) -> None:
    """No state is without a word for people."""
    add(wiring, job_id=JOB)
    wiring.jobs.add_job(job_record(state=held))

    assert state(wiring)


@pytest.mark.parametrize(
    ("stage", "code", "words"),
    [
        ("match", "rulesets_ambiguous", "multiple rules matched"),
        ("match", "configuration_invalid", "matching failed"),
        ("deidentify", "residue", "de-identification failed"),
        ("export", "destination_rejected", "failed transfer"),
        ("retrieve", "checksum_mismatch", "invalid result"),
        ("reidentify", "result_foreign", "delivery failed"),
        ("quarantine", "anything", "held in quarantine"),
    ],
)
@pytest.mark.parametrize("about", [{"job_id": JOB}, {"series": series_ref(), "generation": 1}])
def test_an_open_exception_says_more_than_the_state(
    wiring: EmbeddedWiring, stage: str, code: str, words: str, about: dict[str, Any]
) -> None:
    """A held series shows where it failed, whether the exception names the series or its job."""
    add(wiring, state=SeriesState.DEIDENTIFIED, job_id=JOB)
    wiring.ledger.raise_exception(exception_record(stage=stage, code=code, blob=None, **about))
    (report,) = series_reports(wiring)

    assert report.state == words
    assert (report.exception_id, report.exception_code) == (exception_record().exception_id, code)


@pytest.mark.parametrize(
    "about",
    [
        {"series": series_ref(), "generation": 2},
        {"series": series_ref(2), "generation": 1},
        {"job_id": "other"},
        {"status": "archived", "series": series_ref(), "generation": 1},
        {"status": "retried", "series": series_ref(), "generation": 1},
        {},
    ],
)
def test_other_exceptions_hold_nothing(wiring: EmbeddedWiring, about: dict[str, Any]) -> None:
    """Of another generation, series or job, or closed: the series goes by its own state."""
    add(wiring)
    wiring.ledger.raise_exception(exception_record(**about))

    assert state(wiring) == "unprocessed"


def test_a_report_masks_its_series(wiring: EmbeddedWiring) -> None:
    """A series is named by a handle; of its UIDs four characters at each end are shown."""
    add(wiring)
    (report,) = series_reports(wiring)

    assert report.handle == handle_of(series_ref())
    assert (len(report.handle), int(report.handle, 16) > 0) == (8, True)
    assert (report.study, report.series) == ("2.25...0001", "2.25...0001")
    assert (report.instances, report.modality) == (2, "CT")


def test_reports_on_what_is_wanted(wiring: EmbeddedWiring) -> None:
    """Series that nobody asks for are left out."""
    for number in (1, 2, 3):
        wiring.ledger.add_generation(generation_record(series=series_ref(number), sop_instance_uids=()))
    wanted = series_ref(2)

    assert [each.handle for each in series_reports(wiring, wanted.__eq__)] == [handle_of(wanted)]


def test_a_workspace_report_is_everything(wiring: EmbeddedWiring) -> None:
    """Series, open exceptions and the balance, at one moment."""
    add(wiring)
    wiring.ledger.raise_exception(exception_record())
    wiring.ledger.raise_exception(exception_record(exception_id="other", status="archived"))
    report = workspace_report(wiring)

    assert len(report.series) == 1
    assert [each.exception_id for each in report.exceptions] == [exception_record().exception_id]
    assert report.balance["closed"] is True
    assert (report.settled, report.left_out, report.left_out_names) == (True, {}, None)


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ({}, blob_ref().masked),
        ({"subject": f"{blob_ref()}!7"}, f"{blob_ref().masked} member 7"),
        ({"blob": None, "series": series_ref()}, f"series {handle_of(series_ref())} ({series_ref().masked})"),
        ({"blob": None, "job_id": "4711"}, "job 4711"),
        ({"blob": None}, "message"),
    ],
)
def test_an_exception_says_what_it_is_about(about: dict[str, Any], subject: str) -> None:
    """An object, a member of an archive, a series, a job, or a message that could not be read."""
    assert exception_report(exception_record(**about)).subject == subject


def test_an_exception_names_its_object_where_that_is_asked() -> None:
    """Names are kept back unless somebody asks, and there may be none."""
    assert exception_report(exception_record()).object_name is None
    assert exception_report(exception_record(), names=True).object_name == blob_ref().name
    assert exception_report(exception_record(blob=None), names=True).object_name is None


def test_paths_become_text_that_can_be_encoded() -> None:
    """A path whose bytes are no UTF-8 is shown all the same."""
    assert text_of(Path("/scans/Müller")) == "/scans/Müller"
    assert text_of(Path(os.fsdecode(b"/scans/M\xfcller"))) == "/scans/M\\xfcller"
