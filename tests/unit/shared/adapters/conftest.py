"""What the suites of Google's adapters share."""

from collections.abc import Iterator

import pytest
from urllib3 import Retry

from shared.adapters.dicom_stores import HealthcareDicomStores
from shared.adapters.google_http import GoogleSession
from shared.local.dicom_store.server import LocalDicomStore
from tests.unit.shared.adapters.dicom_instances import LIMIT, OTHER, STORE, address


@pytest.fixture
def google_session() -> Iterator[GoogleSession]:
    """Requests without a token."""
    session = GoogleSession(None)
    yield session
    session.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDicomStore]:
    """A running server with two stores."""
    folder = tmp_path_factory.mktemp("dicom")
    stores = {str(STORE): {}, str(OTHER): {}}
    with LocalDicomStore(folder, stores=stores, instance_bytes=LIMIT) as server:
        yield server


@pytest.fixture
def server(running: LocalDicomStore, monkeypatch: pytest.MonkeyPatch) -> LocalDicomStore:
    """The same without instances; what is tried again is tried at once."""
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)
    running.reset()
    return running


@pytest.fixture
def stores(server: LocalDicomStore, google_session: GoogleSession) -> HealthcareDicomStores:
    """An installation that may use one of the two."""
    return HealthcareDicomStores(frozenset({STORE}), google_session, url=address(server))
