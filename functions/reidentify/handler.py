"""Bring a result back under the identity of its patient, beside the original series."""

from collections.abc import Iterator

import msgspec

from shared.deid.crosswalk import Crosswalk, unseal
from shared.deid.reidentify import Returning
from shared.errors import CrosswalkUnreadable, RecordMissing
from shared.events import Event, ResultDelivered, ResultReceived
from shared.identifiers import DICOM_STORES, BlobRef, StoredInstance, StoreName
from shared.ports.blobs import Blobs
from shared.ports.dicom_stores import DicomStores
from shared.ports.keys import Keys
from shared.ports.ledger import ClinicalLedger
from shared.states import SeriesState


def reidentify(
    event: ResultReceived,
    *,
    clinical: Blobs,
    released: Blobs,
    ledger: ClinicalLedger,
    keys: Keys,
    dicom_stores: DicomStores,
) -> Iterator[Event]:
    """Re-identify one result and store it as `results/<job id>/<kind>.dcm` in the clinical bucket.

    If the series came from a DICOM store, the result goes there as well, to be found beside it.

    Raises:
        CrosswalkUnreadable: the way back is missing or sealed with another key.
        ResultUnreadable: the result is no kind of result that leads back, such as an RT Structure Set.
        Conflict: the DICOM store has another instance under its UIDs.
        RecordMissing: the ledger does not know where the series came from.
        ResultForeign: it does not reference the series that was sent, or other images besides.
    """
    crosswalk = _crosswalk(event.job_id, clinical, keys)
    with released.open(event.result) as reader:
        result = Returning(reader, crosswalk)
        name = f"results/{event.job_id}/{result.kind}.dcm"
        with clinical.create(name, if_generation_match=0) as writer:
            for chunk in result.content():
                writer.write(chunk)
    ledger.add_result(result.sop_instance_uid)
    store = _store_of(crosswalk, ledger)
    if store is not None:
        with clinical.open(writer.stat.ref) as reader:
            dicom_stores.store(store, reader)
    generation = ledger.generation(crosswalk.series, crosswalk.generation)
    # Last: a series has its result once it lies everywhere where it belongs.
    if generation is not None and generation.state is SeriesState.DEIDENTIFIED:
        ledger.replace_generation(msgspec.structs.replace(generation, state=SeriesState.RESULT_DELIVERED))
    yield ResultDelivered(job_id=event.job_id, result=writer.stat.ref)


def _store_of(crosswalk: Crosswalk, ledger: ClinicalLedger) -> StoreName | None:
    """The DICOM store that a series came from; None if it came from a bucket."""
    sent = crosswalk.sop_instance_uids[0]
    # A profile may have left it as it was.
    first = ledger.instance(crosswalk.uids.get(sent, sent))
    if first is None:
        raise RecordMissing(record="instance")
    if first.blob.bucket != DICOM_STORES:
        return None
    return StoredInstance.from_string(first.blob.name).store


def _crosswalk(job_id: str, clinical: Blobs, keys: Keys) -> Crosswalk:
    """Join the crosswalks of a job's shards."""
    parts = [_part(stat.ref, clinical, keys) for stat in clinical.list(f"crosswalks/{job_id}/")]
    if not parts:
        raise CrosswalkUnreadable(reason="missing")
    uids = {new: original for part in parts for new, original in part.uids.items()}
    sent = tuple(uid for part in parts for uid in part.sop_instance_uids)
    return msgspec.structs.replace(parts[0], uids=uids, sop_instance_uids=sent)


def _part(ref: BlobRef, clinical: Blobs, keys: Keys) -> Crosswalk:
    with clinical.open(ref) as reader:
        return unseal(reader.read(0, reader.size), keys)
