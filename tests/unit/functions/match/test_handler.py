"""`match`: which ruleset a generation of a series goes by, and into which shards it is cut."""

import msgspec
import pytest

from shared.errors import PatientInconsistent, RecordMissing, RulesetsAmbiguous, StorageUnavailable
from shared.events import (
    DeidentifyShard,
    SeriesMatched,
    SeriesUnmatched,
)
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.doubles import FailingOnce
from tests.factories import generation_record, series_ref, uid
from tests.instances import ct_image
from tests.unit.functions.match.harness import CT, MR, SECOND, order, run, shards, stored
from tests.unit.functions.steps import accept, complete
from tests.unit.shared.rules.examples import ruleset
from tests.watched_blobs import WatchedBlobs

# -- the verdict


def test_orders_the_shards_of_a_series_that_a_ruleset_claims(wiring: EmbeddedWiring) -> None:
    """The generation learns the ruleset and all that it decides; every shard is ordered."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring)

    assert run(wiring) == [
        SeriesMatched(series=series_ref(), generation=1, ruleset="all_ct", matched=2, unmatched=0),
        order(),
    ]
    trace = stored(wiring).trace
    assert trace[0] == "all_ct (priority 0): claims 2 of 2 instances"
    assert stored(wiring) == generation_record(
        state=SeriesState.MATCHED,
        ruleset="all_ct",
        profile="basic",
        destination="autosegmentation",
        template="thorax",
        trace=trace,
        matched=2,
        shard_count=1,
        revision=2,
    )
    assert [each.sop_instance_uids for each in shards(wiring)] == [(uid(1), uid(2))]


def test_says_that_no_ruleset_claims_a_series(wiring: EmbeddedWiring) -> None:
    """An unmatched series is a result, with the reasons kept, and nothing is ordered."""
    accept(wiring, 1)
    complete(wiring)

    assert run(wiring, rulesets=[MR]) == [SeriesUnmatched(series=series_ref(), generation=1, unmatched=1)]
    assert (stored(wiring).state, stored(wiring).ruleset) == (SeriesState.UNMATCHED, None)
    assert stored(wiring).trace[0] == "all_mr (priority 0): claims 0 of 1 instance"
    assert shards(wiring) == []


def test_decides_an_amendment_like_a_first_generation(wiring: EmbeddedWiring) -> None:
    """A second generation is matched anew, with all of its instances."""
    accept(wiring, 1)
    complete(wiring)
    run(wiring)
    accept(wiring, 2)
    complete(wiring, generation=2)

    events = run(wiring, generation=2, amended=True)
    assert events[0] == SeriesMatched(
        series=series_ref(), generation=2, ruleset="all_ct", matched=2, unmatched=0
    )
    assert events[1:] == [DeidentifyShard(series=series_ref(), generation=2, shard=0, shard_count=1)]


def test_leaves_localizers_out(wiring: EmbeddedWiring) -> None:
    """Localizers count as unmatched and are in no shard."""
    accept(wiring, 1, content=ct_image(1, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]))
    accept(wiring, 2)
    complete(wiring)

    assert run(wiring) == [
        SeriesMatched(series=series_ref(), generation=1, ruleset="all_ct", matched=1, unmatched=1),
        order(),
    ]
    assert [each.sop_instance_uids for each in shards(wiring)] == [(uid(2),)]


def test_refuses_rulesets_of_the_same_priority(wiring: EmbeddedWiring) -> None:
    """Two rulesets that claim one series are an error that a person resolves; nothing is decided."""
    accept(wiring, 1)
    complete(wiring)
    twin = ruleset({"attribute": "Modality", "equals": "CT"}, name="twin")
    with pytest.raises(RulesetsAmbiguous):
        run(wiring, rulesets=[CT, twin])

    assert (stored(wiring).state, shards(wiring)) == (SeriesState.COMPLETED, [])


def test_prefers_the_higher_priority(wiring: EmbeddedWiring) -> None:
    """Of two rulesets that claim a series the one of higher priority gets it."""
    accept(wiring, 1)
    complete(wiring)
    special = ruleset({"attribute": "Modality", "equals": "CT"}, name="special", priority=1)
    run(wiring, rulesets=[CT, special])

    assert stored(wiring).ruleset == "special"


def test_refuses_a_series_of_two_patients(wiring: EmbeddedWiring) -> None:
    """Instances of two patients, accepted at the same moment, are found here at the latest."""
    accept(wiring, 1)
    accept(wiring, 2, patient_digest="0a" * 32)
    complete(wiring)
    with pytest.raises(PatientInconsistent) as caught:
        run(wiring)

    assert caught.value.details == {"instances": 2}
    assert (stored(wiring).state, shards(wiring)) == (SeriesState.COMPLETED, [])


def test_judges_the_instances_of_the_generation_alone(wiring: EmbeddedWiring) -> None:
    """An instance that came after the generation, of another patient even, waits for the next one."""
    accept(wiring, 1)
    complete(wiring)
    accept(wiring, 2, patient_digest="0a" * 32)
    run(wiring)

    assert [each.sop_instance_uids for each in shards(wiring)] == [(uid(1),)]


# -- the shards


@pytest.mark.parametrize(
    ("shard_size", "sizes"), [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (4, [4, 1]), (5, [5]), (6, [5])]
)
def test_cuts_shards_of_the_policys_size(wiring: EmbeddedWiring, shard_size: int, sizes: list[int]) -> None:
    """The claimed instances are cut in the order of their UIDs; only the last shard is smaller."""
    for number in (3, 1, 5, 2, 4):
        accept(wiring, number)
    complete(wiring)
    events = run(wiring, shard_size=shard_size)

    assert events[1:] == [order(number, len(sizes)) for number in range(len(sizes))]
    assert [len(each.sop_instance_uids) for each in shards(wiring)] == sizes
    assert [each for shard in shards(wiring) for each in shard.sop_instance_uids] == [
        uid(number) for number in (1, 2, 3, 4, 5)
    ]


def test_cuts_only_what_is_claimed(wiring: EmbeddedWiring) -> None:
    """Instances that stay behind take no place in a shard."""
    for number in (1, 2, 3):
        accept(wiring, number)
    complete(wiring)
    events = run(wiring, rulesets=[SECOND], shard_size=1)

    assert events[0] == SeriesMatched(
        series=series_ref(), generation=1, ruleset="second", matched=2, unmatched=1
    )
    assert [each.sop_instance_uids for each in shards(wiring)] == [(uid(2),), (uid(3),)]


def test_a_shard_says_where_its_instances_lie(wiring: EmbeddedWiring) -> None:
    """Whoever de-identifies it needs no other record."""
    records = [accept(wiring, number) for number in (1, 2)]
    complete(wiring)
    run(wiring)
    (shard,) = shards(wiring)

    assert [(each.sop_instance_uid, each.blob, each.size) for each in shard.instances] == [
        (each.sop_instance_uid, each.blob, each.size) for each in records
    ]


# -- redelivery and lateness


def test_orders_the_same_shards_again(wiring: EmbeddedWiring) -> None:
    """A second delivery asks the rules nothing: other rulesets and shard sizes change no decision."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring)
    first, record, cut = run(wiring, shard_size=1), stored(wiring), shards(wiring)
    clinical = WatchedBlobs(wiring.clinical)

    assert run(wiring, rulesets=[MR], shard_size=2, clinical=clinical) == first
    assert (stored(wiring), shards(wiring), clinical.journal) == (record, cut, [])


