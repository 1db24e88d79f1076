"""The autosegmentation service over HTTP: upload, status, result, confirmation.

Of what the service says, only a status text and a transaction id go further. Errors carry a status code or a
reason of ours, never a body, a token or a URL.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import msgspec

from shared.adapters.bearer_tokens import BearerTokens, TokenAnswer
from shared.adapters.destination_http import answer_lost, decoded, require_success, translated
from shared.adapters.multipart_form import PackageForm
from shared.destinations.settings import TASK_ID, DestinationSettings
from shared.errors import (
    AirlockError,
    AnswerLost,
    ConfigurationError,
    DestinationUnauthorized,
    DestinationUnavailable,
    TransferUnconfirmed,
)
from shared.ports.clock import Clock
from shared.ports.destination import DestinationStatus, Package
from shared.ports.keys import Secrets

if TYPE_CHECKING:
    import httpx

#: a gateway's word that it lost the service's own answer (RFC 9110 sections 15.6.3 and 15.6.5)
_ANSWER_LOST = frozenset({502, 504})
_TOKEN_REFUSED = frozenset({400, 401, 403})
_CONNECT_SECONDS = 10.0
_STATUS_LENGTH = 200
_VISIBLE = re.compile(r"[!-~]+")


class _UploadAnswer(msgspec.Struct, frozen=True):
    task_id: str | int | None = None
    transaction_token: str | int | None = None


class _StatusAnswer(msgspec.Struct, frozen=True):
    status: str


class AutosegmentationDownload:
    """A result being downloaded; a context manager that gives the connection back."""

    def __init__(self, response: "httpx.Response", checksum_header: str) -> None:
        """Take over an open response."""
        self._response = response
        self._announced: str | None = response.headers.get(checksum_header)

    @property
    def sha256(self) -> str | None:
        """The checksum that the service announced, hexadecimal, in lower case."""
        return self._announced.strip().lower() if self._announced else None

    def stream(self) -> Iterator[bytes]:
        """Yield the result in chunks.

        Raises:
            DestinationUnavailable: the connection ended before the result did.
        """
        with translated(answer_lost):
            yield from self._response.iter_bytes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._response.close()


class AutosegmentationDestination:
    """One autosegmentation service as a `Destination`; safe to share between threads."""

    def __init__(self, settings: DestinationSettings, *, secrets: Secrets, clock: Clock) -> None:
        """Keep the settings; the first request opens the first connection."""
        self._settings = settings
        self._clock = clock
        self._tokens = BearerTokens(settings.name, secrets=secrets, clock=clock, refresh=self._refresh)
        self._lock = threading.Lock()
        self._pool: httpx.Client | None = None

    @property
    def resend_is_safe(self) -> bool:
        """Whether the service answers a package that it has already with the same transaction."""
        return self._settings.resend == "deduplicated"

    def wait_until_ready(self) -> None:
        """Ask for its health; wait and ask again as often as configured.

        Raises:
            DestinationUnavailable: it still does not accept work.
            DestinationRejected: it does not know the request.
        """
        for _ in range(self._settings.health_tries):
            try:
                return self._require_health()
            except DestinationUnavailable:
                self._clock.sleep(self._settings.health_wait_seconds)
        return self._require_health()

    def upload(self, package: Package, *, sha256: str) -> str:
        """Send a package by streaming; return the service's transaction id.

        Raises:
            TransferUnconfirmed: the transfer was begun, its answer is lost or cannot be understood, and
                sending the package again might make a second transaction.
            DestinationUnavailable, DestinationRejected, DestinationUnauthorized: it was not accepted.
        """
        client_id = self._settings.client_id
        fields = [("checksum", sha256), *([("client_id", client_id)] if client_id else [])]
        response = self._authorized(lambda token: self._send_package(PackageForm(package, fields), token))
        if response.status_code in _ANSWER_LOST:
            raise self._outcome_unknown(status=response.status_code)
        require_success(response)
        return self._transaction_id(response)

    def status(self, transaction_id: str) -> DestinationStatus:
        """Ask how far a transaction is."""
        response = self._repeatable("GET", self._settings.status_path, transaction_id)
        text = decoded(response, _StatusAnswer).status.strip()[:_STATUS_LENGTH]
        return DestinationStatus(
            text=text,
            result_ready=_is_one_of(text, self._settings.result_ready),
            failed=text.casefold().startswith(tuple(each.casefold() for each in self._settings.failed)),
            closed=_is_one_of(text, self._settings.closed),
        )

    def download(self, transaction_id: str) -> AutosegmentationDownload:
        """Open the result of a transaction."""
        response = self._repeatable("GET", self._settings.result_path, transaction_id, stream=True)
        return AutosegmentationDownload(response, self._settings.checksum_header)

    def confirm(self, transaction_id: str) -> None:
        """Tell the service that the result arrived; it then deletes its copies."""
        self._repeatable("POST", self._settings.confirm_path, transaction_id)

    def close(self) -> None:
        """Close the pooled connections; another request opens new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _send_package(self, form: PackageForm, token: str) -> "httpx.Response":
        with translated(lambda: self._outcome_unknown() if form.begun else answer_lost()):
            return self._send("POST", self._settings.upload_path, token=token, form=form)

    def _outcome_unknown(self, **details: str | float) -> AirlockError:
        """Whether the service has the package is not known: sending it again is safe, or a person decides."""
        return AnswerLost(**details) if self.resend_is_safe else TransferUnconfirmed(**details)

    def _transaction_id(self, response: "httpx.Response") -> str:
        # The service said yes, so whatever cannot be understood here may nevertheless be an accepted package.
        try:
            answer = decoded(response, _UploadAnswer)
        except DestinationUnavailable as exc:
            raise self._outcome_unknown(status=response.status_code, reason="answer_unreadable") from exc
        for transaction_id in (answer.task_id, answer.transaction_token):
            if transaction_id is not None and transaction_id != "":
                return str(transaction_id)
        raise self._outcome_unknown(status=response.status_code, reason="transaction_id_missing")

    def _repeatable(
        self, method: str, template: str, transaction_id: str, *, stream: bool = False
    ) -> "httpx.Response":
        """A request that does no harm twice: whatever is lost, the same is asked again later."""
        path = template.replace(TASK_ID, quote(transaction_id, safe=""))
        with translated(answer_lost):
            response = self._authorized(lambda token: self._send(method, path, token=token, stream=stream))
        require_success(response)
        return response

    def _require_health(self) -> None:
        with translated(answer_lost):
            response = self._send("GET", self._settings.health_path)
        require_success(response)

    def _refresh(self, refresh_token: str) -> TokenAnswer:
        with translated(answer_lost):
            response = self._send("POST", self._settings.refresh_path, token=refresh_token)
        if response.status_code in _TOKEN_REFUSED:
            raise DestinationUnauthorized(status=response.status_code)
        require_success(response)
        return decoded(response, TokenAnswer)

    def _authorized(self, send: "Callable[[str], httpx.Response]") -> "httpx.Response":
        """Send with the token, and once more with another one if it is refused."""
        tokens = self._tokens.current()
        response = send(tokens.access_token)
        if response.status_code == 401:
            response.close()
            response = send(self._tokens.renewed(tokens).access_token)
        if response.status_code == 401:
            response.close()
            raise DestinationUnauthorized(status=401)
        return response

    def _send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        form: PackageForm | None = None,
        stream: bool = False,
    ) -> "httpx.Response":
        # The checksum of a result is that of its bytes, so nothing may compress them on the way.
        headers = {"Accept-Encoding": "identity", **(form.headers if form else {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {_checked(token)}"
        client = self._client()
        url = self._settings.base_url.rstrip("/") + path
        return client.send(client.build_request(method, url, headers=headers, content=form), stream=stream)

    def _client(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._pool is None:
                seconds = self._settings.request_seconds
                timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
                self._pool = httpx.Client(timeout=timeout, http1=True, http2=False)
            return self._pool


class ConfiguredDestinations:
    """All configured destinations by name, as `shared.ports.destination.Destinations`."""

    def __init__(self, settings: Iterable[DestinationSettings], *, secrets: Secrets, clock: Clock) -> None:
        """Make each of them; none is asked for anything yet."""
        self._destinations = {
            one.name: AutosegmentationDestination(one, secrets=secrets, clock=clock) for one in settings
        }

    def __call__(self, name: str) -> AutosegmentationDestination:
        """Return the destination.

        Raises:
            ConfigurationError: none is configured under this name.
        """
        if name not in self._destinations:
            raise ConfigurationError(unknown_destination=name)
        return self._destinations[name]

    def close(self) -> None:
        """Close the connections of all of them."""
        for destination in self._destinations.values():
            destination.close()


def destinations_from(
    settings: Iterable[DestinationSettings], *, secrets: Secrets, clock: Clock
) -> ConfiguredDestinations:
    """Make the destinations that `load_destinations` describes."""
    return ConfiguredDestinations(settings, secrets=secrets, clock=clock)


def _checked(token: str) -> str:
    """Refuse what no header can hold, before the HTTP library quotes it in an error."""
    if not _VISIBLE.fullmatch(token):
        raise DestinationUnauthorized(reason="token_malformed")
    return token


def _is_one_of(text: str, texts: Iterable[str]) -> bool:
    return text.casefold() in {one.casefold() for one in texts}
