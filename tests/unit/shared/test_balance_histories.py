"""The balance in random histories: after every step it is what a plain model of the same steps says."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.adapters.clock import FakeClock
from shared.balance import Account, balance
from shared.identifiers import BlobRef, member_name
from shared.ports.records import ArchiveRecord, IgnoredRecord
from shared.states import JobState, SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import (
    exception_record,
    generation_record,
    instance_record,
    job_record,
    series_ref,
    shard_instance,
    shard_record,
    uid,
)

#: what closes an exception, and where its subject stands then
CLOSED = {"archived": Account.REJECTED, "retried": Account.IN_FLIGHT}
MEMBERS = 4

numbers = st.integers(min_value=0, max_value=10**6)


class Series:
    """What the model knows of one series: its instances by number, and where its latest generation stands."""

    def __init__(self) -> None:
        self.instances: set[int] = set()
        self.generation = 0
        self.members: set[int] = set()
        self.claimed: set[int] = set()
        self.decided = False
        self.rejected = False
        self.held: Account | None = None
        self.exported = False

    def account(self, number: int) -> Account:
        """Where one instance stands."""
        if number not in self.members:
            return Account.IN_FLIGHT
        if self.decided and number not in self.claimed:
            return Account.UNMATCHED
        return Account.EXPORTED if self.exported else self.held or Account.IN_FLIGHT


class Histories(RuleBasedStateMachine):
    """Each rule does to the ledgers what a stage does, and to the model what that means."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        root = Path(self.folder.name)
        self.wiring = EmbeddedWiring(root, root, clock=FakeClock(1_763_807_400.0), environ={})
        self.made = 0
        self.raw: list[BlobRef] = []
        self.known: dict[str, Account] = {}
        self.open: list[str] = []
        self.series = {number: Series() for number in (1, 2)}
        self.waiting: dict[BlobRef, int] = {}

    def teardown(self) -> None:
        """Close and remove the workspace."""
        self.wiring.close()
        self.folder.cleanup()

    # -- objects

    @rule()
    def arrive(self) -> None:
        """An object arrives."""
        self.made += 1
        self.raw.append(put(self.wiring.clinical, f"intake/{self.made}", str(self.made).encode()).ref)

    def _take(self, number: int) -> BlobRef:
        if not self.raw:
            self.arrive()
        return self.raw.pop(number % len(self.raw))

    @rule(number=numbers)
    def ignore(self, number: int) -> None:
        """An object is a duplicate."""
        blob = self._take(number)
        self.wiring.ledger.add_ignored(IgnoredRecord(subject=str(blob), blob=blob, reason="duplicate"))
        self.known[str(blob)] = Account.IGNORED

    @rule(number=numbers)
    def fail(self, number: int) -> None:
        """An object is no instance."""
        blob = self._take(number)
        self._raise(str(blob), blob=blob)
        self.known[str(blob)] = Account.EXCEPTIONS

    @precondition(lambda self: self.open)
    @rule(number=numbers, status=st.sampled_from(sorted(CLOSED)))
    def close(self, number: int, status: Any) -> None:
        """A person closes an exception."""
        subject = self.open.pop(number % len(self.open))
        record = self.wiring.ledger.exception(subject)
        assert record is not None
        self.wiring.ledger.replace_exception(msgspec.structs.replace(record, status=status))
        self.known[subject] = CLOSED[status]

    def _raise(self, subject: str, **about: Any) -> None:
        fields = {"blob": None, "subject": subject, "exception_id": subject, **about}
        self.wiring.ledger.raise_exception(exception_record(**fields))
        self.open.append(subject)

    # -- archives

    @rule(number=numbers)
    def open_archive(self, number: int) -> None:
        """An object turns out to be an archive; none of its members is unpacked yet."""
        blob = self._take(number)
        self.wiring.ledger.put_archive(ArchiveRecord(blob=blob, members=MEMBERS))
        self.waiting[blob] = 0

    @rule(number=numbers, kind=st.sampled_from(["accept", "extract", "ignore", "fail"]), late=st.booleans())
    def unpack(self, number: int, kind: str, *, late: bool) -> None:
        """A member is unpacked; its batch may be recorded later than it."""
        if not self.waiting:
            self.open_archive(number)
        blob = sorted(self.waiting, key=str)[number % len(self.waiting)]
        index = self.waiting[blob]
        subject = str(blob.at_member(index))
        if kind == "accept":
            self._accept(blob.at_member(index), 1 + number % 2)
        elif kind == "extract":
            self.raw.append(put(self.wiring.clinical, member_name(blob, index), subject.encode()).ref)
        elif kind == "ignore":
            self.wiring.ledger.add_ignored(
                IgnoredRecord(subject=subject, blob=blob, reason="not_dicom_member")
            )
            self.known[subject] = Account.IGNORED
        else:
            self._raise(subject, blob=blob)
            self.known[subject] = Account.EXCEPTIONS
        self.waiting[blob] += 1
        if not late:
            record = ArchiveRecord(blob=blob, members=MEMBERS, unpacked_to=index + 1)
            self.wiring.ledger.put_archive(record)
        if self.waiting[blob] == MEMBERS:
            done = ArchiveRecord(blob=blob, members=MEMBERS, unpacked_to=MEMBERS, finished=True)
            self.wiring.ledger.put_archive(done)
            del self.waiting[blob]

    # -- series

    @rule(number=numbers, series=st.sampled_from([1, 2]))
    def accept(self, number: int, series: int) -> None:
        """An object is an instance."""
        self._accept(self._take(number), series)

    def _accept(self, blob: BlobRef, series: int) -> None:
        self.made += 1
        self.wiring.ledger.add_instances([instance_record(self.made, series=series_ref(series), blob=blob)])
        self.series[series].instances.add(self.made)

    @rule(number=st.sampled_from([1, 2]))
    def complete(self, number: int) -> None:
        """A series is judged complete, for the first time or again."""
        series = self.series[number]
        if series.instances == series.members:
            self.accept(0, number)
        fresh = Series()
        fresh.instances, fresh.members = series.instances, set(series.instances)
        fresh.generation = series.generation + 1
        self.series[number] = fresh
        self.wiring.ledger.add_generation(
            generation_record(
                series=series_ref(number),
                generation=fresh.generation,
                sop_instance_uids=tuple(uid(each) for each in sorted(fresh.members)),
            )
        )

    @rule(number=st.sampled_from([1, 2]), keep=st.integers(min_value=0, max_value=3))
    def match(self, number: int, keep: int) -> None:
        """The rules claim some of the instances, or none."""
        if not self.series[number].generation:
            self.complete(number)
        series = self.series[number]
        if series.decided or series.rejected:
            return
        series.decided, series.claimed = True, set(sorted(series.members)[:keep])
        if series.claimed:
            instances = tuple(shard_instance(each) for each in sorted(series.claimed))
            shard = shard_record(series=series_ref(number), generation=series.generation, instances=instances)
            self.wiring.ledger.add_shards([shard])
        self._move(number, SeriesState.MATCHED if series.claimed else SeriesState.UNMATCHED)

    @rule(number=st.sampled_from([1, 2]), exported=st.booleans())
    def release(self, number: int, *, exported: bool) -> None:
        """The claimed instances are released, and perhaps exported."""
        if not self.series[number].decided:
            self.match(number, 3)
        series = self.series[number]
        job_id = f"job-{number}-{series.generation}"
        if not series.claimed or self.wiring.jobs.job(job_id):
            return
        self._move(number, SeriesState.DEIDENTIFIED, job_id=job_id)
        state = JobState.EXPORTED if exported else JobState.PENDING
        self.wiring.jobs.add_job(job_record(job_id=job_id, state=state))
        series.exported = exported

    @rule(number=st.sampled_from([1, 2]), held=st.sampled_from([Account.EXCEPTIONS, *CLOSED.values()]))
    def hold(self, number: int, held: Account) -> None:
        """A stage fails with the series, and a person may have closed that already."""
        series = self.series[number]
        if not series.generation or series.held is not None:
            return
        subject = f"{series_ref(number)}#{series.generation}"
        status: Any = {account: status for status, account in CLOSED.items()}.get(held, "open")
        self.wiring.ledger.raise_exception(
            exception_record(
                exception_id=subject,
                subject=subject,
                blob=None,
                series=series_ref(number),
                generation=series.generation,
                status=status,
            )
        )
        series.held = held
        series.rejected = held is Account.REJECTED and not series.decided
        if series.rejected:
            self._move(number, SeriesState.REJECTED)

    def _move(self, number: int, state: SeriesState, **changes: Any) -> None:
        latest = self.wiring.ledger.generation(series_ref(number))
        assert latest is not None
        self.wiring.ledger.replace_generation(msgspec.structs.replace(latest, state=state, **changes))

    # -- what must hold

    @invariant()
    def agrees_with_the_model(self) -> None:
        """Each account holds just what the model puts there, and the sum is what was received."""
        expected = Counter(self.known.values())
        waiting = sum(MEMBERS - unpacked for unpacked in self.waiting.values())
        expected[Account.IN_FLIGHT] += len(self.raw) + waiting
        for series in self.series.values():
            expected.update(series.account(number) for number in series.instances)
        counts = balance(self.wiring.ledger, self.wiring.jobs, self.wiring.clinical)

        assert counts.closed
        assert counts.received == expected.total()
        assert counts[1:] == tuple(expected[account] for account in Account)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
