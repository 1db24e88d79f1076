"""Doubles of ports: where a test needs to see, order or break what the embedded adapters do."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple, Self

from shared.events import AUDIT, Event, decode
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobReader, Blobs, BlobStat, BlobWriter
from shared.ports.destination import DestinationStatus, Package
from shared.ports.records import ClaimOutcome

#: what happened, in order: the port, what was done, and to what
Journal = list[tuple[str, str, str]]


class Published(NamedTuple):
    """One message on a `RecordingBus`."""

    topic: str
    data: bytes
    attributes: Mapping[str, str]

    @property
    def event(self) -> Event:
        """The event in it."""
        return decode(self.data)


class RecordingBus:
    """A bus that keeps what is published, and fails while `failure` is set."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.journal: Journal = [] if journal is None else journal
        self.published: list[Published] = []
        self.failure: BaseException | None = None

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Keep one message."""
        if self.failure is not None:
            raise self.failure
        self.journal.append(("bus", "publish", topic))
        self.published.append(Published(topic, data, dict(attributes)))
        return f"message-{len(self.published)}"

    @property
    def events(self) -> list[Event]:
        """The events that were published anywhere but on the audit topic."""
        return [each.event for each in self.published if each.topic != AUDIT]


class RecordingClaims:
    """Claims that answer `outcome` and keep what was asked of them; `failure` is raised instead while set."""

    def __init__(self, journal: Journal | None = None, outcome: ClaimOutcome = "claimed") -> None:
        self.journal: Journal = [] if journal is None else journal
        self.outcome: ClaimOutcome = outcome
        self.failure: Exception | None = None

    def claim(self, key: str, *, now: float, lease: float) -> ClaimOutcome:
        """Answer as told."""
        self._record("claim", key)
        return self.outcome

    def complete_claim(self, key: str) -> None:
        """Keep that it was completed."""
        self._record("complete", key)

    def release_claim(self, key: str) -> None:
        """Keep that it was released."""
        self._record("release", key)

    def _record(self, action: str, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.journal.append(("claims", action, key))


class RecordingLedger:
    """Passes everything on to a ledger and keeps the names of the methods that change something."""

    _CHANGES = ("add_", "put_", "raise_", "release_", "replace_")

    def __init__(self, ledger: Any, journal: Journal, name: str = "ledger") -> None:
        self._ledger = ledger
        self._name = name
        self.journal = journal

    def __getattr__(self, method: str) -> Any:
        if method.startswith(self._CHANGES):
            self.journal.append((self._name, method, ""))
        return getattr(self._ledger, method)


class FailingOnce:
    """Passes everything on, but the first call of one method raises `failure` and does nothing."""

    def __init__(self, target: Any, method: str, failure: BaseException) -> None:
        self._target = target
        self._method = method
        self._failures = [failure]

    def __getattr__(self, method: str) -> Any:
        if method == self._method and self._failures:
            return self._fail
        return getattr(self._target, method)

    def _fail(self, *_arguments: Any, **_options: Any) -> Any:
        raise self._failures.pop()


class WatchedBlobs:
    """A bucket before another one: keeps what is opened, finalised and deleted, and counts bytes read.

    Attributes:
        journal: `open`, `create` (when finalised) and `delete` with the object's name.
        bytes_read: of all readers.
        reading: how many readers are open now.
        headers: how many were opened for their header only.
        largest_write: the largest piece that was written at once, in bytes.
        chunk_bytes: the size of the pieces that `stream` yields; that of the bucket's own if None.
        stats: what `stat` answers by name, instead of the bucket's own answer.
    """

    def __init__(self, blobs: Blobs, journal: Journal | None = None) -> None:
        self._blobs = blobs
        self.journal: Journal = [] if journal is None else journal
        self.bytes_read = 0
        self.reading = 0
        self.headers = 0
        self.largest_write = 0
        self.chunk_bytes: int | None = None
        self.stats: dict[str, BlobStat] = {}

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._blobs.bucket

    def stat(self, name: str) -> BlobStat:
        """Answer as told, or as the bucket."""
        return self.stats.get(name) or self._blobs.stat(name)

    def open(self, ref: BlobRef, *, header_only: bool = False) -> "WatchedReader":
        """Open with a count of what is read."""
        reader = WatchedReader(self._blobs.open(ref, header_only=header_only), self)
        self.headers += header_only
        self._record("open", ref.name)
        return reader

    @contextmanager
    def create(self, name: str, *, if_generation_match: int | None = None) -> Iterator[BlobWriter]:
        """Write to the bucket."""
        with self._blobs.create(name, if_generation_match=if_generation_match) as writer:
            yield WatchedWriter(writer, self)
        self._record("create", name)

    def list(self, prefix: str = "") -> Iterator[BlobStat]:
        """List the bucket."""
        return self._blobs.list(prefix)

    def delete(self, ref: BlobRef) -> None:
        """Delete from the bucket."""
        self._blobs.delete(ref)
        self._record("delete", ref.name)

    def _record(self, action: str, name: str) -> None:
        self.journal.append((self.bucket, action, name))


class WatchedReader:
    """A reader that tells its bucket how much was read."""

    def __init__(self, reader: BlobReader, blobs: WatchedBlobs) -> None:
        self._reader = reader
        self._blobs = blobs

    @property
    def crc32c(self) -> str:
        """The checksum."""
        return self._reader.crc32c

    @property
    def size(self) -> int:
        """The size in bytes."""
        return self._reader.size

    def read(self, offset: int, length: int) -> bytes:
        """Read and count."""
        data = self._reader.read(offset, length)
        self._blobs.bytes_read += len(data)
        return data

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield pieces of the size that was asked for; an odd reader has another size than an even one."""
        step = self._blobs.chunk_bytes
        if step is None:
            yield from self._reader.stream(offset, length)
            return
        self._blobs.chunk_bytes = step + 1
        end = self.size if length is None else min(self.size, offset + length)
        for start in range(offset, end, step):
            yield self.read(start, min(step, end - start))

    def __enter__(self) -> Self:
        self._reader.__enter__()
        self._blobs.reading += 1
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._reader.__exit__(*exc_info)
        self._blobs.reading -= 1


