"""The way of a series up to the stage that a test is about, without the stages before it."""

from typing import Any

from shared.events import BlobFinalized
from shared.ports.blobs import Blobs
from shared.ports.records import GenerationRecord, InstanceRecord, ShardInstance, ShardRecord
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import generation_record, instance_record, series_ref, shard_record
from tests.instances import ct_image


def arrive(clinical: Blobs, content: bytes, name: str = "intake/upload/image.dcm") -> BlobFinalized:
    """Put an object into the clinical bucket; return what its notification says."""
    stat = put(clinical, name, content)
    return BlobFinalized(blob=stat.ref, size=stat.size)


def accept(wiring: EmbeddedWiring, number: int, *, series: int = 1, **changes: Any) -> InstanceRecord:
    """Accept CT image number `number` of a series; `content` gives other bytes than the image's."""
    content = changes.pop("content", None) or ct_image(number, series=series)
    stat = put(wiring.clinical, f"intake/{series}/{number}.dcm", content)
    fields = {"series": series_ref(series), "blob": stat.ref, "size": stat.size, "crc32c": stat.crc32c}
    return wiring.ledger.add_instances([instance_record(number, **fields, **changes)])[0]


def complete(wiring: EmbeddedWiring, *, series: int = 1, generation: int = 1) -> GenerationRecord:
    """Close a series with all instances that it has by now."""
    uids = tuple(each.sop_instance_uid for each in wiring.ledger.instances(series_ref(series)))
    record = generation_record(series=series_ref(series), generation=generation, sop_instance_uids=uids)
    assert wiring.ledger.add_generation(record)
    return record


def _placed(record: InstanceRecord) -> ShardInstance:
    return ShardInstance(sop_instance_uid=record.sop_instance_uid, blob=record.blob, size=record.size)


def claim_for_ruleset(
    wiring: EmbeddedWiring, generation: GenerationRecord, *, shard_size: int = 100, profile: str = "basic"
) -> list[ShardRecord]:
    """Let the ruleset `everything` claim all instances of a completed generation, in shards."""
    uids = generation.sop_instance_uids
    claimed = [
        _placed(each) for each in wiring.ledger.instances(generation.series) if each.sop_instance_uid in uids
    ]
    cuts = [claimed[start : start + shard_size] for start in range(0, len(claimed), shard_size)]
    shards = [
        shard_record(number, series=generation.series, generation=generation.generation, instances=tuple(cut))
        for number, cut in enumerate(cuts)
    ]
    wiring.ledger.add_shards(shards)
    matched = {
        "state": SeriesState.MATCHED,
        "ruleset": "everything",
        "profile": profile,
        "destination": "autosegmentation",
        "template": "thorax",
        "matched": len(uids),
        "shard_count": len(shards),
    }
    wiring.ledger.replace_generation(
        generation_record(
            series=generation.series,
            generation=generation.generation,
            sop_instance_uids=generation.sop_instance_uids,
            **matched,
        )
    )
    return shards
