"""`deidentify` where nothing may be released: the gate holds a shard, or the order is void."""

from typing import Any

import msgspec
import pytest
from pydicom.uid import UID

from shared.errors import (
    AirlockError,
    ConfigurationError,
    ObjectNotFound,
    PixelsIdentifying,
    RecordConflict,
    RecordMissing,
    Residue,
    SopClassUnsupported,
)
from shared.ports.records import GenerationRecord
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.doubles import RecordingLedger
from tests.factories import series_ref
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


def test_refuses_an_original_that_is_gone(wiring: EmbeddedWiring) -> None:
    """Where the ledger knows no other place of an original, its shard is not released in part."""
    accept(wiring, 1)
    gone = accept(wiring, 2)
    claim_for_ruleset(wiring, complete(wiring))
    wiring.clinical.delete(gone.blob)
    with pytest.raises(ObjectNotFound):
        run(wiring)

    assert names(wiring) == ([], [])


def test_refuses_an_original_that_is_gone_from_where_it_was_moved_to(wiring: EmbeddedWiring) -> None:
    """It is looked up once: where the ledger says that it lies, it has to be."""
    record = accept(wiring, 1)
    claim_for_ruleset(wiring, complete(wiring))
    again = put(wiring.clinical, record.blob.name, ct_image(1))
    wiring.ledger.move_instance(msgspec.structs.replace(record, blob=again.ref))
    wiring.clinical.delete(again.ref)
    with pytest.raises(ObjectNotFound):
        run(wiring)

    assert names(wiring) == ([], [])


def test_refuses_an_original_whose_record_is_gone(wiring: EmbeddedWiring) -> None:
    """Neither object nor record: there is nothing to look up."""
    record = accept(wiring, 1)
    claim_for_ruleset(wiring, complete(wiring))
    wiring.clinical.delete(record.blob)
    with wiring.ledger._database.transaction() as connection:
        connection.execute("DELETE FROM instances")

    with pytest.raises(ObjectNotFound):
        run(wiring)
