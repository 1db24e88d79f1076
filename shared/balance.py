"""Where every instance is: received = exported + unmatched + ignored + rejected + in flight + exceptions."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from shared.identifiers import DICOM_STORES, INTAKE_PREFIX, SeriesRef, member_name
from shared.ports.blobs import Blobs
from shared.ports.ledger import ClinicalLedger, ReleasedLedger
from shared.ports.records import ExceptionRecord, GenerationRecord, InstanceRecord
from shared.states import EXPORTED_STATES, SeriesState


class Account(StrEnum):
    """The one place in which an instance is counted."""

    #: a destination confirmed the transfer
    EXPORTED = "exported"
    #: no ruleset claims it
    UNMATCHED = "unmatched"
    #: left out on purpose: a duplicate, a DICOMDIR, a member of an archive that is no DICOM
    IGNORED = "ignored"
    #: a person archived its exception
    REJECTED = "rejected"
    #: on its way
    IN_FLIGHT = "in_flight"
    #: an open exception waits for a person
    EXCEPTIONS = "exceptions"


class Entry(NamedTuple):
    """One received instance: what it is, and where it is counted."""

    subject: str
    series: SeriesRef | None
    account: Account


class Balance(NamedTuple):
    """Counts of instances; `received` is counted on its own, from the intake."""

    received: int
    exported: int
    unmatched: int
    ignored: int
    rejected: int
    in_flight: int
    exceptions: int

    @property
    def closed(self) -> bool:
        """Whether nothing is missing and nothing counted twice."""
        return self.received == sum(self[1:])


def balance(
    ledger: ClinicalLedger, jobs: ReleasedLedger, clinical: Blobs, intake: str = INTAKE_PREFIX
) -> Balance:
    """Count every instance whose object's name starts with `intake`.

    Received are the objects of the intake that are no archives, the members of archives that did not become
    objects of their own, and, in the whole intake, the instances of DICOM stores that were announced. What
    the ledgers do not know yet is in flight.
    """
    known = {entry.subject: entry.account for entry in entries(ledger, jobs)}
    objects = {stat.ref.name: str(stat.ref) for stat in clinical.list(intake)}
    unpacked = {str(archive.blob) for archive in ledger.archives()} - known.keys()
    members = set(_members(ledger, objects, unpacked))
    stored = set(_in_stores(ledger, known)) if intake == INTAKE_PREFIX else set()
    received = (set(objects.values()) - unpacked) | members | stored
    counts = Counter(known.get(subject, Account.IN_FLIGHT) for subject in received)
    return Balance(len(received), *(counts[account] for account in Account))


def _in_stores(ledger: ClinicalLedger, known: Iterable[str]) -> Iterator[str]:
    """The instances of DICOM stores that were announced, as each was stored last, by their subjects."""
    retried = (str(record.blob) for record in ledger.exceptions("retried"))
    latest: dict[str, int] = {}
    for subject in chain(known, retried):
        if subject.startswith(f"gs://{DICOM_STORES}/"):
            path, _, generation = subject.rpartition("#")
            latest[path] = max(latest.get(path, 0), int(generation))
    return (f"{path}#{generation}" for path, generation in latest.items())


def _members(ledger: ClinicalLedger, objects: Mapping[str, str], unpacked: Container[str]) -> Iterator[str]:
    """The members of the archives that lie there and did not become objects of their own, by their subjects.

    How many an archive has is known from the archive alone, so a member that the ledger forgot is missed. Of
    one that failed as a whole those count that were unpacked before.
    """
    for archive in ledger.archives():
        blob = archive.blob
        if objects.get(blob.name) == str(blob):
            for index in range(archive.members if str(blob) in unpacked else archive.unpacked_to):
                if member_name(blob, index) not in objects:
                    yield str(blob.at_member(index))


def is_member(subject: str) -> bool:
    """Tell a member of an archive, `gs://bucket/name#generation!index`, from an object."""
    return "!" in subject.rpartition("#")[2]


def entries(ledger: ClinicalLedger, jobs: ReleasedLedger) -> Iterator[Entry]:
    """Yield everything received that the ledgers know, with the one account in which it is counted."""
    exceptions = [each for each in ledger.exceptions() if each.status != "retried"]
    for record in exceptions:
        if record.blob is not None:
            subject = record.subject if is_member(record.subject) else str(record.blob)
            yield Entry(subject, None, _account_of([record]) or Account.IN_FLIGHT)
    for ignored in ledger.ignored():
        yield Entry(ignored.subject, None, Account.IGNORED)
    series_accounts = _SeriesAccounts(ledger, jobs, exceptions)
    for instance in ledger.instances():
        yield Entry(str(instance.blob), instance.series, series_accounts.of(instance))


def _account_of(exceptions: Iterable[ExceptionRecord]) -> Account | None:
    statuses = {record.status for record in exceptions}
    if "open" in statuses:
        return Account.EXCEPTIONS
    return Account.REJECTED if "archived" in statuses else None


class _SeriesAccounts:
    """Says of each instance where its series stands; reads each series once."""

    def __init__(
        self, ledger: ClinicalLedger, jobs: ReleasedLedger, exceptions: Iterable[ExceptionRecord]
    ) -> None:
        self._ledger = ledger
        self._jobs = jobs
        self._generations = {each.series: each for each in ledger.generations()}
        self._accounts: dict[SeriesRef, Account] = {}
        self._claimed: dict[SeriesRef, frozenset[str]] = {}
        self._exceptions: dict[str, list[ExceptionRecord]] = defaultdict(list)
        for record in exceptions:
            subject = record.job_id or f"{record.series}#{record.generation}"
            self._exceptions[subject].append(record)

    def of(self, instance: InstanceRecord) -> Account:
        """The account of an instance; one that came after its series' latest generation is in flight."""
        generation = self._generations.get(instance.series)
        if generation is None or instance.generation is None:
            return Account.IN_FLIGHT
        if instance.series not in self._accounts:
            self._accounts[instance.series] = self._of_claimed(generation)
            self._claimed[instance.series] = self._claimed_by(generation)
        if generation.state in {SeriesState.COMPLETED, SeriesState.REJECTED}:
            return self._accounts[instance.series]
        claimed = instance.sop_instance_uid in self._claimed[instance.series]
        return self._accounts[instance.series] if claimed else Account.UNMATCHED

    def _of_claimed(self, generation: GenerationRecord) -> Account:
        """The account of the instances that a ruleset claims, or of all while none has."""
        job_id = generation.job_id or ""
        job = self._jobs.job(job_id)
        if job is not None and job.state in EXPORTED_STATES:
            return Account.EXPORTED
        about_series = self._exceptions[f"{generation.series}#{generation.generation}"]
        otherwise = Account.REJECTED if generation.state is SeriesState.REJECTED else Account.IN_FLIGHT
        return _account_of([*about_series, *self._exceptions[job_id]]) or otherwise

    def _claimed_by(self, generation: GenerationRecord) -> frozenset[str]:
        shards = self._ledger.shards(generation.series, generation.generation)
        return frozenset(uid for shard in shards for uid in shard.sop_instance_uids)
