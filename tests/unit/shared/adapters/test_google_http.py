"""Requests to Google's REST APIs, against a server that says what no well-behaved one does."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from urllib3 import Retry

from shared.adapters.google_http import ERRORS, GoogleSession
from shared.errors import (
    AirlockError,
    ConfigurationError,
    ObjectNotFound,
    PreconditionFailed,
    StorageError,
    StorageUnavailable,
)
from tests.contracts.races import at_once
from tests.contracts.scripted_http import Answer, ScriptedServer, ok

#: what is tried again: so often in all
TRIED_AGAIN, TRIES = {408, 429, 500, 502, 503, 504}, 3
SECRET = "Zylberquist^Ottokar"
DROPPED = Answer(cut="after_body")


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long there would be waited before each further try; nobody waits here."""
    waits: list[float] = []
    monkeypatch.setattr(Retry, "sleep", lambda retry, *_: waits.append(retry.get_backoff_time()))
    return waits


@pytest.fixture
def session() -> Iterator[GoogleSession]:
    """Requests without a token."""
    session = GoogleSession(None)
    yield session
    session.close()


def failure(action: Callable[[], Any]) -> AirlockError:
    """The error that something fails with."""
    with pytest.raises(AirlockError) as caught:
        action()
    return caught.value


# -- what an answer means


def test_the_table_is_complete() -> None:
    """A server that is busy is worth another delivery; nothing else is."""
    transient = {status for status, error in ERRORS.items() if error.retryable}

    assert transient == TRIED_AGAIN
    assert {status: error for status, error in ERRORS.items() if status not in transient} == {
        401: ConfigurationError,
        403: ConfigurationError,
        404: ObjectNotFound,
        412: PreconditionFailed,
    }


@pytest.mark.parametrize("status", [*sorted(ERRORS), 300, 301, 302, 304, 307, 308, 400, 405, 409, 410, 501])
def test_each_status_has_its_error(session: GoogleSession, status: int) -> None:
    """A status is the error of the table, and a StorageError where it has none; it tells the status alone."""
    with ScriptedServer(Answer(status=status, body=SECRET.encode())) as server:
        error = failure(lambda: session.read("GET", f"{server.base_url}/{SECRET}"))

    assert type(error) is ERRORS.get(status, StorageError)
    assert error.details == {"status": status}
    assert len(server.requests) == (TRIES if status in TRIED_AGAIN else 1)


@pytest.mark.parametrize("status", [300, 308, 404, 409, 412, 416])
def test_what_is_accepted_is_no_error(session: GoogleSession, status: int) -> None:
    """A status that the caller knows is an answer like another."""
    with ScriptedServer(Answer(status=status, body=b"content")) as server:
        response = session.open("GET", server.base_url, accepted=(status,))

        assert (response.status, response.data) == (status, b"content")


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_success_is_no_error(session: GoogleSession, status: int) -> None:
    """Every status below 300 is one."""
    with ScriptedServer(Answer(status=status, body=b"")) as server:
        assert session.read("GET", server.base_url) == b""


def test_a_redirection_is_not_followed(session: GoogleSession) -> None:
    """A token never goes where an answer leads."""
    with ScriptedServer(ok("{}")) as other:
        away = Answer(status=302, headers={"Location": other.base_url})
        with ScriptedServer(away) as server:
            error = failure(lambda: session.read("GET", server.base_url))

    assert error.details == {"status": 302}
    assert other.requests == []


# -- tries


@pytest.mark.parametrize("status", sorted(TRIED_AGAIN))
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_busy_server_is_asked_again(session: GoogleSession, method: str, status: int) -> None:
    """The third try counts like the first; the body is sent again, whatever the method."""
    body = None if method == "GET" else b"body"
    busy = Answer(status=status)
    with ScriptedServer(busy, busy, ok("[1]")) as server:
        answer = session.json(method, server.base_url, body=body)

    assert answer == [1]
    assert [(each.method, each.body) for each in server.requests] == [(method, body or b"")] * TRIES


@pytest.mark.parametrize("cut", ["before_body", "after_body"])
def test_a_dropped_connection_is_made_again(session: GoogleSession, cut: str) -> None:
    """A connection that ends without an answer is tried again, within about two seconds."""
    with ScriptedServer(Answer(cut=cut), Answer(cut=cut), ok("[1]")) as server:
        assert session.json("POST", server.base_url, body=b"body") == [1]


def test_the_tries_end_within_about_two_seconds(session: GoogleSession, waits: list[float]) -> None:
    """Longer trouble is left to Pub/Sub."""
    with ScriptedServer(DROPPED) as server:
        error = failure(lambda: session.read("GET", server.base_url))

    assert type(error) is StorageUnavailable
    assert len(server.requests) == TRIES
    assert 0 < sum(waits) < 2


