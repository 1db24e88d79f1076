"""The adapter against the double of the service."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.adapters.autosegmentation import AutosegmentationDestination, destinations_from
from shared.adapters.clock import FakeClock
from shared.destinations.settings import DestinationSettings
from shared.errors import (
    ConfigurationError,
    DestinationRejected,
    DestinationUnauthorized,
    DestinationUnavailable,
)
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.ports.destination import Destination
from tests.contracts.destination import (
    DestinationContract,
    MemoryReader,
    MemorySecrets,
    ct_series,
    fetched,
    package_of,
    sha256_of,
)
from tests.contracts.scripted_http import Answer, ScriptedServer, ok

NOW = 1_700_000_000.0
Connect = Callable[..., AutosegmentationDestination]


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(NOW)


@pytest.fixture
def double(tmp_path: Path, clock: FakeClock) -> Iterator[AutosegmentationDouble]:
    """The double, running."""
    with AutosegmentationDouble(tmp_path / "double", clock=clock) as running:
        yield running


@pytest.fixture
def secrets(double: AutosegmentationDouble) -> MemorySecrets:
    """The tokens that the double issued."""
    return MemorySecrets({"auto": double.issue_tokens()})


@pytest.fixture
def connect(double: AutosegmentationDouble, secrets: MemorySecrets, clock: FakeClock) -> Iterator[Connect]:
    """Makes a destination with some settings of its own."""
    made: list[AutosegmentationDestination] = []

    def with_settings(**settings: object) -> AutosegmentationDestination:
        fields = {"name": "auto", "base_url": double.base_url, "client_id": "airlock", **settings}
        made.append(AutosegmentationDestination(DestinationSettings(**fields), secrets=secrets, clock=clock))
        return made[-1]

    yield with_settings
    for destination in made:
        destination.close()


@pytest.fixture
def package() -> bytes:
    """A package that the double accepts."""
    return package_of(ct_series(1))


def send(destination: Destination, package: bytes) -> str:
    """Upload a package."""
    return destination.upload(MemoryReader(package), sha256=sha256_of(package))


class TestThroughTheDouble(DestinationContract):
    """The contract of all destinations."""

    @pytest.fixture
    def destination(self, connect: Connect) -> Destination:
        """The adapter, connected to the double."""
        return connect(resend="deduplicated")


def test_the_status_texts_follow_the_cycle(connect: Connect, package: bytes) -> None:
    """Each step of the cycle is seen in the service's own words."""
    destination = connect()
    transaction_id = send(destination, package)
    texts = [destination.status(transaction_id).text]
    fetched(destination, transaction_id)
    texts.append(destination.status(transaction_id).text)
    destination.confirm(transaction_id)
    texts.append(destination.status(transaction_id).text)

    assert texts == ["Segmentation Completed", "Delivered to Client", "Transfer Completed"]


@pytest.mark.parametrize(
    ("text", "ready", "closed"),
    [
        ("Received", False, False),
        ("Segmentation Completed", True, False),
        (" segmentation retrieved ", True, False),
        ("Delivered to Client", True, False),
        ("Transfer Completed", False, True),
        ("Failed: pixel data cannot be decoded", False, False),
    ],
)
def test_status_texts_are_judged_by_the_settings(
    connect: Connect, text: str, *, ready: bool, closed: bool
) -> None:
    """The configured texts decide, without regard to case and blanks around them."""
    with ScriptedServer(ok(f'{{"status": "{text}", "progress": 50}}')) as server:
        status = connect(base_url=server.base_url).status("7")

    assert (status.text, status.result_ready, status.closed) == (text.strip(), ready, closed)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"status": 5}', b"\xff\xfe"])
def test_an_unreadable_status_is_asked_for_again(connect: Connect, body: bytes) -> None:
    """A status answer that cannot be understood is taken for a disturbance that passes."""
    with ScriptedServer(Answer(body=body)) as server, pytest.raises(DestinationUnavailable):
        connect(base_url=server.base_url).status("7")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_some_answers_are_transient(connect: Connect, double: AutosegmentationDouble, status: int) -> None:
    """A server error, a time-out and a rate limit may pass: the request is repeated later."""
    double.faults.answer("status", status)

    with pytest.raises(DestinationUnavailable) as caught:
        connect().status("7")

    assert caught.value.details == {"status": status}


@pytest.mark.parametrize("status", [302, 400, 403, 404, 409, 410, 413, 422])
def test_other_answers_are_permanent(connect: Connect, double: AutosegmentationDouble, status: int) -> None:
    """A refusal, and a redirection that nobody configured, do not pass by waiting."""
    double.faults.answer("status", status)

    with pytest.raises(DestinationRejected) as caught:
        connect().status("7")

    assert caught.value.details == {"status": status}


def test_readiness_is_waited_for(connect: Connect, double: AutosegmentationDouble, clock: FakeClock) -> None:
    """A service that accepts no work is asked again after the configured time."""
    double.faults.answer("health", 503, times=2)
    connect(health_wait_seconds=60).wait_until_ready()

    assert clock.now() == NOW + 120


