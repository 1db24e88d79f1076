"""Refreshing a token over HTTP."""

from collections.abc import Iterator
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
)
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.ports.keys import TokenPair
from tests.contracts.destination import MemoryReader, MemorySecrets, ct_series, package_of, sha256_of
from tests.contracts.scripted_http import Answer, ScriptedServer, ok

NOW = 1_700_000_000.0
OLD = TokenPair(access_token="access-0", refresh_token="refresh-0")


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock(NOW)


@pytest.fixture
def double(tmp_path: Path, clock: FakeClock) -> Iterator[AutosegmentationDouble]:
    """The double, running."""
    with AutosegmentationDouble(tmp_path / "double", clock=clock) as running:
        yield running


def connected(base_url: str, secrets: MemorySecrets, clock: FakeClock) -> AutosegmentationDestination:
    """The adapter, connected to a server."""
    settings = DestinationSettings(name="auto", base_url=base_url)
    return AutosegmentationDestination(settings, secrets=secrets, clock=clock)


@pytest.mark.parametrize("expiry", ["expires_in", "expires_at", None])
@pytest.mark.parametrize("rotate", [True, False])
def test_an_expired_token_is_refreshed(
    double: AutosegmentationDouble, clock: FakeClock, expiry: str | None, *, rotate: bool
) -> None:
    """Hour after hour the token is renewed, in whatever form its expiry comes."""
    double.faults.expiry = expiry
    double.faults.rotate_refresh_tokens = rotate
    secrets = MemorySecrets({"auto": double.issue_tokens()})
    destination = connected(double.base_url, secrets, clock)
    package = package_of(ct_series(1))
    transaction_id = destination.upload(MemoryReader(package), sha256=sha256_of(package))
    texts = []
    for _ in range(3):
        clock.advance(3600)
        texts.append(destination.status(transaction_id).text)
    destination.close()

    assert texts == ["Segmentation Completed"] * 3
    assert secrets.stored == 3


def test_the_refresh_token_stands_where_the_access_token_stood(clock: FakeClock) -> None:
    """A refused request is followed by the refresh, and by the same request with the new token."""
    answers = [Answer(status=401), ok('{"access_token": "access-1"}'), ok('{"status": "Received"}')]
    with ScriptedServer(*answers) as server:
        destination = connected(server.base_url, MemorySecrets({"auto": OLD}), clock)
        destination.status("7")
        destination.close()
    seen = [(one.method, one.path, one.headers["Authorization"]) for one in server.requests]

    assert seen == [
        ("GET", "/api/upload/7/status/", "Bearer access-0"),
        ("POST", "/api/token/refresh/", "Bearer refresh-0"),
        ("GET", "/api/upload/7/status/", "Bearer access-1"),
    ]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(status=400), DestinationUnauthorized),
        (Answer(status=401), DestinationUnauthorized),
        (Answer(status=403), DestinationUnauthorized),
        (Answer(status=404), DestinationRejected),
        (Answer(status=503), DestinationUnavailable),
        (Answer(cut="after_body"), DestinationUnavailable),
        (Answer(body=b"<html>"), DestinationUnavailable),
        (ok('{"access": "other"}'), DestinationUnavailable),
    ],
)
def test_a_refresh_can_fail(clock: FakeClock, answer: Answer, error: type[AirlockError]) -> None:
    """A refused refresh token needs a person; what is disturbed or unreadable is asked for again."""
    secrets = MemorySecrets({"auto": OLD})
    with ScriptedServer(Answer(status=401), answer) as server:
        destination = connected(server.base_url, secrets, clock)
        with pytest.raises(error):
            destination.status("7")
        destination.close()

    assert secrets.pairs == {"auto": OLD}
