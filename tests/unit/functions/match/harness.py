"""Runs `match` on a generation of a series."""

from collections.abc import Sequence
from typing import Any

from functions.match.handler import match
from shared.deid.rules.profile import Profile
from shared.events import (
    DeidentifyShard,
    Event,
    SeriesAmended,
    SeriesCompleted,
)
from shared.ports.records import GenerationRecord, ShardRecord
from shared.rules.ruleset import Ruleset
from shared.settings import IntakePolicy
from shared.wiring import EmbeddedWiring
from tests.factories import series_ref
from tests.unit.shared.rules.examples import ruleset

CT = ruleset({"attribute": "Modality", "equals": "CT"}, name="all_ct", template="thorax")
MR = ruleset({"attribute": "Modality", "equals": "MR"}, name="all_mr")
#: a class that PS3.3 has no IOD for any more
RETIRED = "1.2.840.10008.5.1.4.1.1.5"
PROFILE = Profile(name="basic", description="A test.")
SECOND = ruleset({"attribute": "InstanceNumber", "greater": "1"}, name="second")


def run(
    wiring: EmbeddedWiring,
    *,
    rulesets: Sequence[Ruleset] = (CT,),
    shard_size: int = 100,
    generation: int = 1,
    amended: bool = False,
    clinical: Any = None,
    ledger: Any = None,
    profile: Profile = PROFILE,
) -> list[Event]:
    """Match series 1."""
    announce = SeriesAmended if amended else SeriesCompleted
    return list(
        match(
            announce(series=series_ref(), generation=generation, instance_count=0, reason="quiet_period"),
            clinical=clinical or wiring.clinical,
            ledger=ledger or wiring.ledger,
            rulesets=rulesets,
            profiles={"basic": profile},
            intake=IntakePolicy(name="test", description="A test.", shard_size=shard_size),
        )
    )


def stored(wiring: EmbeddedWiring) -> GenerationRecord:
    """The latest generation of series 1."""
    record = wiring.ledger.generation(series_ref())
    assert record is not None
    return record


def shards(wiring: EmbeddedWiring) -> list[ShardRecord]:
    """The shards of generation 1."""
    return list(wiring.ledger.shards(series_ref(), 1))


def order(shard: int = 0, shard_count: int = 1) -> DeidentifyShard:
    """What asks for a shard of generation 1."""
    return DeidentifyShard(series=series_ref(), generation=1, shard=shard, shard_count=shard_count)
