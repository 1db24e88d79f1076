"""What Pub/Sub is told of what was stored and deleted, in both shapes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from sqlite3 import Connection

import msgspec

from shared.local.dicom_store.index import Index, Instance
from shared.local.dicom_store.names import StoreName
from shared.local.dicom_store.resources import Resource
from shared.local.outbox import OwedMessage
from shared.ports.clock import Clock

STORED = "StoreInstances"
DELETED = "DeleteInstances"
_STORAGE_CLASS = "STANDARD"
_COLUMNS = ", ".join(OwedMessage._fields)

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
    """Keeps the notifications of a change with the change, until they are published."""

    def __init__(self, index: Index, clock: Clock) -> None:
        """Take the index that keeps them."""
        self._database = index.database
        self._clock = clock

    def note(
        self, connection: Connection, store: StoreName, resource: Resource, instance: Instance, action: str
    ) -> None:
        """Keep the notifications of a change, in its transaction."""
        for topic, data, attributes in messages(store, resource, instance, action, self._clock.now()):
            row = (topic, data, msgspec.json.encode(attributes).decode())
            connection.execute("INSERT INTO outbox (topic, data, attributes) VALUES (?, ?, ?)", row)

    def pending(self) -> int:
        """How many notifications are not published."""
        ((count,),) = self._database.read("SELECT count(*) FROM outbox")
        return int(count)

    def owed(self, topics_left_out: Sequence[str], limit: int) -> list[OwedMessage]:
        """The oldest notifications to other topics than these."""
        marks = ", ".join("?" * len(topics_left_out))
        sql = f"SELECT {_COLUMNS} FROM outbox WHERE topic NOT IN ({marks}) ORDER BY number LIMIT ?"  # noqa: S608 - our own text
        return [OwedMessage._make(row) for row in self._database.read(sql, (*topics_left_out, limit))]

    def settle(self, messages: Sequence[OwedMessage]) -> None:
        """Forget notifications that were published."""
        numbers = [(message.number,) for message in messages]
        with self._database.transaction(durable=False) as connection:
            connection.executemany("DELETE FROM outbox WHERE number = ?", numbers)
