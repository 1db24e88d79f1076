"""One Firestore database: documents, queries, commits under preconditions, and its errors in our words.

There is no transaction here. Two transactions that read one document before either writes wait for each
other's locks; a commit whose writes carry preconditions never waits: it is done as a whole or not at all.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import quote

from shared.adapters.firestore_client import CALL_SECONDS, client, retry
from shared.adapters.firestore_errors import translated
from shared.errors import StorageUnavailable

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.firestore import Client, DocumentReference, WriteBatch
    from google.cloud.firestore import Query as ClientQuery

PAGE_DOCUMENTS = 500
COMMIT_WRITES = 500

Fields = dict[str, Any]
T = TypeVar("T")

_EMULATOR_VARIABLE = "FIRESTORE_EMULATOR_HOST"


class Removed:
    """The value of a field that an update removes."""


REMOVED = Removed()


class Document(NamedTuple):
    """A stored document.

    Attributes:
        created: the time of its first write, by which whoever came first can be told.
        updated: the time of its last write, which a precondition names.
    """

    document_id: str
    fields: Fields
    created: datetime
    updated: datetime


class Create(NamedTuple):
    """Write a document that must not exist."""

    collection: str
    document_id: str
    fields: Fields


class Put(NamedTuple):
    """Write a document, whether it exists or not."""

    collection: str
    document_id: str
    fields: Fields


class Update(NamedTuple):
    """Write some fields of a document that must exist; unchanged since it was read, if that is given."""

    collection: str
    document_id: str
    fields: Fields
    unchanged_since: datetime | None = None


class Delete(NamedTuple):
    """Delete a document, unchanged since it was read if that is given."""

    collection: str
    document_id: str
    unchanged_since: datetime | None = None


Write = Create | Put | Update | Delete


class Find(NamedTuple):
    """A query: at most one equality and one order, then by document id; `infra/firestore_indexes.json`.

    A document that lacks the field of the order is not found. `containing` finds those whose list in a field
    has one of up to 30 values.
    """

    collection: str
    where: tuple[str, str] | None = None
    containing: tuple[str, Sequence[str]] | None = None
    order_by: str | None = None
    descending: bool = False


def hashed(name: str) -> str:
    """A document id of a name that may hold slashes, be long, or be a person's own words."""
    return hashlib.sha256(name.encode()).hexdigest()


