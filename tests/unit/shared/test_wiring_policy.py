"""The policies of an installation, and what a deployed function is told of it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.adapters.clock import FakeClock
from shared.errors import ConfigurationError, RulesetInvalid
from shared.settings import IntakePolicy
from shared.wiring import EmbeddedWiring

RULESETS = Path(__file__).parents[3] / "rulesets"
ENVIRON = {"AUTOSEGMENTATION_URL": "http://127.0.0.1:9"}
DAY = 86_400.0

Wire = Callable[..., EmbeddedWiring]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(1_763_807_400.0)


@pytest.fixture
def wire(tmp_path: Path, clock: FakeClock) -> Iterator[Wire]:
    """Make wirings of one workspace, with the shipped rulesets unless a test says otherwise."""
    made: list[EmbeddedWiring] = []

    def make(policy: Path = RULESETS, **options: Any) -> EmbeddedWiring:
        options = {"clock": clock, "environ": ENVIRON, **options}
        made.append(EmbeddedWiring(tmp_path / "workspace", policy, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


# -- policy


def test_hands_out_the_parts_of_the_intakes_policy(wire: Wire) -> None:
    """Stages get the part that concerns them."""
    wiring = wire()

    assert (wiring.validation, wiring.unpacking, wiring.assembly) == (
        wiring.intake.validation,
        wiring.intake.unpacking,
        wiring.intake.assembly,
    )


def test_a_quiet_period_may_be_given(wire: Wire) -> None:
    """It takes the place of the policy's, and nothing else changes."""
    given, own = wire(quiet_period=0.0).intake, wire().intake
    assembly = msgspec.structs.replace(own.assembly, quiet_period=0.0)

    assert given == msgspec.structs.replace(own, assembly=assembly)
    assert isinstance(own, IntakePolicy)
    assert own.assembly.quiet_period == 600


def test_a_profile_may_be_given(wire: Wire) -> None:
    """It takes the place of that of every ruleset, and the rules stay what they are."""
    given, own = wire(profile="basic").rulesets, wire().rulesets

    assert {each.definition.profile for each in given} == {"basic"}
    assert [each.name for each in given] == [each.name for each in own]
    assert {each.definition.profile for each in own} != {"basic"}


def test_a_profile_that_is_given_must_exist(wire: Wire) -> None:
    """An unknown profile is refused, with those that there are."""
    with pytest.raises(ConfigurationError) as caught:
        wire(profile="baisc").rulesets  # noqa: B018 - made on first use

    known = sorted(file.stem for file in (RULESETS / "deidentify").glob("*.yaml"))
    assert {"basic", "draw", "extended"} < set(known)
    assert caught.value.details == {"unknown_profile": "baisc", "known": ", ".join(known)}


def test_rulesets_must_name_what_there_is(wire: Wire, tmp_path: Path) -> None:
    """A ruleset whose profile is not there is refused when the rulesets are loaded."""
    policy = tmp_path / "rulesets"
    shutil.copytree(RULESETS, policy)
    (policy / "deidentify" / "draw.yaml").unlink()

    with pytest.raises(RulesetInvalid):
        wire(policy).rulesets  # noqa: B018 - made on first use


@pytest.mark.parametrize("port", ["rulesets", "intake", "destination_settings", "templates"])
def test_a_policy_that_is_missing_is_not_made_up(wire: Wire, tmp_path: Path, port: str) -> None:
    """Without its folder a policy is an error."""
    wiring = wire(tmp_path / "missing")

    with pytest.raises(ConfigurationError):
        getattr(wiring, port)


def test_the_destinations_address_comes_from_the_environment(wire: Wire) -> None:
    """The environment is asked for when the destinations are loaded, and must have it."""
    (settings,) = wire().destination_settings

    assert settings.base_url == ENVIRON["AUTOSEGMENTATION_URL"]
    with pytest.raises(ConfigurationError):
        wire(environ={}).destination_settings  # noqa: B018 - made on first use


# -- the environment of a deployed function


def test_is_made_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployed function is told its workspace and its rulesets."""
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("AIRLOCK_RULESETS", str(RULESETS))
    wiring = EmbeddedWiring.from_environment()

    assert (wiring.workspace, wiring.policy) == (tmp_path, RULESETS)


@pytest.mark.parametrize("missing", ["AIRLOCK_WORKSPACE", "AIRLOCK_RULESETS"])
def test_says_what_the_environment_lacks(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """A variable that is not set is an error that names it."""
    for name in ("AIRLOCK_WORKSPACE", "AIRLOCK_RULESETS"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.delenv(missing)
    with pytest.raises(ConfigurationError) as caught:
        EmbeddedWiring.from_environment()

    assert caught.value.details == {"missing_variable": missing}
