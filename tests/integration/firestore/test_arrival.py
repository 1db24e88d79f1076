"""A large series that arrives in parallel: no document is hot."""

from collections import Counter

import pytest

from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.ports.records import InstanceRecord
from tests.contracts.races import in_parallel
from tests.factories import blob_ref, generation_record, instance_record, series_ref, uid
from tests.firestore_calls import Calls, recorded

SLICES, AT_ONCE, DUPLICATES = 2000, 64, 200
pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]


def arrive(ledger: FirestoreClinicalLedger, arrival: int) -> bool:
    """Add an object's instance as `validate` does; every tenth slice comes twice. Tell whether it won."""
    record = instance_record(arrival % SLICES, blob=blob_ref(arrival))
    return ledger.add_instances([record])[0] == record


def number_of(record: InstanceRecord) -> int:
    """The number of the slice that an object was."""
    return (record.blob.generation - 1000) % SLICES


@pytest.fixture
def series(project: str) -> tuple[FirestoreClinicalLedger, list[bool], Calls]:
    """A series of 2,000 slices that arrived 64 at a time and was assembled."""
    ledger = FirestoreClinicalLedger(project)
    with recorded(project, "clinical") as calls:
        first = in_parallel(AT_ONCE, SLICES + DUPLICATES, lambda arrival: arrive(ledger, arrival))
        ledger.add_generation(generation_record(sop_instance_uids=tuple(uid(n) for n in range(SLICES))))
    return ledger, first, calls


def test_2000_slices_arrive_64_at_a_time(series: tuple[FirestoreClinicalLedger, list[bool], Calls]) -> None:
    """Each slice has one winner, all belong to the series' generation, and no document is written thrice.

    A document that all workers wrote would be written 2,000 times; one that each of 64 wrote, 64 times.
    """
    ledger, first, calls = series

    stored = list(ledger.instances(series_ref()))
    winners = Counter(arrival % SLICES for arrival, won in enumerate(first) if won)
    assert winners == Counter(range(SLICES))
    assert [record.generation for record in stored] == [1] * SLICES
    assert [number_of(record) for record in stored] == list(range(SLICES))
    assert list(ledger.open_series()) == []
    assert calls.most_writes == {"instances": 2, "generations": 2}
