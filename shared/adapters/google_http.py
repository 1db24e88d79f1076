"""Requests to Google's REST APIs: one pool of connections, the identity's token, and errors of our own.

The official storage client costs several milliseconds of CPU for a download and an upload, more than
de-identifying the instance; a plain request costs a fraction (docs/decisions/2026-11-26-google-clients.md).
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlencode

import msgspec

from shared.errors import (
    AirlockError,
    ConfigurationError,
    ObjectNotFound,
    PreconditionFailed,
    StorageError,
    StorageUnavailable,
)

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from urllib3 import BaseHTTPResponse, PoolManager, Retry

Body = bytes | memoryview | Iterable[bytes] | None
Resource = TypeVar("Resource")

#: connecting, and the longest silence of a server; in seconds. Pub/Sub delivers again what fails for good
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 60.0
# Three tries within about two seconds bridge a dropped connection; a longer trouble is Pub/Sub's to back off.
_TRIES = 3
_RETRIED_STATUSES = (408, 429, 500, 502, 503, 504)
_CONNECTIONS = 64
_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)

#: what the answer of a Google API means; every other status of 400 and above is a StorageError
ERRORS: Mapping[int, type[AirlockError]] = {
    401: ConfigurationError,
    403: ConfigurationError,
    404: ObjectNotFound,
    408: StorageUnavailable,
    412: PreconditionFailed,
    429: StorageUnavailable,
    500: StorageUnavailable,
    502: StorageUnavailable,
    503: StorageUnavailable,
    504: StorageUnavailable,
}


class GoogleSession:
    """Sends requests to Google's REST APIs; for any number of threads.

    Args:
        credentials: whose token goes with every request; None for a server on this machine.
    """

    def __init__(self, credentials: "Credentials | None") -> None:
        self._credentials = credentials
        self._pool = _pool()
        self._lock = threading.Lock()

    @classmethod
    def of_this_service(cls) -> "GoogleSession":
        """The session of the identity that this process runs as (Application Default Credentials)."""
        import google.auth
        from google.auth.exceptions import GoogleAuthError

        try:
            credentials, _project = google.auth.default(scopes=_SCOPES)
        except GoogleAuthError as error:
            raise ConfigurationError(problem="no Application Default Credentials") from error
        return cls(credentials)

    def open(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
        accepted: tuple[int, ...] = (),
    ) -> "BaseHTTPResponse":
        """Send a request; the body of the answer is read as it is needed, and released by whoever reads it.

        It is read as it was sent: an object that is stored with gzip stays compressed.

        What is sent has to be safe to be sent twice: a failed connection and a busy server are tried again,
        unless the body is an iterator, which can be sent once.

        Args:
            method: of HTTP.
            url: without a query.
            query: what goes behind it.
            headers: besides that of the token.
            body: what is sent.
            accepted: statuses of 300 and above that are no errors here.

        Raises:
            AirlockError: the table `ERRORS` says which; StorageUnavailable without an answer.
        """
        response = self._send(method, f"{url}?{urlencode(query)}" if query else url, headers, body)
        if response.status >= 300 and response.status not in accepted:
            response.drain_conn()
            raise ERRORS.get(response.status, StorageError)(status=response.status)
        return response

    def json(self, method: str, url: str, **request: Any) -> Any:
        """Send a request and decode the JSON of the answer, None where it is empty.

        Raises:
            AirlockError: as `open`; StorageError if the answer is no JSON.
        """
        content = self.read(method, url, **request)
        try:
            return msgspec.json.decode(content) if content else None
        except msgspec.DecodeError as error:
            raise StorageError(problem="the answer is no JSON") from error

    def read(self, method: str, url: str, **request: Any) -> bytes:
        """Send a request and return the body of the answer, which is small.

        Raises:
            AirlockError: as `open`.
        """
        from urllib3.exceptions import HTTPError

        response = self.open(method, url, **request)
        try:
            return response.data
        except HTTPError as error:
            raise StorageUnavailable(problem=type(error).__name__) from error

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _send(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: Body
    ) -> "BaseHTTPResponse":
        from urllib3.exceptions import HTTPError

        try:
            return self._pool.request(
                method,
                url,
                body=cast("bytes | None", body),
                retries=None if body is None or isinstance(body, bytes | memoryview) else False,
                headers=self._authorised(method, url, headers or {}),
                preload_content=False,
                decode_content=False,
                redirect=False,
            )
        except HTTPError as error:
            # The text of what tells that all tries failed has the address, and so the name of the object.
            cause = getattr(error, "reason", None) or error
            raise StorageUnavailable(problem=type(cause).__name__) from cause

    def _authorised(self, method: str, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        authorised = dict(headers)
        if self._credentials is not None:
            from google.auth.exceptions import GoogleAuthError

            try:
                with self._lock:
                    self._credentials.before_request(self._auth_request(), method, url, authorised)
            except GoogleAuthError as error:
                raise StorageUnavailable(problem="no access token") from error
        return authorised

    def _auth_request(self) -> Any:
        from google.auth.transport.urllib3 import Request

        return Request(self._pool)


def decoded(content: bytes, kind: type[Resource]) -> Resource:
    """The resource that an answer describes; 64-bit numbers, which Google writes as text, are read as such.

    Raises:
        StorageError: it is something else.
    """
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise StorageError(problem="the answer has another form") from None


def _pool() -> "PoolManager":
    from urllib3 import PoolManager, Timeout

    # It writes the addresses of what it tries again, and addresses hold the names of objects.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    return PoolManager(
        maxsize=_CONNECTIONS,
        retries=_retries(),
        timeout=Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
    )


def _retries() -> "Retry":
    """Every method: a change names the generation that it changes, so a second one changes nothing."""
    from urllib3 import Retry

    return Retry(
        total=_TRIES - 1,
        status_forcelist=_RETRIED_STATUSES,
        allowed_methods=None,
        backoff_factor=0.25,
        backoff_jitter=0.25,
        respect_retry_after_header=False,
        raise_on_status=False,
    )
