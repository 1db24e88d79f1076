"""Retrieve over HTTP (PS3.18 section 10.4)."""

import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from flask import Response, request

from shared.local.dicom_store.frames import Frames, frame_numbers
from shared.local.dicom_store.index import Instance
from shared.local.dicom_store.json_model import JsonDataSet, tag_text
from shared.local.dicom_store.media_types import (
    DICOM,
    DICOM_JSON,
    OCTET_STREAM,
    MediaRange,
    accepted,
    accepts_json,
)
from shared.local.dicom_store.multipart import multipart_body
from shared.local.dicom_store.negotiation import FrameForm, frame_form, instance_form, rendered_form
from shared.local.dicom_store.reading import bulk_data, metadata, opened
from shared.local.dicom_store.refusal import bad_request, not_acceptable, not_found
from shared.local.dicom_store.rendering import parse_window, render
from shared.local.dicom_store.requested import accept, base_url, named_store, named_uids
from shared.local.dicom_store.storing import InstanceStore
from shared.local.dicom_store.study_views import json_array
from shared.local.dicom_store.transcoding import file_in

_Parts = Iterable[tuple[str, Iterable[bytes]]]


class RetrieveViews:
    """The operations that read instances; bodies are streamed from their files."""

    def __init__(self, store: InstanceStore) -> None:
        """Take what is read."""
        self._store = store

    def retrieve(self, **parts: str) -> Response:
        """Retrieve the instances of a study or a series, or one instance."""
        instances = self._instances(parts)
        form = instance_form(
            accepted(accept()), [each.transfer_syntax for each in instances], "instance" in parts
        )
        files = [
            (f"{DICOM}; transfer-syntax={syntax}", self._file(each, syntax))
            for each, syntax in zip(instances, form.syntaxes, strict=True)
        ]
        if form.multipart:
            return _multipart(DICOM, files)
        ((content_type, chunks),) = files
        answer = Response(chunks, content_type=content_type)
        if form.syntaxes[0] == instances[0].transfer_syntax:
            answer.content_length = instances[0].size
        return answer

    def metadata(self, **parts: str) -> Response:
        """Retrieve all attributes but bulk data."""
        instances = self._instances(parts)
        if not accepts_json(accept()):
            raise not_acceptable("metadata is application/dicom+json")
        base = base_url(named_store(parts))
        return Response(json_array(self._metadata(each, base) for each in instances), content_type=DICOM_JSON)

    def _metadata(self, instance: Instance, base: str) -> JsonDataSet:
        bulk = f"{base}{instance.uids.path()}/bulkdata/"
        return metadata(self._path(instance), lambda item: bulk + item)

    def frames(self, numbers: str, **parts: str) -> Response:
        """Retrieve frames, in the order of the list."""
        return self._frames(self._instance(parts), frame_numbers(numbers))

    def _frames(self, instance: Instance, numbers: list[int]) -> Response:
        path = self._path(instance)
        with opened(path) as opened_instance:
            Frames.of(opened_instance).check(numbers)
        form = frame_form(accepted(accept()), instance.transfer_syntax, len(numbers))
        parts = _frame_parts(path, numbers, form)
        if form.multipart:
            return _multipart(form.media_type, parts)
        ((content_type, chunks),) = parts
        return Response(b"".join(chunks), content_type=content_type)

    def rendered(self, numbers: str = "1", **parts: str) -> Response:
        """Render one frame; of an instance, the first."""
        instance, wanted = self._instance(parts), frame_numbers(numbers)
        if len(wanted) != 1:
            raise bad_request("one frame is rendered at a time")
        media_type = rendered_form(accepted(accept()))
        window = parse_window(request.args.get("window", ""))
        with opened(self._path(instance)) as opened_instance:
            frames = Frames.of(opened_instance)
            frames.check(wanted)
            return Response(render(frames, wanted[0], media_type, window), content_type=media_type)

    def bulk_data(self, item: str, **parts: str) -> Response:
        """Retrieve a value that metadata links to; of encapsulated pixels the frames."""
        instance = self._instance(parts)
        with opened(self._path(instance)) as opened_instance:
            pixels = opened_instance.header.pixel_data
            if pixels and pixels.fragments is not None and item == tag_text(pixels.tag):
                frames = Frames.of(opened_instance).layout.frames
                return self._frames(instance, list(range(1, frames + 1)))
        chunks = bulk_data(self._path(instance), item)
        next(chunks)
        for each in accepted(accept()):
            if each.takes(OCTET_STREAM):
                return _octets(each, chunks)
        raise not_acceptable("bulk data is application/octet-stream")

    def _instance(self, parts: dict[str, str]) -> Instance:
        (instance,) = self._instances(parts)
        return instance

    def _instances(self, parts: dict[str, str]) -> list[Instance]:
        """What the path names, which is at least one instance."""
        name = named_store(parts)
        self._store.resources.store(name)
        instances = self._store.index.instances(name, named_uids(parts))
        if not instances:
            raise not_found("DICOM instance")
        return instances

    def _file(self, instance: Instance, syntax: str) -> Iterator[bytes]:
        return file_in(self._path(instance), instance.transfer_syntax, syntax)

    def _path(self, instance: Instance) -> Path:
        return self._store.files.path(instance.file)


def _frame_parts(path: Path, numbers: list[int], form: FrameForm) -> Iterator[tuple[str, Iterable[bytes]]]:
    with opened(path) as instance:
        frames = Frames.of(instance)
        for number in numbers:
            yield form.content_type, (frames.read(number),)


def _octets(accepted_range: MediaRange, chunks: Iterator[bytes]) -> Response:
    if accepted_range.multipart or accepted_range.media_type != OCTET_STREAM:
        return _multipart(OCTET_STREAM, [(OCTET_STREAM, chunks)])
    return Response(chunks, content_type=OCTET_STREAM)


def _multipart(media_type: str, parts: _Parts) -> Response:
    boundary = uuid.uuid4().hex
    content_type = f'multipart/related; type="{media_type}"; boundary={boundary}'
    return Response(multipart_body(parts, boundary), content_type=content_type)
