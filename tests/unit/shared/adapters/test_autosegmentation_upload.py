"""Uploads: the form, its memory, and what a lost answer means."""

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.adapters.autosegmentation import AutosegmentationDestination
from shared.adapters.clock import FakeClock
from shared.destinations.settings import DestinationSettings
from shared.errors import (
    AirlockError,
    DestinationRejected,
    DestinationUnauthorized,
    DestinationUnavailable,
    StorageUnavailable,
    TransferUnconfirmed,
)
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.contracts.destination import (
    MemoryReader,
    MemorySecrets,
    ct_series,
    package_of,
    sha256_of,
)
from tests.contracts.scripted_http import Answer, ScriptedServer, ok

MEBIBYTE = 1 << 20
#: what a lost answer is, by the setting `resend`
OUTCOMES = [("hold", TransferUnconfirmed), ("deduplicated", DestinationUnavailable)]
Connect = Callable[..., AutosegmentationDestination]


@pytest.fixture
def double(tmp_path: Path) -> Iterator[AutosegmentationDouble]:
    """The double, running."""
    with AutosegmentationDouble(tmp_path / "double", clock=FakeClock(0.0)) as running:
        yield running


@pytest.fixture
def secrets(double: AutosegmentationDouble) -> MemorySecrets:
    """The tokens that the double issued."""
    return MemorySecrets({"auto": double.issue_tokens()})


@pytest.fixture
def connect(double: AutosegmentationDouble, secrets: MemorySecrets) -> Iterator[Connect]:
    """Makes a destination with some settings of its own."""
    made: list[AutosegmentationDestination] = []

    def with_settings(**settings: object) -> AutosegmentationDestination:
        fields = {"name": "auto", "base_url": double.base_url, "client_id": "airlock", **settings}
        destination = AutosegmentationDestination(
            DestinationSettings(**fields), secrets=secrets, clock=FakeClock(0.0)
        )
        made.append(destination)
        return destination

    yield with_settings
    for destination in made:
        destination.close()


PACKAGE = package_of(ct_series(1))


def send(destination: AutosegmentationDestination, package: bytes = PACKAGE) -> str:
    """Upload a package."""
    return destination.upload(MemoryReader(package), sha256=sha256_of(package))


def counts(double: AutosegmentationDouble) -> list[tuple[str, int]]:
    """Each task of the double with the number of times it was uploaded."""
    return [(task.task_id, task.received) for task in double.uploads]


def test_the_form_is_what_the_service_expects(connect: Connect) -> None:
    """Checksum and client id stand before the file, and the length is announced exactly."""
    with ScriptedServer(ok('{"task_id": "7"}')) as server:
        connect(base_url=server.base_url).upload(MemoryReader(b"PK bytes", chunk=3), sha256="ab12")
        seen = server.requests[0]
    boundary = seen.headers["Content-Type"].removeprefix("multipart/form-data; boundary=")
    expected = (
        '--B\r\nContent-Disposition: form-data; name="checksum"\r\n\r\nab12\r\n'
        '--B\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nairlock\r\n'
        '--B\r\nContent-Disposition: form-data; name="file"; filename="package.zip"\r\n'
        "Content-Type: application/zip\r\n\r\nPK bytes\r\n--B--\r\n"
    )

    assert seen.body.decode() == expected.replace("B", boundary, 4).replace("--B--", f"--{boundary}--")
    assert re.fullmatch(r"Bearer \S{20,}", seen.headers["Authorization"])
    assert "Transfer-Encoding" not in seen.headers


def test_a_client_id_is_optional(connect: Connect) -> None:
    """Without a configured client id the field is left out."""
    with ScriptedServer(ok('{"task_id": "7"}')) as server:
        send(connect(base_url=server.base_url, client_id=None))

    assert b"client_id" not in server.requests[0].body


@pytest.mark.parametrize(
    ("answer", "transaction_id"),
    [
        ('{"task_id": "a-7"}', "a-7"),
        ('{"task_id": 7, "more": {}}', "7"),
        ('{"transaction_token": "t"}', "t"),
        ('{"task_id": null, "transaction_token": 0}', "0"),
    ],
)
def test_both_names_of_a_transaction_are_understood(
    connect: Connect, answer: str, transaction_id: str
) -> None:
    """The transaction id is `task_id` or `transaction_token`, a text or a number."""
    with ScriptedServer(ok(answer)) as server:
        actual = send(connect(base_url=server.base_url))

    assert actual == transaction_id


