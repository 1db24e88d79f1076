"""What a crash, a slow worker or a lost answer leaves behind, and how the next delivery finishes it."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from shared.adapters import firestore_generations
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_database import Write
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from shared.ports.records import GenerationRecord, InstanceRecord
from shared.states import SeriesState
from tests.factories import (
    blob_ref,
    exception_record,
    generation_record,
    instance_record,
    job_record,
    series_ref,
    shard_record,
    uid,
)

pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]

#: commits of a generation of ten instances, four at once: the pending record, then 4, 4 and 2 instances
COMMITS = 4
OTHER_SERIES = series_ref(2)
Commit = Callable[..., bool]


class Crash(Exception):
    """The process ends here."""


@pytest.fixture(autouse=True)
def _small_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firestore_generations, "ASSIGNED_AT_ONCE", 4)


@pytest.fixture
def ledger(project: str) -> FirestoreClinicalLedger:
    """A ledger with a series of ten instances that wait."""
    made = FirestoreClinicalLedger(project)
    for n in range(10):
        made.add_instances([instance_record(n)])
    return made


@pytest.fixture
def other(project: str) -> FirestoreClinicalLedger:
    """The same ledger, in another worker."""
    return FirestoreClinicalLedger(project)


def of_all(count: int = 10, generation: int = 1, first: int = 0) -> GenerationRecord:
    """A generation of the instances from `first` to below `count`."""
    uids = tuple(uid(n) for n in range(first, count))
    return generation_record(generation=generation, sop_instance_uids=uids)


def before_commit(ledger: FirestoreClinicalLedger, number: int, happens: Callable[[], object]) -> None:
    """Let something happen before a commit, the first of which has number 0."""
    commit: Commit = ledger._database.commit
    numbers: Iterator[int] = iter(range(1000))

    def interrupted(*writes: Write) -> bool:
        if next(numbers) == number:
            happens()
        return commit(*writes)

    ledger._database.commit = interrupted  # type: ignore[method-assign]


def lose_answers(ledger: FirestoreClinicalLedger | FirestoreReleasedLedger) -> None:
    """Let every commit be done, its answer be lost, and the client send it again."""
    commit: Commit = ledger._database.commit

    def twice(*writes: Write) -> bool:
        commit(*writes)
        return commit(*writes)

    ledger._database.commit = twice  # type: ignore[method-assign]


def crash() -> None:
    """End the process."""
    raise Crash


@pytest.mark.parametrize("number", range(COMMITS))
def test_a_crash_is_finished_by_the_next_tick(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger, number: int
) -> None:
    """Wherever it ends, the series stays open with no generation to see; then it gets the first one's."""
    before_commit(ledger, number, crash)
    with pytest.raises(Crash):
        ledger.add_generation(of_all())
    open_series, seen = [each.series for each in other.open_series()], other.generation(series_ref())
    other.add_instances([instance_record(10)])

    created = other.add_generation(of_all(11))

    stored = of_all(10) if number else of_all(11)
    assert (open_series, seen) == ([series_ref()], None)
    assert created is (number == 0)
    assert list(other.generations()) == [stored]
    assert [each.generation for each in other.instances(series_ref())] == [1] * 10 + [None if number else 1]


@pytest.mark.parametrize("number", range(COMMITS))
def test_a_crash_of_an_amendment_is_finished_too(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger, number: int
) -> None:
    """While it is not finished the generation before is the latest, and the late instance waits.

    The late one has the first UID of all, and all the same it is assigned last.
    """
    earlier = of_all(first=1)
    ledger.add_generation(earlier)
    before_commit(ledger, number, crash)
    with pytest.raises(Crash):
        ledger.add_generation(of_all(10, generation=2))
    open_series, seen = [each.series for each in other.open_series()], other.generation(series_ref())

    other.add_generation(of_all(10, generation=2))

    assert (open_series, seen) == ([series_ref()], earlier)
    assert other.generation(series_ref()) == of_all(10, generation=2)
    superseded = other.generation(series_ref(), 1)
    assert superseded is not None
    assert (superseded.state, superseded.revision) == (SeriesState.SUPERSEDED, 2)
    assert [each.generation for each in other.instances(series_ref())] == [2] * 10


def test_what_is_pending_cannot_be_read_or_replaced(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger
) -> None:
    """A generation that is written down but not complete is not there for anybody."""
    before_commit(ledger, 2, crash)
    with pytest.raises(Crash):
        ledger.add_generation(of_all())

    seen = [other.generation(series_ref()), other.generation(series_ref(), 1), *other.generations()]

    assert seen == [None, None]
    with pytest.raises(firestore_generations.RecordConflict):
        other.replace_generation(generation_record(state=SeriesState.MATCHED))


@pytest.mark.parametrize("number", range(1, COMMITS))
def test_a_slow_worker_undoes_nothing(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger, number: int
) -> None:
    """A worker that sleeps in the middle while others finish and amend takes no instance back."""

    def overtaken() -> None:
        other.add_generation(of_all())
        other.add_instances([instance_record(10)])
        other.add_generation(of_all(11, generation=2))

    before_commit(ledger, number, overtaken)
    created = ledger.add_generation(of_all())

    assert created is True
    assert other.generation(series_ref()) == of_all(11, generation=2)
    assert [each.generation for each in other.instances(series_ref())] == [2] * 11


