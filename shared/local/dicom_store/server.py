"""The local DICOM store as a server on the loopback address."""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from shared.adapters.clock import SystemClock
from shared.errors import ConfigurationError
from shared.local.dicom_store.application import application
from shared.local.dicom_store.control_views import ControlViews
from shared.local.dicom_store.faults import Faults
from shared.local.dicom_store.http_server import HttpServer
from shared.local.dicom_store.index import Index
from shared.local.dicom_store.names import StoreName
from shared.local.dicom_store.notifications import Notifier
from shared.local.dicom_store.resources import Resource
from shared.local.dicom_store.storing import InstanceStore
from shared.local.outbox import Outbox
from shared.local.publishing import Publish
from shared.local.server import LocalServer
from shared.ports.clock import Clock

#: the largest instance, in bytes
INSTANCE_BYTES = 8 << 30


class LocalDicomStore(LocalServer["_Running"]):
    """Runs DICOM stores in threads of this process; a context manager. All they have lies in `folder`.

    Raises:
        ConfigurationError: from `start`: the port is in use.
    """

    def __init__(
        self,
        folder: Path,
        *,
        stores: Mapping[str, Resource] | None = None,
        publish: Publish | None = None,
        port: int = 0,
        instance_bytes: int = INSTANCE_BYTES,
        clock: Clock | None = None,
    ) -> None:
        """Keep the settings.

        Args:
            folder: where instances and the index are kept.
            stores: DICOM stores to have from the start, by name:
                `projects/P/locations/L/datasets/D/dicomStores/S`, with their resources, such as
                `{"notificationConfigs": [{"pubsubTopic": "projects/P/topics/T"}]}`.
            publish: publishes notifications; without it they are kept for a later start that has it.
            port: of 127.0.0.1; 0 takes a free one at the first start.
            instance_bytes: the size of the largest instance that is stored.
            clock: tells when an instance was stored.

        Raises:
            ValueError: a name is not that of a DICOM store.
        """
        super().__init__(port)
        self._folder = folder
        self._stores = {StoreName.parse(name): resource for name, resource in (stores or {}).items()}
        self._publish = publish
        self._instance_bytes = instance_bytes
        self._clock = clock or SystemClock()
        self.faults = Faults()

    def _run(self) -> "_Running":
        self._folder.mkdir(parents=True, exist_ok=True)
        index = Index(self._folder / "index.sqlite3")
        with ExitStack() as undoing:
            undoing.callback(index.close)
            running = self._serve(index)
            undoing.pop_all()
        return running

    def _serve(self, index: Index) -> "_Running":
        notifier = Notifier(index, self._clock)
        outbox = Outbox(notifier, self._publish, "dicom-store-outbox")
        store = InstanceStore(
            self._folder, index, notifier, self._clock, self._instance_bytes, changed=outbox.wake
        )
        self._have_stores(store)
        app = application(store, self.faults, ControlViews(self.faults, self.reset))
        try:
            return _Running(store, notifier, outbox, HttpServer(self._port, app))
        except SystemExit as error:
            # So werkzeug tells that it could not bind the port.
            raise ConfigurationError(reason="the port is in use") from error

    def _release(self) -> None:
        self.faults.clear()

    def reset(self) -> None:
        """Forget instances, notifications, faults, and the stores that were not there from the start."""
        self.faults.clear()
        self._started.store.clear()
        self._have_stores(self._started.store)

    def _have_stores(self, store: InstanceStore) -> None:
        for name, resource in self._stores.items():
            store.resources.ensure(name, resource)

    @property
    def base_url(self) -> str:
        """The address of the API, `http://127.0.0.1:port/v1`."""
        return f"{super().base_url}/v1"

    def dicomweb_url(self, store: str) -> str:
        """The address of a store's DICOMweb service, as DICOMweb clients take it."""
        return f"{self.base_url}/{store}/dicomWeb"

    @property
    def pending_notifications(self) -> int:
        """How many notifications are not published yet."""
        return self._started.notifier.pending()

    def wait_until_published(self, timeout: float) -> bool:
        """Wait until all notifications are published, at most `timeout` seconds; say whether they are."""
        return self._started.outbox.wait_until_published(timeout)


class _Running:
    """The server's thread, those of its requests, and the outbox's."""

    def __init__(self, store: InstanceStore, notifier: Notifier, outbox: Outbox, server: HttpServer) -> None:
        self.store = store
        self.notifier = notifier
        self.outbox = outbox
        self.server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="local-dicom-store"
        )
        outbox.start()
        self._thread.start()

    @property
    def port(self) -> int:
        return self.server.port

    def stop(self) -> None:
        self.server.stop()
        self._thread.join()
        self.outbox.stop()
        self.store.index.close()
