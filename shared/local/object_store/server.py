"""The local object store as an HTTP server on the loopback address."""

import fcntl
import os
import threading
from contextlib import ExitStack
from pathlib import Path

from shared.adapters.clock import SystemClock
from shared.adapters.disk_failures import disk_failures
from shared.adapters.folder_files import FOLDER_MODE
from shared.errors import ConfigurationError
from shared.local.object_store.application import Application
from shared.local.object_store.connections import Connections, server_of
from shared.local.object_store.content import HIDDEN
from shared.local.object_store.faults import Faults
from shared.local.object_store.store import Store
from shared.local.processes import LOOPBACK
from shared.local.publishing import Publish
from shared.local.server import LocalServer
from shared.ports.clock import Clock


class LocalObjectStore(LocalServer["_Running"]):
    """Runs the store in threads of this process; a context manager. Everything lies in `folder`.

    STORAGE_EMULATOR_HOST is set to its `base_url`.

    Args:
        folder: where buckets and catalog are kept; one running store a folder.
        publish: publishes notifications, see `shared.local.publishing.Publish`; None: they are kept.
        port: port on 127.0.0.1; 0 takes a free one at the first start.
        clock: gives the generations, which are microseconds since the epoch and always rise.

    Raises:
        ConfigurationError: from `start`: another store runs in this folder.
        StorageUnavailable: from `start`: the folder cannot be used.
    """

    def __init__(
        self, folder: Path, *, publish: Publish | None = None, port: int = 0, clock: Clock | None = None
    ) -> None:
        super().__init__(port)
        self._folder = folder
        self._publish = publish
        self._clock = clock or SystemClock()
        self.faults = Faults()

    def _run(self) -> "_Running":
        return _Running(self._folder, self._publish, self._port, self._clock, self.faults)

    def _release(self) -> None:
        self.faults.clear()

    def reset(self) -> None:
        """Remove everything: buckets, objects, configurations, uploads, owed messages and faults."""
        self._started.reset()


class _Running:
    """The server's thread and those of its requests."""

    def __init__(
        self, folder: Path, publish: Publish | None, port: int, clock: Clock, faults: Faults
    ) -> None:
        self._lock = _locked(folder)
        self._connections = Connections()
        with ExitStack() as undoing:
            undoing.callback(os.close, self._lock)
            self._server = server_of(port, self._connections)
            self._store = Store(folder, publish, clock, faults, f"http://{LOOPBACK}:{self.port}")
            undoing.pop_all()
        self._server.app = Application(self._store.views, faults)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="object-store"
        )
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.port

    def reset(self) -> None:
        self._store.reset()

    def stop(self) -> None:
        self._server.shutdown()
        self._connections.end()
        self._thread.join()  # it joins the threads of all requests
        self._store.close()
        os.close(self._lock)


@disk_failures()
def _locked(folder: Path) -> int:
    """Hold the folder for this process, until the descriptor is closed."""
    (folder / HIDDEN).mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    descriptor = os.open(folder / HIDDEN / "lock", os.O_RDWR | os.O_CREAT, 0o660)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ConfigurationError(reason="another object store runs in this folder") from None
    return descriptor
