"""The inner door: de-identify one shard, hold it at the release gate, release it as one object."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing

import msgspec

from shared.archive import StoredArchive
from shared.deid.crosswalk import Crosswalk, seal
from shared.deid.instance import Deidentified, Deidentifier
from shared.deid.pixels.cleaner import Imaging
from shared.deid.rules.editions import EDITIONS
from shared.deid.rules.profile import Profile
from shared.errors import ConfigurationError, ObjectNotFound, RecordMissing
from shared.events import DeidentifyShard, Event, SeriesDeidentified
from shared.identifiers import BlobRef
from shared.originals import open_each
from shared.ports.blobs import BlobReader, Blobs
from shared.ports.keys import Keys
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import GenerationRecord, ShardInstance, ShardRecord
from shared.states import SeriesState


def deidentify(
    event: DeidentifyShard,
    *,
    clinical: Blobs,
    released: Blobs,
    ledger: ClinicalLedger,
    keys: Keys,
    profiles: Mapping[str, Profile],
    imaging: Imaging,
) -> Iterator[Event]:
    """De-identify a shard; the last one to be released says that the series is.

    The same shard gives the same bytes, so that a second delivery finds its work done. The crosswalk is
    written before the shard is released: nothing goes out that could not come back.

    Raises:
        ProcessingError: an instance cannot be de-identified or did not pass the release gate; nothing of the
            shard is released.
        ObjectNotFound: an original is gone, and not because its own bytes overwrote it.
        RecordMissing: the ledger does not know the generation.
    """
    generation = ledger.generation(event.series, event.generation)
    if generation is None:
        raise RecordMissing(record="generation")
    if generation.state is SeriesState.SUPERSEDED:
        return
    deidentifier = Deidentifier(_profile(generation, profiles), keys, imaging)
    job_id = deidentifier.job_id(f"{event.key.rpartition('/')[0]}:{generation.ruleset}")
    shard = ledger.shards(event.series, event.generation)[event.shard]
    if shard.released is None:
        name = f"jobs/{job_id}/shard-{shard.shard:04d}.zip"
        with released.create(name, if_generation_match=0) as writer:
            instances = _write_shard(shard, StoredArchive(writer), deidentifier, clinical, ledger)
            _keep(_crosswalk(shard, job_id, deidentifier, instances), shard.shard, clinical, keys)
        ledger.release_shard(shard, writer.stat.ref)
    shards = ledger.shards(event.series, event.generation)
    if all(each.released for each in shards):
        yield _finish(generation, job_id, shards, ledger)


def _profile(generation: GenerationRecord, profiles: Mapping[str, Profile]) -> Profile:
    profile = profiles.get(generation.profile or "")
    if profile is None:
        raise ConfigurationError(missing_profile=generation.profile or "none")
    return profile


def _write_shard(
    shard: ShardRecord,
    archive: StoredArchive,
    deidentifier: Deidentifier,
    clinical: Blobs,
    ledger: ClinicalLedger,
) -> list[Deidentified]:
    """De-identify the instances of a shard into an archive with an index."""
    instances = []
    with archive, closing(_originals(shard, clinical, ledger)) as originals:
        for reader in originals:
            instance = deidentifier.deidentify(reader)
            archive.add(f"{instance.sop_instance_uid}.dcm", reader.size, instance.content())
            instances.append(instance)
        archive.add_index(EDITIONS)
    return instances


def _originals(
    shard: ShardRecord, clinical: Blobs, ledger: ClinicalLedger
) -> Generator[BlobReader, None, None]:
    """Open the originals where the shard says or, if the same bytes overwrote one, where they lie now."""
    opened = 0
    try:
        with closing(open_each(clinical, [each.blob for each in shard.instances])) as readers:
            for reader in readers:
                yield reader
                opened += 1
    except ObjectNotFound:
        missing, *_ = rest = shard.instances[opened:]
        places = [_place(each, ledger) for each in rest]
        if places[0] == missing.blob:
            raise
        yield from open_each(clinical, places)


def _place(original: ShardInstance, ledger: ClinicalLedger) -> BlobRef:
    record = ledger.instance(original.sop_instance_uid)
    return original.blob if record is None else record.blob


def _crosswalk(
    shard: ShardRecord, job_id: str, deidentifier: Deidentifier, instances: Sequence[Deidentified]
) -> Crosswalk:
    return Crosswalk(
        job_id=job_id,
        series=shard.series,
        generation=shard.generation,
        uids={new: original for original, new in deidentifier.uids.items()},
        sop_instance_uids=tuple(instance.sop_instance_uid for instance in instances),
        shift_days=instances[0].shift_days,
        identity=instances[0].identity,
    )


def _keep(crosswalk: Crosswalk, shard: int, clinical: Blobs, keys: Keys) -> None:
    with clinical.create(f"crosswalks/{crosswalk.job_id}/{shard:04d}", if_generation_match=0) as writer:
        writer.write(seal(crosswalk, keys))


def _finish(
    generation: GenerationRecord, job_id: str, shards: Sequence[ShardRecord], ledger: ClinicalLedger
) -> SeriesDeidentified:
    if generation.state is SeriesState.MATCHED:
        ledger.replace_generation(
            msgspec.structs.replace(generation, state=SeriesState.DEIDENTIFIED, job_id=job_id)
        )
    return SeriesDeidentified(
        job_id=job_id,
        destination=generation.destination or "",
        template=generation.template or "",
        profile=generation.profile or "",
        shards=tuple(each.released for each in shards if each.released),
        instance_count=generation.matched,
    )
