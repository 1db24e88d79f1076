"""Search for studies, series and instances (PS3.18 section 10.6)."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from shared.local.dicom_store import levels
from shared.local.dicom_store.index import Index, Instance
from shared.local.dicom_store.json_model import JsonDataSet
from shared.local.dicom_store.levels import DERIVED, Level
from shared.local.dicom_store.names import StoreName, Uids
from shared.local.dicom_store.query import Query

#: reads all attributes of an instance from its file
MetadataReader = Callable[[Instance], JsonDataSet]


class Search:
    """One query in one store; `uids` are those of its path."""

    def __init__(self, index: Index, store: StoreName, uids: Uids, level: Level, query: Query) -> None:
        """Take what to search."""
        self._index = index
        self._store = store
        self._uids = uids
        self._level = level
        self._query = query

    def results(self, base_url: str, metadata: MetadataReader) -> Iterator[JsonDataSet]:
        """Yield the answers, `offset` of them left out, at most `limit`; `base_url` ends in `dicomWeb/`."""
        query = self._query
        for instance, attributes in islice(self._matches(), query.offset, query.offset + query.limit):
            if self._level is levels.INSTANCE and self._asks_for_more(attributes):
                attributes = {**metadata(instance), **attributes}  # noqa: PLW2901 - with what only the file has
            wanted = {tag: value for tag, value in attributes.items() if query.wants(self._level, tag)}
            wanted[levels.RETRIEVE_URL] = _attribute("UR", base_url + self._named(instance).path())
            wanted[levels.INSTANCE_AVAILABILITY] = _attribute("CS", "ONLINE")
            yield dict(sorted(wanted.items()))

    def _asks_for_more(self, attributes: JsonDataSet) -> bool:
        return self._query.fields is None or not self._query.fields <= attributes.keys()

    def _matches(self) -> Iterator[tuple[Instance, JsonDataSet]]:
        for instance, attributes in self._index.first_of_each(self._store, self._uids, self._level.name):
            found = {**attributes, **self._derived(instance)}
            if self._query.matches(found):
                yield instance, found

    def _named(self, instance: Instance) -> Uids:
        depth = ("study", "series", "instance").index(self._level.name) + 1
        return Uids(*instance.uids[:depth])

    def _derived(self, instance: Instance) -> JsonDataSet:
        uids = self._named(instance)
        if self._level is levels.INSTANCE:
            return {levels.AVAILABLE_TRANSFER_SYNTAX_UID: _attribute("UI", instance.transfer_syntax)}
        series, instances = self._index.counts(self._store, uids)
        if self._level is levels.SERIES:
            return {levels.NUMBER_OF_SERIES_RELATED_INSTANCES: _attribute("IS", instances)}
        modalities = self._index.distinct(self._store, uids, "modality")
        counted = (
            {"vr": "CS", "Value": modalities} if modalities else {"vr": "CS"},
            _attribute("IS", series),
            _attribute("IS", instances),
        )
        return dict(zip(DERIVED["study"], counted, strict=True))


def _attribute(vr: str, value: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": [value]}
