"""The balance of instances in DICOM stores, which no bucket lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.balance import balance
from shared.identifiers import BlobRef
from shared.ports.records import IgnoredRecord
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.factories import instance_record
from tests.unit.shared.adapters.dicom_instances import stored_at
from tests.unit.shared.balance_steps import accept, complete, count, hold, move
from tests.wirings import embedded


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """An empty workspace."""
    with embedded(tmp_path) as made:
        yield made


def restored(ref: BlobRef) -> BlobRef:
    """The same instance, deleted and stored again a second later."""
    return BlobRef(bucket=ref.bucket, name=ref.name, generation=ref.generation + 1_000_000)


def accept_stored(wiring: EmbeddedWiring, number: int, ref: BlobRef | None = None) -> None:
    """Let an instance of a store be accepted."""
    wiring.ledger.add_instances([instance_record(number, blob=ref or stored_at(number))])


def test_accepted_instances_count(wiring: EmbeddedWiring) -> None:
    """They are received beside the objects of the intake."""
    accept(wiring, 1)
    accept_stored(wiring, 2)

    assert count(wiring) == {"received": 2, "in_flight": 2}


def test_they_stand_where_their_series_stands(wiring: EmbeddedWiring) -> None:
    """An instance that no ruleset claims is unmatched, wherever it lies."""
    accept_stored(wiring, 1)
    accept_stored(wiring, 2)
    complete(wiring, 1, 1, 2)
    move(wiring, SeriesState.MATCHED, 1)

    assert count(wiring) == {"received": 2, "unmatched": 1, "in_flight": 1}


def test_ignored_ones_are_ignored(wiring: EmbeddedWiring) -> None:
    """A result of ours that the store announced is received and left out."""
    ref = stored_at()
    wiring.ledger.add_ignored(IgnoredRecord(subject=str(ref), blob=ref, reason="own_result"))

    assert count(wiring) == {"received": 1, "ignored": 1}


@pytest.mark.parametrize(
    ("status", "account"), [("open", "exceptions"), ("archived", "rejected"), ("retried", "in_flight")]
)
def test_one_that_failed_stands_where_its_exception_stands(
    wiring: EmbeddedWiring, status: str, account: str
) -> None:
    """Open waits for a person, archived is rejected, retried is on its way again: it does not vanish."""
    ref = stored_at()
    hold(wiring, status, blob=ref, subject=str(ref))

    assert count(wiring) == {"received": 1, account: 1}


def test_a_retry_that_succeeded_counts_once(wiring: EmbeddedWiring) -> None:
    """The exception that was retried and the instance that it led to are one."""
    ref = stored_at()
    hold(wiring, "retried", blob=ref, subject=str(ref))
    accept_stored(wiring, 1)

    assert count(wiring) == {"received": 1, "in_flight": 1}


@pytest.mark.parametrize("status", ["open", "archived", "retried"])
def test_one_that_was_stored_again_counts_as_what_it_is_now(wiring: EmbeddedWiring, status: str) -> None:
    """As an object that is overwritten: what an earlier exception is about lies there no more."""
    ref = stored_at()
    hold(wiring, status, blob=ref, subject=str(ref))
    accept_stored(wiring, 1, restored(ref))

    assert count(wiring) == {"received": 1, "in_flight": 1}


def test_one_upload_alone_has_none(wiring: EmbeddedWiring) -> None:
    """The balance of a part of the intake counts what came by that part."""
    accept(wiring, 1)
    accept_stored(wiring, 2)
    ref = stored_at(3)
    hold(wiring, "retried", blob=ref, subject=str(ref))

    assert balance(wiring.ledger, wiring.jobs, wiring.clinical, "intake/1").received == 1
    assert balance(wiring.ledger, wiring.jobs, wiring.clinical).received == 3
