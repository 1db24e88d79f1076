"""Datasets and DICOM stores as resources (projects.locations.datasets and .dicomStores)."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import msgspec

from shared.local.dicom_store.index import Index
from shared.local.dicom_store.names import DatasetName, StoreName
from shared.local.dicom_store.refusal import Refusal, bad_request, not_found

Resource = dict[str, Any]

_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_FIELDS = frozenset({"name", "labels", "notificationConfig", "notificationConfigs", "streamConfigs"})
_IDENTIFIER = re.compile(r"[\w.-]{1,256}")


class Resources:
    """Creates, reads, changes and deletes them."""

    def __init__(self, index: Index) -> None:
        """Take the index that keeps them."""
        self._database = index.database

    def create_dataset(self, name: DatasetName, resource: Resource) -> Resource:
        """Create a dataset.

        Raises:
            Refusal: 409, there is one of this name.
        """
        _check_identifier(name.dataset)
        created = {**resource, "name": str(name)}
        self._insert("INSERT OR IGNORE INTO datasets VALUES (?, ?)", (str(name), _encoded(created)))
        return created

    def dataset(self, name: DatasetName) -> Resource:
        """Read a dataset.

        Raises:
            Refusal: 404, there is none.
        """
        return self._one("SELECT resource FROM datasets WHERE name = ?", str(name), "dataset")

    def create_store(self, name: StoreName, resource: Resource) -> Resource:
        """Create a DICOM store in a dataset that exists.

        Raises:
            Refusal: 400, 404 or 409, it cannot be created so.
        """
        _check_identifier(name.store)
        self.dataset(name.parent)
        created = _checked({**resource, "name": str(name)})
        row = (str(name), str(name.parent), _encoded(created))
        self._insert("INSERT OR IGNORE INTO stores VALUES (?, ?, ?)", row)
        return created

    def store(self, name: StoreName) -> Resource:
        """Read a DICOM store.

        Raises:
            Refusal: 404, there is none.
        """
        return self._one("SELECT resource FROM stores WHERE name = ?", str(name), "DICOM store")

    def stores(self, dataset: DatasetName) -> list[Resource]:
        """All DICOM stores of a dataset that exists."""
        self.dataset(dataset)
        sql = "SELECT resource FROM stores WHERE dataset = ? ORDER BY name"
        return [msgspec.json.decode(resource) for (resource,) in self._database.read(sql, (str(dataset),))]

    def change_store(self, name: StoreName, resource: Resource, fields: list[str]) -> Resource:
        """Set the fields of an update mask, those that `resource` lacks to nothing.

        Raises:
            Refusal: 400 or 404.
        """
        if not fields or not set(fields) <= _FIELDS - {"name"}:
            raise bad_request("updateMask must name fields of a DICOM store that can change")
        kept = {field: value for field, value in self.store(name).items() if field not in fields}
        given = {field: resource[field] for field in fields if field in resource}
        changed = _checked({**kept, **given})
        with self._database.transaction(durable=False) as connection:
            connection.execute(
                "UPDATE stores SET resource = ? WHERE name = ?", (_encoded(changed), str(name))
            )
        return changed

    def delete_store(self, name: StoreName) -> None:
        """Forget a store; its instances are to be deleted before."""
        with self._database.transaction(durable=False) as connection:
            connection.execute("DELETE FROM stores WHERE name = ?", (str(name),))

    def ensure(self, name: StoreName, resource: Resource) -> None:
        """Have a store, and its dataset; one that is there stays as it is."""
        with _unless_there():
            self.create_dataset(name.parent, {})
        with _unless_there():
            self.create_store(name, resource)

    def clear(self) -> None:
        """Forget all of them, all instances and all notifications."""
        with self._database.transaction(durable=False) as connection:
            for table in ("outbox", "instances", "stores", "datasets"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    def _insert(self, sql: str, row: tuple[str, ...]) -> None:
        with self._database.transaction(durable=False) as connection:
            if not connection.execute(sql, row).rowcount:
                raise Refusal(HTTPStatus.CONFLICT, "a resource of this name exists already")

    def _one(self, sql: str, name: str, kind: str) -> Resource:
        rows = self._database.read(sql, (name,))
        if not rows:
            raise not_found(kind)
        return msgspec.json.decode(rows[0][0], type=Resource)


@contextmanager
def _unless_there() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if refusal.status != HTTPStatus.CONFLICT:
            raise


def _encoded(resource: Resource) -> str:
    return msgspec.json.encode(resource).decode()


def _check_identifier(identifier: str) -> None:
    if _IDENTIFIER.fullmatch(identifier) is None:
        raise bad_request("an identifier has 1 to 256 letters, digits, hyphens, underscores or periods")


def _checked(resource: Resource) -> Resource:
    """Refuse what the API would not take, so that a misspelt field does not pass for no notification."""
    if not set(resource) <= _FIELDS:
        raise bad_request("a DICOM store has no such field")
    for topic in topics(resource):
        if not isinstance(topic, str) or _TOPIC.fullmatch(topic) is None:
            raise bad_request("pubsubTopic must be projects/PROJECT/topics/TOPIC")
    return resource


def finished_operation(dataset: DatasetName, response: Resource) -> Resource:
    """The long-running operation that the API would answer with; it is done at once here."""
    return {"name": f"{dataset}/operations/{uuid.uuid4().int >> 64}", "done": True, "response": response}


def topics(resource: Resource) -> list[Any]:
    """The topic of `notificationConfig`, if there is one, and those of `notificationConfigs`."""
    configs = [resource.get("notificationConfig"), *(resource.get("notificationConfigs") or ())]
    try:
        return [config["pubsubTopic"] for config in configs if config is not None]
    except (KeyError, TypeError) as error:
        raise bad_request("a notification configuration needs its pubsubTopic") from error
