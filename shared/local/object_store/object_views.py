"""The operations on objects over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from shared.local.object_store import metadata
from shared.local.object_store.answers import json_answer, no_content
from shared.local.object_store.bodies import json_of
from shared.local.object_store.catalog import Catalog
from shared.local.object_store.copies import Copies, Origin
from shared.local.object_store.listing import ListQuery, listed
from shared.local.object_store.media import media
from shared.local.object_store.metadata import Fields
from shared.local.object_store.objects import Objects, Target
from shared.local.object_store.preconditions import Preconditions, number
from shared.local.object_store.records import Generation
from shared.local.object_store.refusals import Refused, invalid, required
from shared.local.object_store.resources import Resources


class ObjectViews:
    """One method an operation, named as in the reference of the JSON API."""

    def __init__(self, objects: Objects, catalog: Catalog, resources: Resources) -> None:
        self._objects = objects
        self._catalog = catalog
        self._resources = resources

    def list(self, request: Request, bucket: str) -> Response:
        """`GET /b/{bucket}/o`."""
        page = listed(self._catalog, bucket, ListQuery.of(request.args))
        body: dict[str, Any] = {"kind": "storage#objects"}
        if page.items:
            body["items"] = [*map(self._resources.object, page.items)]
        if page.prefixes:
            body["prefixes"] = page.prefixes
        if page.token is not None:
            body["nextPageToken"] = str(page.token)
        return json_answer(body)

    def get(self, request: Request, bucket: str, name: str) -> Response:
        """`GET /b/{bucket}/o/{object}`."""
        return json_answer(self._resources.object(self._found(request, bucket, name)))

    def get_media(self, request: Request, bucket: str, name: str) -> Response:
        """`GET /b/{bucket}/o/{object}?alt=media`."""
        found = self._found(request, bucket, name)
        try:
            reader = self._objects.open(found)
        except Refused:
            # Replaced between the two steps: the next generation is as good an answer, unless one was named.
            found = self._found(request, bucket, name)
            reader = self._objects.open(found)
        try:
            return media(request, found, reader)
        except Refused:
            reader.__exit__(None, None, None)
            raise

    def patch(self, request: Request, bucket: str, name: str) -> Response:
        """`PATCH /b/{bucket}/o/{object}`."""
        patch = json_of(request)
        return self._change(request, bucket, name, lambda fields: metadata.patched(fields, patch))

    def update(self, request: Request, bucket: str, name: str) -> Response:
        """`PUT /b/{bucket}/o/{object}`."""
        resource = json_of(request)
        return self._change(request, bucket, name, lambda _fields: metadata.written(resource))

    def delete(self, request: Request, bucket: str, name: str) -> Response:
        """`DELETE /b/{bucket}/o/{object}`."""
        target = Target(bucket, name, Preconditions.of(request.args))
        self._objects.delete(target, number(request.args, "generation"))
        return no_content()

    def _found(self, request: Request, bucket: str, name: str) -> Generation:
        generation = number(request.args, "generation")
        return self._objects.get(bucket, name, generation, Preconditions.of(request.args))

    def _change(
        self, request: Request, bucket: str, name: str, change: Callable[[Fields], Fields]
    ) -> Response:
        target = Target(bucket, name, Preconditions.of(request.args))
        changed = self._objects.change(target, number(request.args, "generation"), change)
        return json_answer(self._resources.object(changed))


class CopyViews:
    """One method an operation, named as in the reference of the JSON API."""

    def __init__(self, copies: Copies, resources: Resources) -> None:
        self._copies = copies
        self._resources = resources

    def compose(self, request: Request, bucket: str, name: str) -> Response:
        """`POST /b/{bucket}/o/{object}/compose`."""
        body = json_of(request)
        target = Target(bucket, name, Preconditions.of(request.args))
        origins = [_component(bucket, each) for each in body.get("sourceObjects") or ()]
        fields = metadata.written(body.get("destination") or {})
        return json_answer(self._resources.object(self._copies.compose(target, origins, fields)))

    def rewrite(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Response:
        """`POST /b/{bucket}/o/{object}/rewriteTo/b/{bucket}/o/{object}`: always done in one step."""
        copied = self._copy(request, Origin(bucket, name, *_of_source(request)), to_bucket, to_name)
        size = str(copied.size)
        body = {"kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size}
        return json_answer({**body, "done": True, "resource": self._resources.object(copied)})

    def copy(self, request: Request, bucket: str, name: str, to_bucket: str, to_name: str) -> Response:
        """`POST /b/{bucket}/o/{object}/copyTo/b/{bucket}/o/{object}`."""
        copied = self._copy(request, Origin(bucket, name, *_of_source(request)), to_bucket, to_name)
        return json_answer(self._resources.object(copied))

    def move(self, request: Request, bucket: str, name: str, to_name: str) -> Response:
        """`POST /b/{bucket}/o/{object}/moveTo/o/{object}`."""
        target = Target(bucket, to_name, Preconditions.of(request.args))
        source = Preconditions.of(request.args, "ifSource")
        moved = self._copies.move(target, Origin(bucket, name, None, source))
        return json_answer(self._resources.object(moved))

    def _copy(self, request: Request, origin: Origin, to_bucket: str, to_name: str) -> Generation:
        target = Target(to_bucket, to_name, Preconditions.of(request.args))
        return self._copies.rewrite(target, origin, metadata.written(json_of(request)))


def _of_source(request: Request) -> tuple[int | None, Preconditions]:
    return number(request.args, "sourceGeneration"), Preconditions.of(request.args, "ifSource")


def _component(bucket: str, source: Mapping[str, Any]) -> Origin:
    name = source.get("name")
    if not isinstance(name, str):
        raise required("sourceObjects.name")
    try:
        generation = int(source["generation"]) if source.get("generation") else None
        match = (source.get("objectPreconditions") or {}).get("ifGenerationMatch")
        return Origin(bucket, name, generation, Preconditions(None if match is None else int(match)))
    except (TypeError, ValueError):
        raise invalid("Invalid generation of a source object.") from None
