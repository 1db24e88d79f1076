"""The smoke test of a deployment, against the whole system on the emulators."""

from collections.abc import Iterator

import pytest

from functions.cli.emulated import Ticking
from infra.scripts import smoke_test
from shared.local.emulators.sdk import sdk_root
from tests.acceptance.emulated import Emulated, emulated

pytestmark = [
    pytest.mark.emulators,
    pytest.mark.skipif(sdk_root() is None, reason="there is no Google Cloud SDK on this machine"),
]

_QUIET, _LOOK = 3.0, "0.5"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    """A system whose minutes come every second."""
    with (
        emulated(tmp_path_factory.mktemp("smoke"), quiet_period=_QUIET) as running,
        Ticking(running.system, 1.0),
    ):
        yield running


def test_a_series_goes_through_the_real_pipeline(
    system: Emulated, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the environment alone: six instances in, all exported, the balance closed."""
    code = smoke_test.main(["--seconds", "120", "--look", _LOOK])

    assert code == smoke_test.EXPORTED
    assert "exported=6" in capsys.readouterr().out
    assert system.balance.closed


def test_it_can_be_run_again(system: Emulated) -> None:
    """A second run is a series of its own, not a duplicate."""
    assert smoke_test.main(["--seconds", "120", "--look", _LOOK]) == smoke_test.EXPORTED
    assert system.balance.ignored == 0


def test_a_stage_that_is_down_is_noticed(system: Emulated) -> None:
    """Without validation everything stays in flight, and the test says so when its time is over."""
    system.system.functions["validate"].stop()

    assert smoke_test.main(["--seconds", "4", "--look", _LOOK]) == smoke_test.IN_FLIGHT
