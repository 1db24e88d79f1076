"""`waiting_for`: whom, what, since when, and when again."""

import re
import time
from typing import Any

import pytest

from functions.cli import waiting
from functions.cli.waiting import waiting_for
from shared.adapters.clock import FakeClock
from shared.ports.bus import Subscription
from shared.states import JobState
from shared.wiring import EmbeddedWiring
from tests.factories import exception_record, job_record

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"


def sent_jobs(wiring: EmbeddedWiring, *states: JobState) -> None:
    """A job in each of the states."""
    for number, state in enumerate(states, start=1):
        wiring.jobs.add_job(job_record(job_id=f"job-{number}", state=state, created_at=3000.0 + number))


def publish(wiring: EmbeddedWiring, topic: str, subscription: str, count: int) -> None:
    """Leave messages for a stage."""
    wiring.bus.subscribe(Subscription(name=subscription, topic=topic))
    for _ in range(count):
        wiring.bus.publish(topic, b"", {})


def test_says_who_is_to_accept_what(wiring: EmbeddedWiring) -> None:
    """Jobs that are not sent yet: whom they wait for, how many, and since when."""
    sent_jobs(wiring, JobState.PENDING, JobState.UPLOADING)

    assert re.fullmatch(rf"Waiting for autosegmentation to accept 2 series since {TIME}", waiting_for(wiring))


def test_says_who_is_to_return_what(wiring: EmbeddedWiring) -> None:
    """Jobs that were sent: the same, since they were sent."""
    for number in (1, 2):
        job = job_record(job_id=str(number), state=JobState.EXPORTED, exported_at=1_763_800_000.0 + number)
        wiring.jobs.add_job(job)
    first = waiting_for(wiring)
    wiring.jobs.add_job(job_record(job_id="3", state=JobState.EXPORTED, exported_at=1_763_800_009.0))

    assert re.fullmatch(rf"Waiting for autosegmentation to return 2 results since {TIME}", first)
    assert waiting_for(wiring) == first.replace("2 results", "3 results")


def test_one_result_is_one(wiring: EmbeddedWiring) -> None:
    """Words agree with their numbers."""
    wiring.jobs.add_job(job_record(state=JobState.EXPORTED))

    assert "to return 1 result since" in waiting_for(wiring)


@pytest.mark.parametrize(("status", "waits"), [("open", 0), ("archived", 0), ("retried", 1)])
def test_what_waits_for_a_person_is_not_waited_for(wiring: EmbeddedWiring, status: Any, waits: int) -> None:
    """A job that an exception holds, or that was given up, waits for nobody outside."""
    sent_jobs(wiring, JobState.EXPORTED)
    wiring.ledger.raise_exception(exception_record(job_id="job-1", status=status))

    assert waiting_for(wiring).count("to return") == waits


def test_says_when_the_next_try_is(wiring: EmbeddedWiring, clock: FakeClock) -> None:
    """A message in its back-off: how many, when again, and where the cause is written."""
    publish(wiring, "arrivals", "validate-arrivals", 2)
    for delivery in wiring.bus.lease(2):
        wiring.bus.nack(delivery)

    assert re.fullmatch(
        rf"Waiting to try 2 messages again\nNext try at {TIME}; .*/log\.jsonl says what failed",
        waiting_for(wiring),
    )


def test_times_of_today_have_no_date() -> None:
    """What happens today is told by the clock on the wall."""
    assert re.fullmatch(r"\d\d:\d\d:\d\d", waiting._moment(time.time()))
