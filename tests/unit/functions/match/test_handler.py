"""`match`: which ruleset a generation of a series goes by, and into which shards it is cut."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from functions.match.handler import match
from shared.deid.profile import Profile
from shared.errors import ObjectNotFound, PatientInconsistent, RulesetsAmbiguous, StorageUnavailable
from shared.events import (
    DeidentifyShard,
    Event,
    SeriesAmended,
    SeriesCompleted,
    SeriesMatched,
    SeriesUnmatched,
)
from shared.ports.records import GenerationRecord, ShardRecord
from shared.rules.ruleset import Ruleset
from shared.settings import IntakePolicy
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.doubles import FailingOnce, WatchedBlobs
from tests.factories import generation_record, series_ref, uid
from tests.instances import ct_image, without_meta
from tests.unit.functions.steps import accept, complete
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


def test_drops_a_generation_that_nobody_knows(wiring: EmbeddedWiring) -> None:
    """An event about a generation that is not in the ledger does nothing."""
    assert run(wiring) == []


# -- reading the headers


def test_reads_only_headers(wiring: EmbeddedWiring) -> None:
    """The rules see attributes: the pixels stay where they are."""
    accept(wiring, 1, content=ct_image(1, pixels=bytes(4 << 20)))
    complete(wiring)
    clinical = WatchedBlobs(wiring.clinical)
    run(wiring, clinical=clinical)

    assert clinical.bytes_read <= (64 << 10) + 64


def test_reads_what_was_accepted_without_file_meta_information(wiring: EmbeddedWiring) -> None:
    """A data set alone that `validate` accepted by force is judged like any other."""
    accept(wiring, 1, content=without_meta(ct_image(1)))
    complete(wiring)

    assert run(wiring)[1:] == [order()]


def test_finds_an_instance_gone(wiring: EmbeddedWiring) -> None:
    """An accepted object that is not there any more is a permanent failure, and nothing is decided."""
    record = accept(wiring, 1)
    complete(wiring)
    wiring.clinical.delete(record.blob)
    with pytest.raises(ObjectNotFound):
        run(wiring)

    assert stored(wiring).state is SeriesState.COMPLETED


@pytest.mark.parametrize(("setting", "claimed"), [("remove", [uid(1)]), ("hold", [uid(1), uid(2)])])
def test_leaves_out_what_nobody_can_deidentify_where_the_profile_says_so(
    wiring: EmbeddedWiring, setting: Any, claimed: list[str]
) -> None:
    """Instances of a SOP Class without an IOD stay behind; by default they go on and are held."""
    accept(wiring, 1)
    accept(wiring, 2, sop_class_uid=RETIRED)
    complete(wiring)
    events = run(wiring, profile=msgspec.structs.replace(PROFILE, unknown_sop_classes=setting))
    (shard,) = wiring.ledger.shards(series_ref(), 1)

    assert list(shard.sop_instance_uids) == claimed
    assert [(each.matched, each.unmatched) for each in events if isinstance(each, SeriesMatched)] == [
        (len(claimed), 2 - len(claimed))
    ]


def test_a_series_of_nothing_but_unknown_classes_is_unmatched(wiring: EmbeddedWiring) -> None:
    """Where all are left out nothing is ordered."""
    accept(wiring, 1, sop_class_uid=RETIRED)
    complete(wiring)
    events = run(wiring, profile=msgspec.structs.replace(PROFILE, unknown_sop_classes="remove"))

    assert [type(each) for each in events] == [SeriesUnmatched]
    assert stored(wiring).state is SeriesState.UNMATCHED
