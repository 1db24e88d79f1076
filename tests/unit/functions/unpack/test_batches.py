"""`unpack` in batches, twice, and after crashes: what was counted is counted once."""

import random
from typing import Any

import pytest

from shared.adapters.clock import FakeClock
from shared.errors import SpaceExhausted
from shared.events import ArchiveReceived, ArchiveUnpacked
from shared.ports.records import ArchiveRecord
from shared.wiring import EmbeddedWiring
from tests.archives import zipped
from tests.contracts.blob_reading import put
from tests.instances import ct_image
from tests.unit.functions.unpack.harness import ONE, TWO, failures, members, run, stored
from tests.watched_blobs import WatchedBlobs

MIB = 1 << 20


def test_goes_on_batch_by_batch(wiring: EmbeddedWiring) -> None:
    """Every batch but the last asks for the next; the counts add up."""
    names = [("1.dcm", ONE), ("text", b"text"), ("../3.dcm", ONE), ("2.dcm", TWO), ("5", b"text")]
    blob = stored(wiring, zipped(names))

    assert run(wiring, blob, 0, batch=2) == [ArchiveReceived(blob=blob, first_member=2)]
    failed, then = run(wiring, blob, 2, batch=2)
    assert (failures([failed]), then) == (
        {2: "archive_member_unsafe"},
        ArchiveReceived(blob=blob, first_member=4),
    )
    assert wiring.ledger.archive(blob) == ArchiveRecord(
        blob=blob, members=5, unpacked_to=4, accepted=2, ignored=1, failed=1
    )
    assert run(wiring, blob, 4, batch=2) == [
        ArchiveUnpacked(blob=blob, accepted=2, extracted=0, ignored=2, failed=1)
    ]
    assert members(wiring, blob) == {0: ONE, 3: TWO}


def test_a_batch_ends_where_its_members_are_large(wiring: EmbeddedWiring) -> None:
    """By bytes as well as by number, and never without a member."""
    sizes = [len(ONE), len(TWO)]
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO), ("3.dcm", ct_image(3)), ("4", b"text")]))

    assert run(wiring, blob, 0, batch_bytes=sum(sizes)) == [ArchiveReceived(blob=blob, first_member=2)]
    assert run(wiring, blob, 2, batch_bytes=1) == [ArchiveReceived(blob=blob, first_member=3)]
    assert run(wiring, blob, 3, batch_bytes=1) == [
        ArchiveUnpacked(blob=blob, accepted=3, extracted=0, ignored=1, failed=0)
    ]


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_counts_a_batch_that_comes_twice_once(wiring: EmbeddedWiring, clock: FakeClock, batch: int) -> None:
    """A redelivered batch changes no object and no count, and says the same again."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("text", b"text"), ("../3.dcm", ONE)]))
    for first in range(0, 3, batch):
        run(wiring, blob, first, batch=batch)
    before = wiring.ledger.archive(blob), list(wiring.clinical.list()), list(wiring.ledger.ignored())
    clock.advance(60)
    for first in range(0, 3, batch):
        events = run(wiring, blob, first, batch=batch)

        assert events[-1] == ArchiveUnpacked(blob=blob, accepted=1, extracted=0, ignored=1, failed=1)
    assert (
        wiring.ledger.archive(blob),
        list(wiring.clinical.list()),
        list(wiring.ledger.ignored()),
    ) == before


def test_a_first_batch_that_comes_again_meanwhile_asks_for_the_second(wiring: EmbeddedWiring) -> None:
    """As long as the archive is not done every batch leads to the next one."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO), ("3", b"text")]))
    run(wiring, blob, 0, batch=1)
    run(wiring, blob, 1, batch=1)

    assert run(wiring, blob, 0, batch=1) == [ArchiveReceived(blob=blob, first_member=1)]
    assert wiring.ledger.archive(blob) == ArchiveRecord(blob=blob, members=3, unpacked_to=2, accepted=2)


class FullBlobs(WatchedBlobs):
    """A bucket without space."""

    def create(self, name: str, *, if_generation_match: int | None = None) -> Any:
        """Refuse."""
        raise SpaceExhausted


def test_lets_a_transient_failure_out(wiring: EmbeddedWiring) -> None:
    """A full disk is no fault of the member: the whole batch is tried again, and then succeeds."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.zip", zipped([("2.dcm", TWO)]))]))
    with pytest.raises(SpaceExhausted):
        run(wiring, blob, clinical=FullBlobs(wiring.clinical))

    assert wiring.ledger.archive(blob) is None
    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=1, extracted=1, ignored=0, failed=0)]


def test_goes_on_after_a_crash_in_the_middle(wiring: EmbeddedWiring) -> None:
    """What was extracted or accepted before a crash is found, counted, and announced no second time."""
    inner = zipped([("1.dcm", ONE)])
    blob = stored(wiring, zipped([("1.zip", inner), ("2.dcm", TWO)]))
    put(wiring.clinical, f"{blob.name}.members/{blob.generation}/000000", inner, 0)
    before = wiring.clinical.stat(f"{blob.name}.members/{blob.generation}/000000")

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=1, extracted=1, ignored=0, failed=0)]
    assert wiring.clinical.stat(before.ref.name) == before


def test_reads_pieces_of_the_archive_only(wiring: EmbeddedWiring) -> None:
    """The second batch does not read the members of the first."""
    content = ct_image(pixels=random.Random(1).randbytes(4 * MIB))
    blob = stored(wiring, zipped([("1.dcm", content), ("2.dcm", TWO)]))
    clinical = WatchedBlobs(wiring.clinical)
    run(wiring, blob, 1, clinical=clinical)

    assert clinical.bytes_read < 2 * MIB


# -- one member alone


def test_retries_a_member_alone(wiring: EmbeddedWiring) -> None:
    """A member that failed and is unpacked now becomes an object; the batch that counted it stays counted."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO), ("3", b"text")]))
    limits: dict[str, Any] = {"batch": 1, "member_bytes": min(len(ONE), len(TWO)) - 1}
    for first in range(3):
        run(wiring, blob, first, **limits)
    before = wiring.ledger.archive(blob)

    assert run(wiring, blob, 1, alone=True) == []
    assert members(wiring, blob) == {1: TWO}
    assert wiring.ledger.archive(blob) == before


def test_a_member_alone_may_fail_again(wiring: EmbeddedWiring) -> None:
    """The failure is told again, and of no other member."""
    blob = stored(wiring, zipped([("../1.dcm", ONE), ("../2.dcm", TWO)]))
    run(wiring, blob)
    events = run(wiring, blob, 0, alone=True)

    assert failures(events) == {0: "archive_member_unsafe"}
    assert len(events) == 1


def test_a_member_alone_may_be_ignored(wiring: EmbeddedWiring) -> None:
    """What turns out to be no instance is counted as ignored under the member's subject."""
    blob = stored(wiring, zipped([("1", b"text")]))
    run(wiring, blob, member_bytes=1)

    assert run(wiring, blob, 0, alone=True) == []
    assert [each.subject for each in wiring.ledger.ignored()] == [f"{blob}!0"]
