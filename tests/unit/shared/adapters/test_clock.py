"""The clocks."""

import time

import pytest

from shared.adapters.clock import FakeClock, SystemClock
from shared.ports.clock import Clock
from tests.contracts.races import at_once


def read(clock: Clock) -> float:
    """Read a clock as everybody does, by its port."""
    return clock.now()


def sleep_often(clock: Clock, times: int) -> None:
    """Sleep a second several times."""
    for _ in range(times):
        clock.sleep(1)


def test_the_system_clock_tells_the_time() -> None:
    """It is the machine's time in seconds since the epoch."""
    before, now, after = time.time(), read(SystemClock()), time.time()

    assert before <= now <= after


def test_the_system_clock_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lets the machine's time pass."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    SystemClock().sleep(2.5)

    assert slept == [2.5]


def test_the_fake_clock_moves_only_when_told() -> None:
    """It stands still between `advance` and `sleep`, and can be turned back."""
    clock = FakeClock(100.0)
    times = [clock.now(), clock.now()]
    clock.advance(2.5)
    times.append(clock.now())
    clock.sleep(10)
    times.append(clock.now())
    clock.advance(-50)
    times.append(clock.now())

    assert times == [100.0, 100.0, 102.5, 112.5, 62.5]


def test_threads_advance_the_fake_clock_together() -> None:
    """No step of any thread is lost."""
    clock = FakeClock(0.0)
    at_once(8, lambda _: sleep_often(clock, 500))

    assert clock.now() == 4000.0