def test_says_again_that_nothing_matched(wiring: EmbeddedWiring) -> None:
    """A second delivery of an unmatched series gives the same event."""
    accept(wiring, 1)
    complete(wiring)
    first = run(wiring, rulesets=[MR])

    assert run(wiring, rulesets=[CT]) == first


def test_goes_on_after_a_crash_between_shards_and_verdict(wiring: EmbeddedWiring) -> None:
    """Shards that were made before a crash stay as they are."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring)
    ledger = FailingOnce(wiring.ledger, "replace_generation", StorageUnavailable())
    with pytest.raises(StorageUnavailable):
        run(wiring, shard_size=1, ledger=ledger)
    cut = shards(wiring)

    assert len(cut) == 2
    assert run(wiring, shard_size=1, ledger=ledger)[1:] == [order(0, 2), order(1, 2)]
    assert shards(wiring) == cut


def test_drops_a_superseded_generation(wiring: EmbeddedWiring) -> None:
    """Once a later generation is there, an event of the earlier one does nothing."""
    accept(wiring, 1)
    complete(wiring)
    accept(wiring, 2)
    complete(wiring, generation=2)

    assert run(wiring, generation=1) == []
    assert (shards(wiring), stored(wiring).state) == ([], SeriesState.COMPLETED)


def test_drops_a_rejected_generation(wiring: EmbeddedWiring) -> None:
    """What a person has archived is not judged any more, whatever event of it is still on its way."""
    accept(wiring, 1)
    wiring.ledger.replace_generation(msgspec.structs.replace(complete(wiring), state=SeriesState.REJECTED))

    assert run(wiring) == []
    assert (shards(wiring), stored(wiring).state) == ([], SeriesState.REJECTED)


def test_waits_for_a_generation_that_the_ledger_does_not_know(wiring: EmbeddedWiring) -> None:
    """An event that outlived the ledger is not handled: the same generation comes again."""
    with pytest.raises(RecordMissing):
        run(wiring)