def chunks(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Pieces of at most `size`, in their order."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def quoted(name: str) -> str:
    """A document id that keeps the order and the looks of an opaque name."""
    return quote(name, safe="")


class FirestoreDatabase:
    """A named database, for any number of threads and processes.

    Args:
        project: the id of the Google Cloud project.
        database: the id of the database in it.

    Raises:
        ConfigurationError: from every method: there is no such database, no index, or no permission.
        StorageUnavailable: from every method: Firestore did not answer, or the database was closed here.
        StorageError: from every method: Firestore refuses the request for ever.
    """

    def __init__(self, project: str, database: str) -> None:
        self._name = (project, database, os.environ.get(_EMULATOR_VARIABLE))
        self._closed = False

    def read(self, collection: str, document_id: str) -> Document | None:
        """Read one document; the empty id is no document's."""
        return next(iter(self.read_all(collection, [document_id] if document_id else [])), None)

    def read_all(self, collection: str, document_ids: Iterable[str]) -> list[Document]:
        """Read those documents that exist, in one request and in any order."""
        with translated():
            references = [self._reference(collection, each) for each in document_ids]
            if not references:
                return []
            found = self._client.get_all(references, retry=self._retry, timeout=CALL_SECONDS)
            return [_document(snapshot) for snapshot in found if snapshot.exists]

    def first(self, find: Find, *, after: object = None) -> Document | None:
        """The first document of a query, or the first whose value of the order lies behind `after`."""
        query = self._query(find)
        if after is not None:
            query = query.start_after({find.order_by: after})
        return next(iter(self._fetch(query.limit(1))), None)

    def pages(self, find: Find) -> Iterator[Document]:
        """Yield the documents of a query page by page, with no request open between the pages."""
        query = self._query(find).order_by("__name__")
        page = self._fetch(query.limit(PAGE_DOCUMENTS))
        while page:
            yield from page
            if len(page) < PAGE_DOCUMENTS:
                return
            page = self._fetch(query.start_after(self._cursor(find, page[-1])).limit(PAGE_DOCUMENTS))

    def total(self, find: Find, field: str) -> int:
        """The sum of a field over the documents of a query; costs a read for a thousand of them."""
        with translated():
            # The client declares its class instead of an instance.
            summing: Any = self._query(find).sum(field)
            ((result,),) = summing.get(retry=self._retry, timeout=CALL_SECONDS)
            return int(result.value)

    def commit(self, *writes: Write) -> bool:
        """Do all writes, at most 500, or none; False if one's precondition does not hold."""
        from google.api_core import exceptions

        with translated():
            batch = self._client.batch()
            for write in writes:
                self._add(batch, write)
            try:
                batch.commit(retry=self._retry, timeout=CALL_SECONDS)
            except exceptions.AlreadyExists:
                return False
            except (exceptions.FailedPrecondition, exceptions.NotFound):
                # Said of a document only if one had to exist; else there is no such database, or it cannot.
                if not any(isinstance(write, Update | Delete) for write in writes):
                    raise
                return False
        return True

    def close(self) -> None:
        """Refuse further operations; the client belongs to the process and ends with it."""
        self._closed = True

    @property
    def _client(self) -> "Client":
        if self._closed:
            raise StorageUnavailable(firestore="closed")
        return client(*self._name)

    @cached_property
    def _retry(self) -> "Retry":
        return retry()

    def _reference(self, collection: str, document_id: str) -> "DocumentReference":
        return self._client.collection(collection).document(document_id)

    def _query(self, find: Find) -> "ClientQuery":
        from google.cloud.firestore import FieldFilter, Query

        query = Query(self._client.collection(find.collection))
        if find.where is not None:
            field, value = find.where
            query = query.where(filter=FieldFilter(field, "==", value))
        if find.containing is not None:
            field, values = find.containing
            query = query.where(filter=FieldFilter(field, "array_contains_any", values))
        if find.order_by is not None:
            direction = Query.DESCENDING if find.descending else Query.ASCENDING
            query = query.order_by(find.order_by, direction=direction)
        return query

    def _cursor(self, find: Find, last: Document) -> Fields:
        position = {find.order_by: last.fields[find.order_by]} if find.order_by is not None else {}
        return {**position, "__name__": self._reference(find.collection, last.document_id)}

    def _fetch(self, query: "ClientQuery") -> Sequence[Document]:
        with translated():
            found = query.stream(retry=self._retry, timeout=CALL_SECONDS)
            return [_document(snapshot) for snapshot in found]

    def _add(self, batch: "WriteBatch", write: Write) -> None:
        reference = self._reference(write.collection, write.document_id)
        match write:
            case Create():
                batch.create(reference, write.fields)
            case Put():
                batch.set(reference, write.fields)
            case Update():
                batch.update(reference, _sent(write.fields), self._option(write.unchanged_since))
            case Delete():
                batch.delete(reference, self._option(write.unchanged_since))

    def _option(self, unchanged_since: datetime | None) -> Any:
        if unchanged_since is None:
            return None
        return self._client.write_option(last_update_time=unchanged_since)


def _document(snapshot: Any) -> Document:
    return Document(snapshot.id, snapshot.to_dict(), snapshot.create_time, snapshot.update_time)


def _sent(fields: Fields) -> Fields:
    from google.cloud.firestore import DELETE_FIELD

    return {name: DELETE_FIELD if value is REMOVED else value for name, value in fields.items()}