@pytest.mark.parametrize(("resend", "error"), OUTCOMES)
@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"<html>"),
        Answer(body=b"\xff\xfe"),
        Answer(status=204, body=b""),
        ok("{}"),
        ok('{"task_id": ""}'),
        ok('{"task_id": true}'),
        Answer(status=502),
        Answer(status=504),
        Answer(cut="before_body"),
        Answer(cut="after_body"),
        Answer(cut="within_answer"),
    ],
)
def test_a_lost_answer_is_held_or_sent_again(
    connect: Connect, answer: Answer, resend: str, error: type[AirlockError]
) -> None:
    """What may have been accepted is sent again only where the service promises to notice."""
    large = bytes(4 * MEBIBYTE)
    with ScriptedServer(answer) as server, pytest.raises(error):
        send(connect(base_url=server.base_url, resend=resend), large)


@pytest.mark.parametrize(("resend", "error"), OUTCOMES)
def test_a_silent_service_is_not_waited_for_for_ever(
    connect: Connect, double: AutosegmentationDouble, resend: str, error: type[AirlockError]
) -> None:
    """An answer that does not come in time is a lost answer."""
    double.faults.delay("upload", 60)
    with pytest.raises(error):
        send(connect(resend=resend, request_seconds=0.1))
    double.faults.release()


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_refused_upload_may_be_sent_again(
    connect: Connect, double: AutosegmentationDouble, status: int
) -> None:
    """An answer that says that the package was not taken is transient, however resends are set."""
    double.faults.answer("upload", status)
    with pytest.raises(DestinationUnavailable):
        send(connect(resend="hold"))

    assert counts(double) == []


def test_a_package_that_is_refused_is_refused_for_good(connect: Connect) -> None:
    """The service's judgement of a package is permanent."""
    with pytest.raises(DestinationRejected) as caught:
        send(connect(), package_of([]))

    assert caught.value.details == {"status": 400}


def test_no_connection_is_no_transfer(connect: Connect) -> None:
    """Where nothing was sent, nothing is held."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(DestinationUnavailable) as caught:
            send(connect(base_url=address, resend="hold"))

    assert caught.value.details == {"reason": "unreachable"}


def test_a_lost_answer_makes_no_second_task(connect: Connect, double: AutosegmentationDouble) -> None:
    """A package whose answer was lost has the same task when it is sent again."""
    double.faults.drop_uploads = 1
    destination = connect(resend="deduplicated")
    with pytest.raises(DestinationUnavailable):
        send(destination)
    transaction_id = send(destination)

    assert counts(double) == [(transaction_id, 2)]


def test_without_deduplication_a_resend_is_a_second_task(
    connect: Connect, double: AutosegmentationDouble
) -> None:
    """A service without deduplication has two tasks after a resend: why `hold` is the default."""
    double.faults.drop_uploads = 1
    double.faults.no_deduplication = True
    destination = connect()
    with pytest.raises(TransferUnconfirmed):
        send(destination)
    send(destination)

    assert [received for _, received in counts(double)] == [1, 1]


def test_an_expired_token_is_refreshed_and_the_package_sent_again(
    connect: Connect, double: AutosegmentationDouble, secrets: MemorySecrets
) -> None:
    """After a 401 the token is refreshed once, and the whole package is streamed once more."""
    double.revoke_access_tokens()
    reader = MemoryReader(PACKAGE)
    transaction_id = connect().upload(reader, sha256=sha256_of(PACKAGE))

    assert counts(double) == [(transaction_id, 1)]
    assert (reader.streams, secrets.stored) == (2, 1)


def test_a_second_refusal_is_permanent(connect: Connect, double: AutosegmentationDouble) -> None:
    """A token that is refused after a refresh too is nothing that waiting mends."""
    double.faults.answer("upload", 401, times=2)
    with pytest.raises(DestinationUnauthorized):
        send(connect())

    assert counts(double) == []


def test_a_failing_storage_is_the_storages_error(connect: Connect, double: AutosegmentationDouble) -> None:
    """An error while the package is read stays what it is, and the service takes nothing."""

    class Failing(MemoryReader):
        def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
            yield self.read(offset, length or 10)
            raise StorageUnavailable

    with pytest.raises(StorageUnavailable):
        connect().upload(Failing(PACKAGE), sha256=sha256_of(PACKAGE))

    assert counts(double) == []


def test_an_error_tells_no_secret(
    connect: Connect, double: AutosegmentationDouble, secrets: MemorySecrets
) -> None:
    """An error shows a status code and reasons of ours: no token, no address, no body of an answer."""
    pair = secrets.tokens("auto")
    shown = []
    for answer in (Answer(status=422, body=b"of John Doe"), Answer(status=500), Answer(cut="after_body")):
        with ScriptedServer(answer) as server, pytest.raises(AirlockError) as caught:
            send(connect(base_url=server.base_url))
        shown.append(f"{caught.value!r} {caught.value.cause} {caught.value.details}")

    for hidden in (pair.access_token, pair.refresh_token, "127.0.0.1", "John", "airlock"):
        assert hidden not in " ".join(shown)
