"""No patient data: whatever goes wrong with Google, no name of an object and no secret is shown anywhere."""

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from shared.adapters import pubsub_bus
from shared.adapters.dicom_stores import HealthcareDicomStores
from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.google_http import GoogleSession
from shared.adapters.pubsub_bus import PubsubBus
from shared.adapters.secret_manager import KeyManagementService, SecretManager
from shared.errors import AirlockError
from shared.identifiers import BlobRef, SeriesRef, StoredInstance, StoreName
from tests.contracts.blob_reading import put
from tests.contracts.scripted_http import Answer, ScriptedServer

NAME, TOKEN, KEY = "Zylberquist^Ottokar", "ya29.token", b"0123456789abcdef0123456789abcdef"
UID = "1.2.840.113619.2.55.3.604688119"
#: as they are, in the percent-encoding of addresses, and in the base64 of JSON
NEVER_SHOWN = ("Zylberquist", "Ottokar", TOKEN, UID, "0123456789abcdef", "MDEyMzQ1Njc4OWFiY2RlZ")

STORE = StoreName(project="p", location="l", dataset="d", dicom_store="s")
IN_BUCKET = BlobRef(bucket="clinical", name=f"intake/{NAME}.dcm", generation=1)
IN_STORE = StoredInstance(
    store=STORE,
    series=SeriesRef(study_instance_uid=UID, series_instance_uid=UID),
    sop_instance_uid=UID,
).at(1)

Action = Callable[[GoogleSession, str], Any]

pytestmark = pytest.mark.usefixtures("without_waiting")


def bucket(session: GoogleSession, url: str) -> GcsBlobs:
    """A bucket behind the server."""
    return GcsBlobs("clinical", session, url=url)


def stores(session: GoogleSession, url: str) -> HealthcareDicomStores:
    """DICOM stores behind the server."""
    return HealthcareDicomStores(frozenset({STORE}), session, url=url)


class Instance:
    """An instance in memory."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.crc32c = ""

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield it."""
        yield NAME.encode().ljust(self.size)


ACTIONS: dict[str, Action] = {
    "stat": lambda session, url: bucket(session, url).stat(IN_BUCKET.name),
    "open": lambda session, url: bucket(session, url).open(IN_BUCKET),
    "small": lambda session, url: put(bucket(session, url), IN_BUCKET.name, b"x"),
    "own": lambda session, url: put(bucket(session, url), IN_BUCKET.name, b"x", if_generation_match=0),
    "large": lambda session, url: put(bucket(session, url), IN_BUCKET.name, bytes(9 << 20)),
    "list": lambda session, url: list(bucket(session, url).list(IN_BUCKET.name)),
    "delete": lambda session, url: bucket(session, url).delete(IN_BUCKET),
    "other bucket": lambda session, url: GcsBlobs("other", session, url=url).open(IN_BUCKET),
    "no name": lambda session, url: put(bucket(session, url), NAME * 200, b""),
    "DICOM open": lambda session, url: stores(session, url).open(IN_STORE),
    "DICOM store": lambda session, url: stores(session, url).store(STORE, Instance(100)),
    "DICOM large": lambda session, url: stores(session, url).store(STORE, Instance(9 << 20)),
    "DICOM search": lambda session, url: stores(session, url).search(STORE, "studies", {"PatientName": NAME}),
    "DICOM metadata": lambda session, url: stores(session, url).metadata(IN_STORE),
    "DICOM delete": lambda session, url: stores(session, url).delete(IN_STORE),
    "other store": lambda session, url: HealthcareDicomStores(frozenset(), session, url=url).open(IN_STORE),
    "secret": lambda session, url: SecretManager("p", session, url=url).latest("key"),
    "new secret": lambda session, url: SecretManager("p", session, url=url).add("key", KEY),
    "KMS": lambda session, url: KeyManagementService("p/p/l/l/k/k/c/c", session, url=url).decrypt(KEY),
}
BODY = f'{{"error": {{"message": "{NAME} {UID} {TOKEN}"}}}}'.encode()
ANSWERS = {
    "403": Answer(status=403, body=BODY),
    "404": Answer(status=404, body=BODY),
    "409": Answer(status=409, body=BODY),
    "412": Answer(status=412, body=BODY),
    "400": Answer(status=400, body=BODY),
    "503": Answer(status=503, body=BODY),
    "dropped": Answer(cut="after_body"),
    "cut off": Answer(body=BODY, cut="within_answer"),
    "another answer": Answer(body=BODY),
    "a page": Answer(body=f"<html>{NAME}".encode()),
}


@pytest.fixture
def session() -> Iterator[GoogleSession]:
    """The requests of an identity."""
    session = GoogleSession(Credentials(token=TOKEN))
    yield session
    session.close()


def shown(error: BaseException) -> str:
    """All that an exception could be written as, its causes included."""
    details = str(error.details) + error.cause if isinstance(error, AirlockError) else ""
    return "".join(traceback.format_exception(error, chain=True)[-1:]) + details + _chain(error)


def _chain(error: BaseException) -> str:
    """The texts of an exception and of those that a traceback would show with it."""
    following = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{error!r}{error}" + (_chain(following) if following is not None else "")


def leaks(text: str) -> list[str]:
    """What of the secrets stands in a text."""
    return [each for each in NEVER_SHOWN if each in text]


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
@pytest.mark.parametrize("action", ACTIONS.values(), ids=list(ACTIONS))
def test_shows_no_name(
    session: GoogleSession, action: Action, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the exception, nor its causes, nor a line of a library's log has a name or a secret in it."""
    text = ""
    with caplog.at_level(logging.DEBUG), ScriptedServer(answer) as server:
        logging.getLogger("test").info("the log is seen")
        try:
            action(session, server.base_url)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must show nothing
            text = shown(error)

    assert "the log is seen" in caplog.text
    assert leaks(text + caplog.text) == []


def test_the_bus_shows_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a publication that nobody answers."""
    monkeypatch.setattr(pubsub_bus, "_PUBLISH_SECONDS", 0.5)
    bus = PubsubBus("test-project", emulator="127.0.0.1:9")
    with pytest.raises(AirlockError) as caught:
        bus.publish("arrivals", NAME.encode(), {"objectId": IN_BUCKET.name})
    bus.close()

    assert leaks(shown(caught.value)) == []


def test_the_search_would_find_them() -> None:
    """The search is not blind: a text with a name in it is found, also that of a cause."""
    outer = KeyError(TOKEN)
    outer.__cause__ = ValueError(NAME)

    assert leaks(shown(outer)) == ["Zylberquist", "Ottokar", TOKEN]
