"""`deidentify` where nothing may be released: the gate holds a shard, or the order is void."""

from typing import Any

import msgspec
import pytest
from pydicom.uid import UID

from shared.errors import (
    AirlockError,
    ConfigurationError,
    PixelsIdentifying,
    RecordConflict,
    RecordMissing,
    Residue,
    SopClassUnsupported,
)
from shared.ports.records import GenerationRecord
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.doubles import RecordingLedger
from tests.factories import series_ref, uid
from tests.instances import ct_image
from tests.unit.functions.deidentify.harness import names, prepare, released_to, run, stored
from tests.unit.functions.steps import accept, claim_for_ruleset, complete

# -- nothing is released


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"ManufacturerModelName": "Zylberquist 3000"}, Residue),
        ({"BurnedInAnnotation": "YES"}, PixelsIdentifying),
        ({"SOPClassUID": UID("1.2.840.10008.5.1.4.1.1.5")}, SopClassUnsupported),
    ],
    ids=["residue", "burned in", "class"],
)
def test_releases_nothing_of_a_shard_that_is_held(
    wiring: EmbeddedWiring, attributes: dict[str, Any], error: type[AirlockError]
) -> None:
    """One instance that cannot be released holds its shard: no object, no crosswalk, no record."""
    accept(wiring, 1)
    accept(wiring, 2, content=ct_image(2, **attributes))
    claim_for_ruleset(wiring, complete(wiring))
    with pytest.raises(error):
        run(wiring)

    assert names(wiring) == ([], [])
    assert (released_to(wiring), stored(wiring).state) == ([None], SeriesState.MATCHED)


def test_a_held_shard_does_not_hold_the_others(wiring: EmbeddedWiring) -> None:
    """The other shards are released, but the series is not announced."""
    accept(wiring, 1)
    accept(wiring, 2, content=ct_image(2, BurnedInAnnotation="YES"))
    claim_for_ruleset(wiring, complete(wiring), shard_size=1)
    with pytest.raises(PixelsIdentifying):
        run(wiring, 1)

    assert run(wiring, 0) == []
    assert [ref is not None for ref in released_to(wiring)] == [True, False]


# -- what is dropped or refused


def test_drops_a_superseded_generation(wiring: EmbeddedWiring) -> None:
    """A later generation makes the shards of the earlier one void."""
    prepare(wiring)
    accept(wiring, 3)
    complete(wiring, generation=2)

    assert run(wiring) == []
    assert names(wiring) == ([], [])


def test_waits_for_a_generation_that_the_ledger_does_not_know(wiring: EmbeddedWiring) -> None:
    """An order that outlived the ledger is not handled: the same shard comes again."""
    with pytest.raises(RecordMissing):
        run(wiring, generation=7)


class SupersedingLedger(RecordingLedger):
    """A ledger in which a late instance makes a new generation while a shard is being released."""

    def release_shard(self, *arguments: Any) -> None:
        """Release, and be late."""
        self._ledger.release_shard(*arguments)
        latest = self._ledger.generation(series_ref())
        self._ledger.add_generation(
            GenerationRecord(
                series=series_ref(),
                generation=2,
                sop_instance_uids=latest.sop_instance_uids,
                reason="quiet_period",
                completed_at=0.0,
            )
        )


def test_does_not_announce_what_is_superseded_meanwhile(wiring: EmbeddedWiring) -> None:
    """Superseded between its release and its record, a series is dropped by the next delivery."""
    prepare(wiring)
    with pytest.raises(RecordConflict):
        run(wiring, ledger=SupersedingLedger(wiring.ledger, []))

    assert run(wiring) == []


@pytest.mark.parametrize("profile", ["unknown", ""])
def test_refuses_a_profile_that_is_missing(wiring: EmbeddedWiring, profile: str) -> None:
    """Without its profile nothing is de-identified."""
    prepare(wiring, profile=profile)
    with pytest.raises(ConfigurationError) as caught:
        run(wiring)

    assert caught.value.details == {"missing_profile": profile or "none"}
    assert names(wiring) == ([], [])


def test_refuses_a_generation_that_no_ruleset_claimed(wiring: EmbeddedWiring) -> None:
    """A generation without a profile cannot be de-identified."""
    accept(wiring, 1)
    complete(wiring)

    with pytest.raises(ConfigurationError):
        run(wiring)


def test_refuses_an_instance_that_is_not_in_the_ledger(wiring: EmbeddedWiring) -> None:
    """A shard that names an unknown instance is not released in part."""
    accept(wiring, 1)
    generation = complete(wiring)
    claim_for_ruleset(
        wiring, msgspec.structs.replace(generation, sop_instance_uids=(uid(1), uid(2))), shard_size=2
    )
    with pytest.raises(ConfigurationError) as caught:
        run(wiring)

    assert caught.value.details == {"reason": "an instance of the shard is not in the ledger"}
    assert names(wiring) == ([], [])
