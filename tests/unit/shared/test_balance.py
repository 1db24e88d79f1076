"""The balance: every received instance stands in exactly one account, at any moment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.clock import FakeClock
from shared.balance import Account, Balance, Entry, balance, entries
from shared.ports.records import (
    ArchiveRecord,
    IgnoredRecord,
)
from shared.states import EXPORTED_STATES, JobState, SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import (
    job_record,
    series_ref,
)
from tests.unit.shared.balance_steps import JOB_ID, accept, arrive, complete, count, hold, move


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """An empty workspace."""
    embedded = EmbeddedWiring(tmp_path, tmp_path, clock=FakeClock(1_763_807_400.0), environ={})
    yield embedded
    embedded.close()


# -- objects


def test_nothing_received_is_nothing_to_account_for(wiring: EmbeddedWiring) -> None:
    """An empty workspace has an empty balance."""
    assert balance(wiring.ledger, wiring.jobs, wiring.clinical) == Balance(0, 0, 0, 0, 0, 0, 0)


def test_what_no_ledger_knows_is_in_flight(wiring: EmbeddedWiring) -> None:
    """An object counts from the moment that it arrived."""
    arrive(wiring)

    assert count(wiring) == {"received": 1, "in_flight": 1}


def test_counts_the_intake_alone(wiring: EmbeddedWiring) -> None:
    """What the product itself writes was not received."""
    put(wiring.clinical, "results/1/rtstruct.dcm", b"")
    put(wiring.clinical, "crosswalks/1/0000", b"")

    assert count(wiring) == {}


def test_counts_one_upload_alone(wiring: EmbeddedWiring) -> None:
    """A balance can be that of one part of the intake."""
    for name in ("a/1.dcm", "b/1.dcm", "b/2.dcm"):
        arrive(wiring, name)
    archive = arrive(wiring, "a/1.zip")
    wiring.ledger.put_archive(ArchiveRecord(blob=archive, members=1, unpacked_to=1, ignored=1))
    wiring.ledger.add_ignored(IgnoredRecord(subject=f"{archive}!0", blob=archive, reason="not_dicom_member"))

    assert balance(wiring.ledger, wiring.jobs, wiring.clinical, "intake/a/").received == 2
    assert balance(wiring.ledger, wiring.jobs, wiring.clinical, "intake/b/").received == 2


@pytest.mark.parametrize(
    ("status", "account"), [("open", "exceptions"), ("archived", "rejected"), ("retried", "in_flight")]
)
def test_an_object_that_failed_stands_where_its_exception_stands(
    wiring: EmbeddedWiring, status: str, account: str
) -> None:
    """Open waits for a person, archived is rejected, retried is on its way again."""
    blob = arrive(wiring)
    hold(wiring, status, blob=blob, subject=str(blob))

    assert count(wiring) == {"received": 1, account: 1}


def test_ignored_objects_are_ignored(wiring: EmbeddedWiring) -> None:
    """A duplicate is counted as such."""
    blob = arrive(wiring)
    wiring.ledger.add_ignored(IgnoredRecord(subject=str(blob), blob=blob, reason="duplicate"))

    assert count(wiring) == {"received": 1, "ignored": 1}


def test_an_exception_that_came_to_nothing_counts_once(wiring: EmbeddedWiring) -> None:
    """An object that failed late, after it was accepted, is counted with its series."""
    instance = accept(wiring, 1)
    hold(wiring, blob=instance.blob, subject=str(instance.blob))

    assert count(wiring) == {"received": 1, "in_flight": 1}


# -- series


def test_an_instance_without_a_generation_is_in_flight(wiring: EmbeddedWiring) -> None:
    """Accepted and not assembled is on its way."""
    accept(wiring, 1)

    assert count(wiring) == {"received": 1, "in_flight": 1}


def test_a_completed_series_is_in_flight(wiring: EmbeddedWiring) -> None:
    """All of its instances wait for the rules."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring, 1, 1, 2)

    assert count(wiring) == {"received": 2, "in_flight": 2}


def test_an_unmatched_series_is_unmatched(wiring: EmbeddedWiring) -> None:
    """No ruleset claims it: that is its place."""
    accept(wiring, 1)
    complete(wiring, 1, 1)
    move(wiring, SeriesState.UNMATCHED)

    assert count(wiring) == {"received": 1, "unmatched": 1}


@pytest.mark.parametrize("state", [SeriesState.MATCHED, SeriesState.DEIDENTIFIED])
def test_what_a_ruleset_claims_is_in_flight_and_the_rest_unmatched(
    wiring: EmbeddedWiring, state: SeriesState
) -> None:
    """Instances that stay behind, such as localizers, are unmatched from then on."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring, 1, 1, 2)
    move(wiring, SeriesState.MATCHED, 2)
    if state is SeriesState.DEIDENTIFIED:
        move(wiring, state, job_id=JOB_ID)

    assert count(wiring) == {"received": 2, "in_flight": 1, "unmatched": 1}


@pytest.mark.parametrize("state", sorted(JobState))
def test_a_job_decides_about_what_it_took_along(wiring: EmbeddedWiring, state: JobState) -> None:
    """From the confirmed transfer on the claimed instances are exported, whatever becomes of the result."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring, 1, 1, 2)
    move(wiring, SeriesState.MATCHED, 1)
    move(wiring, SeriesState.DEIDENTIFIED, job_id=JOB_ID)
    wiring.jobs.add_job(job_record(state=state))
    account = "exported" if state in EXPORTED_STATES else "in_flight"

    assert count(wiring) == {"received": 2, account: 1, "unmatched": 1}


