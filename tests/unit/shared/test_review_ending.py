"""What is archived is waited for no more: neither a series nor a job is announced with every tick."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.clock import FakeClock
from shared.errors import ExceptionClosed, RecordConflict, StorageUnavailable
from shared.states import JobState, SeriesState
from shared.wiring import EmbeddedWiring
from tests.doubles import FailingOnce, RecordingBus
from tests.factories import generation_record, series_ref
from tests.unit.shared.review_steps import JOB_ID, NOW, archive, raised, retry, uploading

OF_SERIES = {"stage": "match", "series": series_ref(), "generation": 1}
OF_RESULT = {"stage": "retrieve", "job_id": JOB_ID}


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """The ledgers, and a clock that stands at 2025-11-22T10:30:00+00:00."""
    embedded = EmbeddedWiring(tmp_path, tmp_path, clock=FakeClock(NOW), environ={})
    yield embedded
    embedded.close()


def series_state(wiring: EmbeddedWiring, state: SeriesState = SeriesState.COMPLETED) -> SeriesState:
    """Where the generation stands; it is made in `state` if there is none."""
    wiring.ledger.add_generation(generation_record(state=state))
    stored = wiring.ledger.generation(series_ref(), 1)
    assert stored is not None
    return stored.state


def job_state(wiring: EmbeddedWiring, state: JobState = JobState.EXPORTED) -> JobState:
    """Where the job stands; it is made in `state` if there is none."""
    return uploading(wiring, state).state


@pytest.mark.parametrize("state", sorted(SeriesState))
def test_a_series_that_waits_for_the_rules_is_rejected(wiring: EmbeddedWiring, state: SeriesState) -> None:
    """It is not announced any more; one that went on stays where it is."""
    series_state(wiring, state)
    archive(wiring, raised(wiring, **OF_SERIES))

    assert series_state(wiring) is (SeriesState.REJECTED if state is SeriesState.COMPLETED else state)


@pytest.mark.parametrize("stage", ["retrieve", "reidentify"])
@pytest.mark.parametrize("state", sorted(JobState))
def test_a_job_that_waits_for_its_result_is_abandoned(
    wiring: EmbeddedWiring, state: JobState, stage: str
) -> None:
    """It is not asked about any more; one that was not sent, or that is closed, stays where it is."""
    waits = {JobState.EXPORTED, JobState.RESULT_INVALID, JobState.RESULT_RECEIVED}
    job_state(wiring, state)
    archive(wiring, raised(wiring, stage=stage, job_id=JOB_ID))

    assert job_state(wiring) is (JobState.ABANDONED if state in waits else state)


def test_a_job_that_was_sent_after_all_goes_on(wiring: EmbeddedWiring) -> None:
    """Whoever archives a failure of `export` says nothing about the result."""
    job_state(wiring)
    archive(wiring, raised(wiring, stage="export", job_id=JOB_ID))

    assert job_state(wiring) is JobState.EXPORTED


@pytest.mark.parametrize("about", [OF_SERIES, OF_RESULT], ids=["series", "job"])
def test_archives_what_is_about_nothing_that_is_known(wiring: EmbeddedWiring, about: dict[str, Any]) -> None:
    """Without the generation or the job the exception is closed all the same."""
    assert archive(wiring, raised(wiring, **about)).status == "archived"


@pytest.mark.parametrize(
    ("about", "port", "write", "ended"),
    [
        (OF_SERIES, "ledger", "replace_generation", (SeriesState.REJECTED, JobState.EXPORTED)),
        (OF_RESULT, "jobs", "replace_job", (SeriesState.COMPLETED, JobState.ABANDONED)),
    ],
    ids=["series", "job"],
)
def test_archiving_again_ends_what_a_crash_has_left(
    wiring: EmbeddedWiring, about: dict[str, Any], port: str, write: str, ended: object
) -> None:
    """The exception is archived before what it is about: what was cut off in between is made up for."""
    series_state(wiring)
    job_state(wiring)
    record = raised(wiring, **about)
    vars(wiring)[port] = FailingOnce(getattr(wiring, port), write, StorageUnavailable())
    with pytest.raises(StorageUnavailable):
        archive(wiring, record)
    before = series_state(wiring), job_state(wiring)
    (archived,) = wiring.ledger.exceptions("archived")
    with pytest.raises(ExceptionClosed):
        archive(wiring, archived)

    assert before == (SeriesState.COMPLETED, JobState.EXPORTED)
    assert (series_state(wiring), job_state(wiring)) == ended


@pytest.mark.parametrize("about", [OF_SERIES, OF_RESULT], ids=["series", "job"])
def test_who_comes_second_ends_nothing(wiring: EmbeddedWiring, about: dict[str, Any]) -> None:
    """Somebody has retried it meanwhile: what it is about goes on."""
    series_state(wiring)
    job_state(wiring)
    record = raised(wiring, **about)
    retry(wiring, record, RecordingBus())
    with pytest.raises(RecordConflict):
        archive(wiring, record)

    assert series_state(wiring) is SeriesState.COMPLETED
    assert job_state(wiring) is JobState.EXPORTED
