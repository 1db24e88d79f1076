"""Ask the rulesets what a series is for, and cut what they claim into shards."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import msgspec

from shared.deid.rules.iod import knows
from shared.deid.rules.profile import Profile
from shared.dicom.dataset import DataSet
from shared.dicom.read import read_accepted
from shared.errors import PatientInconsistent, RecordMissing
from shared.events import (
    DeidentifyShard,
    Event,
    SeriesAmended,
    SeriesCompleted,
    SeriesMatched,
    SeriesUnmatched,
)
from shared.originals import open_each
from shared.ports.blobs import BlobReader, Blobs
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import GenerationRecord, InstanceRecord, ShardInstance, ShardRecord
from shared.rules.matching import match as match_rulesets
from shared.rules.model import RulesetDefinition, SeriesVerdict
from shared.rules.ruleset import Ruleset
from shared.settings import IntakePolicy
from shared.states import SeriesState


def match(
    event: SeriesCompleted | SeriesAmended,
    *,
    clinical: Blobs,
    ledger: ClinicalLedger,
    rulesets: Sequence[Ruleset],
    profiles: Mapping[str, Profile],
    intake: IntakePolicy,
) -> Iterator[Event]:
    """Match one generation of a series and order its shards; a second delivery orders the same shards again.

    Instances that nobody can de-identify stay behind where the profile says so.

    Raises:
        RulesetsAmbiguous: several rulesets of the same priority claim it.
        PatientInconsistent: its instances name different patients.
        RecordMissing: the ledger does not know it. A message that outlived the ledger must not be taken for
            handled, or the generation of the same number that follows would be a duplicate.
    """
    generation = ledger.generation(event.series, event.generation)
    if generation is None:
        raise RecordMissing(record="generation")
    if generation.state in {SeriesState.SUPERSEDED, SeriesState.REJECTED}:
        return
    if generation.state is SeriesState.COMPLETED:
        verdict, instances = _judge(generation, clinical, ledger, rulesets)
        generation = _decide(generation, ledger, intake, verdict, _claimed(verdict, instances, profiles))
    yield from _orders(generation)


def _judge(
    generation: GenerationRecord, clinical: Blobs, ledger: ClinicalLedger, rulesets: Sequence[Ruleset]
) -> tuple[SeriesVerdict, Sequence[InstanceRecord]]:
    members = set(generation.sop_instance_uids)
    instances = sorted(
        (each for each in ledger.instances(generation.series) if each.sop_instance_uid in members),
        key=_place_in_archive,
    )
    if len({each.patient_digest for each in instances}) > 1:
        raise PatientInconsistent(instances=len(instances))
    with closing(open_each(clinical, [each.blob for each in instances], header_only=True)) as readers:
        return match_rulesets(rulesets, map(_attributes, readers)), instances


def _place_in_archive(instance: InstanceRecord) -> tuple[str, int]:
    """What lies in one archive is read in its order, from one stream; whatever lies alone keeps its own."""
    blob = instance.blob
    return ("", 0) if blob.member is None else (str(blob.archive), blob.member)


def _claimed(
    verdict: SeriesVerdict, instances: Sequence[InstanceRecord], profiles: Mapping[str, Profile]
) -> list[InstanceRecord]:
    """The instances that the ruleset claims, without those that its profile leaves out."""
    profile = profiles.get(verdict.ruleset.profile) if verdict.ruleset else None
    leaves_out = profile is not None and profile.unknown_sop_classes == "remove"
    claimed = [instances[position] for position in verdict.claimed]
    return [each for each in claimed if not leaves_out or knows(each.sop_class_uid)]


def _decide(
    generation: GenerationRecord,
    ledger: ClinicalLedger,
    intake: IntakePolicy,
    verdict: SeriesVerdict,
    claimed: Sequence[InstanceRecord],
) -> GenerationRecord:
    if verdict.ruleset is None or not claimed:
        unmatched = msgspec.structs.replace(generation, state=SeriesState.UNMATCHED, trace=verdict.trace)
        return ledger.replace_generation(unmatched)
    shards = list(_shards(generation, claimed, intake.shard_size))
    ledger.add_shards(shards)
    matched = _matched(generation, verdict.ruleset, verdict.trace, len(claimed), len(shards))
    return ledger.replace_generation(matched)


class _Attributes:
    """An instance's header as the rules see it."""

    def __init__(self, data_set: DataSet) -> None:
        self._data_set = data_set

    def values(self, path: tuple[int, ...]) -> tuple[str, ...] | None:
        """The values at a path of tags."""
        return self._data_set.at(path)


def _attributes(reader: BlobReader) -> _Attributes:
    # By force, for whether File Meta Information must be there was decided when it was accepted.
    return _Attributes(DataSet.of(read_accepted(reader)))


def _shards(
    generation: GenerationRecord, claimed: Sequence[InstanceRecord], size: int
) -> Iterator[ShardRecord]:
    for number, start in enumerate(range(0, len(claimed), size)):
        yield ShardRecord(
            series=generation.series,
            generation=generation.generation,
            shard=number,
            instances=tuple(map(_placed, claimed[start : start + size])),
        )


def _placed(instance: InstanceRecord) -> ShardInstance:
    return ShardInstance(sop_instance_uid=instance.sop_instance_uid, blob=instance.blob, size=instance.size)


def _matched(
    generation: GenerationRecord,
    ruleset: RulesetDefinition,
    trace: tuple[str, ...],
    matched: int,
    shard_count: int,
) -> GenerationRecord:
    return msgspec.structs.replace(
        generation,
        state=SeriesState.MATCHED,
        ruleset=ruleset.name,
        profile=ruleset.profile,
        destination=ruleset.destination,
        template=ruleset.template,
        trace=trace,
        matched=matched,
        shard_count=shard_count,
    )


def _orders(generation: GenerationRecord) -> Iterator[Event]:
    series, number = generation.series, generation.generation
    unmatched = len(generation.sop_instance_uids) - generation.matched
    if generation.ruleset is None:
        yield SeriesUnmatched(series=series, generation=number, unmatched=unmatched)
        return
    yield SeriesMatched(
        series=series,
        generation=number,
        ruleset=generation.ruleset,
        matched=generation.matched,
        unmatched=unmatched,
    )
    for shard in range(generation.shard_count):
        yield DeidentifyShard(
            series=series, generation=number, shard=shard, shard_count=generation.shard_count
        )
