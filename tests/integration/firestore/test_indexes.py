"""infra/firestore_indexes.json against the queries; the emulator never misses an index, production does."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters import firestore_generations
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from shared.ports.ledger import ClinicalLedger, ReleasedLedger
from tests.factories import generation_record
from tests.firestore_calls import Asked, Calls, recorded
from tests.integration.firestore import use

INDEXES = json.loads(
    (Path(__file__).parents[3] / "infra" / "firestore_indexes.json").read_text(encoding="utf-8")
)
pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]


@pytest.fixture
def calls(project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    """What both ledgers asked when everything was called."""
    clinical, released = FirestoreClinicalLedger(project), FirestoreReleasedLedger(project)
    with recorded(project, "clinical") as calls, recorded(project, "released") as others:
        use.use_clinical(clinical)
        monkeypatch.setattr(firestore_generations, "ASSIGNED_AT_ONCE", 1)
        clinical.add_generation(generation_record(generation=2))
        use.use_released(released)
        calls.asked |= others.asked
        calls.fields |= others.fields
        yield calls


def composite(asked: Asked) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The index that a query needs: its equality first, then its order."""
    return asked.collection, (*((field, "ASCENDING") for field in asked.equal), *asked.order)


def single_field(asked: Asked) -> set[tuple[str, str]]:
    """The field by whose automatic index a query is answered."""
    fields = (*asked.equal, *(field for field, _ in asked.order))
    return {(asked.collection, fields[0])} if len(fields) == 1 else set()


@pytest.mark.parametrize(
    ("port", "function"), [(ClinicalLedger, use.use_clinical), (ReleasedLedger, use.use_released)]
)
def test_everything_is_called(port: type, function: object) -> None:
    """No method of the ports is left out of what is recorded."""
    source = inspect.getsource(use)
    methods = [name for name, _ in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")]

    missing = [name for name in methods if f".{name}(" not in source]
    assert missing == []


def test_every_query_that_needs_an_index_has_it(calls: Calls) -> None:
    """The file lists exactly the composite indexes that the queries need, and no other."""
    needed = {composite(asked) for asked in calls.asked if len(asked.equal) + len(asked.order) > 1}

    declared = {
        (each["collectionGroup"], tuple((field["fieldPath"], field["order"]) for field in each["fields"]))
        for each in INDEXES["indexes"]
    }
    assert needed == declared
    assert {each["queryScope"] for each in INDEXES["indexes"]} == {"COLLECTION"}


def test_what_no_query_asks_for_is_not_indexed(calls: Calls) -> None:
    """Exactly the fields that no query finds by themselves have no automatic index.

    Each index costs storage and is written with each document, and one whose values only rise, as times do,
    limits the whole collection to about 500 writes a second.
    """
    by_themselves = set().union(*map(single_field, calls.asked))

    exempt = {
        (each["collectionGroup"], each["fieldPath"])
        for each in INDEXES["fieldOverrides"]
        if each["indexes"] == []
    }
    assert exempt == calls.fields - by_themselves


def test_only_claims_end_by_themselves() -> None:
    """The one TTL policy is that of the claims; nothing else may vanish."""
    expiring = [
        (each["collectionGroup"], each["fieldPath"]) for each in INDEXES["fieldOverrides"] if each.get("ttl")
    ]

    assert expiring == [("claims", "expires_at")]
