"""A system on the emulators, and hospitals that speak to it by clients of others."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from functions.cli.emulated import CLINICAL, PROJECT, EmulatedSystem, emulated_system
from shared.balance import Balance, balance
from shared.ports.bus import Subscription
from shared.ports.records import JobRecord
from shared.states import JobState
from tests.acceptance.flow import KEY, RULESETS
from tests.waiting import until

_UNDER_WAY = {JobState.PENDING, JobState.UPLOADING, JobState.EXPORTED, JobState.RESULT_RECEIVED}
#: between two minutes, and two looks at what is waited for, in seconds
_LOOK = 0.25
_BOUNDARY = "a-part-begins"


class Emulated:
    """A running system, with what its functions logged."""

    def __init__(self, system: EmulatedSystem, lines: Sequence[tuple[str, str]]) -> None:
        """Keep it."""
        self.system = system
        self.wiring = system.wiring
        self._lines = lines

    def upload(self, files: dict[str, bytes]) -> None:
        """Drop files in the bucket with Google's own client."""
        client = storage.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": self.system.environment["STORAGE_EMULATOR_HOST"]},
        )
        bucket = client.bucket(CLINICAL)
        for name, content in files.items():
            bucket.blob(f"intake/hospital/{name}").upload_from_string(content)
        client.close()

    def store(self, files: dict[str, bytes]) -> set[str]:
        """Push files to the DICOM store by STOW-RS, one a request; return the names of those it took."""
        url = f"{self.system.dicomweb_url}/studies"
        kind = f'multipart/related; type="application/dicom"; boundary={_BOUNDARY}'
        with requests.Session() as session:
            return {
                name
                for name, content in files.items()
                if session.post(url, data=_part(content), headers={"Content-Type": kind}, timeout=60).ok
            }

    def let_minutes_come_until(
        self, condition: Callable[[], object], seconds: float, *, every: float = _LOOK
    ) -> None:
        """Let minutes come until a condition holds."""
        until(lambda: self.system.tick() or condition(), seconds, self._why_not, look=every)

    def settle(self, seconds: float = 240.0) -> Balance:
        """Let minutes come until nothing is under way; return the balance."""
        self.let_minutes_come_until(lambda: self.is_settled, seconds)
        return self.balance

    @property
    def balance(self) -> Balance:
        """The balance at this moment."""
        return balance(self.wiring.ledger, self.wiring.jobs, self.wiring.clinical)

    @property
    def is_settled(self) -> bool:
        """Whether everything that was received is accounted for, and every result is back."""
        # The emulator takes seconds for a balance of thousands: it is not asked for while there is no need.
        if not self._results_are_back:
            return False
        counts = self.balance
        return counts.received > 0 and counts.in_flight == 0 and self._results_are_back

    @property
    def _results_are_back(self) -> bool:
        held = {each.job_id for each in self.wiring.ledger.exceptions("open")}
        return all(job.job_id in held for job in self.jobs if job.state in _UNDER_WAY)

    @property
    def jobs(self) -> list[JobRecord]:
        """All jobs."""
        return list(self.wiring.jobs.jobs())

    @property
    def outcomes(self) -> Counter[tuple[str, str]]:
        """How often each function said what of an event."""
        return Counter((stage, str(line.get("message"))) for stage, line in self.logged())

    def logged(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the functions logged of events."""
        for stage, text in list(self._lines):
            if text.startswith("{"):
                yield stage, msgspec.json.decode(text)

    @property
    def log(self) -> str:
        """All that the functions wrote."""
        return "\n".join(text for _, text in list(self._lines))

    def released(self) -> "Released":
        """What left the system, and what came back."""
        return released(self)

    def _why_not(self) -> str:
        states = Counter(job.state for job in self.jobs)
        held = Counter((each.stage, each.code, each.cause) for each in self.wiring.ledger.exceptions("open"))
        return f"still under way: {self.balance}, jobs {dict(states)}, {dict(held)}, {dict(self.outcomes)}"


class Released(NamedTuple):
    """The packages as they were sent, by job, and the results as they were delivered, by name; digests."""

    packages: dict[str, str | None]
    results: dict[str, str]


def released(installation: Any) -> Released:
    """Read them from the ports of an installation, emulated or embedded."""
    clinical = installation.wiring.clinical
    results = {}
    for stat in clinical.list("results/"):
        with clinical.open(stat.ref) as reader:
            results[stat.ref.name] = sha256(reader.read(0, reader.size)).hexdigest()
    return Released({job.job_id: job.package_sha256 for job in installation.wiring.jobs.jobs()}, results)


@contextmanager
def emulated(
    folder: Path,
    *,
    rulesets: Path = RULESETS,
    quiet_period: float = 10.0,
    policy: Callable[[Subscription], Subscription] | None = None,
    settings: Mapping[str, str] | None = None,
    bridge: Mapping[str, int] | None = None,
) -> Iterator[Emulated]:
    """Run a system with the key of all tests, without waiting long for anything."""
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700, parents=True)
    key = secrets / "deidentification.key"
    key.write_bytes(KEY)
    key.chmod(0o600)
    lines: list[tuple[str, str]] = []
    with emulated_system(
        folder,
        rulesets,
        line=lambda stage, text: lines.append((stage, text)),
        quiet_period=quiet_period,
        policy=policy or impatient,
        settings=settings,
        bridge=bridge,
    ) as system:
        yield Emulated(system, lines)


def impatient(subscription: Subscription) -> Subscription:
    """Tries again after a second or two."""
    return msgspec.structs.replace(subscription, minimum_backoff=1.0, maximum_backoff=2.0)


def _part(content: bytes) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    return head + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
