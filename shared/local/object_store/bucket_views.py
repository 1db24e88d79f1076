"""The operations on buckets and notification configurations over HTTP."""

from werkzeug.wrappers import Request, Response

from shared.local.object_store.answers import json_answer, no_content
from shared.local.object_store.bodies import json_of
from shared.local.object_store.buckets import Buckets
from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.resources import LOCATION, Resources


class BucketViews:
    """One method an operation, named as in the reference of the JSON API."""

    def __init__(self, buckets: Buckets, resources: Resources) -> None:
        self._buckets = buckets
        self._resources = resources

    def insert(self, request: Request) -> Response:
        """`POST /b`."""
        return json_answer(self._resources.bucket(self._buckets.insert(json_of(request))))

    def list(self, request: Request) -> Response:
        """`GET /b`."""
        buckets = self._buckets.list(request.args.get("prefix", ""))
        return json_answer({"kind": "storage#buckets", "items": [*map(self._resources.bucket, buckets)]})

    def get(self, request: Request, bucket: str) -> Response:
        """`GET /b/{bucket}`."""
        found = self._buckets.get(bucket, Preconditions.of(request.args))
        return json_answer(self._resources.bucket(found))

    def patch(self, request: Request, bucket: str) -> Response:
        """`PATCH /b/{bucket}`."""
        changed = self._buckets.patch(bucket, json_of(request), Preconditions.of(request.args))
        return json_answer(self._resources.bucket(changed))

    def update(self, request: Request, bucket: str) -> Response:
        """`PUT /b/{bucket}`."""
        changed = self._buckets.update(bucket, json_of(request), Preconditions.of(request.args))
        return json_answer(self._resources.bucket(changed))

    def delete(self, request: Request, bucket: str) -> Response:
        """`DELETE /b/{bucket}`."""
        self._buckets.delete(bucket, Preconditions.of(request.args))
        return no_content()

    def storage_layout(self, request: Request, bucket: str) -> Response:
        """`GET /b/{bucket}/storageLayout`: every bucket is flat."""
        self._buckets.get(bucket, Preconditions.of(request.args))
        layout = {"kind": "storage#storageLayout", "bucket": bucket, "location": LOCATION}
        return json_answer({**layout, "hierarchicalNamespace": {"enabled": False}})


class NotificationViews:
    """One method an operation, named as in the reference of the JSON API."""

    def __init__(self, buckets: Buckets, resources: Resources) -> None:
        self._buckets = buckets
        self._resources = resources

    def insert(self, request: Request, bucket: str) -> Response:
        """`POST /b/{bucket}/notificationConfigs`."""
        configuration = self._buckets.configure(bucket, json_of(request))
        return json_answer(self._resources.configuration(configuration))

    def list(self, _request: Request, bucket: str) -> Response:
        """`GET /b/{bucket}/notificationConfigs`."""
        items = [*map(self._resources.configuration, self._buckets.configurations(bucket))]
        return json_answer({"kind": "storage#notifications", "items": items})

    def get(self, _request: Request, bucket: str, notification: str) -> Response:
        """`GET /b/{bucket}/notificationConfigs/{notification}`."""
        configuration = self._buckets.configuration(bucket, notification)
        return json_answer(self._resources.configuration(configuration))

    def delete(self, _request: Request, bucket: str, notification: str) -> Response:
        """`DELETE /b/{bucket}/notificationConfigs/{notification}`."""
        self._buckets.remove_configuration(bucket, notification)
        return no_content()