def test_readiness_is_not_waited_for_for_ever(
    connect: Connect, double: AutosegmentationDouble, clock: FakeClock
) -> None:
    """After the configured number of waits the service counts as unavailable."""
    double.faults.answer("health", 503, times=4)

    with pytest.raises(DestinationUnavailable):
        connect(health_wait_seconds=60, health_tries=3).wait_until_ready()

    assert clock.now() == NOW + 180


def test_a_service_that_cannot_be_reached_is_waited_for(
    connect: Connect, double: AutosegmentationDouble, clock: FakeClock
) -> None:
    """A refused connection is waited for like a service that accepts no work."""
    destination = connect(health_tries=1)
    double.stop()

    with pytest.raises(DestinationUnavailable) as caught:
        destination.wait_until_ready()

    assert (caught.value.details, clock.now()) == ({"reason": "unreachable"}, NOW + 60)


def test_an_unknown_health_path_is_not_waited_for(connect: Connect, clock: FakeClock) -> None:
    """A wrong path in the settings does not become right by waiting."""
    with pytest.raises(DestinationRejected):
        connect(health_path="/api/wellness").wait_until_ready()

    assert clock.now() == NOW


def test_a_truncated_result_is_fetched_again(connect: Connect) -> None:
    """A connection that ends within a result is a transient failure."""
    answer = Answer(body=b"DICM", cut="within_answer")
    with ScriptedServer(answer) as server, pytest.raises(DestinationUnavailable) as caught:
        fetched(connect(base_url=server.base_url), "7")

    assert caught.value.details == {"reason": "answer_lost"}


def test_a_checksum_is_normalised_or_absent(connect: Connect) -> None:
    """The checksum is that of bytes that nothing compressed, in lower case; a result without one has none."""
    answers = [Answer(headers={"X-Sum": " AB12 "}), Answer()]
    with ScriptedServer(*answers) as server:
        destination = connect(base_url=server.base_url, checksum_header="X-Sum")
        checksums = [fetched(destination, "7")[0] for _ in answers]

    assert checksums == ["ab12", None]
    assert {seen.headers["Accept-Encoding"] for seen in server.requests} == {"identity"}


def test_a_wrong_checksum_is_the_callers_to_find(
    connect: Connect, double: AutosegmentationDouble, package: bytes
) -> None:
    """The adapter hands on what was announced, so that the caller finds the mismatch."""
    double.faults.wrong_checksum = True
    destination = connect()
    transaction_id = send(destination, package)
    destination.status(transaction_id)
    announced, content = fetched(destination, transaction_id)

    assert announced != sha256_of(content)


def test_a_transaction_id_cannot_leave_its_place_in_the_path(connect: Connect) -> None:
    """What the service calls a transaction is quoted in the path."""
    with ScriptedServer(ok('{"status": "Received"}')) as server:
        connect(base_url=f"{server.base_url}/auto/").status("../7?x=#")

    assert server.requests[0].path == "/auto/api/upload/..%2F7%3Fx%3D%23/status/"


def test_a_closed_destination_opens_again(connect: Connect) -> None:
    """A closed destination opens new connections when it is used again."""
    with ScriptedServer(ok('{"status": "Received"}')) as server:
        destination = connect(base_url=server.base_url)
        destination.status("7")
        destination.close()
        status = destination.status("7")

    assert status.text == "Received"


def test_destinations_are_found_by_name(secrets: MemorySecrets, clock: FakeClock) -> None:
    """A configured destination is found by its name; another name is a fault of the configuration."""
    settings = DestinationSettings(name="auto", base_url="https://auto.example", resend="deduplicated")
    destinations = destinations_from([settings], secrets=secrets, clock=clock)

    assert destinations("auto").resend_is_safe
    with pytest.raises(ConfigurationError):
        destinations("other")
    destinations.close()


def test_a_destination_without_tokens_is_a_fault_of_the_configuration(clock: FakeClock) -> None:
    """Without a token pair nothing is asked."""
    settings = DestinationSettings(name="auto", base_url="https://auto.example")
    destination = AutosegmentationDestination(settings, secrets=MemorySecrets({}), clock=clock)

    with pytest.raises(ConfigurationError):
        destination.status("7")


@pytest.mark.parametrize("token", ["secret\n", "", "two words"])
def test_a_malformed_token_is_not_quoted(
    connect: Connect, secrets: MemorySecrets, double: AutosegmentationDouble, token: str
) -> None:
    """A token that no header can hold, say with a line end, is refused before the library quotes it."""
    pair = double.issue_tokens()
    secrets.store_tokens("auto", type(pair)(access_token=token, refresh_token=pair.refresh_token))

    with pytest.raises(DestinationUnauthorized) as caught:
        connect().status("7")

    assert (caught.value.details, caught.value.__cause__) == ({"reason": "token_malformed"}, None)