@pytest.mark.parametrize("number", range(COMMITS))
def test_an_instance_that_moves_meanwhile_keeps_its_place(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger, number: int
) -> None:
    """A move between the reading and the writing of an instance disturbs the commit, not the outcome."""
    moved = instance_record(9, blob=instance_record(99).blob)
    before_commit(ledger, number, lambda: other.move_instance(moved))

    ledger.add_generation(of_all())

    stored = other.instance(uid(9))
    assert stored is not None
    assert (stored.blob, stored.generation) == (moved.blob, 1)


@pytest.mark.parametrize("count", [3, 4, 5, 8, 9])
def test_a_generation_of_every_size_is_assigned(ledger: FirestoreClinicalLedger, count: int) -> None:
    """In one commit, in full ones and in ones with a rest, exactly the named instances get it."""
    created = ledger.add_generation(of_all(count))

    generations = [each.generation for each in ledger.instances(series_ref())]
    assert created is True
    assert generations == [1] * count + [None] * (10 - count)
    assert ledger.generation(series_ref()) == of_all(count)


def test_a_lost_answer_does_not_lose_the_claim(project: str) -> None:
    """Who claimed a key and did not hear of it is told so, not that another holds it."""
    ledger = FirestoreReleasedLedger(project)
    lose_answers(ledger)

    first = ledger.claim("a", now=100.0, lease=10.0)
    taken_over = ledger.claim("a", now=200.0, lease=10.0)

    assert (first, taken_over) == ("claimed", "claimed")


def test_a_lost_answer_changes_no_outcome(ledger: FirestoreClinicalLedger) -> None:
    """What was written twice is there once, and a failure is counted once."""
    lose_answers(ledger)

    instance = ledger.add_instances([instance_record(20)])[0]
    raised = ledger.raise_exception(exception_record())
    ledger.add_shards([shard_record(0), shard_record(1)])
    ledger.add_generation(of_all(3))

    assert instance == instance_record(20)
    assert raised == exception_record()
    assert ledger.shards(series_ref(), 1) == [shard_record(0), shard_record(1)]
    assert ledger.generation(series_ref()) == of_all(3)


def test_shards_that_are_there_in_part_are_completed(ledger: FirestoreClinicalLedger) -> None:
    """The shards that a crash left out are added, the others stay."""
    ledger.add_shards([shard_record(1)])
    ledger.release_shard(shard_record(1), instance_record(7).blob)

    ledger.add_shards([shard_record(0), shard_record(1), shard_record(2)])

    released = [shard.released for shard in ledger.shards(series_ref(), 1)]
    assert released == [None, instance_record(7).blob, None]


def test_a_job_is_added_once(project: str) -> None:
    """A job whose answer was lost is the one that is stored."""
    ledger = FirestoreReleasedLedger(project)
    lose_answers(ledger)

    stored = ledger.add_job(job_record())

    assert stored == job_record()


# -- instances that come together


def together(numbers: range, archive: int) -> list[InstanceRecord]:
    """Instances of a series of its own as they lie in an archive."""
    place = blob_ref(archive)
    return [
        instance_record(n, series=OTHER_SERIES, blob=place.at_member(index))
        for index, n in enumerate(numbers)
    ]


def test_an_instance_beside_a_copy_waits_for_the_next_generation(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger
) -> None:
    """The series closes while a worker has not looked yet whose one of its instances is.

    The generation names the copy, which is another document's, but not what came beside it.
    """
    generation = generation_record(series=OTHER_SERIES, sop_instance_uids=(uid(20),))
    before_commit(ledger, 0, lambda: other.add_instances(together(range(20, 21), archive=2)))
    before_commit(ledger, 1, lambda: other.add_generation(generation))

    ledger.add_instances(together(range(20, 22), archive=3))

    (copied, late) = ledger.instances(OTHER_SERIES)
    assert (copied.generation, late.generation) == (1, None)
    assert OTHER_SERIES in [each.series for each in ledger.open_series()]


def test_a_copy_is_given_up_although_its_document_changed(
    ledger: FirestoreClinicalLedger, other: FirestoreClinicalLedger
) -> None:
    """Whoever is disturbed at giving an instance up looks again, else it would be there twice for ever."""
    ledger.add_instances(together(range(20, 22), archive=2))
    copies = together(range(20, 23), archive=3)
    moved = msgspec.structs.replace(copies[2], blob=blob_ref(4).at_member(2))
    ledger._add(copies)  # and the worker died
    before_commit(ledger, 0, lambda: other.move_instance(moved))

    ledger.add_instances(copies)

    places = sorted(str(each.blob) for each in ledger.instances() if each.series == OTHER_SERIES)
    assert places == sorted(str(each.blob) for each in [*together(range(20, 22), archive=2), moved])