@pytest.mark.parametrize("about", ["series", "job"])
@pytest.mark.parametrize(
    ("status", "account"), [("open", "exceptions"), ("archived", "rejected"), ("retried", "in_flight")]
)
def test_a_series_that_failed_stands_where_its_exception_stands(
    wiring: EmbeddedWiring, about: str, status: str, account: str
) -> None:
    """An exception of the series or of its job is that of the claimed instances alone."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring, 1, 1, 2)
    move(wiring, SeriesState.MATCHED, 1)
    move(wiring, SeriesState.DEIDENTIFIED, job_id=JOB_ID)
    of_series = {"series": series_ref(), "generation": 1}
    hold(wiring, status, **(of_series if about == "series" else {"job_id": JOB_ID}))

    assert count(wiring) == {"received": 2, account: 1, "unmatched": 1}


def test_a_series_that_failed_at_the_rules_is_held_whole(wiring: EmbeddedWiring) -> None:
    """While no ruleset claims it, an exception is that of all instances."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring, 1, 1, 2)
    hold(wiring, series=series_ref(), generation=1)

    assert count(wiring) == {"received": 2, "exceptions": 2}


@pytest.mark.parametrize(
    ("status", "account"), [("open", "exceptions"), ("archived", "rejected"), ("retried", "rejected")]
)
def test_a_rejected_series_is_rejected_whole(wiring: EmbeddedWiring, status: str, account: str) -> None:
    """It failed once more after it was archived: until a person looks it waits, then it is rejected again."""
    accept(wiring, 1)
    accept(wiring, 2)
    complete(wiring, 1, 1, 2)
    move(wiring, SeriesState.REJECTED)
    hold(wiring, status, series=series_ref(), generation=1)

    assert count(wiring) == {"received": 2, account: 2}


def test_one_open_exception_outweighs_archived_ones(wiring: EmbeddedWiring) -> None:
    """As long as anything of a series waits for a person, all of it does."""
    accept(wiring, 1)
    complete(wiring, 1, 1)
    move(wiring, SeriesState.MATCHED, 1)
    hold(wiring, "archived", series=series_ref(), generation=1, subject="shard 0")

    assert count(wiring) == {"received": 1, "rejected": 1}
    hold(wiring, "open", series=series_ref(), generation=1, subject="shard 1")
    assert count(wiring) == {"received": 1, "exceptions": 1}


def test_an_exception_of_an_exported_job_moves_nothing(wiring: EmbeddedWiring) -> None:
    """A result that cannot be delivered does not undo an export."""
    accept(wiring, 1)
    complete(wiring, 1, 1)
    move(wiring, SeriesState.MATCHED, 1)
    move(wiring, SeriesState.DEIDENTIFIED, job_id=JOB_ID)
    wiring.jobs.add_job(job_record(state=JobState.RESULT_RECEIVED))
    hold(wiring, job_id=JOB_ID)

    assert count(wiring) == {"received": 1, "exported": 1}


def test_a_late_instance_is_in_flight_beside_its_series(wiring: EmbeddedWiring) -> None:
    """What came after the latest generation waits for the next one."""
    accept(wiring, 1)
    complete(wiring, 1, 1)
    move(wiring, SeriesState.UNMATCHED)
    accept(wiring, 2)

    assert count(wiring) == {"received": 2, "unmatched": 1, "in_flight": 1}


def test_the_latest_generation_decides(wiring: EmbeddedWiring) -> None:
    """Neither the state nor the exceptions of a superseded generation count."""
    accept(wiring, 1)
    complete(wiring, 1, 1)
    hold(wiring, series=series_ref(), generation=1)
    accept(wiring, 2)
    complete(wiring, 2, 1, 2)

    assert count(wiring) == {"received": 2, "in_flight": 2}


# -- entries


def test_says_of_each_instance_where_it_is_counted(wiring: EmbeddedWiring) -> None:
    """The entries name subject, series and account of all that the ledgers know."""
    instance = accept(wiring, 1)
    duplicate, broken = arrive(wiring, "2.dcm"), arrive(wiring, "3.dcm")
    wiring.ledger.add_ignored(IgnoredRecord(subject=str(duplicate), blob=duplicate, reason="duplicate"))
    hold(wiring, blob=broken, subject=str(broken))

    assert sorted(entries(wiring.ledger, wiring.jobs), key=lambda entry: entry.subject) == [
        Entry(str(instance.blob), series_ref(), Account.IN_FLIGHT),
        Entry(str(duplicate), None, Account.IGNORED),
        Entry(str(broken), None, Account.EXCEPTIONS),
    ]


def test_the_accounts_are_the_columns_of_the_balance() -> None:
    """The balance has a column for every account, in the accounts' order."""
    assert Balance._fields == ("received", *(account.value for account in Account))


def test_a_balance_that_does_not_close_says_so() -> None:
    """A sum that differs from what was received is no closed balance."""
    assert Balance(3, 1, 1, 1, 0, 0, 0).closed
    assert not Balance(4, 1, 1, 1, 0, 0, 0).closed