@pytest.mark.parametrize(
    "answer", [Answer(status=503), DROPPED, Answer(status=429)], ids=["503", "cut", "429"]
)
def test_an_iterator_is_sent_once(session: GoogleSession, answer: Answer) -> None:
    """A body that can be read once is not sent a second time, half empty."""
    with ScriptedServer(answer, ok("{}")) as server:
        headers = {"Content-Length": "8"}
        error = failure(
            lambda: session.read("POST", server.base_url, headers=headers, body=iter([b"half", b"half"]))
        )

    assert type(error) is StorageUnavailable
    assert [each.body for each in server.requests] == [b"halfhalf"]


def test_an_iterator_may_fail_itself(session: GoogleSession) -> None:
    """What is sent is often read elsewhere, and that error comes out as it is."""

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ObjectNotFound

    with ScriptedServer(ok("{}")) as server:
        error = failure(
            lambda: session.read("POST", server.base_url, headers={"Content-Length": "8"}, body=broken())
        )

    assert type(error) is ObjectNotFound


@pytest.mark.parametrize("ask", ["read", "json"])
def test_an_answer_that_breaks_off_is_no_answer(session: GoogleSession, ask: str) -> None:
    """Half an answer is never taken for a whole one."""
    with ScriptedServer(Answer(body=b"[1]", cut="within_answer")) as server:
        error = failure(lambda: getattr(session, ask)("GET", server.base_url))

    assert type(error) is StorageUnavailable


def test_nobody_there_is_transient(session: GoogleSession) -> None:
    """A port where nobody listens is a service that does not answer."""
    with ScriptedServer(ok("{}")) as server:
        url = server.base_url

    assert type(failure(lambda: session.read("GET", url))) is StorageUnavailable


# -- requests and answers


def test_what_is_asked_is_sent(session: GoogleSession) -> None:
    """Query, headers and body arrive as they were given, whatever characters they have."""
    with ScriptedServer(ok("{}")) as server:
        session.read(
            "POST",
            f"{server.base_url}/a%2Fb",
            query={"n": "\u00e4 &=/+", "i": 5},
            headers={"X-A": "b"},
            body=b"c",
        )
    (seen,) = server.requests

    assert parse_qs(urlsplit(seen.path).query) == {"n": ["\u00e4 &=/+"], "i": ["5"]}
    assert urlsplit(seen.path).path == "/a%2Fb"
    assert (seen.headers["X-A"], seen.body) == ("b", b"c")


def test_json_may_be_empty(session: GoogleSession) -> None:
    """No content is None; what is no JSON is an error that does not show it."""
    with ScriptedServer(Answer(body=b""), Answer(body=SECRET.encode())) as server:
        empty = session.json("GET", server.base_url)
        error = failure(lambda: session.json("GET", server.base_url))

    assert empty is None
    assert type(error) is StorageError
    assert SECRET not in str(error)


def test_a_compressed_answer_is_passed_on_as_it_is(session: GoogleSession) -> None:
    """Who asks for stored bytes gets them, not what somebody might make of them."""
    with ScriptedServer(Answer(body=b"\x1f\x8b rest", headers={"Content-Encoding": "gzip"})) as server:
        assert session.read("GET", server.base_url) == b"\x1f\x8b rest"


def test_threads_share_a_session(session: GoogleSession) -> None:
    """Many requests at once get each its own answer."""
    with ScriptedServer(ok("{}")) as server:
        answers = at_once(16, lambda n: session.json("GET", server.base_url, query={"n": n}))

    assert answers == [{}] * 16
    assert sorted(each.path for each in server.requests) == sorted(f"/?n={n}" for n in range(16))


# -- the token


class Failing(Credentials):
    """An identity whose token cannot be had."""

    def refresh(self, request: Any) -> None:
        """Fail as Google's library does."""
        raise RefreshError(SECRET)


def test_the_token_goes_with_every_request() -> None:
    """A session of an identity sends its token, and the caller's headers stay as they were."""
    headers = {"X-A": "b"}
    session = GoogleSession(Credentials(token="token-1"))
    with ScriptedServer(ok("{}")) as server:
        for _ in range(2):
            session.read("GET", server.base_url, headers=headers)
    session.close()

    assert [each.headers["authorization"] for each in server.requests] == ["Bearer token-1"] * 2
    assert headers == {"X-A": "b"}


def test_no_identity_no_token(session: GoogleSession) -> None:
    """A server on this machine is sent none."""
    with ScriptedServer(ok("{}")) as server:
        session.read("GET", server.base_url)

    assert "authorization" not in map(str.lower, server.requests[0].headers)


def test_a_token_that_cannot_be_had_is_transient() -> None:
    """Nothing is sent without it, and the library's words are not repeated."""
    session = GoogleSession(Failing(token=None))
    with ScriptedServer(ok("{}")) as server:
        error = failure(lambda: session.read("GET", server.base_url))
    session.close()

    assert type(error) is StorageUnavailable
    assert SECRET not in str(error)
    assert server.requests == []


def test_a_process_without_an_identity_is_not_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Application Default Credentials that are not there are a mistake of configuration."""
    monkeypatch.setitem(os.environ, "GOOGLE_APPLICATION_CREDENTIALS", f"/nowhere/{SECRET}.json")
    error = failure(GoogleSession.of_this_service)

    assert type(error) is ConfigurationError
    assert SECRET not in str(error)
