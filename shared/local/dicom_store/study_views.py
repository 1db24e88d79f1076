"""Store, search and delete over HTTP (PS3.18 sections 10.5, 10.6)."""

from collections.abc import Iterator
from http import HTTPStatus
from itertools import chain
from typing import Any

import msgspec
from flask import Response, jsonify, request

from shared.local.dicom_store import levels
from shared.local.dicom_store.index import Instance
from shared.local.dicom_store.json_model import JsonDataSet
from shared.local.dicom_store.levels import Level
from shared.local.dicom_store.media_types import (
    DICOM,
    DICOM_JSON,
    DICOM_XML,
    accepted,
    accepts_json,
    media_type_of,
)
from shared.local.dicom_store.multipart import CHUNK, MultipartReader, Part
from shared.local.dicom_store.query import parse_query
from shared.local.dicom_store.reading import metadata
from shared.local.dicom_store.refusal import Refusal, bad_request, not_acceptable
from shared.local.dicom_store.requested import accept, base_url, named_store, named_uids
from shared.local.dicom_store.resources import finished_operation
from shared.local.dicom_store.searching import Search
from shared.local.dicom_store.store_response import native_model, response, status_of
from shared.local.dicom_store.storing import InstanceStore


class StudyViews:
    """The operations on studies but retrieval."""

    def __init__(self, store: InstanceStore) -> None:
        """Take what they are done to."""
        self._store = store

    def store(self, **parts: str) -> Response:
        """Store instances, each as it arrives; one that fails does not keep the others from being stored."""
        name, study = named_store(parts), named_uids(parts).study
        self._store.resources.store(name)
        as_xml = _answers_in_xml()
        outcomes = [self._store.store(name, part.chunks, study) for part in _parts()]
        if not outcomes:
            raise bad_request("the body holds no instance")
        answer = response(outcomes, base_url(name))
        content = native_model(answer) if as_xml else msgspec.json.encode(answer)
        return Response(content, status_of(outcomes), content_type=DICOM_XML if as_xml else DICOM_JSON)

    def search_studies(self, **parts: str) -> Response:
        """Search for studies."""
        return self._search(parts, levels.STUDY)

    def search_series(self, **parts: str) -> Response:
        """Search for series."""
        return self._search(parts, levels.SERIES)

    def search_instances(self, **parts: str) -> Response:
        """Search for instances."""
        return self._search(parts, levels.INSTANCE)

    def _search(self, parts: dict[str, str], level: Level) -> Response:
        name = named_store(parts)
        self._store.resources.store(name)
        if not accepts_json(accept()):
            raise not_acceptable("search results are application/dicom+json")
        query = parse_query(request.args.items(multi=True), level)
        search = Search(self._store.index, name, named_uids(parts), level, query)
        base = base_url(name)

        def from_file(instance: Instance) -> JsonDataSet:
            bulk_data = f"{base}{instance.uids.path()}/bulkdata/"
            return metadata(self._store.files.path(instance.file), lambda item: bulk_data + item)

        results = search.results(base, from_file)
        first = next(results, None)
        if first is None:
            return Response(status=HTTPStatus.NO_CONTENT)
        return Response(json_array(chain([first], results)), content_type=DICOM_JSON)

    def delete(self, **parts: str) -> Response:
        """Delete a study, a series or an instance; of the first two the API makes an operation."""
        name, uids = named_store(parts), named_uids(parts)
        self._store.delete(name, uids)
        empty = {"@type": "type.googleapis.com/google.protobuf.Empty"}
        return jsonify({} if uids.instance else finished_operation(name.parent, empty))


def json_array(items: Iterator[Any]) -> Iterator[bytes]:
    """Yield an array in JSON, item by item."""
    separator = b"["
    for item in items:
        yield separator + msgspec.json.encode(item)
        separator = b","
    yield b"[]" if separator == b"[" else b"]"


def _answers_in_xml() -> bool:
    for each in accepted(accept()):
        if each.takes(DICOM_JSON):
            return False
        if each.takes(DICOM_XML):
            return True
    raise not_acceptable("the answer is application/dicom+json or application/dicom+xml")


def _parts() -> Iterator[Part]:
    """The instances of the request: the parts of a multipart body, or the one that is the body."""
    media_type, parameters = media_type_of(request.headers.get("Content-Type", ""))
    if media_type == DICOM:
        yield Part({}, iter(lambda: _read(CHUNK), b""))
        return
    if media_type != "multipart/related" or parameters.get("type", DICOM).lower() != DICOM:
        raise _unsupported()
    for part in MultipartReader(_read, parameters.get("boundary", "").encode()):
        if media_type_of(part.headers.get("content-type", DICOM))[0] != DICOM:
            raise _unsupported()
        yield part


def _unsupported() -> Refusal:
    return Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "instances are stored as application/dicom")


def _read(length: int) -> bytes:
    try:
        return request.stream.read(length)
    except OSError as error:
        raise bad_request("the body cannot be read") from error
