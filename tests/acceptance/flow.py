"""A whole installation for one test: workspace, rulesets, clock, destination and engine."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from functions.cli.engine import Engine, Observer
from functions.cli.intake import sources, take_in
from shared import review
from shared.adapters.clock import FakeClock
from shared.adapters.files import FileSecrets
from shared.balance import Balance, balance
from shared.deid.crosswalk import unseal
from shared.identifiers import BlobRef
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.autosegmentation.tasks import Task
from shared.ports.keys import TokenPair
from shared.ports.records import ExceptionRecord, ExceptionStatus, GenerationRecord
from shared.wiring import EmbeddedWiring

RULESETS = Path(__file__).parents[2] / "rulesets"
DESTINATION = "autosegmentation"
START = 1_750_000_000.0
MINUTE = 60.0
#: longer than any back-off and any wait of the policies, in seconds
LONG = 6 * 3600.0
KEY = bytes(range(32))

_MEMBERS_GENERATION = re.compile(r"\.members/\d+/")
#: values to be changed in the rulesets, by key
Policy = Mapping[str, float | str]
NO_CHANGE: Policy = MappingProxyType({})
#: puts something of a test between the wiring and its ports
Wrap = Callable[[EmbeddedWiring], None]


class Outcome(NamedTuple):
    """All that a run leaves behind and that another run of the same input must leave, too.

    Attributes:
        released: SHA-256 of every object of the released bucket by name.
        clinical: the same of the clinical bucket, the generation of unpacked archives left out of the names.
        crosswalks: the plain text of every crosswalk by name.
        packages: SHA-256 of the package of every job.
        uploads: SHA-256 and status of every task that the destination made, in order of the checksums.
        series: state, ruleset, reason and instances of the latest generation of every series.
        jobs: the state of every job.
        exceptions: stage, code, cause and status of every exception.
    """

    balance: Balance
    released: dict[str, str]
    clinical: dict[str, str]
    crosswalks: dict[str, bytes]
    packages: dict[str, str | None]
    uploads: list[tuple[str, str]]
    series: list[tuple[str, int, str, str | None, str, tuple[str, ...]]]
    jobs: dict[str, str]
    exceptions: list[tuple[str, str, str, str]]


class Flow:
    """An installation in one folder; close it, or crash it and start it again.

    Args:
        folder: where its workspace, rulesets and destination lie.
        double: the destination; running.
        clock: the time of all of it.
    """

    def __init__(self, folder: Path, double: AutosegmentationDouble, clock: FakeClock | None = None) -> None:
        self.workspace = folder / "workspace"
        self.policy = folder / "rulesets"
        self.received = folder / "double"
        self.double = double
        self.clock = clock or FakeClock(START)
        self.wiring: EmbeddedWiring
        self.engine: Engine
        shutil.copytree(RULESETS, self.policy, ignore=shutil.ignore_patterns("__pycache__"))
        _write_key(self.workspace / "keys")

    def allow(self, **policies: float | str) -> None:
        """Change values in the rulesets by their key; they hold from the next start on."""
        for key, value in policies.items():
            found = re.compile(rf"^( *{key}:) .*$", re.MULTILINE)
            (path,) = (each for each in self.policy.glob("*/*.yaml") if found.search(each.read_text()))
            path.write_text(found.sub(rf"\1 {value}", path.read_text()))

    def start(self, wrap: Wrap | None = None, observe: Observer | None = None) -> None:
        """Start as a process that finds this workspace; `wrap` may replace ports before they are used."""
        environ = {"AUTOSEGMENTATION_URL": self.double.base_url}
        self.wiring = EmbeddedWiring(self.workspace, self.policy, clock=self.clock, environ=environ)
        self._bus = self.wiring.bus
        self._ports = (self.wiring.clinical, self.wiring.released, self.wiring.ledger, self.wiring.jobs)
        if wrap is not None:
            wrap(self.wiring)
        self.engine = Engine(self.wiring, observe=observe)
        self.wiring.recover()

    def give_tokens(self, *, expired: bool = False) -> None:
        """Store a token pair of the destination; with `expired` the first use needs a refresh."""
        pair = self.double.issue_tokens()
        expires_at = self.clock.now() - 1 if expired else pair.expires_at
        tokens = TokenPair(
            access_token=pair.access_token, refresh_token=pair.refresh_token, expires_at=expires_at
        )
        FileSecrets(self.workspace / "secrets").store_tokens(DESTINATION, tokens)

    def take_in(self, *paths: Path) -> None:
        """Bring files and folders into the intake; again, it changes nothing."""
        for source in sources(paths):
            take_in(source, self.wiring.clinical)

    def settle(self, wait_seconds: float = LONG) -> bool:
        """Run, minute by minute of the clock, until nothing is under way; whether that was reached."""
        self.clock.advance(1)
        return self.engine.settle(poll_seconds=MINUTE, wait_seconds=wait_seconds)

    def tick(self) -> None:
        """Let the scheduler's minute come at this moment of the clock."""
        self.engine.tick()
        self.engine.drain()

    def minute(self) -> None:
        """Let one minute of the clock pass, with its tick."""
        self.clock.advance(MINUTE)
        self.tick()

    def run(self, *paths: Path) -> None:
        """Take in and run to the end, which must be reached."""
        self.take_in(*paths)
        if not self.settle():
            raise AssertionError(f"still under way: {dict(self.wiring.bus.backlog())}")

    def exhaust(self) -> None:
        """Handle everything the moment it is due, until no message waits; nothing ticks meanwhile."""
        while (due := self.wiring.bus.next_due()) is not None:
            self.clock.advance(max(0.0, due - self.clock.now()))
            self.engine.drain()

    def retry(self, record: ExceptionRecord) -> ExceptionRecord:
        """Let a person retry an exception."""
        self.clock.advance(1)
        wiring = self.wiring
        return review.retry(
            record,
            ledger=wiring.ledger,
            jobs=wiring.jobs,
            bus=wiring.bus,
            clock=wiring.clock,
            who="operator",
        )

    def archive(self, record: ExceptionRecord, why: str) -> ExceptionRecord:
        """Let a person archive an exception."""
        wiring = self.wiring
        return review.archive(
            record, ledger=wiring.ledger, jobs=wiring.jobs, clock=self.clock, who="operator", why=why
        )

    def restart(self, wrap: Wrap | None = None, observe: Observer | None = None) -> None:
        """Stop and start again, with the rulesets as they are now."""
        self.stop()
        self.start(wrap, observe)

    def announce(self, blob: BlobRef) -> None:
        """Let the bucket notify again of an object."""
        attributes = {
            "eventType": "OBJECT_FINALIZE",
            "bucketId": blob.bucket,
            "objectId": blob.name,
            "objectGeneration": str(blob.generation),
        }
        self.wiring.bus.publish("arrivals", b"", attributes)

    def stop(self) -> None:
        """End as a process does that has finished."""
        self.wiring.__dict__["bus"] = self._bus
        for name, port in zip(("clinical", "released", "ledger", "jobs"), self._ports, strict=True):
            self.wiring.__dict__[name] = port
        self.wiring.close()

    def crash(self) -> None:
        """End as a process does that is killed: nothing is said or written any more, files just close."""
        if "destinations" in self.wiring.__dict__:
            self.wiring.destinations.close()
        clinical, released, ledger, jobs = self._ports
        for owner in (self._bus, clinical._index, released._index, ledger, jobs):
            owner._database.close()

    @property
    def balance(self) -> Balance:
        """The balance at this moment."""
        return balance(self.wiring.ledger, self.wiring.jobs, self.wiring.clinical)

    @property
    def uploads(self) -> list[Task]:
        """What the destination was given."""
        return self.double.uploads

    @property
    def series(self) -> list[GenerationRecord]:
        """The latest generation of every series."""
        return list(self.wiring.ledger.generations())

    def exceptions(self, status: ExceptionStatus | None = None) -> list[ExceptionRecord]:
        """The exceptions in one status, or all."""
        return list(self.wiring.ledger.exceptions(status))

    def exception(self) -> ExceptionRecord:
        """The only exception there is."""
        (record,) = self.exceptions()
        return record

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Stage and code of every open exception, sorted."""
        return sorted((each.stage, each.code) for each in self.exceptions("open"))

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """The objects of a bucket by name."""
        blobs = getattr(self.wiring, bucket)
        contents = {}
        for stat in blobs.list(prefix):
            with blobs.open(stat.ref) as reader:
                contents[stat.ref.name] = reader.read(0, reader.size)
        return contents

    def outcome(self) -> Outcome:
        """What this run has left behind."""
        keys, crosswalks = self.wiring.keys, self.objects("clinical", "crosswalks/")
        jobs = list(self.wiring.jobs.jobs())
        clinical = self.objects("clinical")
        return Outcome(
            balance=self.balance,
            released=_digests(self.objects("released")),
            clinical=_digests(
                {_MEMBERS_GENERATION.sub(".members/", name): clinical[name] for name in clinical}
            ),
            crosswalks={name: msgspec.json.encode(unseal(crosswalks[name], keys)) for name in crosswalks},
            packages={job.job_id: job.package_sha256 for job in jobs},
            uploads=sorted((task.sha256, task.status) for task in self.uploads),
            series=[_seen(generation) for generation in self.series],
            jobs={job.job_id: job.state for job in jobs},
            exceptions=sorted((e.stage, e.code, e.cause, e.status) for e in self.exceptions()),
        )


def _write_key(folder: Path) -> None:
    """The same key for every installation, so that their outputs can be compared."""
    folder.mkdir(mode=0o700, parents=True)
    path = folder / "deidentification.key"
    path.write_bytes(KEY)
    path.chmod(0o600)


def _digests(contents: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _seen(record: GenerationRecord) -> tuple[str, int, str, str | None, str, tuple[str, ...]]:
    return (
        str(record.series),
        record.generation,
        record.state,
        record.ruleset,
        record.reason,
        record.sop_instance_uids,
    )


@contextmanager
def opened(
    folder: Path, policy: Policy = NO_CHANGE, *, wrap: Wrap | None = None, expired_token: bool = False
) -> Iterator[Flow]:
    """Make an installation in a folder and start it; stop it at the end.

    Args:
        folder: where it lies; made if need be.
        policy: values that are changed in the rulesets, by key.
        wrap: may replace ports before they are used.
        expired_token: whether the first request needs a refresh.
    """
    clock = FakeClock(START)
    with AutosegmentationDouble(folder / "double", clock=clock) as double:
        flow = Flow(folder, double, clock)
        flow.allow(**policy)
        flow.give_tokens(expired=expired_token)
        flow.start(wrap)
        try:
            yield flow
        finally:
            flow.stop()
