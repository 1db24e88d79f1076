"""A destination whose results are broken, foreign or none: nothing false is delivered, and all is said."""

from pathlib import Path

import pytest

from tests.acceptance.flow import Flow
from tests.acceptance.samples import write_series
from tests.acceptance.transfers import DONE, EXPORTED, delivered, job, received


@pytest.mark.parametrize(
    ("fault", "failure", "state"),
    [
        ("wrong_checksum", ("retrieve", "checksum_mismatch"), "result_invalid"),
        ("foreign_result", ("reidentify", "result_foreign"), "result_received"),
        ("unreadable_result", ("reidentify", "result_unreadable"), "result_received"),
    ],
)
def test_result_that_is_none_of_this_job_is_not_delivered(
    flow: Flow, series: Path, fault: str, failure: tuple[str, str], state: str
) -> None:
    """It is one exception; nothing is delivered or confirmed, and the instances count as exported."""
    setattr(flow.double.faults, fault, True)
    flow.run(series)

    assert flow.failures == [failure]
    assert (job(flow).state, delivered(flow)) == (state, 0)
    assert received(flow) == [(1, "Delivered to Client")]
    assert flow.balance == EXPORTED


def test_dropped_result_leaves_nothing_behind(flow: Flow, series: Path) -> None:
    """A download with another checksum than announced is not kept."""
    flow.double.faults.wrong_checksum = True
    flow.run(series)
    names = [name.rpartition("/")[2] for name in flow.objects("released")]

    assert names == ["shard-0000.zip"]


def test_retry_fetches_a_dropped_result_again(flow: Flow, series: Path) -> None:
    """Once the destination announces the right checksum, the retry delivers the result and closes the job."""
    flow.double.faults.wrong_checksum = True
    flow.run(series)
    flow.double.faults.wrong_checksum = False
    flow.retry(flow.exception())

    assert flow.settle()
    assert (job(flow).state, delivered(flow)) == ("closed", 1)
    assert received(flow) == DONE
    assert flow.exceptions("open") == []


def test_dropped_result_is_not_asked_for_before_the_retry(flow: Flow, series: Path) -> None:
    """Hours later there is still one exception with one attempt: no tick fetches the result again."""
    flow.double.faults.wrong_checksum = True
    flow.run(series)
    for _ in range(120):
        flow.minute()

    assert [(each.code, each.attempts) for each in flow.exceptions()] == [("checksum_mismatch", 1)]


def test_foreign_result_is_not_delivered_by_a_retry_either(flow: Flow, series: Path) -> None:
    """The result that came stays a foreign one, however often it is looked at."""
    flow.double.faults.foreign_result = True
    flow.run(series)
    flow.retry(flow.exception())
    flow.settle()

    assert flow.failures == [("reidentify", "result_foreign")]
    assert (flow.exception().attempts, delivered(flow)) == (2, 0)


def test_destination_that_cannot_segment_says_so_in_an_exception(flow: Flow, tmp_path: Path) -> None:
    """A series without geometry is exported; the destination's failure is an exception of the retrieval."""
    flow.run(write_series(tmp_path, "faults", ImagePositionPatient=None))

    assert flow.failures == [("retrieve", "destination_failed")]
    assert job(flow).destination_status == "Failed: geometry is missing"
    assert (job(flow).state, delivered(flow)) == ("result_invalid", 0)
    assert flow.balance == EXPORTED
