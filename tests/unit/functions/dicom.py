"""A DICOM store beside the embedded adapters of a test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from shared.adapters.dicom_stores import ClinicalBlobs, HealthcareDicomStores
from shared.adapters.google_http import GoogleSession
from shared.events import BlobFinalized
from shared.local.dicom_store.server import LocalDicomStore
from shared.local.publishing import PubsubMessage
from shared.notifications import dated, notified
from shared.wiring import EmbeddedWiring
from tests.unit.shared.adapters.dicom_instances import STORE, InMemory, address

_LEGACY, _TOPIC = "projects/hospital/topics/legacy", "projects/hospital/topics/arrivals"


class Hospital:
    """A DICOM store that a hospital pushes to, and the ports that lead to it.

    Attributes:
        server: the store.
        stores: the port that stores into it.
        clinical: the port that opens an original in the bucket or in the store.
    """

    def __init__(self, folder: Path, wiring: EmbeddedWiring) -> None:
        self._messages: dict[str, list[PubsubMessage]] = {_LEGACY: [], _TOPIC: []}
        both = {
            "notificationConfig": {"pubsubTopic": _LEGACY},
            "notificationConfigs": [{"pubsubTopic": _TOPIC}],
        }
        self.server = LocalDicomStore(folder, stores={str(STORE): both}, publish=self._publish)
        self.session = GoogleSession(None)
        self.server.start()
        self.stores = HealthcareDicomStores(frozenset({STORE}), self.session, url=address(self.server))
        self.clinical = ClinicalBlobs(wiring.clinical, self.stores)

    def _publish(self, topic: str, messages: Sequence[PubsubMessage]) -> None:
        self._messages[topic] += messages

    def push(self, content: bytes) -> BlobFinalized:
        """Store an instance; return what its notification says."""
        self.stores.store(STORE, InMemory(content))
        return self.arrivals()[-1]

    def messages(self, *, legacy: bool = False) -> list[PubsubMessage]:
        """The notifications so far."""
        assert self.server.wait_until_published(30)
        return self._messages[_LEGACY if legacy else _TOPIC]

    def arrivals(self, *, legacy: bool = False) -> list[BlobFinalized]:
        """What the notifications told of so far."""
        messages = self.messages(legacy=legacy)
        events = [notified(data, dated(data, attributes, 1_763_807_400.0)) for data, attributes in messages]
        return [event for event in events if event is not None]

    def stop(self) -> None:
        """End the store."""
        self.server.stop()
        self.session.close()


@contextmanager
def hospital_beside(folder: Path, wiring: EmbeddedWiring) -> Iterator[Hospital]:
    """Run a DICOM store beside a workspace."""
    hospital = Hospital(folder, wiring)
    try:
        yield hospital
    finally:
        hospital.stop()
