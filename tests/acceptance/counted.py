"""An installation whose ports count what a cloud would charge, by the stage that asks for it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from functions.cli.cost.operations import CALLS, Operations
from shared.adapters.dicom_stores import ClinicalBlobs, HealthcareDicomStores
from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.gcs_streams import GcsWriter
from shared.adapters.google_http import GoogleSession
from shared.events import AUDIT
from shared.identifiers import INTAKE_PREFIX
from shared.local.dicom_store.server import LocalDicomStore
from shared.local.object_store.server import LocalObjectStore
from shared.ports.records import InstanceRecord
from shared.runtime import Outcome
from shared.wiring import EmbeddedWiring
from shared.wiring.embedded import EMBEDDED_STORE

_JSON = {"Content-Type": "application/json"}
#: what the run itself does to look at the outcome is nobody's
NOBODY = "nobody"


class Tally:
    """What was counted, by stage: whose delivery has ended, that asked for all since the one before."""

    def __init__(self) -> None:
        self.stages: dict[str, Counter[str]] = defaultdict(Counter)
        self._open: Counter[str] = Counter()

    def add(self, kind: str, count: int = 1) -> None:
        """Count."""
        self._open[kind] += count

    def attribute(self, stage: str) -> None:
        """Give what was counted since the last time to a stage."""
        self.stages[stage].update(self._open)
        self._open.clear()

    def delivered(self, stage: str, _outcome: Outcome) -> None:
        """A delivery was answered: one request."""
        self.add("requests")
        self.add("delivered")
        self.attribute(stage)

    def operations(self, stage: str) -> Operations:
        """What a stage was counted to ask for."""
        counts = self.stages[stage]
        return Operations(**{kind: count for kind, count in counts.items() if kind != "empty"})


class CountingSession(GoogleSession):
    """Counts requests to Cloud Storage by their class, and those to a DICOM store."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(None)
        self._tally = tally

    def open(self, method: str, url: str, **request: Any) -> Any:
        """An upload is one operation, whatever its parts; listing is of the same class; deleting is free."""
        kind = _kind(method, url, request.get("query") or {})
        if kind is not None:
            self._tally.add(kind)
        return super().open(method, url, **request)


def _kind(method: str, url: str, query: Mapping[str, object]) -> str | None:
    if "/dicomStores/" in url:
        return "store_requests"
    if "uploadType" in query or (method == "GET" and url.endswith("/o")):
        return "class_a"
    return "class_b" if method == "GET" else None


class CountingBlobs(GcsBlobs):
    """A bucket of the local object store; what is finalised in the intake is announced, which is charged."""

    def __init__(self, name: str, session: CountingSession, url: str, tally: Tally, bus: Any) -> None:
        super().__init__(name, session, url=url)
        self._tally = tally
        self._bus = bus

    def recover(self) -> int:
        """Nothing is left half done by a server."""
        return 0

    @contextmanager
    def create(self, name: str, *, if_generation_match: int | None = None) -> Iterator[GcsWriter]:
        """Write, then announce."""
        with super().create(name, if_generation_match=if_generation_match) as writer:
            yield writer
        if self.bucket == "clinical" and name.startswith(INTAKE_PREFIX):
            self._tally.add("class_b")
            attributes = {
                "eventType": "OBJECT_FINALIZE",
                "bucketId": self.bucket,
                "objectId": name,
                "objectGeneration": str(writer.stat.ref.generation),
            }
            self._bus.publish("arrivals", b"", attributes)


class CountingBus:
    """Counts what is published; the audit topic's subscription writes to BigQuery, without a function."""

    def __init__(self, bus: Any, tally: Tally) -> None:
        self._bus = bus
        self._tally = tally

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> Any:
        """Publish one message."""
        self._tally.add("published")
        if topic == AUDIT:
            self._tally.add("audited")
        return self._bus.publish(topic, data, attributes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bus, name)


class CountingLedger:
    """Counts documents as Firestore charges them, by the calls of a ledger."""

    def __init__(self, ledger: Any, tally: Tally) -> None:
        self._ledger = ledger
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)
        if name not in CALLS:
            return method

        def call(*arguments: Any, **more: Any) -> Any:
            found = method(*arguments, **more)
            streamed = isinstance(found, Iterator)
            found = list(found) if streamed else found
            items = self._items(name, found, arguments)
            cost = CALLS[name].cost(items)
            self._tally.add("empty", int(streamed and not items))
            self._tally.add("reads", int(cost.reads))
            self._tally.add("writes", int(cost.writes))
            if name == "claim":
                self._tally.add("deletes")
            return iter(found) if streamed else found

        return call

    def _items(self, name: str, found: Any, arguments: tuple[Any, ...]) -> int:
        """How many records a call was about, or documents of instances."""
        if name == "instances":
            return _documents(found)
        if name == "add_generation":
            return _documents(self._ledger.instances(arguments[0].series))
        return _items(found, arguments)


def _documents(instances: Iterable[InstanceRecord]) -> int:
    """How many documents hold the instances of a series: one for those in one archive."""
    return len({each.blob if each.blob.member is None else each.blob.archive for each in instances})


def _items(found: Any, arguments: tuple[Any, ...]) -> int:
    """How many records a call was about: those that it returned, or those that it was given."""
    if isinstance(found, list | tuple):
        return len(found)
    given = arguments[0] if arguments else ()
    return len(given) if isinstance(given, list) else len(getattr(given, "sop_instance_uids", ()))


@contextmanager
def counting(folder: Path, *, with_store: bool = False) -> Iterator[tuple[Tally, Any]]:
    """A tally, and what puts the counting ports into a wiring before they are used.

    Args:
        folder: for the objects and the instances.
        with_store: whether there is a DICOM store.
    """
    tally = Tally()
    with ExitStack() as stack:
        store = stack.enter_context(LocalObjectStore(folder / "objects"))
        session = CountingSession(tally)
        stack.callback(session.close)
        for name in ("clinical", "released"):
            body = f'{{"name": "{name}"}}'.encode()
            url = f"{store.base_url}/storage/v1/b"
            session.json("POST", url, query={"project": "p"}, headers=_JSON, body=body)
        stores = stack.enter_context(_dicom_stores(folder, session)) if with_store else None

        def wrap(wiring: EmbeddedWiring) -> None:
            ports = wiring.__dict__
            ports["bus"] = CountingBus(wiring.bus, tally)
            for name in ("clinical", "released"):
                ports[name] = CountingBlobs(name, session, store.base_url, tally, ports["bus"])
            for name in ("ledger", "jobs"):
                ports[name] = CountingLedger(getattr(wiring, name), tally)
            if stores is not None:
                ports["dicom_stores"] = stores
                ports["clinical"] = ClinicalBlobs(ports["clinical"], stores)

        yield tally, wrap


@contextmanager
def _dicom_stores(folder: Path, session: CountingSession) -> Iterator[HealthcareDicomStores]:
    name = str(EMBEDDED_STORE)
    with LocalDicomStore(folder / "dicom", stores={name: {}}) as running:
        url = running.base_url.removesuffix("/v1")
        yield HealthcareDicomStores(frozenset([EMBEDDED_STORE]), session, url=url)
