"""Steps of instances through the ledgers, and the count of where they stand."""

from typing import Any

import msgspec

from shared.balance import balance
from shared.identifiers import BlobRef
from shared.ports.records import (
    ExceptionRecord,
    GenerationRecord,
    InstanceRecord,
)
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import (
    exception_record,
    generation_record,
    instance_record,
    series_ref,
    shard_instance,
    shard_record,
    uid,
)

JOB_ID = "job-00000001"


def count(wiring: EmbeddedWiring) -> dict[str, int]:
    """The balance without the accounts that are empty."""
    counts = balance(wiring.ledger, wiring.jobs, wiring.clinical)
    assert counts.closed
    return {name: number for name, number in counts._asdict().items() if number}


def arrive(wiring: EmbeddedWiring, name: str = "1.dcm") -> BlobRef:
    """Put an object into the intake."""
    return put(wiring.clinical, f"intake/{name}", name.encode()).ref


def accept(wiring: EmbeddedWiring, number: int, **changes: Any) -> InstanceRecord:
    """Let an instance arrive and be accepted."""
    return wiring.ledger.add_instances(
        [instance_record(number, blob=arrive(wiring, f"{number}.dcm"), **changes)]
    )[0]


def complete(wiring: EmbeddedWiring, generation: int = 1, *numbers: int) -> GenerationRecord:
    """Close series 1 with some of its instances."""
    record = generation_record(
        generation=generation, sop_instance_uids=tuple(uid(number) for number in numbers)
    )
    assert wiring.ledger.add_generation(record)
    return record


def move(wiring: EmbeddedWiring, state: SeriesState, *claimed: int, **changes: Any) -> None:
    """Move the latest generation of series 1; `claimed` instances are in its shard."""
    latest = wiring.ledger.generation(series_ref())
    assert latest is not None
    if claimed:
        instances = tuple(shard_instance(number) for number in claimed)
        shard = shard_record(generation=latest.generation, instances=instances)
        wiring.ledger.add_shards([shard])
    wiring.ledger.replace_generation(msgspec.structs.replace(latest, state=state, **changes))


def hold(wiring: EmbeddedWiring, status: str = "open", **about: Any) -> ExceptionRecord:
    """Raise an exception about something, and close it."""
    fields = {"blob": None, "subject": "subject", "exception_id": str(about), **about}
    record = wiring.ledger.raise_exception(exception_record(**fields))
    if status == "open":
        return record
    return wiring.ledger.replace_exception(msgspec.structs.replace(record, status=status))
