"""What the suites of Google's adapters share."""

from collections.abc import Iterator

import pytest
from urllib3 import Retry

from shared.adapters.dicom_stores import HealthcareDicomStores
from shared.adapters.google_http import GoogleSession
from shared.local.dicom_store.server import LocalDicomStore
from shared.local.object_store.server import LocalObjectStore
from tests.unit.shared.adapters.dicom_instances import LIMIT, OTHER, STORE, address


@pytest.fixture
def google_session() -> Iterator[GoogleSession]:
    """Requests without a token."""
    session = GoogleSession(None)
    yield session
    session.close()


@pytest.fixture
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again without waiting."""
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)


@pytest.fixture(scope="module")
def running_object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalObjectStore]:
    """A running object store."""
    with LocalObjectStore(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(running_object_store: LocalObjectStore, without_waiting: None) -> Iterator[LocalObjectStore]:
    """The same; what is tried again is tried at once, and a fault that the test left is taken back."""
    yield running_object_store
    running_object_store.faults.clear()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDicomStore]:
    """A running server with two stores."""
    folder = tmp_path_factory.mktemp("dicom")
    stores = {str(STORE): {}, str(OTHER): {}}
    with LocalDicomStore(folder, stores=stores, instance_bytes=LIMIT) as server:
        yield server


@pytest.fixture
def server(running: LocalDicomStore, without_waiting: None) -> LocalDicomStore:
    """The same without instances; what is tried again is tried at once."""
    running.reset()
    return running


@pytest.fixture
def stores(server: LocalDicomStore, google_session: GoogleSession) -> HealthcareDicomStores:
    """An installation that may use one of the two."""
    return HealthcareDicomStores(frozenset({STORE}), google_session, url=address(server))
