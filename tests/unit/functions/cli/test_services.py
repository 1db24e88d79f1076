"""The commands that run until they are stopped: how signals reach them, and what they pass on."""

import signal
from pathlib import Path
from typing import Any

import pytest

from functions.cli import services
from functions.cli import up as system


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_an_orderly_end(number: signal.Signals) -> None:
    """Ctrl-C, and a stop by the system, set the event; afterwards signals mean what they meant."""
    before = signal.getsignal(number)
    with services._stopped_by_signal() as stop:
        asked = [stop.is_set()]
        signal.raise_signal(number)
        asked.append(stop.is_set())

    assert asked == [False, True]
    assert signal.getsignal(number) is before


def test_a_second_signal_does_not_wait() -> None:
    """Who presses Ctrl-C twice does not wait for what is under way."""
    before = signal.getsignal(signal.SIGINT)
    with services._stopped_by_signal():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) is before


def test_embedded_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """One option decides which system runs, and each is given what concerns it."""
    given: list[tuple[str, Any, Any]] = []

    def embedded(workspace: Path, *rest: Any, port: int, **_: Any) -> None:
        given.append(("embedded", workspace, port))

    def emulated(rulesets: Path | None, *, quiet_period: float, **_: Any) -> None:
        given.append(("emulated", rulesets, quiet_period))

    monkeypatch.setattr(system, "up_embedded", embedded)
    monkeypatch.setattr(system, "up_emulated", emulated)
    services.up(embedded=True, workspace=Path("w"), port=8042)
    services.up(rulesets=Path("r"), quiet=3.0)

    assert given == [("embedded", Path("w"), 8042), ("emulated", Path("r"), 3.0)]
