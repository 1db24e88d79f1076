"""The loop of the embedded system, and what is asked before anything is started."""

import threading
from pathlib import Path
from typing import Any

import pytest

from functions.cli import companions
from functions.cli import up as module
from functions.cli.companions import dicom_store
from functions.cli.inbox import Inbox
from shared.adapters.clock import FakeClock
from shared.errors import ConfigurationError
from shared.wiring import EmbeddedWiring


class Busy:
    """An engine that always has something to do; the fourth tick stops everything."""

    def __init__(self, stop: threading.Event, clock: FakeClock) -> None:
        self.ticks = 0
        self.drained = 0
        self._stop = stop
        self._clock = clock

    def tick(self) -> None:
        """Count a tick."""
        self.ticks += 1
        if self.ticks == 4:
            self._stop.set()

    def drain(self, until: Any) -> None:
        """Handle a message a second until told to stop."""
        while not until():
            self.drained += 1
            self._clock.advance(1.0)


@pytest.fixture
def stop() -> threading.Event:
    """Set when all is to end."""
    return threading.Event()


def test_ticks_and_stops_while_there_is_always_something_to_do(
    wiring: EmbeddedWiring,
    clock: FakeClock,
    stop: threading.Event,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hospital that never pauses starves neither the scheduler nor Ctrl-C."""
    busy = Busy(stop, clock)
    monkeypatch.setattr(module, "Engine", lambda _: busy)
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)
    module._work(wiring, Inbox(tmp_path, wiring.clinical, clock, quiet_period=1.0), stop, 5.0)

    assert (busy.ticks, busy.drained) == (4, 15)


@pytest.mark.parametrize(("quiet", "expected"), [(0.0, 0.5), (2.0, 2.0), (600.0, 5.0)])
def test_a_tick_comes_as_often_as_somebody_waits(quiet: float, expected: float) -> None:
    """Every five seconds, or sooner where series are complete sooner."""
    assert module._tick_seconds(quiet) == expected


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the packages of the cloud there is a sentence, and no process is started."""
    monkeypatch.setattr(module, "_PACKAGES", ("json", "no_such_package.of_google"))

    with pytest.raises(ConfigurationError) as raised:
        module.up_emulated(None, quiet_period=0.0, stop=threading.Event())

    assert raised.value.details["missing_package"] == "no_such_package.of_google"


def test_a_store_without_its_packages_is_told(
    wiring: EmbeddedWiring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workspace that serves a DICOM store needs more than the pipeline does."""
    monkeypatch.setattr(companions, "_STORE_PACKAGES", ("no_such_package",))

    with pytest.raises(ConfigurationError) as raised, dicom_store(wiring, tmp_path / "dicom", 0):
        pass

    assert raised.value.details["missing_package"] == "no_such_package"


def test_lines_before_there_is_a_screen_are_not_kept() -> None:
    """Functions log from their start, which is before anything is shown."""
    lines = module._Lines()
    lines("validate", '{"message": "handled"}')
    shown: list[tuple[str, str]] = []

    class Screen:
        def line(self, stage: str, text: str) -> None:
            """Keep it."""
            shown.append((stage, text))

    lines.screen = Screen()  # type: ignore[assignment]  # all that a line needs
    lines("match", "second")

    assert shown == [("match", "second")]
