"""Uploads over HTTP: media, multipart and resumable."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from werkzeug.wrappers import Request, Response

from shared.local.object_store import metadata
from shared.local.object_store.answers import json_answer
from shared.local.object_store.bodies import chunks_of, json_of, multipart_of
from shared.local.object_store.checksums import Checksums, declared_by_header, declared_in
from shared.local.object_store.content import Content
from shared.local.object_store.metadata import Fields
from shared.local.object_store.objects import Objects, Source, Target
from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.refusals import invalid, required
from shared.local.object_store.resources import Resources
from shared.local.object_store.uploads import ContentRange, Uploads

# What Cloud Storage answers when a client has given its upload up.
CLIENT_CLOSED_REQUEST = 499


class UploadViews:
    """`POST /upload/storage/v1/b/{bucket}/o`, and the requests of a resumable upload that follow it."""

    def __init__(self, objects: Objects, uploads: Uploads, content: Content, resources: Resources) -> None:
        self._objects = objects
        self._uploads = uploads
        self._content = content
        self._resources = resources

    def insert(self, request: Request, bucket: str) -> Response:
        """Begin or do an upload, as the parameter `uploadType` says."""
        match request.args.get("uploadType"):
            case "media":
                return self._media(request, bucket)
            case "multipart":
                return self._multipart(request, bucket)
            case "resumable" if "upload_id" not in request.args:
                return self._start(request, bucket)
            case "resumable":
                return self.append(request, bucket)
        raise invalid("Invalid upload type: media, multipart or resumable.")

    def append(self, request: Request, bucket: str) -> Response:  # noqa: ARG002 - the upload knows its own
        """`PUT`: a chunk of a resumable upload, or a question how far it is."""
        content_range = ContentRange.of(request.headers.get("Content-Range"), request.content_length)
        declared = declared_by_header(request.headers.get("X-Goog-Hash"))
        arrived = self._uploads.append(_upload_id(request), content_range, chunks_of(request), declared)
        if not isinstance(arrived, int):
            return json_answer(arrived)
        response = Response(status=HTTPStatus.PERMANENT_REDIRECT)
        if arrived:
            response.headers["Range"] = f"bytes=0-{arrived - 1}"
        return response

    def cancel(self, request: Request, bucket: str) -> Response:  # noqa: ARG002 - the upload knows its own
        """`DELETE`: give a resumable upload up."""
        self._uploads.cancel(_upload_id(request))
        return Response(status=CLIENT_CLOSED_REQUEST)

    def _media(self, request: Request, bucket: str) -> Response:
        resource = _with_parameters(request, {})
        fields = _fields(resource, request.headers.get("Content-Type"))
        target = _target(request, bucket, resource)
        return self._store(request, target, fields, chunks_of(request), Checksums(None, None))

    def _multipart(self, request: Request, bucket: str) -> Response:
        upload = multipart_of(request)
        resource = _with_parameters(request, upload.resource)
        fields = _fields(resource, upload.content_type)
        target = _target(request, bucket, resource)
        return self._store(request, target, fields, upload.chunks, declared_in(resource))

    def _store(
        self, request: Request, target: Target, fields: Fields, chunks: Iterator[bytes], declared: Checksums
    ) -> Response:
        self._objects.refuse_early(target)
        spool = self._content.spool()
        try:
            for chunk in chunks:
                spool.append(chunk)
            declared_by_header(request.headers.get("X-Goog-Hash")).or_else(declared).require(spool.checksums)
            source = Source(spool.path, spool.size, spool.checksums, fields)
            return json_answer(self._resources.object(self._objects.finalise(target, source)))
        finally:
            spool.discard()

    def _start(self, request: Request, bucket: str) -> Response:
        resource = _with_parameters(request, json_of(request))
        fields = _fields(resource, request.headers.get("X-Upload-Content-Type"))
        target = _target(request, bucket, resource)
        upload_id = self._uploads.start(target, fields, declared_in(resource))
        path = f"{request.host_url}upload/storage/v1/b/{quote(bucket)}/o"
        location = f"{path}?uploadType=resumable&upload_id={upload_id}"
        headers = {"Location": location, "X-GUploader-UploadID": upload_id}
        return Response(status=HTTPStatus.OK, headers=headers)


def _upload_id(request: Request) -> str:
    upload_id = request.args.get("upload_id")
    if not upload_id:
        raise required("upload_id")
    return upload_id


def _with_parameters(request: Request, resource: dict[str, Any]) -> dict[str, Any]:
    named = {name: request.args[name] for name in ("name", "contentEncoding") if name in request.args}
    return {**resource, **named}


def _fields(resource: dict[str, Any], content_type: str | None) -> Fields:
    given = {} if content_type is None else {"contentType": content_type}
    return metadata.written({**given, **resource})


def _target(request: Request, bucket: str, resource: dict[str, Any]) -> Target:
    name = resource.get("name")
    if not isinstance(name, str):
        raise required("name")
    return Target(bucket, name, Preconditions.of(request.args))
