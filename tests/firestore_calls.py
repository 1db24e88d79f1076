"""Records what a ledger asks of Firestore, between Google's client and the wire."""

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from shared.adapters.firestore_client import client

_NAME = "__name__"


class Asked(NamedTuple):
    """A query: the fields of its equalities, and those of its order or sum with their directions.

    A field in whose lists it looks for values is one of its equalities as well.
    """

    collection: str
    equal: tuple[str, ...]
    order: tuple[tuple[str, str], ...]


class Calls:
    """The calls to one database since the last `clear`; safe for threads.

    Attributes:
        read: documents that Firestore charges as read, a number for each call.
        written: the names of the documents of the commits that were done.
        asked: the queries.
        fields: the collections with the fields that were written to their documents.
    """

    def __init__(self) -> None:
        self.read: list[int] = []
        self.written: list[str] = []
        self.asked: set[Asked] = set()
        self.fields: set[tuple[str, str]] = set()

    def clear(self) -> None:
        """Forget the reads and the writes."""
        self.read.clear()
        self.written.clear()

    @property
    def cost(self) -> tuple[int, int]:
        """How many documents were read and written."""
        return sum(self.read), len(self.written)

    @property
    def most_writes(self) -> Mapping[str, int]:
        """How often the document of each collection that was written most often was."""
        most: Counter[str] = Counter()
        for name, count in Counter(self.written).items():
            collection = name.split("/")[-2]
            most[collection] = max(most[collection], count)
        return dict(most)


class _RecordingApi:
    """Stands in for the client's stub; what it does not know goes through."""

    def __init__(self, api: Any, calls: Calls) -> None:
        self._api = api
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api, name)

    def commit(self, request: dict[str, Any], **options: Any) -> Any:
        """Record the documents and their fields, if the commit is done."""
        done = self._api.commit(request=request, **options)
        for write in request["writes"]:
            name = write.update.name or write.delete
            self._calls.written.append(name)
            self._calls.fields.update((name.split("/")[-2], field) for field in write.update.fields)
        return done

    def batch_get_documents(self, request: dict[str, Any], **options: Any) -> Any:
        """A document that is not there is charged too."""
        self._calls.read.append(len(request["documents"]))
        return self._api.batch_get_documents(request=request, **options)

    def run_query(self, request: dict[str, Any], **options: Any) -> Iterator[Any]:
        """A query that finds nothing is charged as one document."""
        self._calls.asked.add(_asked(request["structured_query"]))
        found = list(self._api.run_query(request=request, **options))
        self._calls.read.append(max(1, sum(bool(each.document.name) for each in found)))
        return iter(found)

    def run_aggregation_query(self, request: dict[str, Any], **options: Any) -> Iterator[Any]:
        """A sum is charged as one document for up to a thousand that it adds up; here each counts for one."""
        query = request["structured_aggregation_query"]
        (summed,) = query.aggregations
        asked = _asked(query.structured_query)
        self._calls.asked.add(asked._replace(order=((summed.sum.field.field_path, "ASCENDING"),)))
        found = list(self._api.run_aggregation_query(request=request, **options))
        (value,) = found[0].result.aggregate_fields.values()
        self._calls.read.append(max(1, math.ceil(value.integer_value / 1000)))
        return iter(found)


def _asked(query: Any) -> Asked:
    assert "composite_filter" not in query.where
    equal = (query.where.field_filter.field.field_path,) if "field_filter" in query.where else ()
    order = tuple((each.field.field_path, each.direction.name) for each in query.order_by)
    return Asked(query.from_[0].collection_id, equal, tuple(each for each in order if each[0] != _NAME))


@contextmanager
def recorded(project: str, database: str) -> Iterator[Calls]:
    """Record all calls of this process to a database."""
    made, calls = client(project, database, os.environ.get("FIRESTORE_EMULATOR_HOST")), Calls()
    api = made._firestore_api
    made._firestore_api_internal = _RecordingApi(api, calls)
    try:
        yield calls
    finally:
        made._firestore_api_internal = api
