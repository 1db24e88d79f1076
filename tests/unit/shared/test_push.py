"""The endpoint of a stage, one request at a time, without a server."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import Headers

from shared import log
from shared.adapters import push_tokens
from shared.errors import ConfigurationError, StorageUnavailable
from shared.events import Event, TickElapsed, encode
from shared.push import BODY_LIMIT, Answer, Request, endpoint, request_seconds
from shared.runtime import Stage
from tests.unit.shared.envelope_examples import SECRET, STRUCTURED, binary, message, structured

TRACE = "0af7651916cd43dd8448eb211c80319c"
TICK = message(data=base64.b64encode(encode(TickElapsed(at="2025-11-22T10:30:00+00:00"))).decode())
BODY = json.dumps(TICK).encode()

Send = Callable[..., Answer]


def work(event: TickElapsed, *, ledger: Any) -> Iterable[Event]:
    """Do nothing."""
    return []


class Sent:
    """A request as an HTTP server hands it on."""

    def __init__(self, body: bytes, headers: Headers, method: str, path: str) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.stream = BytesIO(body)


@pytest.fixture
def send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Send]:
    """Send a request to a stage of a workspace."""
    for name in ("AIRLOCK_PUSH_AUDIENCE", "AIRLOCK_PUSH_SERVICE_ACCOUNT", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("AIRLOCK_RULESETS", str(tmp_path))
    handle = endpoint(Stage("work", (work,)))

    def sent(
        body: bytes = BODY, headers: Any = (), method: str = "POST", path: str = "/", **more: str
    ) -> Answer:
        request: Request = Sent(body, Headers([*Headers(headers), *more.items()]), method, path)
        return handle(request)

    yield sent
    log.reset()


@pytest.fixture
def guarded(send: Send, monkeypatch: pytest.MonkeyPatch) -> Send:
    """The same where a push identity is required, and no certificate can be had."""

    def unavailable() -> Any:
        raise StorageUnavailable(status=503)

    monkeypatch.setattr(push_tokens, "google_certificates", unavailable)
    monkeypatch.setenv("AIRLOCK_PUSH_AUDIENCE", "https://validate.example")
    monkeypatch.setenv("AIRLOCK_PUSH_SERVICE_ACCOUNT", "push@hospital.example")
    return send


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


# -- shapes


@pytest.mark.parametrize(
    ("body", "headers"),
    [(BODY, ()), (BODY, binary()), (structured(TICK), STRUCTURED)],
    ids=["push", "binary", "structured"],
)
def test_takes_every_shape(send: Send, body: bytes, headers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A message is handled in whatever shape it comes, with the attempt that it says."""
    answer = send(body, headers)
    (line,) = lines(capsys)

    assert answer == ("", 204)
    assert (line["event"], line["attempt"], line["message_id"]) == ("handled", 7, "42")


@pytest.mark.parametrize("headers", [(), binary(), STRUCTURED], ids=["push", "binary", "structured"])
def test_shows_nothing_of_what_is_no_message(
    send: Send, headers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no message is refused, and neither answer nor log shows anything of it."""
    answer = send(SECRET.encode(), headers, Authorization=f"Bearer {SECRET}")

    assert answer == ("not a push message", 400)
    assert SECRET not in str(capsys.readouterr())


def test_the_largest_message_is_taken(send: Send) -> None:
    """Nothing that Pub/Sub can carry is too long."""
    assert send(BODY + b" " * (BODY_LIMIT - len(BODY))) == ("", 204)


def test_answers_413_to_what_is_longer(send: Send) -> None:
    """A request that is longer than any message is not read."""
    assert send(BODY + b" " * (BODY_LIMIT - len(BODY) + 1)) == ("longer than a message can be", 413)


# -- other requests


def test_tells_that_it_serves(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """The health check needs no token and no installation."""
    monkeypatch.delenv("AIRLOCK_WORKSPACE")

    assert send(b"", method="GET", path="/healthz") == ("ok", 200)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/healthz/"), ("HEAD", "/healthz"), ("PUT", "/"), ("DELETE", "/healthz")],
)
def test_only_takes_posts(send: Send, method: str, path: str) -> None:
    """Everything else is refused without being looked at."""
    assert send(BODY, method=method, path=path) == ("", 405)


# -- tokens


@pytest.mark.parametrize("headers", [(), {"Authorization": f"Bearer {SECRET}"}, {"Authorization": SECRET}])
def test_answers_401_to_who_is_not_the_push_identity(
    guarded: Send, headers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request without a valid token is not read; the log says that it came, not what it brought."""
    answer = guarded(BODY, headers)
    (line,) = lines(capsys)

    assert answer == ("", 401)
    assert (line["event"], line["code"], line["stage"]) == ("refused", "push_unauthorized", "work")
    assert SECRET not in str(line)


def test_answers_503_while_tokens_cannot_be_checked(
    guarded: Send, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where Google's certificates cannot be had, a message comes again instead of being refused."""
    head, claims = (base64.urlsafe_b64encode(part).decode() for part in (b'{"alg":"RS256","kid":"1"}', b"{}"))
    answer = guarded(BODY, Authorization=f"Bearer {head}.{claims}.c2ln")
    (line,) = lines(capsys)

    assert answer == ("", 503)
    assert line["code"] == "storage_unavailable"


# -- traces


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
        {"X-Cloud-Trace-Context": f"{TRACE}/123;o=1"},
        {"traceparent": "garbage", "X-Cloud-Trace-Context": f"{TRACE}/123;o=1"},
        {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X-Cloud-Trace-Context": f"{'1' * 32}/1"},
    ],
    ids=["W3C", "Google", "Google where W3C is unreadable", "both"],
)
def test_the_log_names_the_trace(
    send: Send, headers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The trace of a request is found by the W3C's header or by Google's, and is in its outcome line."""
    send(BODY, headers)

    assert [line["trace"] for line in lines(capsys)] == [TRACE]


def test_a_header_that_is_no_trace_is_left_out(send: Send, capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody else puts into the header is not written into the log."""
    send(BODY, {"traceparent": SECRET, "X-Cloud-Trace-Context": f"{TRACE}{SECRET}"})
    (line,) = lines(capsys)

    assert "trace" not in line
    assert SECRET not in str(line)


def test_traces_do_not_outlive_their_request(send: Send, capsys: pytest.CaptureFixture[str]) -> None:
    """The next request of the same worker has no trace of the one before."""
    send(BODY, {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    send(BODY)
    first, second = lines(capsys)

    assert first["trace"] == TRACE
    assert "trace" not in second


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [({}, 600.0), ({"AIRLOCK_REQUEST_SECONDS": "30"}, 30.0), ({"AIRLOCK_REQUEST_SECONDS": "600"}, 600.0)],
)
def test_a_request_may_run_as_long_as_the_installation_says(environ: dict[str, str], seconds: float) -> None:
    """Without a word it is the ack deadline, which is also the most that it can be."""
    assert request_seconds(environ) == seconds


@pytest.mark.parametrize("text", ["", "0", "601", "-5", "nan", "inf", "ten"])
def test_refuses_another_time(text: str) -> None:
    """A claim of no time, or one that outlives the delivery, is a mistake of the installation."""
    with pytest.raises(ConfigurationError):
        request_seconds({"AIRLOCK_REQUEST_SECONDS": text})