class WatchedWriter:
    """A writer that tells its bucket how much was written at once."""

    def __init__(self, writer: BlobWriter, blobs: WatchedBlobs) -> None:
        self._writer = writer
        self._blobs = blobs

    def write(self, data: bytes | memoryview) -> int:
        """Write on."""
        self._blobs.largest_write = max(self._blobs.largest_write, len(data))
        return self._writer.write(data)

    @property
    def stat(self) -> BlobStat:
        """What was finalised."""
        return self._writer.stat


class StubDestination:
    """A destination in memory; it raises what `failures` holds under a method's name, once each.

    Attributes:
        packages: what was uploaded, by transaction id.
        confirmed: the transaction ids that were confirmed, in order.
        result: what a download yields; `announced` its checksum, computed from it where it is "computed".
    """

    def __init__(self, *, resend_is_safe: bool = False) -> None:
        self.resend_is_safe = resend_is_safe
        self.failures: dict[str, list[BaseException]] = {}
        self.packages: dict[str, bytes] = {}
        self.checksums: list[str] = []
        self.confirmed: list[str] = []
        self.statuses: list[str] = []
        self.answer = DestinationStatus(text="Queued", result_ready=False, failed=False, closed=False)
        self.result = b""
        self.announced: str | None = "computed"

    def wait_until_ready(self) -> None:
        """Be ready at once."""
        self._fail("wait_until_ready")

    def upload(self, package: Package, *, sha256: str) -> str:
        """Take a package."""
        content = b"".join(package.stream())
        self._fail("upload")
        self.checksums.append(sha256)
        self.packages[f"transaction-{len(self.checksums)}"] = content
        return f"transaction-{len(self.checksums)}"

    def status(self, transaction_id: str) -> DestinationStatus:
        """Answer as told."""
        self._fail("status")
        self.statuses.append(transaction_id)
        return self.answer

    def download(self, transaction_id: str) -> "StubDownload":
        """Yield the result."""
        self._fail("download")
        computed = sha256(self.result).hexdigest()
        return StubDownload(self.result, computed if self.announced == "computed" else self.announced)

    def confirm(self, transaction_id: str) -> None:
        """Keep that the result arrived."""
        self._fail("confirm")
        self.confirmed.append(transaction_id)

    def _fail(self, method: str) -> None:
        failures: Sequence[BaseException] = self.failures.get(method, [])
        if failures:
            raise self.failures[method].pop(0)


class StubDestinations:
    """One destination under the name `autosegmentation`."""

    def __init__(self, destination: StubDestination) -> None:
        self._destination = destination

    def __call__(self, name: str) -> StubDestination:
        """Return it."""
        return {"autosegmentation": self._destination}[name]


class StubDownload:
    """A result in two pieces."""

    def __init__(self, content: bytes, announced: str | None) -> None:
        self._content = content
        self.sha256 = announced

    def stream(self) -> Iterator[bytes]:
        """Yield it."""
        half = len(self._content) // 2
        yield self._content[:half]
        yield self._content[half:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Nothing to close."""
