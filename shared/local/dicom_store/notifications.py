"""Tell Pub/Sub of what was stored and deleted: in both shapes, and until it is published."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from sqlite3 import Connection

import msgspec

from shared.local.dicom_store.index import Index, Instance
from shared.local.dicom_store.names import StoreName
from shared.local.dicom_store.resources import Resource
from shared.local.publishing import Publish, PubsubMessage
from shared.ports.clock import Clock

STORED = "StoreInstances"
DELETED = "DeleteInstances"
_STORAGE_CLASS = "STANDARD"
#: how long to wait after a failure, in seconds: each time twice as long
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 5.0

_Message = tuple[str, bytes, dict[str, str]]


def messages(
    store: StoreName, resource: Resource, instance: Instance, action: str, now: float
) -> Iterator[_Message]:
    """Yield topic, data and attributes of what a store's configuration asks for.

    `notificationConfig` knows no attributes and no deletion, `notificationConfigs` have both.
    """
    data = f"{store}/dicomWeb/{instance.uids.path()}".encode()
    legacy = resource.get("notificationConfig")
    if legacy and action == STORED:
        yield legacy["pubsubTopic"], data, {}
    for config in resource.get("notificationConfigs") or ():
        yield config["pubsubTopic"], data, _attributes(store, instance, action, now)


def _attributes(store: StoreName, instance: Instance, action: str, now: float) -> dict[str, str]:
    # Pub/Sub takes no empty value, so an attribute that has none is left out.
    attributes = {
        "action": action,
        "lastUpdatedTime": format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True),
        "storeName": str(store),
        "studyInstanceUID": instance.uids.study,
        "seriesInstanceUID": instance.uids.series,
        "sopInstanceUID": instance.uids.instance,
        "versionId": instance.version,
        "modality": instance.modality,
        "storageClass": _STORAGE_CLASS,
        "previousStorageClass": "" if action == STORED else _STORAGE_CLASS,
    }
    return {name: value for name, value in attributes.items() if value}


class Notifier:
    """Keeps notifications in the index until they are published, by a thread of its own."""

    def __init__(self, index: Index, publish: Publish | None, clock: Clock) -> None:
        """Take what publishes; without it all notifications are kept for a later start."""
        self._database = index.database
        self._publish = publish
        self._clock = clock
        self._changed = threading.Condition()
        self._wanted = True
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="dicom-store-notifier")

    def note(
        self, connection: Connection, store: StoreName, resource: Resource, instance: Instance, action: str
    ) -> None:
        """Keep the notifications of a change with the change, in its transaction."""
        for topic, data, attributes in messages(store, resource, instance, action, self._clock.now()):
            row = (topic, data, msgspec.json.encode(attributes).decode())
            connection.execute("INSERT INTO outbox (topic, data, attributes) VALUES (?, ?, ?)", row)

    def start(self) -> None:
        """Publish from now on, what an earlier process has left first."""
        if self._publish is not None:
            self._thread.start()

    def wake(self) -> None:
        """Say that there may be something to publish."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Finish the notification under way; the others stay."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def pending(self) -> int:
        """How many notifications are not published."""
        ((count,),) = self._database.read("SELECT count(*) FROM outbox")
        return int(count)

    def wait_until_published(self, timeout: float) -> bool:
        """Wait until nothing is pending, at most so many seconds; say whether it is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self.pending(), timeout)

    def _run(self) -> None:
        wait = _FIRST_WAIT
        while self._awaits_work():
            if self._publish_all():
                wait = _FIRST_WAIT
                continue
            with self._changed:
                self._changed.wait_for(lambda: self._stopped, wait)
                self._wanted = True
            wait = min(2 * wait, _LONGEST_WAIT)

    def _awaits_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._stopped)
            self._wanted = False
            return not self._stopped

    def _publish_all(self) -> bool:
        """Publish what is pending, but nothing more to a topic that failed; say whether all went well."""
        failed = set[str]()
        for number, topic, data, attributes in self._database.read("SELECT * FROM outbox ORDER BY number"):
            if self._stopped:
                return False
            if topic not in failed and not self._published(number, topic, data, attributes):
                failed.add(topic)
        with self._changed:
            self._changed.notify_all()
        return not failed

    def _published(self, number: int, topic: str, data: bytes, attributes: str) -> bool:
        if self._publish is None:
            return False
        try:
            message = PubsubMessage(data, msgspec.json.decode(attributes, type=dict[str, str]))
            self._publish(topic, [message])
        except Exception:  # noqa: BLE001 - whatever a publisher raises, the notification stays
            return False
        with self._database.transaction(durable=False) as connection:
            connection.execute("DELETE FROM outbox WHERE number = ?", (number,))
        return True
