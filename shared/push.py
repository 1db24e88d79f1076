"""One HTTP request of Pub/Sub in, one answer out: what a deployed function is called with."""

import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import IO, NamedTuple, Protocol

from shared import log
from shared.adapters.push_tokens import PushIdentity
from shared.envelope import delivery_of
from shared.errors import AirlockError, ConfigurationError, PushUnauthorized
from shared.ports.bus import Delivery
from shared.runtime import LEASE_SECONDS, Runtime, Stage
from shared.wiring import push_identity, wiring_from_environment

#: a message of Pub/Sub has at most 10 MB, in base64 a third more, and its attributes
BODY_LIMIT = 16 << 20
_HEALTH = "/healthz"
_TRACE = re.compile(r"(?:00-)?(?P<trace>[0-9a-f]{32})\b")

Answer = tuple[str, int]


class Request(Protocol):
    """The part of an HTTP request that is needed; `headers` ignores the case of names."""

    method: str
    path: str

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""
        ...

    @property
    def stream(self) -> IO[bytes]:
        """The body."""
        ...


def endpoint(stage: Stage) -> Callable[[Request], Answer]:
    """Make the function that an HTTP server calls for a stage.

    It answers 204 to what is done with, 503 to what is to be delivered again, also where the installation is
    not fit, 400 to what is no message, 401 to who is not the push identity, and 413 to what is too long for a
    message; never with anything of the request in the answer. `GET /healthz` tells that the process serves.
    """

    @cache
    def door() -> _Door:
        log.configure(json=True, project=os.environ.get("GOOGLE_CLOUD_PROJECT"))
        wiring = wiring_from_environment()
        runtime = Runtime(stage, wiring, lease_seconds=request_seconds(os.environ))
        return _Door(push_identity(os.environ), runtime, os.environ.get("AIRLOCK_PREFIX", ""))

    def handle(request: Request) -> Answer:
        if request.method != "POST":
            return ("ok", 200) if (request.method, request.path) == ("GET", _HEALTH) else ("", 405)
        try:
            with log.traced(_trace(request.headers)):
                return door().answer(request)
        except AirlockError as error:
            log.logger().error("unfit", stage=stage.name, code=error.code, cause=error.cause)
            return "", 503

    return handle


def request_seconds(environ: Mapping[str, str]) -> float:
    """How long a request may run here: `AIRLOCK_REQUEST_SECONDS`, or else the 600 of the ack deadline.

    A worker that dies leaves its claim for as long.

    Raises:
        ConfigurationError: it is no number between 1 and 600.
    """
    text = environ.get("AIRLOCK_REQUEST_SECONDS", "600")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= LEASE_SECONDS:
        raise ConfigurationError(problem="AIRLOCK_REQUEST_SECONDS is no number between 1 and 600")
    return seconds


class _Door(NamedTuple):
    """Who may come in, and what is done for them."""

    identity: PushIdentity
    runtime: Runtime
    prefix: str

    def answer(self, request: Request) -> Answer:
        """Handle one request."""
        try:
            self.identity.require(request.headers.get("Authorization"))
        except PushUnauthorized as error:
            stage = self.runtime.stage.name
            log.logger().warning("refused", stage=stage, code=error.code, cause=error.cause)
            return "", 401
        body = request.stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            return "longer than a message can be", 413
        delivery = _delivery(body, request.headers, self.prefix)
        if delivery is None:
            return "not a push message", 400
        return "", 204 if self.runtime.deliver(delivery).acknowledges else 503


def _delivery(body: bytes, headers: Mapping[str, str], prefix: str) -> Delivery | None:
    try:
        return delivery_of(body, headers, prefix=prefix)
    except ValueError:
        return None


def _trace(headers: Mapping[str, str]) -> str | None:
    """The trace of a request, by the W3C's header or by Google's."""
    found = (_TRACE.match(headers.get(name, "")) for name in ("traceparent", "X-Cloud-Trace-Context"))
    return next((match["trace"] for match in found if match), None)
