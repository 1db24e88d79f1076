"""The balance of archives: members stand in the accounts, the archive only as long as nobody knows them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.clock import FakeClock
from shared.balance import is_member
from shared.identifiers import BlobRef, member_name
from shared.ports.records import (
    ArchiveRecord,
    IgnoredRecord,
)
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import instance_record
from tests.unit.shared.balance_steps import arrive, count, hold


@pytest.fixture
def wiring(tmp_path: Path) -> Iterator[EmbeddedWiring]:
    """An empty workspace."""
    embedded = EmbeddedWiring(tmp_path, tmp_path, clock=FakeClock(1_763_807_400.0), environ={})
    yield embedded
    embedded.close()


def archive(wiring: EmbeddedWiring, members: int, **changes: Any) -> BlobRef:
    """Let an archive arrive that is unpacked, with no member as an object yet."""
    blob = arrive(wiring, "archive.zip")
    wiring.ledger.put_archive(ArchiveRecord(blob=blob, members=members, **changes))
    return blob


def extract(wiring: EmbeddedWiring, blob: BlobRef, *indices: int) -> None:
    """Make objects of members."""
    for index in indices:
        put(wiring.clinical, member_name(blob, index), str(index).encode())


def test_an_archive_counts_as_one_until_it_is_opened(wiring: EmbeddedWiring) -> None:
    """Nobody knows yet how many members it has."""
    arrive(wiring, "archive.zip")

    assert count(wiring) == {"received": 1, "in_flight": 1}


def test_the_members_of_an_archive_count_in_its_place(wiring: EmbeddedWiring) -> None:
    """Accepted, extracted, ignored and failed members each stand in their account, the archive in none."""
    blob = archive(wiring, 4, unpacked_to=4, accepted=1, extracted=1, ignored=1, failed=1, finished=True)
    wiring.ledger.add_instances([instance_record(blob=blob.at_member(0))])
    extract(wiring, blob, 1)
    wiring.ledger.add_ignored(
        IgnoredRecord(subject=str(blob.at_member(2)), blob=blob, reason="not_dicom_member")
    )
    hold(wiring, blob=blob, subject=str(blob.at_member(3)))

    assert count(wiring) == {"received": 4, "in_flight": 2, "ignored": 1, "exceptions": 1}


def test_the_members_of_later_batches_are_in_flight(wiring: EmbeddedWiring) -> None:
    """Members count from the moment that the archive is opened, also while one batch is under way."""
    blob = archive(wiring, 5, unpacked_to=2, extracted=1, ignored=1)
    extract(wiring, blob, 0)
    wiring.ledger.add_ignored(
        IgnoredRecord(subject=str(blob.at_member(1)), blob=blob, reason="not_dicom_member")
    )

    assert count(wiring) == {"received": 5, "in_flight": 4, "ignored": 1}
    extract(wiring, blob, 2)
    hold(wiring, blob=blob, subject=str(blob.at_member(3)))
    assert count(wiring) == {"received": 5, "in_flight": 3, "ignored": 1, "exceptions": 1}


@pytest.mark.parametrize(("status", "account"), [("open", "exceptions"), ("archived", "rejected")])
def test_an_archive_that_failed_counts_as_one(wiring: EmbeddedWiring, status: str, account: str) -> None:
    """An archive that cannot be opened is one thing; what was extracted from it before counts beside it."""
    blob = archive(wiring, 5, unpacked_to=2, extracted=2)
    extract(wiring, blob, 0, 1)
    hold(wiring, status, blob=blob, subject=f"{blob}@2")

    assert count(wiring) == {"received": 3, account: 1, "in_flight": 2}


def test_a_member_that_the_ledger_forgot_is_missed(wiring: EmbeddedWiring) -> None:
    """It is received, for its archive has it, and it stands in no account but as something on its way."""
    archive(wiring, 3, unpacked_to=3, accepted=3, finished=True)

    assert count(wiring) == {"received": 3, "in_flight": 3}


def test_an_archive_that_was_taken_away_takes_its_members_along(wiring: EmbeddedWiring) -> None:
    """As an object does that was deleted: it no longer counts as received."""
    blob = archive(wiring, 2, unpacked_to=2, accepted=2, finished=True)
    wiring.ledger.add_instances([instance_record(n, blob=blob.at_member(n)) for n in (0, 1)])
    wiring.clinical.delete(blob)

    assert count(wiring) == {}


def test_an_archive_that_was_replaced_counts_as_what_it_is_now(wiring: EmbeddedWiring) -> None:
    """The members of the earlier generation count no more, whatever became of them."""
    blob = archive(wiring, 2, unpacked_to=2, accepted=2, finished=True)
    wiring.ledger.add_instances([instance_record(n, blob=blob.at_member(n)) for n in (0, 1)])
    put(wiring.clinical, blob.name, b"another archive")

    assert count(wiring) == {"received": 1, "in_flight": 1}


def test_an_archive_that_is_retried_counts_by_its_members_again(wiring: EmbeddedWiring) -> None:
    """With the retry the archive is open again, and its waiting members are in flight."""
    blob = archive(wiring, 5, unpacked_to=2, extracted=2)
    extract(wiring, blob, 0, 1)
    hold(wiring, "retried", blob=blob, subject=f"{blob}@2")

    assert count(wiring) == {"received": 5, "in_flight": 5}


@pytest.mark.parametrize(
    ("status", "account"), [("open", "exceptions"), ("archived", "rejected"), ("retried", "in_flight")]
)
def test_a_member_that_failed_stands_where_its_exception_stands(
    wiring: EmbeddedWiring, status: str, account: str
) -> None:
    """A retried member is received all the same: it is on its way again."""
    blob = archive(wiring, 1, unpacked_to=1, failed=1, finished=True)
    hold(wiring, status, blob=blob, subject=str(blob.at_member(0)))

    assert count(wiring) == {"received": 1, account: 1}


def test_a_member_that_was_retried_well_counts_once(wiring: EmbeddedWiring) -> None:
    """Once it is an object, or ignored, the closed exception says nothing any more."""
    blob = archive(wiring, 2, unpacked_to=2, failed=2, finished=True)
    hold(wiring, "retried", blob=blob, subject=str(blob.at_member(0)))
    hold(wiring, "retried", blob=blob, subject=str(blob.at_member(1)))
    extract(wiring, blob, 0)
    wiring.ledger.add_ignored(
        IgnoredRecord(subject=str(blob.at_member(1)), blob=blob, reason="not_dicom_member")
    )

    assert count(wiring) == {"received": 2, "in_flight": 1, "ignored": 1}


def test_archives_within_archives_count_by_their_members(wiring: EmbeddedWiring) -> None:
    """A member that is an archive gives way to its own members."""
    outer = archive(wiring, 2, unpacked_to=2, extracted=2, finished=True)
    extract(wiring, outer, 0, 1)
    inner = wiring.clinical.stat(member_name(outer, 1)).ref
    wiring.ledger.put_archive(ArchiveRecord(blob=inner, members=3, unpacked_to=3, extracted=3, finished=True))
    extract(wiring, inner, 0, 1, 2)

    assert count(wiring) == {"received": 4, "in_flight": 4}


@pytest.mark.parametrize(
    ("subject", "member"),
    [
        ("gs://clinical/intake/a.zip#7!0", True),
        ("gs://clinical/intake/a.zip#7", False),
        ("gs://clinical/intake/why!.dcm#7", False),
        ("gs://clinical/intake/a#b!c.zip#7!12", True),
        ("gs://clinical/intake/a.zip#7@0", False),
    ],
)
def test_tells_members_from_objects(subject: str, *, member: bool) -> None:
    """Only what stands behind the generation makes a member, whatever people call their files."""
    assert is_member(subject) is member
