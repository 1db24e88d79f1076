"""`unpack` on random archives: the members always add up, and nothing but known errors comes out."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.clock import FakeClock
from shared.errors import ValidationError
from shared.events import ArchiveReceived, ArchiveUnpacked, Event
from shared.identifiers import BlobRef
from shared.ports.records import ArchiveRecord
from shared.wiring import EmbeddedWiring
from tests.archives import FLAGS, patched, with_damaged_data, zipped
from tests.instances import ct_image, media_directory
from tests.unit.functions.unpack.harness import ONE, TWO, failures, members, run, stored

#: kinds of members, and where each is counted
COUNTED = {
    "instance": "accepted",
    "archive": "extracted",
    "text": "ignored",
    "empty": "ignored",
    "directory": "ignored",
    "encrypted": "failed",
    "damaged": "failed",
    "parent": "failed",
    "nameless": "failed",
}
CONTENTS = {
    "archive": zipped([("1.dcm", ONE)]),
    "text": b"text",
    "empty": b"",
    "directory": media_directory(),
}
NAMES = {"parent": "../1.dcm", "nameless": "."}
NUMBERS = count()

kinds = st.lists(st.sampled_from(sorted(COUNTED)), max_size=8)


@pytest.fixture(scope="module")
def workspace() -> Iterator[EmbeddedWiring]:
    """One workspace for all examples; each has an archive of its own name."""
    with TemporaryDirectory() as folder:
        embedded = EmbeddedWiring(Path(folder), Path(folder), clock=FakeClock(1_763_807_400.0), environ={})
        yield embedded
        embedded.close()


def content_of(kind: str) -> bytes:
    """What a member of this kind holds; no instance is there twice."""
    return CONTENTS[kind] if kind in CONTENTS else ct_image(next(NUMBERS))


def archive_of(kinds_of_members: list[str]) -> bytes:
    """An archive with one member of each kind that is asked for."""
    archive = zipped([(NAMES.get(kind, f"{kind}/1.dcm"), content_of(kind)) for kind in kinds_of_members])
    for index, kind in enumerate(kinds_of_members):
        if kind == "encrypted":
            archive = patched(archive, index, FLAGS, 1)
        elif kind == "damaged":
            archive = with_damaged_data(archive, index)
    return archive


def total(record: ArchiveRecord) -> int:
    """The members that are counted."""
    return record.accepted + record.extracted + record.ignored + record.failed


def run_all(workspace: EmbeddedWiring, blob: BlobRef, batch: int) -> list[Event]:
    """Handle one batch after the other, as the events ask for."""
    events: list[Event] = []
    waiting: list[Event] = [ArchiveReceived(blob=blob)]
    while waiting:
        order = waiting.pop()
        if isinstance(order, ArchiveReceived):
            made = run(workspace, blob, order.first_member, batch=batch)
            waiting += made
            events += made
    return events


@given(kinds=kinds, batch=st.integers(min_value=1, max_value=9))
@settings(max_examples=60, deadline=None)
def test_the_members_add_up(workspace: EmbeddedWiring, kinds: list[str], batch: int) -> None:
    """Extracted, ignored and failed members are together all members, whatever they are, in any batches."""
    blob = stored(workspace, archive_of(kinds), f"intake/{next(NUMBERS)}.zip")
    events = run_all(workspace, blob, batch)
    record = workspace.ledger.archive(blob)
    counted = [COUNTED[kind] for kind in kinds]

    assert record is not None
    assert record.finished
    assert record.members == len(kinds) == total(record)
    assert events[-1] == ArchiveUnpacked(
        blob=blob,
        accepted=counted.count("accepted"),
        extracted=counted.count("extracted"),
        ignored=counted.count("ignored"),
        failed=counted.count("failed"),
    )
    assert sorted(members(workspace, blob)) == [
        at for at, one in enumerate(counted) if one in {"accepted", "extracted"}
    ]
    assert sorted(failures(events)) == [at for at, one in enumerate(counted) if one == "failed"]


@given(
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 40),
)
@settings(max_examples=150, deadline=None)
def test_a_damaged_archive_fails_in_known_ways(
    workspace: EmbeddedWiring, changes: list[tuple[int, int]], cut: int
) -> None:
    """Other bytes in its headers make members fail or the archive unreadable; counts still add up."""
    archive = bytearray(zipped([("1.dcm", b"\x08\0\5\0one"), ("2.dcm", TWO[:400]), ("3", b"text")], 8))
    for position, value in changes:
        archive[-1 - position % len(archive)] = value
    blob = stored(workspace, bytes(archive[: len(archive) - cut // 4]), f"intake/{next(NUMBERS)}.zip")
    try:
        run_all(workspace, blob, 2)
    except ValidationError:
        return
    record = workspace.ledger.archive(blob)

    assert record is not None
    assert record.members == total(record)
