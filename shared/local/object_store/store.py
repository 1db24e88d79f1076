"""The parts of one store, put together; and what concerns all of them."""

from pathlib import Path

import msgspec
from werkzeug.wrappers import Request, Response

from shared.local.object_store.answers import json_answer, no_content
from shared.local.object_store.application import MEDIA, OPERATIONS, View
from shared.local.object_store.bodies import stream_of
from shared.local.object_store.bucket_views import BucketViews, NotificationViews
from shared.local.object_store.buckets import Buckets
from shared.local.object_store.catalog import Catalog
from shared.local.object_store.content import HIDDEN, Content
from shared.local.object_store.copies import Copies
from shared.local.object_store.faults import EVERY_OPERATION, Fault, Faults
from shared.local.object_store.notifications import Notifier
from shared.local.object_store.object_views import CopyViews, ObjectViews
from shared.local.object_store.objects import Objects
from shared.local.object_store.recovery import remove_forgotten
from shared.local.object_store.refusals import invalid
from shared.local.object_store.resources import Resources
from shared.local.object_store.upload_views import UploadViews
from shared.local.object_store.uploads import Uploads
from shared.local.outbox import Outbox
from shared.local.publishing import Publish
from shared.ports.clock import Clock


class Store:
    """One store in `folder`, open; its links begin with `base_url`.

    Raises:
        StorageUnavailable: the folder cannot be used.
        ConfigurationError: the catalog is of another version.
    """

    def __init__(
        self, folder: Path, publish: Publish | None, clock: Clock, faults: Faults, base_url: str
    ) -> None:
        self._faults = faults
        self._content = Content(folder)
        self._catalog = Catalog(folder / HIDDEN / "catalog.sqlite")
        self._outbox = Outbox(self._catalog, publish, "object-store-outbox")
        self._resources = Resources(base_url)
        notifier = Notifier(self._resources)
        self._objects = Objects(self._catalog, self._content, notifier, clock, self._outbox.wake)
        self._uploads = Uploads(self._objects, self._catalog, self._content, self._resources, clock)
        self._buckets = Buckets(self._catalog, self._content, clock)
        self._uploads.recover()
        remove_forgotten(self._catalog, self._content)
        self._outbox.start()

    @property
    def views(self) -> dict[str, View]:
        """The view of each operation."""
        resources = self._resources
        buckets = BucketViews(self._buckets, resources)
        notifications = NotificationViews(self._buckets, resources)
        objects = ObjectViews(self._objects, self._catalog, resources)
        copies = CopyViews(Copies(self._objects, self._content), resources)
        uploads = UploadViews(self._objects, self._uploads, self._content, resources)
        return {
            "buckets.list": buckets.list,
            "buckets.insert": buckets.insert,
            "buckets.get": buckets.get,
            "buckets.patch": buckets.patch,
            "buckets.update": buckets.update,
            "buckets.delete": buckets.delete,
            "buckets.getStorageLayout": buckets.storage_layout,
            "notifications.list": notifications.list,
            "notifications.insert": notifications.insert,
            "notifications.get": notifications.get,
            "notifications.delete": notifications.delete,
            "objects.list": objects.list,
            "objects.insert": uploads.insert,
            "uploads.append": uploads.append,
            "uploads.cancel": uploads.cancel,
            "objects.get": objects.get,
            MEDIA: objects.get_media,
            "objects.patch": objects.patch,
            "objects.update": objects.update,
            "objects.delete": objects.delete,
            "objects.compose": copies.compose,
            "objects.rewrite": copies.rewrite,
            "objects.copy": copies.copy,
            "objects.move": copies.move,
            **self._own_views,
        }

    def reset(self) -> None:
        """Remove everything that was stored, configured, begun, owed or set."""
        self._faults.clear()
        with self._catalog.transaction() as changes:
            buckets = changes.buckets()
            changes.remove_everything()
            for bucket in buckets:
                self._content.remove_bucket(bucket.name)
        self._uploads.close()
        self._uploads.recover()

    def close(self) -> None:
        """Close it, when no request is being handled any more."""
        self._outbox.stop()
        self._uploads.close()
        self._catalog.close()

    @property
    def _own_views(self) -> dict[str, View]:
        """What Cloud Storage does not have."""
        return {
            "faults.list": self._list_faults,
            "faults.insert": self._insert_fault,
            "faults.delete": self._delete_faults,
            "reset": self._reset,
            "health": _health,
        }

    def _list_faults(self, _request: Request) -> Response:
        return json_answer({"items": self._faults.pending})

    def _insert_fault(self, request: Request) -> Response:
        try:
            fault = msgspec.json.decode(stream_of(request).read(), type=Fault)
        except msgspec.MsgspecError as error:
            raise invalid(f"Invalid fault: {error}") from None
        if fault.operation not in {*OPERATIONS, EVERY_OPERATION}:
            raise invalid(f"Invalid fault: the operation must be {EVERY_OPERATION} or one of {OPERATIONS}.")
        self._faults.add(fault)
        return json_answer(fault)

    def _delete_faults(self, _request: Request) -> Response:
        self._faults.clear()
        return no_content()

    def _reset(self, _request: Request) -> Response:
        self.reset()
        return no_content()


def _health(_request: Request) -> Response:
    return json_answer({"status": "ready"})
