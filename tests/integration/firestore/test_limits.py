"""The limits of Firestore that the ledgers count on, where the emulator has them too."""

import random

import pytest

from shared.adapters.firestore_claims import CLAIMS
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_database import COMMIT_WRITES, Create, FirestoreDatabase
from shared.adapters.firestore_records import STORED_BYTES
from shared.errors import StorageError
from shared.events import OriginalMessage
from tests.factories import exception_record, generation_record, series_ref

pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]


@pytest.fixture
def database(project: str) -> FirestoreDatabase:
    """An empty database."""
    return FirestoreDatabase(project, "clinical")


@pytest.fixture
def ledger(project: str) -> FirestoreClinicalLedger:
    """An empty ledger."""
    return FirestoreClinicalLedger(project)


def test_the_largest_record_is_taken(database: FirestoreDatabase) -> None:
    """A document with a record of the greatest size and other fields beside it is stored."""
    fields = {"record": bytes(STORED_BYTES), "series": str(series_ref()), "accepted_at": 1000.0}

    created = database.commit(Create("instances", "1.2.3", fields))

    stored = database.read("instances", "1.2.3")
    assert created is True
    assert stored is not None
    assert stored.fields == fields


def test_more_than_a_document_holds_is_refused_for_ever(database: FirestoreDatabase) -> None:
    """What Firestore itself finds too large is permanent, not a reason to try again."""
    with pytest.raises(StorageError) as raised:
        database.commit(Create("instances", "1.2.3", {"record": bytes(1_100_000)}))

    assert raised.value.retryable is False
    assert raised.value.details == {"firestore": "INVALID_ARGUMENT"}


def test_a_full_commit_is_taken(database: FirestoreDatabase) -> None:
    """As many writes as a commit may have are done at once."""
    writes = [Create(CLAIMS, f"{n:04d}", {"completed": True}) for n in range(COMMIT_WRITES)]

    created = database.commit(*writes)

    assert created is True
    assert len(database.read_all(CLAIMS, [write.document_id for write in writes])) == COMMIT_WRITES


def test_a_generation_of_30000_instances_is_kept(ledger: FirestoreClinicalLedger) -> None:
    """The names of 30,000 instances of 64 characters each come back as they were."""
    digits = random.Random(1)
    uids = tuple(f"1.2.826.0.1.3680043.{digits.randrange(10**43, 10**44)}" for _ in range(30_000))
    record = generation_record(sop_instance_uids=uids)

    created = ledger.add_generation(record)

    assert created is True
    assert ledger.generation(series_ref()) == record


def test_a_message_with_every_byte_is_kept(ledger: FirestoreClinicalLedger) -> None:
    """The original message comes back byte by byte, so that a retry publishes exactly it."""
    data = bytes(range(256)) * 2000
    record = exception_record(message=OriginalMessage(topic="arrivals", data=data, attributes={"a": "ä"}))

    ledger.raise_exception(record)

    assert ledger.exception(record.exception_id) == record
