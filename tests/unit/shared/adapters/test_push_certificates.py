"""Google's certificates: asked for as rarely as possible, and never taken for a refusal."""

import json
import time

import pytest

from shared.adapters import push_tokens
from shared.adapters.clock import FakeClock
from shared.adapters.push_tokens import Certificates, PushTokens, google_certificates
from shared.errors import PushUnauthorized, StorageError, StorageUnavailable
from tests.contracts.scripted_http import Answer, ScriptedServer
from tests.unit.shared.adapters.signing import (
    ACCOUNT,
    AUDIENCE,
    KEY_ID,
    Google,
    certificate,
    claims,
    header,
    signed,
)

NOW = time.time()


@pytest.fixture
def google() -> Google:
    """Where certificates come from."""
    return Google()


@pytest.fixture
def clock() -> FakeClock:
    """The clock of the certificates, which a test turns."""
    return FakeClock(NOW)


@pytest.fixture
def tokens(google: Google, clock: FakeClock) -> PushTokens:
    """What checks the tokens; its own clock stands still, so that tokens stay good."""
    return PushTokens(
        audience=AUDIENCE,
        service_account=ACCOUNT,
        certificates=Certificates(google, clock),
        clock=FakeClock(NOW),
    )


def refused(tokens: PushTokens, authorization: str) -> bool:
    """Whether a header is refused."""
    try:
        tokens.require(authorization)
    except PushUnauthorized:
        return True
    return False


def test_certificates_are_kept(tokens: PushTokens, google: Google, clock: FakeClock) -> None:
    """They are asked for once an hour, however many messages come."""
    token = f"Bearer {signed(claims(NOW))}"
    asked = []
    for seconds in (0, 0, 3600, 1):
        clock.advance(seconds)
        tokens.require(token)
        asked.append(google.asked)

    assert asked == [1, 1, 1, 2]


def test_an_unknown_key_asks_once_a_minute(tokens: PushTokens, google: Google, clock: FakeClock) -> None:
    """Who sends made-up key ids cannot make us ask Google all the time."""
    unknown = f"Bearer {signed(claims(NOW), head=header(kid='new'), number=2)}"
    asked = []
    for seconds in (0, 0, 60, 1, 0):
        clock.advance(seconds)
        assert refused(tokens, unknown)
        asked.append(google.asked)

    assert asked == [1, 1, 1, 2, 2]


def test_a_new_key_is_found(tokens: PushTokens, google: Google, clock: FakeClock) -> None:
    """When Google changes its keys, the next minute's question finds the new one."""
    new = f"Bearer {signed(claims(NOW), head=header(kid='new'), number=2)}"
    assert refused(tokens, new)
    google.certificates = {"new": certificate(2)}
    assert refused(tokens, new)
    clock.advance(61)
    tokens.require(new)

    assert google.asked == 2


def test_certificates_that_cannot_be_had_are_no_refusal(tokens: PushTokens, google: Google) -> None:
    """A token that nobody can check at the moment comes again; then it is checked."""
    token = f"Bearer {signed(claims(NOW))}"
    google.failure = StorageUnavailable(status=503)
    with pytest.raises(StorageUnavailable):
        tokens.require(token)
    google.failure = None
    tokens.require(token)

    assert google.asked == 2


@pytest.mark.parametrize("body", [b"[]", b"5", b"", b"<html>"], ids=["list", "number", "empty", "page"])
def test_an_answer_without_certificates_is_no_refusal(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of something in between is not Google's, and refuses nobody for good."""
    with ScriptedServer(Answer(body=body)) as server:
        monkeypatch.setattr(push_tokens, "_CERTIFICATES_URL", server.base_url)
        with pytest.raises(StorageError):
            google_certificates()


def test_fetches_googles_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are a JSON object of certificates by key id, and nobody is told who asks."""
    with ScriptedServer(Answer(body=json.dumps({KEY_ID: certificate()}).encode())) as server:
        monkeypatch.setattr(push_tokens, "_CERTIFICATES_URL", server.base_url)
        found = google_certificates()

    assert found == {KEY_ID: certificate()}
    assert "Authorization" not in server.requests[0].headers
